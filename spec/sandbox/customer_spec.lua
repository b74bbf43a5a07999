--- spherepay.sandbox.customer and customer_check: v2 customers as documented in 2026.

local cjson = require("cjson")

local support = require("spec.support.sandbox")

local INDIVIDUAL = "v2-create-request-individual-tax-id"

local function business()
  return {
    type = "business",
    email = "contact@acmecorp.example.com",
    phone = "+14155551234",
    addresses = {
      { type = "registered", country = "USA", line1 = "123 Main Street", city = "Chicago" },
      { type = "operating", country = "USA", line1 = "123 Main Street", city = "Chicago" },
    },
    businessInformation = { legalName = "Acme Corporation Inc.", tradeName = "Acme Corp" },
  }
end

local function with(sample, changes)
  local body = support.sample(sample)
  for name, value in pairs(changes) do body[name] = value end
  return body
end

describe("sandbox POST /v2/customer", function()
  local api
  before_each(function() api = support.handler() end)

  local function pointers(body)
    local status, problem = api.call("POST", "/v2/customer", body)
    local list = {}
    for i, item in ipairs(problem.errors or {}) do list[i] = item.pointer end
    return status, table.concat(list, " "), problem
  end

  it("answers 201 with the customer in the newest shape", function()
    local status, customer = api.call("POST", "/v2/customer", support.sample(INDIVIDUAL))
    assert.equal(201, status)
    assert.same({
      id = "<id>",
      type = "individual",
      email = "jane.smith@example.com",
      phone = "+14155550123",
      personalInformation = {
        taxIdentificationNumberType = "ssn",
        taxIdentificationNumberCountry = "USA",
      },
      verificationProfiles = { {
        name = "kyc_profile_a",
        status = "incomplete",
        criteria = {
          complete = {
            "email_address", "phone_number", "residential_address", "tax_identification_number",
          },
          pending = {},
          required = {
            "terms_of_service", "email_verification", "phone_verification", "identity_document",
            "liveness_check",
          },
          errors = {},
        },
      } },
      meta = {},
      tosStatus = "incomplete",
      createdAt = "<createdAt>",
      updatedAt = "<updatedAt>",
    }, support.steady(customer))
    assert.is_truthy(customer.id:find("^customer_[a-z0-9]+$"))
    assert.equal("2026-03-09T20:46:31.305Z", customer.createdAt)
  end)

  it("writes empty arrays as [] and an empty meta as {}", function()
    local _, _, response = api.call("POST", "/v2/customer", support.sample(INDIVIDUAL))
    assert.is_truthy(response.body:find('"errors":[]', 1, true))
    assert.is_truthy(response.body:find('"pending":[]', 1, true))
    assert.is_truthy(response.body:find('"meta":{}', 1, true))
    assert.equal("application/json", response.headers["content-type"])
  end)

  it("equals the vendor's sample where the platform collects liveness and terms", function()
    api = support.handler { onboarding = "platform" }
    local body = with("v2-patch-request-full", {
      type = "individual", email = "jane.smith@example.com", phone = "+14155550123", meta = {},
    })
    local personal = body.personalInformation
    personal.firstName, personal.lastName = "Jane", "Smith"
    personal.dateOfBirth = "1990-01-15"
    local _, customer = api.call("POST", "/v2/customer", cjson.encode(body))
    assert.same(support.steady(support.sample("v2-get-individual-tos-status")),
      support.steady(customer))
  end)

  it("never gives the tax number back", function()
    local _, _, response = api.call("POST", "/v2/customer", support.sample(INDIVIDUAL))
    assert.is_nil(response.body:find("123456789", 1, true))
    assert.is_nil(response.body:find('taxIdentificationNumber"', 1, true))
  end)

  it("names every missing field at once", function()
    local status, list, problem = pointers("{}")
    assert.equal(422, status)
    assert.equal("/type /email /phone /address", list)
    assert.equal("validation/failed", problem.code)
    assert.equal("Validation failed", problem.detail)
    local sample = support.sample("v2-error-422-problem")
    sample.errors, problem.errors = nil, nil
    assert.same(support.steady(sample), support.steady(problem))
  end)

  it("words a wrong email as the vendor's sample does", function()
    local _, _, problem = pointers(with(INDIVIDUAL, { email = "jane" }))
    assert.same(support.sample("v2-error-422-problem").errors[1], problem.errors[1])
  end)

  it("takes an address that is wrong in itself for address/invalid", function()
    local status, list, problem = pointers(with(INDIVIDUAL, { address = { country = "US" } }))
    assert.equal(400, status)
    assert.equal("/address/country", list)
    problem.errors = nil
    assert.same(support.steady(support.sample("v2-error-400-problem")), support.steady(problem))
  end)

  local WRONG = {
    { "/type", { type = "string" } },
    { "/email", { email = string.rep("x", 250) .. "@example.com" } },
    { "/phone", { phone = "4155550123" } },
    { "/phone", { phone = "+12345" } },
    { "/phone", { phone = "+1234567890123456" } },
    { "/address", { address = "233 South Wacker Drive" } },
    { "/meta/nested", { meta = { nested = { 1 } } } },
    { "/meta/a~1b", { meta = { ["a/b"] = { c = 1 } } } },
    { "/personalInformation", { personalInformation = "x" } },
    { "/personalInformation/gender", { personalInformation = { gender = "x" } } },
    { "/personalInformation/nationality", { personalInformation = { nationality = "us" } } },
    { "/personalInformation/middleName", { personalInformation = { middleName = "" } } },
    { "/personalInformation/sourceOfFunds", { personalInformation = { sourceOfFunds = "x" } } },
    { "/personalInformation/dateOfBirth", { personalInformation = { dateOfBirth = "1.1.90" } } },
    {
      "/personalInformation/occupationSocCode",
      { personalInformation = { occupationSocCode = string.rep("1", 21) } },
    },
  }
  for _, case in ipairs(WRONG) do
    it("points at " .. case[1] .. " when it is wrong: " .. cjson.encode(case[2]):sub(1, 40),
      function()
        local status, list = pointers(with(INDIVIDUAL, case[2]))
        assert.equal(422, status)
        assert.equal(case[1], list)
      end)
  end

  it("demands number, type and country together, and a description for other", function()
    local _, list = pointers(with(INDIVIDUAL, {
      personalInformation = { taxIdentificationNumberType = "other" },
    }))
    assert.equal("/personalInformation/taxIdentificationNumber"
      .. " /personalInformation/taxIdentificationNumberCountry"
      .. " /personalInformation/taxIdentificationNumberDescription", list)
  end)

  it("lets unknown fields, null and empty bodies of address pass", function()
    assert.equal(201, (api.call("POST", "/v2/customer", with(INDIVIDUAL, {
      somethingNew = { 1 },
      address = cjson.decode('{"line2":null,"country":null}'),
      personalInformation = cjson.null,
      meta = cjson.null,
    }))))
  end)

  it("takes a business with a registered and an operating address", function()
    local status, customer = api.call("POST", "/v2/customer", business())
    assert.equal(201, status)
    assert.equal("Acme Corporation Inc.", customer.businessLegalName)
    assert.equal("Acme Corp", customer.businessTradeName)
    assert.is_nil(customer.addresses)
    assert.is_nil(customer.businessInformation)
    assert.equal("kyb_profile_a", customer.verificationProfiles[1].name)
  end)

  it("wants both addresses and the information of a business", function()
    local body = business()
    body.addresses[2] = nil
    body.businessInformation = nil
    local status, list = pointers(body)
    assert.equal(422, status)
    assert.equal("/addresses /businessInformation", list)
    body.addresses[1].country = "usa"
    local _, again = pointers(body)
    assert.equal("/addresses/0/country /addresses /businessInformation", again)
  end)

  it("refuses what is not a JSON object with 400 and no code", function()
    for _, body in ipairs { "[]", "[1]", "{", "null", '"x"', "<html>" } do
      local status, problem = api.call("POST", "/v2/customer", body)
      assert.equal(400, status)
      assert.is_nil(problem.code)
      assert.is_truthy(problem.correlationId:find("^%x+$"))
    end
  end)
end)

describe("sandbox GET /v2/customer/{id}", function()
  it("gives back what was created", function()
    local api = support.handler()
    local created = api.create(INDIVIDUAL)
    local status, customer = api.call("GET", "/v2/customer/" .. created.id)
    assert.equal(200, status)
    assert.same(created, customer)
  end)

  it("answers 404 as the vendor's sample does for an unknown id", function()
    local status, problem = support.handler().call("GET", "/v2/customer/customer_none")
    assert.equal(404, status)
    assert.same(support.steady(support.sample("v2-error-404-problem")), support.steady(problem))
  end)
end)

describe("sandbox PATCH /v2/customer/{id}", function()
  local api, id
  before_each(function()
    api = support.handler()
    id = api.create("v2-create-request-individual-names").id
  end)

  local function patch(body)
    return api.call("PATCH", "/v2/customer/" .. id, body)
  end

  it("changes the address, replaces meta whole and moves updatedAt", function()
    patch { meta = { a = 1, b = cjson.null } }
    api.time = api.time + 1
    local status, customer = patch(support.sample("v2-patch-request-address-meta"))
    assert.equal(200, status)
    assert.same({ internalUserId = "usr_9912" }, customer.meta)
    assert.equal("2026-03-09T20:46:31.305Z", customer.createdAt)
    assert.equal("2026-03-09T20:46:32.305Z", customer.updatedAt)
  end)

  it("completes criteria as fields arrive", function()
    patch(support.sample("v2-patch-request-full"))
    local complete = table.concat(api.profile(id).criteria.complete, " ")
    assert.equal("email_address phone_number residential_address tax_identification_number",
      complete)
  end)

  it("accepts an empty body and changes nothing but the time", function()
    local _, before = api.call("GET", "/v2/customer/" .. id)
    local status, after = patch("{}")
    assert.equal(200, status)
    assert.same(before, after)
  end)

  it("wants the address with any tax field, and only then", function()
    local status, problem = patch {
      personalInformation = {
        taxIdentificationNumber = "123456789",
        taxIdentificationNumberType = "ssn",
        taxIdentificationNumberCountry = "USA",
      },
    }
    assert.equal(422, status)
    assert.same({ { pointer = "/address", detail = "Required with any tax field" } },
      problem.errors)
    assert.equal(200, (patch { personalInformation = { gender = "female" } }))
  end)

  it("ignores email, phone and unknown fields", function()
    local _, customer = patch { email = "x@example.com", phone = "+10000000", other = 1 }
    assert.equal("jane.smith@example.com", customer.email)
    assert.equal("+14155550123", customer.phone)
  end)

  it("refuses businesses with 400", function()
    local _, created = api.call("POST", "/v2/customer", business())
    id = created.id
    local status, problem = patch { meta = {} }
    assert.equal(400, status)
    assert.is_truthy(problem.detail:find("KYC link", 1, true))
  end)

  it("locks name, birth date and tax id once submitted, and nothing else", function()
    api.call("POST", "/_sandbox/customer/" .. id .. "/review", { status = "pending" })
    local body = support.sample("v2-patch-request-full")
    local status, problem = patch(body)
    assert.equal(400, status)
    assert.is_truthy(problem.detail:find("locked", 1, true))
    assert.equal(400, (patch { personalInformation = { firstName = "John" } }))
    assert.equal(200, (patch { meta = { a = 1 }, personalInformation = { gender = "male" } }))
  end)

  it("unlocks identity when resubmission is required", function()
    api.call("POST", "/_sandbox/customer/" .. id .. "/review",
      { status = "resubmission_required" })
    assert.equal(200, (patch { personalInformation = { firstName = "Janet" } }))
  end)

  it("answers 404 for an unknown id before it looks at the body", function()
    id = "customer_none"
    assert.equal(404, (patch { meta = "x" }))
  end)
end)

describe("sandbox GET /v2/customer", function()
  local api
  before_each(function()
    api = support.handler { onboarding = "platform" }
    api.create(INDIVIDUAL)
  end)

  local function emails(query)
    local status, value = api.call("GET", "/v2/customer" .. query)
    assert.equal(200, status)
    local list = {}
    for i, customer in ipairs(value.customers) do list[i] = customer.email end
    return table.concat(list, " "), value.pagination
  end

  it("has the shape of the vendor's sample", function()
    local sample = support.sample("v2-list-response")
    local _, value = api.call("GET", "/v2/customer")
    assert.same(sample.pagination, value.pagination)
    assert.same(sample.customers[1].verificationProfiles,
      value.customers[1].verificationProfiles)
  end)

  it("writes a list without customers as []", function()
    local _, _, response = api.call("GET", "/v2/customer?type=business")
    assert.is_truthy(response.body:find('"customers":[]', 1, true))
  end)

  it("filters by type, status, exact email and a part of names or email", function()
    api.call("POST", "/v2/customer", business())
    assert.equal("jane.smith@example.com", (emails("?type=individual")))
    assert.equal("contact@acmecorp.example.com", (emails("?search=ACME%20corp")))
    assert.equal("jane.smith@example.com", (emails("?search=smith%40")))
    assert.equal("jane.smith@example.com", (emails("?email=jane.smith%40example.com")))
    assert.equal("", (emails("?email=jane")))
    assert.equal("", (emails("?status=approved")))
    local _, value = api.call("GET", "/v2/customer?type=business")
    api.call("POST", "/_sandbox/customer/" .. value.customers[1].id .. "/review",
      { status = "approved" })
    assert.equal("contact@acmecorp.example.com", (emails("?status=approved")))
  end)

  it("counts pages over what matches", function()
    api.create("v2-create-request-individual-minimal")
    local list, pagination = emails("?limit=1&page=2")
    assert.equal("user@example.com", list)
    assert.same({
      page = 2, limit = 1, total = 2, totalPages = 2, hasNext = false, hasPrevious = true,
    }, pagination)
  end)

  it("names the parameter that is wrong", function()
    for name, value in pairs { page = "x", status = "x", type = "x", search = "" } do
      local status, problem = api.call("GET", "/v2/customer?" .. name .. "=" .. value)
      assert.equal(422, status)
      assert.equal(name, problem.errors[1].parameter)
    end
  end)
end)

-- Which field supplies which criterion is written down apart from the library, in criteria.json.
describe("sandbox fields and their criteria", function()
  local OF_PERSON = {
    firstName = "Jane", lastName = "Smith", middleName = "Ann", dateOfBirth = "1990-04-15",
    taxIdentificationNumber = "123456789", countryOfBirth = "USA", nationality = "USA",
    occupationSocCode = "15-1132", gender = "female", sourceOfFunds = "salary",
  }
  local api
  before_each(function() api = support.handler() end)

  local function fields_of(owner, part)
    local file = assert(io.open("spec/fixtures/criteria.json"))
    local known = cjson.decode(file:read "*a").criteria
    file:close()
    local found = {}
    for criterion, facts in pairs(known) do
      local path = type(facts.satisfied_by) == "table" and facts.satisfied_by.path
      local name = type(path) == "string" and path:match("^" .. part .. "%.(.*)$")
      local owners = type(facts.applies_to) == "table" and facts.applies_to or {}
      if name and (" " .. table.concat(owners, " ") .. " "):find(" " .. owner .. " ", 1, true) then
        found[name] = criterion
      end
    end
    return found
  end

  local function is_required(id, criterion)
    local required = api.profile(id).criteria.required
    return (" " .. table.concat(required, " ") .. " "):find(" " .. criterion .. " ", 1, true) ~= nil
  end

  it("of a person: each that is sent is no longer asked for", function()
    local fields, count = fields_of("individual", "personalInformation"), 0
    fields.sourceOfFunds = "source_of_funds"
    for name, criterion in pairs(fields) do
      local id = api.create("v2-create-request-individual-minimal").id
      api.call("POST", "/_sandbox/customer/" .. id .. "/set",
        { criterion = criterion, state = "required", allow_unknown = true })
      assert.is_true(is_required(id, criterion), criterion)
      local personal = { [name] = assert(OF_PERSON[name], name) }
      local body = { personalInformation = personal }
      if name == "taxIdentificationNumber" then
        personal.taxIdentificationNumberType, personal.taxIdentificationNumberCountry = "ssn", "USA"
        body.address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" }
      end
      local status, problem = api.call("PATCH", "/v2/customer/" .. id, body)
      assert.equal(200, status, name .. " " .. cjson.encode(problem))
      assert.is_false(is_required(id, criterion), criterion)
      count = count + 1
    end
    assert.equal(10, count)
  end)

  it("of a business: each that comes with it is not asked for", function()
    local count = 0
    for name, criterion in pairs(fields_of("business", "businessInformation")) do
      local bare, full = business(), business()
      bare.businessInformation = { legalName = "Acme Corporation Inc." }
      full.businessInformation = { legalName = "Acme Corporation Inc.", [name] = "some words" }
      local _, without = api.call("POST", "/v2/customer", bare)
      local status, customer = api.call("POST", "/v2/customer", full)
      assert.equal(201, status, name)
      if name ~= "legalName" and is_required(without.id, criterion) then
        assert.is_false(is_required(customer.id, criterion), criterion)
        count = count + 1
      end
    end
    assert.equal(12, count)
  end)
end)
