local cjson = require "cjson"
local params = require "spherepay.params"

local NULL = io.stdout -- any userdata is a JSON null to these checks

local function sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return cjson.decode(text)
end

local function individual(extra)
  local given = {
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = { line1 = "233 South Wacker Drive", city = "Chicago", state = "IL",
      postalCode = "60606", country = "USA" },
  }
  for name, value in pairs(extra or {}) do given[name] = value end
  return given
end

local function business(extra)
  local given = {
    type = "business", email = "contact@acmecorp.example.com", phone = "+14155551234",
    addresses = { { type = "registered", country = "USA" }, { type = "operating" } },
    businessInformation = { legalName = "Acme Corporation Inc." },
  }
  for name, value in pairs(extra or {}) do given[name] = value end
  return given
end

local function places(operation, given)
  local list = {}
  for i, problem in ipairs(params.check("v2", operation, given) or {}) do
    list[i] = problem.pointer
  end
  return list
end

local function detail(operation, given, place)
  for _, problem in ipairs(params.check("v2", operation, given) or {}) do
    if problem.pointer == place then return problem.detail end
  end
  return nil
end

describe("create of v2", function()
  it("accepts the samples of the current documents", function()
    for _, name in ipairs {
      "v2-create-request-individual-minimal", "v2-create-request-individual-names",
      "v2-create-request-individual-tax-id", "v2-create-request-business-2026-02-partial",
    } do
      assert.is_nil(params.check("v2", "create", sample(name)), name)
    end
  end)

  it("says what the samples of older documents lack today", function()
    assert.same({ "/personalInformation/taxIdentificationNumberCountry" },
      places("create", sample "v2-create-request-individual-2025-mid"))
    assert.same({ "/address/country" },
      places("create", sample "v2-create-request-individual-tax-description"))
    assert.same({ "/email", "/phone", "/type", "/address/country" },
      places("create", sample "v2-create-request-legacy-placeholder"))
    assert.same({ "/businessInformation" },
      places("create", sample "v2-create-request-business-partial"))
  end)

  it("reports everything that is missing at once", function()
    assert.same({ "/type", "/email", "/phone" }, places("create", {}))
    assert.same({ "/email", "/phone", "/address" }, places("create", { type = "individual" }))
    assert.same({ "/email", "/phone", "/addresses", "/businessInformation" },
      places("create", { type = "business" }))
    assert.same({ "/email" }, places("create", individual { email = NULL }))
  end)

  it("takes individual and business for types and nothing else", function()
    assert.same({}, places("create", individual()))
    assert.same({}, places("create", business()))
    assert.same({ "/type" }, places("create", individual { type = "Individual" }))
    assert.same({ "/type" }, places("create", individual { type = 5 }))
  end)

  it("takes an e-mail address of at most 254 characters", function()
    for _, email in ipairs { "jane", "jane@", "@example.com", "a b@c.d", "a@b@c", "a@b\r\n", 5,
      ("a"):rep(250) .. "@b.co" } do
      assert.same({ "/email" }, places("create", individual { email = email }))
    end
    assert.same({}, places("create", individual { email = ("a"):rep(249) .. "@b.co" }))
  end)

  it("takes a phone number of + and 7 to 15 digits", function()
    for _, phone in ipairs { "+1234567", "+123456789012345" } do
      assert.same({}, places("create", individual { phone = phone }))
    end
    for _, phone in ipairs {
      "+123456", "+1234567890123456", "14155550123", "+1 415 555 0123", "+1415555012x", "", "+",
      "+14155550123\n", 14155550123,
    } do
      assert.same({ "/phone" }, places("create", individual { phone = phone }), tostring(phone))
    end
  end)

  it("takes strings in an address and a three-letter country", function()
    assert.same({ "/address/line1", "/address/postalCode", "/address/country" },
      places("create", individual { address = { line1 = 1, postalCode = 60606, country = "US" } }))
    assert.same({ "/address" }, places("create", individual { address = "Chicago" }))
    assert.same({ "/address" }, places("create", individual { address = { "Chicago" } }))
    assert.same({}, places("create", individual { address = {} }))
  end)

  it("asks for the whole tax identification when a part is given", function()
    local p = "/personalInformation/taxIdentificationNumber"
    assert.same({ p, p .. "Type" }, places("create",
      individual { personalInformation = { taxIdentificationNumberCountry = "USA" } }))
    assert.same({ p .. "Type", p .. "Country" }, places("create",
      individual { personalInformation = { taxIdentificationNumber = "123456789" } }))
    assert.same({}, places("create", individual { personalInformation = { gender = "male" } }))
  end)

  it("asks for a description when the tax type is other", function()
    local tax = { taxIdentificationNumber = "1", taxIdentificationNumberType = "other",
      taxIdentificationNumberCountry = "BRA" }
    assert.same({ "/personalInformation/taxIdentificationNumberDescription" },
      places("create", individual { personalInformation = tax }))
    tax.taxIdentificationNumberDescription = "a document"
    assert.same({}, places("create", individual { personalInformation = tax }))
  end)

  it("holds personalInformation to its documented limits", function()
    local bad = {
      middleName = "", dateOfBirth = "15.04.1990", gender = "x", countryOfBirth = "US",
      nationality = "us", residencyCountry = 1, occupationSocCode = ("1"):rep(21),
      sourceOfFunds = "lottery", firstName = 5,
    }
    local p = "/personalInformation/"
    assert.same({ p .. "firstName", p .. "middleName", p .. "dateOfBirth", p .. "gender",
      p .. "countryOfBirth", p .. "nationality", p .. "residencyCountry", p .. "occupationSocCode",
      p .. "sourceOfFunds" }, places("create", individual { personalInformation = bad }))
  end)

  it("takes any tax type, because unlisted countries have their own", function()
    local tax = { taxIdentificationNumber = "1", taxIdentificationNumberType = "whatever",
      taxIdentificationNumberCountry = "FRA" }
    assert.same({}, places("create", individual { personalInformation = tax }))
  end)

  it("takes a list of addresses, or one address as older documents show, for a business", function()
    local one = business { address = { country = "USA" } }
    one.addresses = nil
    assert.same({}, places("create", one))
    assert.same({ "/addresses" }, places("create", business { addresses = {} }))
    assert.same({ "/addresses/1/country" }, places("create",
      business { addresses = { { country = "USA" }, { country = "US" } } }))
    assert.same({ "/addresses" }, places("create", business { addresses = { country = "USA" } }))
  end)

  it("passes everything inside businessInformation", function()
    local info = { isDao = false, regulatedActivities = {}, estimatedAnnualRevenueInUsd = 5 }
    assert.same({}, places("create", business { businessInformation = info }))
    assert.same({ "/businessInformation" },
      places("create", business { businessInformation = "x" }))
  end)

  it("takes null and primitives in meta", function()
    assert.same({}, places("create", individual { meta = { a = NULL, b = 1, c = "d", e = true } }))
    assert.same({ "/meta/a" }, places("create", individual { meta = { a = {} } }))
  end)

  it("passes unknown fields", function()
    assert.same({}, places("create", individual { newField = { 1, 2 }, tosStatus = 5 }))
  end)

  it("takes a userdata, which is how null arrives, for an optional field", function()
    assert.same({}, places("create", individual { personalInformation = NULL, meta = NULL }))
  end)

  it("names the v2 name for every v1 name, once", function()
    local given = individual { phoneNumber = "+14155550123" }
    given.phone = nil
    assert.same({ "/phoneNumber" }, places("create", given))
    for name, right in pairs {
      phoneNumber = "phone", dob = "personalInformation.dateOfBirth",
      ssn = "personalInformation.taxIdentificationNumber", name = "businessInformation.legalName",
      ein = "businessInformation.identificationNumber",
    } do
      local text = detail("create", individual { [name] = "x" }, "/" .. name)
      assert.truthy(text and text:find(right, 1, true), name)
    end
  end)

  it("never repeats a value in a detail", function()
    local given = individual { email = "SECRET", phone = "SECRET", type = "SECRET",
      meta = { a = { "SECRET" } } }
    for _, problem in ipairs(params.check("v2", "create", given)) do
      assert.is_nil(problem.detail:find("SECRET", 1, true))
    end
  end)

  it("does not change what it checks", function()
    local given = individual()
    params.check("v2", "create", given)
    assert.same(individual(), given)
  end)
end)

describe("update of v2", function()
  it("accepts the samples of the documents", function()
    for _, name in ipairs { "v2-patch-request-address-meta", "v2-patch-request-full" } do
      assert.is_nil(params.check("v2", "update", sample(name)), name)
    end
  end)

  it("accepts an empty body", function()
    assert.is_nil(params.check("v2", "update", {}))
  end)

  it("refuses businesses, whose data goes through the KYC link", function()
    for place, given in pairs {
      ["/type"] = { type = "business" },
      ["/businessInformation"] = { businessInformation = {} },
      ["/addresses"] = { addresses = {} },
    } do
      assert.truthy(detail("update", given, place):find("through the KYC link", 1, true))
    end
    assert.is_nil(params.check("v2", "update", { type = "individual" }))
  end)

  it("refuses email and phone, which the documented body does not have", function()
    assert.same({ "/email", "/phone" },
      places("update", { email = "a@b.co", phone = "+14155550123" }))
  end)

  it("asks for the address with any tax field", function()
    local tax = { taxIdentificationNumber = "123456789", taxIdentificationNumberType = "ssn",
      taxIdentificationNumberCountry = "USA" }
    assert.same({ "/address" }, places("update", { personalInformation = tax }))
    assert.same({ "/address" }, places("update", { personalInformation = tax, address = NULL }))
    assert.same({}, places("update", { personalInformation = tax, address = { city = "Chicago" } }))
    assert.same({}, places("update", { personalInformation = { middleName = "James" } }))
  end)

  it("names the v2 name for a v1 name", function()
    assert.truthy(detail("update", { ssn = "x" }, "/ssn"):find("taxIdentificationNumber", 1, true))
  end)
end)
