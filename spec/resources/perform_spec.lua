-- client:perform: the call that a step names, with what the caller has. Whole walks to approved are
-- in spec/verification/advice_spec.lua.

local helper = require "spec.contract.helper"
local spherepay = require "spherepay"
local next_steps = spherepay.verification.next_steps

local ACME = {
  type = "business", email = "contact@acmecorp.example.com", phone = "+14155550123",
  addresses = {
    { type = "registered", line1 = "1 Main Street", city = "Dover", country = "USA" },
    { type = "operating", line1 = "1 Main Street", city = "Dover", country = "USA" },
  },
  businessInformation = { legalName = "Acme Corporation Inc." },
}

local function step_for(steps, criterion)
  for _, step in ipairs(steps) do
    for _, name in ipairs(step.criteria) do
      if name == criterion then return step end
    end
  end
end

describe("client:perform", function()
  local client, fake, jane, steps

  before_each(function()
    client, fake = spherepay.testing.client()
    jane = assert(client.customer.create(helper.JANE))
    steps = next_steps(jane)
  end)

  local function last_request()
    local list = fake:requests()
    return list[#list]
  end

  it("makes the call that the step names", function()
    assert.same({ "customer", "tos_link" }, step_for(steps, "terms_of_service").call)
    assert.same({ "customer", "send_code" }, step_for(steps, "email_verification").call)
    assert.same({ "document", "upload" }, step_for(steps, "identity_document").call)
    assert.same({ "customer", "update" }, step_for(steps, "tax_identification_number").call)
    local link, err, response = client:perform(jane, step_for(steps, "terms_of_service"))
    assert.is_nil(err)
    assert.matches("^http", link.url)
    assert.equal(201, response.status)
    assert.matches("^http", client:perform(jane.id, step_for(steps, "liveness_check")).url)
  end)

  it("sends a code, and verifies it when it is given", function()
    local step = step_for(steps, "phone_verification")
    assert(client:perform(jane, step))
    assert.same({ type = "phone" }, last_request().json)
    assert(client:perform(jane, step, { code = "123456" }))
    assert.same({ type = "phone", code = "123456" }, last_request().json)
  end)

  it("uploads, for the customer whom the step is about", function()
    local step = step_for(steps, "identity_document")
    local told = {}
    local document = assert(client:perform(jane, step, {
      content = "%PDF-1.7", documentType = "id_card", country = "USA",
    }, { on_progress = function(...) told = { ... } end }))
    assert.equal(jane.id, document.targetId)
    assert.equal("id_card", document.documentType)
    assert.same({ 8, 8 }, told)
    local _, err = client:perform(jane, step, { content = "%PDF-1.7", country = "USA" })
    assert.equal("/documentType", err.errors[1].pointer)
    fake:set(jane.id, "proof_of_address", "required", { allow_unknown = true })
    step = step_for(next_steps(client.customer.get(jane.id)), "proof_of_address")
    _, err = client:perform(jane, step, { content = "%PDF-1.7" })
    assert.equal("rejected", err.kind) -- by the server: the one type there is was sent
  end)

  it("says the one type that a step takes, unless the caller says another", function()
    local business = assert(client.customer.create(ACME))
    local step = step_for(next_steps(business), "incorporation_cert_document")
    local document = assert(client:perform(business, step, { content = "%PDF-1.7" }))
    assert.equal("incorporation_cert", document.documentType)
    document = assert(client:perform(business, step, {
      content = "%PDF-1.7", documentType = "shareholder_registry",
    }))
    assert.equal("shareholder_registry", document.documentType)
  end)

  it("sends the fields, nested or by their paths, and asks for those that are missing", function()
    local step = step_for(steps, "tax_identification_number")
    local _, err = client:perform(jane, step, { address = helper.JANE.address })
    assert.equal("invalid", err.kind)
    assert.equal("no", err.sent)
    assert.equal("/personalInformation/taxIdentificationNumber", err.errors[1].pointer)
    local input = {
      address = helper.JANE.address,
      personalInformation = { taxIdentificationNumberType = "ssn" },
      ["personalInformation.taxIdentificationNumber"] = "123456789",
      ["personalInformation.taxIdentificationNumberCountry"] = "USA",
    }
    local updated = assert(client:perform(jane, step, input))
    assert.equal("ssn", updated.personalInformation.taxIdentificationNumberType)
    assert.is_nil(input.personalInformation.taxIdentificationNumber)
    assert.is_nil(step_for(next_steps(updated), "tax_identification_number"))
  end)

  it("registers a representative, and takes the steps of one", function()
    local business = assert(client.customer.create(ACME))
    local step = step_for(next_steps(business), "business_representatives")
    local owner = assert(client:perform(business, step, {
      email = "jane.smith@example.com",
      phone = "+14155550123", address = helper.JANE.address,
      representationDetails = { ownershipPercentage = 100 },
    }))
    assert.equal(business.id, owner.customerId)
    local face = step_for(next_steps(owner), "liveness_check")
    assert.same({ "representative", "face_link" }, face.call)
    assert.matches("^http", client:perform(owner, face).url)
  end)

  it("needs to know which representative a step of a business is about", function()
    local business = { id = "customer_1", type = "business", verificationProfiles = { {
      name = "ubo_kyc_profile_a", status = "incomplete",
      criteria = { complete = {}, pending = {}, required = { "identity_document" }, errors = {} },
    } } }
    local step = next_steps(business)[1]
    local input = { content = "%PDF-1.7", documentType = "passport", country = "USA" }
    local _, err = client:perform(business, step, input)
    assert.equal("/representativeId", err.errors[1].pointer)
    input.representativeId = "associatedPerson_1"
    _, err = client:perform(business, step, input)
    assert.equal("not_found", err.kind)
    business = assert(client.customer.create(ACME))
    local owner = assert(client.representative.create {
      type = "individual", customerId = business.id, email = "jane.smith@example.com",
      phone = "+14155550123", address = helper.JANE.address,
      representationDetails = { ownershipPercentage = 100 },
    })
    input.representativeId = owner.id
    local document = assert(client:perform(business, step, input))
    assert.same({ owner.id, "passport" }, { document.targetId, document.documentType })
    assert.equal(owner.id, input.representativeId)
  end)

  it("says whose turn it is when no call can do a step", function()
    fake:status(jane.id, "pending")
    local step = next_steps(client.customer.get(jane.id))[1]
    assert.is_nil(step.call)
    local value, err = client:perform(jane, step)
    assert.is_nil(value)
    assert.same({ "invalid", "no" }, { err.kind, err.sent })
    assert.same({}, err.errors or {})
    assert.matches("no call can do this step; it is the turn of: platform$", tostring(err))
    step.actor = nil
    err = select(2, client:perform(jane, step))
    assert.matches("it is the turn of: nobody known$", tostring(err))
  end)

  it("raises at the caller for anything that is no step", function()
    for _, wrong in ipairs {
      function() client:perform(jane) end,
      function() client:perform(jane, {}) end,
      function() client:perform(nil, steps[1]) end,
      function() client:perform(jane, steps[1], "file.pdf") end,
      function() client.perform(jane, steps[1]) end,
    } do
      local ok, message = pcall(wrong)
      assert.is_false(ok)
      assert.matches("^spec/resources/perform_spec.lua:%d+: ", message)
    end
  end)
end)
