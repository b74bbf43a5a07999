-- client.representative against the sandbox, and against answers about somebody else.

local fault = require "spec.support.fault"
local helper = require "spec.contract.helper"
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local BUSINESS = {
  type = "business", email = "contact@acmecorp.example.com", phone = "+14155550123",
  addresses = {
    { type = "registered", line1 = "1 Main Street", city = "Dover", country = "USA" },
    { type = "operating", line1 = "1 Main Street", city = "Dover", country = "USA" },
  },
  businessInformation = { legalName = "Acme Corporation Inc." },
}

local function owner(id, changes)
  local params = {
    customerId = id, type = "individual", email = "jane.smith@example.com",
    phone = "+14155550123", address = helper.JANE.address,
    representationDetails = { roles = { "ubo" }, ownershipPercentage = 50, isSigner = true },
  }
  for name, value in pairs(changes or {}) do params[name] = value end
  return params
end

describe("client.representative", function()
  local host, client, acme

  setup(function()
    host = sandbox.start {}
    client = spherepay.new { token = "key", base_url = host.url }
    acme = assert(client.customer.create(BUSINESS))
  end)
  teardown(function()
    client:close()
    host.stop()
  end)

  it("creates, gets and updates; the share may be a number", function()
    local params = owner(acme.id)
    local jane, err, response = client.representative.create(params)
    assert.is_nil(err)
    assert.equal(201, response.status)
    assert.matches("^associatedPerson_", jane.id)
    assert.equal("50", jane.representationDetails.ownershipPercentage)
    assert.equal(50, params.representationDetails.ownershipPercentage)
    assert.same(jane, (assert(client.representative.get(jane.id))))
    local updated = assert(client.representative.update(jane.id, {
      representationDetails = { ownershipPercentage = 33.5, title = "CEO" },
    }))
    assert.equal("33.5", updated.representationDetails.ownershipPercentage)
    assert.matches("^http", client.representative.face_link(jane.id).url)
    assert.matches("^associatedPerson_%w+ individual, ubo_kyc_profile_a", tostring(jane))
  end)

  it("lists those of one business, page by page", function()
    local other = assert(client.customer.create(BUSINESS))
    for _ = 1, 5 do assert(client.representative.create(owner(other.id))) end
    local list = assert(client.representative.list { customerId = other.id, limit = 2 })
    assert.equal(2, #list.items)
    assert.equal(5, list.pagination.total)
    local count = 0
    for one in client.representative.each { customerId = other.id, limit = 2 } do
      assert.equal(other.id, one.customerId)
      count = count + 1
    end
    assert.equal(5, count)
    assert.has_error(function() return client.representative.find end)
  end)

  it("checks before anything is sent", function()
    local before = #host.requests()
    local made, err = client.representative.create {
      type = "business", email = "nobody", representationDetails = { ownershipPercentage = {} },
      personalInformation = { taxIdentificationNumber = "123456789" },
    }
    assert.is_nil(made)
    local places = {}
    for _, problem in ipairs(err.errors) do places[problem.pointer] = true end
    for _, place in ipairs { "/customerId", "/phone", "/address", "/type", "/email",
      "/representationDetails/ownershipPercentage",
      "/personalInformation/taxIdentificationNumberType" } do
      assert.is_true(places[place], place)
    end
    made, err = client.representative.create(owner(acme.id, { timeout = 1 }))
    assert.is_nil(made)
    assert.equal("/timeout", err.errors[1].pointer)
    made, err = client.representative.create(owner(acme.id, { frist_name = "Jane" }),
      { validate = "strict" })
    assert.is_nil(made)
    assert.matches("firstName", err.errors[1].detail)
    assert.has_error(function() client.representative.create() end)
    assert.has_error(function() client.representative:get "associatedPerson_1" end)
    assert.equal(before, #host.requests())
  end)

  it("says when an id is a customer's", function()
    local _, err = client.representative.get(acme.id)
    assert.equal("not_found", err.kind)
    assert.matches("id of a customer", err.warnings[1].detail)
  end)
end)

describe("A representative", function()
  it("is not taken from an answer about somebody else", function()
    local server = fault.start()
    local client = spherepay.new { token = "key", base_url = server:url(), max_retries = 0 }
    server:script {
      { "answer", body = '{"id":"associatedPerson_2"}' },
      { "answer", body = '{"id":"associatedPerson_1","customerId":"customer_2"}' },
      { "answer", body = "{}" },
    }
    local _, err = client.representative.get "associatedPerson_1"
    assert.equal("protocol", err.kind)
    assert.is_nil(err.raw)
    _, err = client.representative.create(owner "customer_1")
    assert.equal("protocol", err.kind)
    assert.is_true(err.maybe_applied)
    _, err = client.representative.get "associatedPerson_1"
    assert.equal("protocol", err.kind)
    client:close()
    server:stop()
  end)
end)
