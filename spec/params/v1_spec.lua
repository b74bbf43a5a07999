local cjson = require "cjson"
local params = require "spherepay.params"

local function sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return cjson.decode(text)
end

local function places(operation, given)
  local list = {}
  for i, problem in ipairs(params.check("v1", operation, given) or {}) do
    list[i] = problem.pointer
  end
  return list
end

local function detail(given, place)
  for _, problem in ipairs(params.check("v1", "create", given) or {}) do
    if problem.pointer == place then return problem.detail end
  end
  return nil
end

describe("params of v1", function()
  it("accept the samples of the documents", function()
    for _, name in ipairs {
      "v1-create-request", "v1-create-request-minimal-business-address",
      "v1-create-request-minimal-business", "v1-create-request-minimal-individual",
    } do
      assert.is_nil(params.check("v1", "create", sample(name)), name)
    end
    assert.is_nil(params.check("v1", "update", sample "v1-update-request"))
  end)

  it("require nothing, because no field is documented as mandatory", function()
    assert.same({}, places("create", {}))
    assert.same({}, places("update", {}))
  end)

  it("take a date of birth of three whole numbers in range", function()
    assert.same({}, places("create", { dob = { day = 31, month = 12, year = 1990 } }))
    assert.same({ "/dob/day", "/dob/month", "/dob/year" },
      places("create", { dob = { day = 32, month = "3", year = 90 } }))
    assert.same({ "/dob/day", "/dob/month" },
      places("create", { dob = { day = 0, month = 0, year = 1990 } }))
    assert.same({ "/dob/month" }, places("create", { dob = { day = 1, month = 13, year = 1990 } }))
    assert.same({}, places("create", { dob = { day = 1, month = 1, year = 1990 } }))
    assert.same({ "/dob" }, places("create", { dob = "1990-04-15" }))
  end)

  it("take a three-letter country, and any state: codes of subdivisions have many forms", function()
    for _, state in ipairs { "IL", "75", "NSW" } do
      assert.same({}, places("create", { address = { state = state, country = "USA" } }))
    end
    assert.same({ "/address/state", "/address/country" },
      places("create", { address = { state = 75, country = "US" } }))
  end)

  it("take a meta that nests, which the page does not exclude", function()
    assert.same({}, places("create", { meta = { a = { b = { "c" } }, d = io.stdout } }))
    assert.same({ "/meta" }, places("create", { meta = { "a", "b" } }))
  end)

  it("take a list of owners and check each", function()
    assert.same({}, places("create", { ubos = {} }))
    assert.same({}, places("create", { ubos = { { firstName = "Jane", dob = { day = 1 } } } }))
    assert.same({ "/ubos/1/dob/month" },
      places("create", { ubos = { {}, { dob = { month = 13 } } } }))
    assert.same({ "/ubos" }, places("create", { ubos = { firstName = "Jane" } }))
    assert.same({ "/ubos/0" }, places("create", { ubos = { "Jane" } }))
  end)

  it("take the documented words only where the list of words is closed", function()
    assert.same({}, places("create", { type = "business", businessType = "individual",
      highRiskActivities = { "gambling", "money_services" }, sourceOfFundsDescription = "any" }))
    assert.same({ "/type", "/businessType", "/highRiskActivities/1" }, places("create",
      { type = "x", businessType = "llc", highRiskActivities = { "gambling", "golf" } }))
  end)

  it("take the revenue as a number when created and as a range when updated", function()
    assert.same({}, places("create", { estimatedAnnualRevenueUsd = 50000 }))
    assert.same({ "/estimatedAnnualRevenueUsd" },
      places("create", { estimatedAnnualRevenueUsd = "_0_99999" }))
    assert.same({}, places("update", { estimatedAnnualRevenueUsd = "_0_99999" }))
    assert.same({ "/estimatedAnnualRevenueUsd" },
      places("update", { estimatedAnnualRevenueUsd = 50000 }))
  end)

  it("take booleans and strings of the documented type", function()
    assert.same({ "/ssn", "/actingAsIntermediary", "/expectedMonthlyPayments", "/tosAccepted",
      "/expectedMonthlyPaymentsUsd" }, places("update", {
      ssn = 111111111, actingAsIntermediary = "yes", expectedMonthlyPayments = 5,
      tosAccepted = 1, expectedMonthlyPaymentsUsd = "5",
    }))
  end)

  it("take documents as base64 or as a document object", function()
    local object = setmetatable({}, { __name = "spherepay.document" })
    assert.same({}, places("create", {
      identityDocumentFront = "iVBORw0KGgo=", identityDocumentBack = object,
      proofOfAddressDocument = io.stdout,
    }))
    assert.same({ "/proofOfAddressDocument", "/identityDocumentFront", "/incorporationDocument" },
      places("create", { identityDocumentFront = "\137PNG\r\n", incorporationDocument = {},
        proofOfAddressDocument = "" }))
  end)

  it("name the v1 name for every v2 name", function()
    for name, right in pairs {
      phone = "phoneNumber", dateOfBirth = "dob", addresses = "one address",
      personalInformation = "firstName", businessInformation = "ein",
      taxIdentificationNumber = "ssn", legalName = "name", identificationNumber = "ein",
    } do
      local text = detail({ [name] = "x" }, "/" .. name)
      assert.truthy(text and text:find(right, 1, true), name)
    end
  end)

  it("pass unknown fields and nulls", function()
    assert.same({}, places("create", { newField = {}, email = io.stdout, address = io.stdout }))
  end)
end)
