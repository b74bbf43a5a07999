--- spherepay.sandbox.verdict: every documented state can be told, and nothing else.

local cjson = require("cjson")

local criteria = require("spherepay.api.criteria")
local support = require("spec.support.sandbox")
local verification = require("spherepay.verification")

local INDIVIDUAL = "v2-create-request-individual-tax-id"

describe("sandbox verdicts", function()
  local api, id
  before_each(function()
    api = support.handler()
    id = api.create(INDIVIDUAL).id
  end)

  local function tell(what, body, kind)
    return api.call("POST", "/_sandbox/" .. (kind or "customer") .. "/" .. id .. "/" .. what, body)
  end

  local function customer()
    local _, value = api.call("GET", "/v2/customer/" .. id)
    return value
  end

  local function statuses(value)
    local list = {}
    for i, profile in ipairs(value.verificationProfiles) do
      list[i] = profile.name .. " " .. profile.status
    end
    return table.concat(list, ", ")
  end

  it("tell of the terms of service by themselves", function()
    local function terms()
      local criteria_of = customer().verificationProfiles[1].criteria
      return (" " .. table.concat(criteria_of.complete, " ") .. " ")
        :find(" terms_of_service ", 1, true) ~= nil
    end
    for _, status in ipairs { "pending", "approved", "incomplete", "approved" } do
      assert.equal(200, (tell("review", { tosStatus = status })))
      assert.equal(status, customer().tosStatus)
      assert.equal(status == "approved", terms())
    end
  end)

  it("give a customer the documented profiles of its kind, in every status", function()
    for _, profile in ipairs { "kyc_profile_b", "kyc_profile_c" } do
      for _, status in ipairs(criteria.statuses) do
        assert.equal(200, (tell("review", { profile = profile, status = status })))
      end
    end
    tell("review", { profile = "kyc_profile_b", status = "approved" })
    assert.equal("kyc_profile_a incomplete, kyc_profile_b approved, "
      .. "kyc_profile_c resubmission_required", statuses(customer()))
    assert.is_true((verification.can_transfer(customer(), "BRL")))
    assert.is_false((verification.can_transfer(customer(), "EUR")))
    assert.equal(400, (tell("review", { profile = "kyb_profile_a", status = "approved" })))
  end)

  it("give a business and a representative theirs", function()
    local address = { line1 = "1 Main Street", city = "Dover", country = "USA" }
    local registered, operating = { type = "registered" }, { type = "operating" }
    for name, value in pairs(address) do registered[name], operating[name] = value, value end
    local _, business = api.call("POST", "/v2/customer", {
      type = "business", email = "contact@acmecorp.example.com", phone = "+14155550123",
      addresses = { registered, operating }, businessInformation = { legalName = "Acme Corp" },
    })
    id = business.id
    assert.equal(200, (tell("review", { profile = "kyb_profile_c", status = "pending" })))
    assert.equal(400, (tell("review", { profile = "kyc_profile_a", status = "pending" })))
    local body = support.sample("v2-representative-create-request")
    body.customerId = id
    local _, person = api.call("POST", "/v2/business-representative", body)
    id = person.id
    local status, value = tell("review", { profile = "ubo_kyc_profile_c", status = "approved" },
      "business-representative")
    assert.equal(200, status)
    assert.equal("ubo_kyc_profile_a incomplete, ubo_kyc_profile_c approved", statuses(value))
  end)

  it("set one criterion in every state", function()
    for _, state in ipairs { "complete", "pending", "required", "error" } do
      assert.equal(200, (tell("set", {
        criterion = "source_of_funds", state = state, detail = state == "error" and "why" or nil,
      })))
      local found = verification.policy { criterion = "source_of_funds", state = state }
      assert.is_true(found:check(customer()), state)
    end
    assert.same({ { name = "source_of_funds", detail = "why" } }, api.profile(id).criteria.errors)
    tell("set", { criterion = "source_of_funds", state = "absent" })
    assert.is_true(verification.policy({ criterion = "source_of_funds", state = "absent" })
      :check(customer()))
  end)

  it("set a criterion until the customer supplies it, and in one profile if told", function()
    tell("review", { profile = "kyc_profile_b", status = "incomplete" })
    tell("set", { criterion = "nationality", state = "error", profile = "kyc_profile_b" })
    local profiles = customer().verificationProfiles
    assert.equal(0, #profiles[1].criteria.errors)
    assert.equal(1, #profiles[2].criteria.errors)
    assert.equal(200, (api.call("PATCH", "/v2/customer/" .. id, {
      address = { line1 = "1 Main Street", city = "Dover", country = "USA" },
      personalInformation = { nationality = "USA" },
    })))
    assert.equal(0, #customer().verificationProfiles[2].criteria.errors)
    assert.is_true(verification.policy({ criterion = "nationality", state = "complete" })
      :check(customer()))
  end)

  it("keep identity locked unless another profile asks for it", function()
    local body = { address = { line1 = "1 Main Street", city = "Dover", country = "USA" },
      personalInformation = { firstName = "Janet" } }
    tell("review", { status = "pending" })
    assert.equal(400, (api.call("PATCH", "/v2/customer/" .. id, body)))
    tell("review", { profile = "kyc_profile_b", status = "incomplete" })
    tell("set", { criterion = "first_name", state = "required", profile = "kyc_profile_b" })
    assert.equal(200, (api.call("PATCH", "/v2/customer/" .. id, body)))
    assert.equal(400, (api.call("PATCH", "/v2/customer/" .. id, body)))
  end)

  it("refuse names that nobody documents, and name the neighbour", function()
    local status, answer = tell("set", { criterion = "identity_documnt", state = "required" })
    assert.equal(400, status)
    assert.matches("did you mean identity_document", answer.error, 1, true)
    assert.equal(200, (tell("set", {
      criterion = "brand_new", state = "required", allow_unknown = true,
    })))
    assert.equal(400, (tell("set", { criterion = "nationality", state = "done" })))
    assert.equal(400, (tell("set", { state = "required" })))
    assert.equal(400, (tell("set", {
      criterion = "nationality", state = "required", profile = "kyc_profile_c",
    })))
    id = "customer_none"
    assert.equal(404, (tell("set", { criterion = "nationality", state = "required" })))
  end)
end)

describe("sandbox verdicts of v1", function()
  local api, id
  before_each(function()
    api = support.handler { generation = "v1" }
    local _, value = api.call("POST", "/v1/customer", support.sample("v1-create-request"))
    id = value.data.customer.id
  end)

  local function tell(what, body)
    return api.call("POST", "/_sandbox/customer/" .. id .. "/" .. what, body)
  end

  local function customer()
    local _, value = api.call("GET", "/v1/customer/" .. id)
    return value.data.customer
  end

  it("set every agreement to every documented status", function()
    for _, name in ipairs { "kyc", "tos", "msa", "euAccountTos", "operatingResidency" } do
      for _, status in ipairs(criteria.v1[name]) do
        assert.equal(200, (tell("review", { profile = name, status = status })))
        assert.equal(status, customer()[name])
      end
      assert.equal(400, (tell("review", { profile = name, status = "converted" })))
    end
    assert.equal(400, (tell("review", { profile = "kyc_profile_a", status = "approved" })))
  end)

  it("make EUR true", function()
    assert.equal(200, (tell("review", {
      status = "approved", tosStatus = "approved", euAccountTos = "approved", msa = "voided",
    })))
    assert.is_true((verification.can_transfer(customer(), "EUR")))
    assert.equal("voided", customer().msa)
  end)

  it("set the level of ACH pull and what it requires", function()
    for _, status in ipairs(criteria.v1.verificationLevels.statuses) do
      tell("review", { profile = "ach_pull", status = status, requirements = { "createUser" } })
      assert.same({ { name = "ach_pull", status = status, requirements = { "createUser" } } },
        customer().verificationLevels)
    end
    assert.equal(400, (tell("review",
      { profile = "ach_pull", status = "pending", requirements = "createUser" })))
  end)

  it("give the reason of an additional review, and take it back", function()
    tell("review", { status = "additionalReviewRequired", reason = "someReason" })
    assert.equal("someReason", customer().additionalReviewRequiredReason)
    tell("review", { status = "approved" })
    assert.equal(cjson.null, customer().additionalReviewRequiredReason)
  end)

  it("require what they are told to, until it is sent", function()
    assert.equal(200, (tell("set", { criterion = "website", state = "required" })))
    tell("set", { criterion = "address.line2", state = "required" })
    assert.same({ "customerIdentityDocument", "ssn", "address.line2", "website" },
      customer().requirements)
    api.call("POST", "/v1/customer/" .. id, { website = "https://www.example.com",
      address = { line2 = "Floor 2" } })
    assert.same({ "customerIdentityDocument", "ssn" }, customer().requirements)
    tell("set", { criterion = "ssn", state = "complete" })
    assert.same({ "customerIdentityDocument" }, customer().requirements)
    assert.equal(400, (tell("set", { criterion = "ssn", state = "pending" })))
    assert.equal(400, (tell("set", { criterion = "webste", state = "required" })))
  end)
end)
