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
    assert.same({}, next_steps(legacy, { currency = "XYZ" }))
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
    assert.same({ "field", "link", "link" }, column(steps, "kind"))
    assert.equal("ubos[].ssn", steps[1].path)
    assert.equal("ubo_8a", steps[1].target)
    assert.equal("POST /v1/customer/{id}/kycLink", steps[2].endpoint)
  end)

  it("has no steps without a customer", function()
    assert.same({}, next_steps(nil))
    assert.same({}, next_steps({}))
  end)

  it("raises on an unknown option", function()
    assert.has_error(function() next_steps({}, { profil = "x" }) end)
  end)
end)
