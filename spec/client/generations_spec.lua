-- The three calls on each generation of the API, as the sandbox imitates it.

local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local UNKNOWN = "customer_00000000000000000000000000000000"

local V1_PERSON = {
  type = "individual", firstName = "John", lastName = "Doe", email = "john.doe@example.com",
  phoneNumber = "+12345678900", dob = { day = 23, month = 3, year = 1990 },
  address = {
    line1 = "123 Main St", city = "San Francisco", postalCode = "94107", state = "CA",
    country = "USA",
  },
}
local V2_PERSON = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
}

local host, client

local function with_generation(generation, api_version)
  setup(function()
    host = sandbox.start { generation = generation }
    client = spherepay.new { token = "key", base_url = host.url, api_version = api_version }
  end)
  teardown(function()
    client:close()
    host.stop()
  end)
  before_each(function() host.reset() end)
end

local function copy(params, changes)
  local all = {}
  for name, value in pairs(params) do all[name] = value end
  for name, value in pairs(changes) do all[name] = value end
  return all
end

-- The details of a refusal by pointer, after checking that nothing was sent.
local function refused(operation, params)
  local before = #host.requests()
  local customer, err
  if operation == "create" then
    customer, err = client.customer.create(params)
  else
    customer, err = client.customer.update(UNKNOWN, params)
  end
  assert.is_nil(customer)
  assert.equal("invalid", err.kind)
  assert.equal("no", err.sent)
  assert.equal(before, #host.requests())
  local details = {}
  for _, problem in ipairs(err.errors) do details[problem.pointer] = problem.detail end
  return details
end

local function names_the_right_one(operation, names)
  for name, right in pairs(names) do
    local detail = refused(operation, { [name] = "x" })["/" .. name]
    assert.truthy(detail and detail:find(right, 1, true), name)
  end
end

describe("a v1 client", function()
  with_generation("v1", "v1")

  it("creates, gets and updates, without the envelope but with its request id", function()
    local created, err, response = client.customer.create(V1_PERSON)
    assert.is_nil(err)
    assert.equal("incomplete", created.kyc)
    assert.equal("+12345678900", created.phoneNumber)
    assert.matches("^request_%x+$", response.request_id)
    assert.same(created, (client.customer.get(created.id)))
    local updated = assert(client.customer.update(created.id, { ssn = "111-11-1111" }))
    assert.equal("pending", updated.kyc)
    assert.same({ "customerIdentityDocument" }, updated.requirements)
  end)

  it("merges into meta", function()
    local created = assert(client.customer.create(copy(V1_PERSON, { meta = { a = "1" } })))
    local merged = assert(client.customer.merge_meta(created.id, { b = "2" }))
    assert.same({ a = "1", b = "2" }, merged.meta)
    assert.same(merged.meta, (client.customer.get(created.id)).meta)
  end)

  it("creates a business with owners and a document from a file", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write "\137PNG\13\10\26\10\0"
    file:close()
    local created = assert(client.customer.create {
      type = "business", businessType = "business", name = "Shape Co", ein = "12-3456789",
      email = "shapeco@example.com", highRiskActivities = { "none_of_the_above" },
      incorporationDocument = assert(spherepay.document_file(path)),
      ubos = { copy(V1_PERSON, { ssn = "111-11-1111" }) },
    })
    os.remove(path)
    assert.equal("Shape Co", created.firstName)
    assert.equal("John", created.ubos[1].firstName)
    local missing = table.concat(created.requirements, " ")
    assert.is_nil(missing:find("incorporationDocument", 1, true))
    assert.truthy(missing:find("shareholderDocument", 1, true))
  end)

  it("gets its errors with code and message", function()
    local _, err = client.customer.get(UNKNOWN)
    assert.equal("not_found", err.kind)
    assert.equal("customer/not-found", err.code)
    assert.equal("string", type(err.message))
    assert.is_string(err.request_id)
    assert.equal(err.response.request_id, err.request_id)
  end)

  it("is told the v1 name for every v2 name, before anything is sent", function()
    for _, operation in ipairs { "create", "update" } do
      names_the_right_one(operation, {
        phone = "phoneNumber", dateOfBirth = "dob", taxIdentificationNumber = "ssn",
        legalName = "name", identificationNumber = "ein", personalInformation = "ssn",
        businessInformation = "name", addresses = "one address",
      })
    end
  end)

  it("is refused what the vendor's lists do not have, before anything is sent", function()
    local details = refused("create", {
      type = "person", address = { state = 75, country = "US" },
      dob = { day = 32, month = 3, year = 1990 }, highRiskActivities = { "knitting" },
      estimatedAnnualRevenueUsd = "_0_99999", ubos = { { dob = "1990-03-23" } },
      proofOfAddressDocument = "not base64!",
    })
    for _, place in ipairs {
      "/type", "/address/state", "/address/country", "/dob/day", "/highRiskActivities/0",
      "/estimatedAnnualRevenueUsd", "/ubos/0/dob", "/proofOfAddressDocument",
    } do
      assert.is_string(details[place], place)
    end
    local revenue = "estimatedAnnualRevenueUsd"
    assert.is_string(refused("update", { [revenue] = 5 })["/" .. revenue])
  end)
end)

describe("a v2 client of 2025's service", function()
  with_generation("v2-2025", "v2")

  it("creates, gets and updates customers without timestamps and tosStatus", function()
    local created = assert(client.customer.create(V2_PERSON))
    local customer = assert(client.customer.get(created.id))
    assert.is_nil(customer.tosStatus)
    assert.is_nil(customer.createdAt)
    assert.equal(3, #spherepay.verification.profiles(customer))
    local meta = { internalUserId = "usr_9912" }
    local address = { line1 = "456 Market Street", city = "San Francisco", country = "USA" }
    local updated = assert(client.customer.update(created.id, { meta = meta, address = address }))
    assert.equal(created.id, updated.id)
  end)

  it("gets its errors as texts", function()
    local _, err = client.customer.get(UNKNOWN)
    assert.equal("not_found", err.kind)
    assert.equal("Customer not found", err.message)
    assert.is_nil(err.code)
  end)
end)

describe("a v2 client", function()
  with_generation("v2", "v2")

  it("creates, gets and updates customers", function()
    local created = assert(client.customer.create(V2_PERSON))
    local customer = assert(client.customer.get(created.id))
    assert.equal("incomplete", customer.tosStatus)
    assert.same(created, customer)
    local updated = assert(client.customer.update(created.id, { meta = { a = "1" } }))
    assert.same({ a = "1", b = true }, (client.customer.merge_meta(updated.id, { b = true })).meta)
  end)

  it("gets its errors with a code and a correlation id", function()
    local _, err = client.customer.get(UNKNOWN)
    assert.equal("not_found", err.kind)
    assert.equal("resource/not-found", err.code)
    assert.is_string(err.request_id)
  end)

  it("is told the v2 name for every v1 name, before anything is sent", function()
    for _, operation in ipairs { "create", "update" } do
      names_the_right_one(operation, {
        phoneNumber = "phone", dob = "personalInformation.dateOfBirth",
        ssn = "personalInformation.taxIdentificationNumber",
        name = "businessInformation.legalName", ein = "businessInformation.identificationNumber",
      })
    end
  end)

  it("is refused the updates that the vendor refuses, in the vendor's words", function()
    for place, params in pairs {
      ["/type"] = { type = "business" },
      ["/businessInformation"] = { businessInformation = { legalName = "Acme Corp" } },
      ["/addresses"] = { addresses = { { country = "USA" } } },
    } do
      local detail = refused("update", params)[place]
      assert.truthy(detail and detail:find("business data goes through the KYC link", 1, true))
    end
    local address = { line1 = "456 Market Street", city = "San Francisco", country = "USA" }
    local tax = "taxIdentificationNumber"
    local all = { [tax] = "123456789", [tax .. "Type"] = "ssn", [tax .. "Country"] = "USA" }
    assert.equal("is required when any tax identification field is given",
      refused("update", { personalInformation = all })["/address"])
    for name in pairs(all) do
      local details =
        refused("update", { address = address, personalInformation = { [name] = all[name] } })
      for other in pairs(all) do
        assert.equal(other ~= name and "is required when any tax identification field is given"
          or nil, details["/personalInformation/" .. other])
      end
    end
  end)
end)
