local next_steps = require("spherepay.verification").next_steps
local samples = require("spec.support.samples")

local function customer(criteria, status, kind)
  return { type = kind or "individual", verificationProfiles = {
    { name = "kyc_profile_a", status = status or "incomplete", criteria = criteria },
  } }
end

local function column(steps, key)
  local result = {}
  for i, step in ipairs(steps) do result[i] = step[key] or "-" end
  return result
end

describe("verification.next_steps", function()
  it("puts errors first, then fields, links and codes, documents, the unknown, the review",
    function()
    local steps = next_steps(customer({
      required = {
        "kyc_a_approval", "something_new", "identity_document", "email_verification",
        "terms_of_service", "nationality",
      },
      pending = { "residential_address" },
      errors = { { name = "liveness_report_document", detail = "too dark" } },
    }))
    assert.same({
      "liveness_report_document", "nationality", "email_verification", "terms_of_service",
      "identity_document", "something_new", "kyc_a_approval", "residential_address",
    }, column(steps, "criterion"))
    assert.same({
      "document", "field", "otp", "link", "document", "unknown", "review", "review",
    }, column(steps, "kind"))
  end)

  it("says who acts on every step", function()
    local known = { customer = true, platform = true, sphere = true }
    for _, name in ipairs(samples.names()) do
      for _, each in ipairs(samples.customers_in(samples.fixture("api/" .. name .. ".json"))) do
        for _, step in ipairs(next_steps(each)) do assert.is_true(known[step.actor], name) end
      end
    end
  end)

  it("carries the API's text of an error, in either spelling", function()
    local steps = next_steps(customer({ errors = {
      { name = "identity_document", detail = "too dark" },
      { name = "proof_of_address", message = "too old" },
    } }))
    assert.same({ "too dark", "too old" }, column(steps, "detail"))
  end)

  it("asks once for what an error and the arrays both name", function()
    local steps = next_steps(customer({
      required = { "identity_document" }, pending = { "identity_document" },
      errors = { { name = "identity_document", detail = "too dark" } },
    }))
    assert.equal(1, #steps)
    assert.equal("error", steps[1].state)
  end)

  it("asks once for what two profiles require and names both", function()
    local steps = next_steps({ verificationProfiles = {
      { name = "kyc_profile_a", status = "incomplete", required = { "terms_of_service" } },
      { name = "kyc_profile_b", status = "incomplete",
        required = { "terms_of_service", "proof_of_address" } },
    } })
    assert.same({ "terms_of_service", "proof_of_address" }, column(steps, "criterion"))
    assert.same({ "kyc_profile_a", "kyc_profile_b" }, steps[1].profiles)
    assert.equal("kyc_profile_a", steps[1].profile)
  end)

  it("keeps two different errors on one criterion apart", function()
    local steps = next_steps({ verificationProfiles = {
      { name = "a", status = "incomplete", errors = { { name = "x", detail = "too dark" } } },
      { name = "b", status = "incomplete", errors = { { name = "x", detail = "too old" } } },
    } })
    assert.same({ "too dark", "too old" }, column(steps, "detail"))
  end)

  it("narrows the steps to a profile or a currency", function()
    local legacy = samples.customer("v2-create-response-legacy")
    assert.equal(8, #next_steps(legacy, { currency = "USD" }))
    assert.equal(9, #next_steps(legacy, { profile = "kyc_profile_b" }))
  end)

  it("says whose turn it is when what was asked for is not there", function()
    local jane = customer({}, "approved")
    for name, question in pairs {
      kyc_profile_b = { currency = "brl" }, kyb_profile_a = { profile = "kyb_profile_a" },
      none = { currency = "XYZ" },
    } do
      local steps = next_steps(jane, question)
      assert.same({ 1, "absent", "unknown", "platform" },
        { #steps, steps[1].state, steps[1].kind, steps[1].actor })
      assert.equal(name, steps[1].profile or "none")
      assert.matches("ask SpherePay", steps[1].note)
    end
    local of_v1 = { id = "customer_1", kyc = "approved", tos = "approved", requirements = {} }
    assert.equal("euAccountTos", next_steps(of_v1, { currency = "EUR" })[1].profile)
  end)

  it("asks nothing for an approved profile, whatever its arrays say", function()
    assert.same({}, next_steps(customer({ required = { "identity_document" } }, "approved")))
    assert.same({}, next_steps(samples.customer("v1-customer-object-approved")))
  end)

  it("always has a step for a profile that is not approved", function()
    local expected = {
      incomplete = "sphere", pending = "sphere", rejected = "platform",
      resubmission_required = "platform", something_new = "platform",
    }
    for status, actor in pairs(expected) do
      local steps = next_steps(customer({}, status))
      assert.equal(1, #steps)
      assert.equal(actor, steps[1].actor)
      assert.equal(status, steps[1].state)
      assert.is_nil(steps[1].criterion)
    end
  end)

  it("follows the links of v1 and asks for what owners lack", function()
    local steps = next_steps({ kyc = "incomplete", tos = "incomplete",
      ubos = { { id = "ubo_8a", requirements = { "ssn" } } } })
    assert.same({ "link", "link" }, column(steps, "kind"))
    assert.equal("POST /v1/customer/{id}/kycLink", tostring(steps[1].endpoint))
    assert.same({ "ssn" }, steps[1].criteria)
    assert.same({ "kyc", "ubo_1" }, steps[1].profiles)
    assert.equal("POST /v1/customer/{id}/tosLink", tostring(steps[2].endpoint))
  end)

  it("says once what one link is for", function()
    local names = { "trade_name", "legal_name", "website", "entity_type", "is_dao" }
    local business = customer({ required = names }, "incomplete", "business")
    business.verificationProfiles[1].name = "kyb_profile_a"
    local steps = next_steps(business)
    assert.equal(1, #steps)
    assert.same(names, steps[1].criteria)
    assert.equal("trade_name", steps[1].criterion)
    assert.equal("link", steps[1].kind)
    assert.equal("POST /v2/customer/{id}/kyc-link", tostring(steps[1].endpoint))
    assert.equal("name_match", steps[1].basis)
    assert.is_nil(steps[1].path)
  end)

  it("keeps the text of every error that a link is for", function()
    local business = customer({ required = { "website" }, errors = {
      { name = "trade_name", detail = "too short" }, { name = "description" },
      { name = "legal_name", detail = "unknown" },
    } }, "incomplete", "business")
    local steps = next_steps(business)
    assert.equal(1, #steps)
    assert.equal("error", steps[1].state)
    assert.equal("trade_name: too short; legal_name: unknown", steps[1].detail)
    assert.same({ "trade_name", "description", "legal_name", "website" }, steps[1].criteria)
    business.verificationProfiles[1].criteria.errors = { { name = "trade_name", detail = "short" } }
    business.verificationProfiles[1].criteria.required = {}
    assert.equal("short", next_steps(business)[1].detail)
  end)

  it("never tells a customer who exists to be created", function()
    for _, name in ipairs(samples.names()) do
      for _, each in ipairs(samples.customers_in(samples.fixture("api/" .. name .. ".json"))) do
        for _, step in ipairs(next_steps(each)) do
          local path = step.endpoint and step.endpoint.path or ""
          assert.is_nil(path:find("^/v%d/customer$"), name)
          assert.is_true(step.endpoint ~= nil or step.actor ~= "customer", name)
          assert.is_string(step.endpoint and step.actor or step.note, name)
        end
      end
    end
  end)

  it("takes the call that one of two profiles allows", function()
    local steps = next_steps({ id = "customer_1", type = "individual", verificationProfiles = {
      { name = "kyc_profile_a", status = "rejected", required = { "first_name" } },
      { name = "kyc_profile_b", status = "incomplete", required = { "first_name" } },
    } })
    assert.equal("first_name", steps[2].criterion)
    assert.equal("PATCH /v2/customer/{id}", tostring(steps[2].endpoint))
    assert.equal("customer", steps[2].actor)
    assert.same({ "kyc_profile_a", "kyc_profile_b" }, steps[2].profiles)
  end)

  it("sends those who were refused to SpherePay, whatever is listed", function()
    local steps = next_steps(customer({ errors = {
      { name = "identity_document", detail = "too dark" },
    } }, "rejected"))
    assert.same({ "-", "identity_document" }, column(steps, "criterion"))
    assert.same({ "rejected", "error" }, column(steps, "state"))
    assert.equal("platform", steps[1].actor)
  end)

  it("waits while v1 looks at a customer once more", function()
    local steps = next_steps({ kyc = "additionalReviewRequired", tos = "approved",
      additionalReviewRequiredReason = "someReason" })
    assert.equal(1, #steps)
    assert.same({ "review", "sphere", "someReason" },
      { steps[1].kind, steps[1].actor, steps[1].detail })
  end)

  it("has no steps without a customer", function()
    assert.same({}, next_steps(nil))
    assert.same({}, next_steps({}))
  end)

  it("raises on an unknown option, and on an error in place of a customer", function()
    assert.has_error(function() next_steps({}, { profil = "x" }) end)
    local err = require("spherepay.errors").new({ kind = "not_found" })
    local ok, message = pcall(next_steps, nil, err)
    assert.is_false(ok)
    assert.matches("error in place of the customer: spherepay: not_found: not found", message)
  end)
end)
