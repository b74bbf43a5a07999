-- One sentence for each oddity of the API's answers that verification has to live with.

local cjson = require("cjson")
local samples = require("spec.support.samples")
local verification = require("spherepay.verification")

local function profile_of(customer, name)
  for _, profile in ipairs(verification.profiles(customer)) do
    if profile.name == name then return profile end
  end
end

describe("verification lives with", function()
  local legacy = samples.customer("v2-get-legacy-inline-criteria")
  local overlap = samples.customer("v2-representative-get-2026-01-overlap")

  it("arrays inline in the profile instead of under criteria", function()
    local inline, usual = profile_of(legacy, "kyc_profile_b"), profile_of(legacy, "kyc_profile_a")
    assert.same(usual.required, inline.required)
    assert.same(usual.errors, inline.errors)
  end)

  it("an approved profile without criteria", function()
    local report = verification.evaluate(legacy, { profile = "kyc_profile_c" })
    assert.is_true(report.ready)
    assert.same({}, report.outstanding)
  end)

  it("message where detail belongs", function()
    assert.equal("ID DOCS IS BLURRY", profile_of(legacy, "kyc_profile_a").errors[1].detail)
  end)

  it("an error on a criterion that is in none of the arrays", function()
    local report = verification.evaluate(legacy, { currency = "USD" })
    assert.equal("identification_document", report.outstanding[1].criterion)
    assert.equal(1, report.counts.error)
    assert.equal("identification_document", verification.next_steps(legacy)[1].criterion)
  end)

  it("an incomplete profile with all arrays empty", function()
    local customer = samples.customer("v2-patch-response-empty-criteria-2025")
    assert.is_false(verification.can_transfer(customer, "USD"))
    assert.equal(1, #verification.next_steps(customer))
  end)

  it("a criterion in pending and in required, and an error on a complete one", function()
    local profile = profile_of(overlap, "kyc_profile_a")
    assert.same({}, profile.pending)
    assert.equal(6, #profile.required)
    local counts = verification.evaluate(overlap).counts
    assert.same({ total = 10, complete = 3, pending = 0, required = 6, error = 1 }, counts)
    assert.equal("error", verification.next_steps(overlap)[1].state)
  end)

  it("criterion and profile names outside the documented lists", function()
    local customer = { verificationProfiles = { { name = "kyx_profile_z", status = "incomplete",
      criteria = { required = { "dna_sample" } } } } }
    assert.equal("unknown", profile_of(customer, "kyx_profile_z").kind)
    local step = verification.next_steps(customer, { profile = "kyx_profile_z" })[1]
    assert.equal("dna_sample", step.criterion)
    assert.equal("unknown", step.kind)
    assert.equal("unknown", step.basis)
    local rule = { criterion = "dna_sample", state = "required", allow_unknown = true }
    assert.is_true(assert(verification.policy(rule)):check(customer))
  end)

  it("missing tosStatus, timestamps, phone, email and meta", function()
    local customer = { id = "customer_1", verificationProfiles = {
      { name = "kyc_profile_a", status = "approved" },
    } }
    assert.is_true(verification.can_transfer(customer, "USD"))
    assert.is_string(verification.render(customer))
  end)

  it("a business name on an individual and kyc_profile_a on a business", function()
    local business = samples.customer("v2-get-business-from-schema-examples")
    assert.equal("kyc_profile_a", verification.evaluate(business, { currency = "USD" }).profile)
    assert.equal(6, verification.evaluate(samples.customer("v2-get-individual-incomplete"))
      .counts.total)
  end)

  it("arrays in any order", function()
    local a = { name = "kyc_profile_a", status = "approved" }
    local b = { name = "kyc_profile_b", status = "pending" }
    for _, list in ipairs({ { a, b }, { b, a } }) do
      assert.is_true(verification.can_transfer({ verificationProfiles = list }, "USD"))
      assert.is_false(verification.can_transfer({ verificationProfiles = list }, "BRL"))
    end
  end)

  it("v1 kyc approved while requirements, with duplicates, are listed", function()
    local v1 = samples.customer("v1-customer-object-approved")
    assert.same({
      "address.line1", "address.city", "address.state", "address.postalCode", "address.country",
    }, profile_of(v1, "kyc").required)
    assert.is_true(verification.can_transfer(v1, "USD"))
    assert.is_true(verification.can_transfer(v1, "EUR"))
    assert.same({}, verification.next_steps(v1))
    assert.same({}, verification.next_steps(v1, { profile = "ach_pull" }))
  end)

  it("v1 fields that are missing, and members that are null", function()
    local v1 = samples.customer("v1-customer-object-approved")
    assert.is_nil(v1.description)
    assert.equal(cjson.null, v1.address.city)
    assert.is_false(assert(verification.policy({ field = "address.city",
      exists = true })):check(v1))
    assert.is_string(verification.render(v1))
    assert.equal("no change", tostring(verification.diff(v1, v1)))
  end)

  it("the misspelt v1 status of a verification level", function()
    local levels = { { name = "ach_pull", status = "convereted_to_user" } }
    local profile = profile_of({ kyc = "approved", verificationLevels = levels }, "ach_pull")
    assert.equal("converted_to_user", profile.status)
    assert.equal("convereted_to_user", profile.raw_status)
  end)

  it("numbers as strings and null among meta", function()
    local representative = samples.customer("v2-representative-get")
    assert.is_true(assert(verification.policy({
      field = "representationDetails.ownershipPercentage", equals = "50",
    })):check(representative))
    local november = samples.customer("v2-get-individual-2025-11")
    assert.is_true(assert(verification.policy({ field = "meta.property1", exists = false }))
      :check(november))
  end)

  it("kycRequirements, the older name of requirements", function()
    local v1 = { kyc = "incomplete", tos = "approved", kycRequirements = { "ssn" } }
    assert.same({ "ssn" }, profile_of(v1, "kyc").required)
    assert.equal("ssn", verification.next_steps(v1)[1].criterion)
  end)

  it("a representative with a customer's profile", function()
    assert.equal("POST /v2/business-representative/{id}/face-verification-link",
      tostring(verification.next_steps(overlap)[5].endpoint))
  end)

  it("null as any kind of userdata, and functions, as if they were not there", function()
    for _, odd in ipairs({ cjson.null, io.stdout, print, coroutine.create(function() end) }) do
      local customer = { id = odd, type = odd, tosStatus = odd, verificationProfiles = { odd, {
        name = odd, status = odd,
        criteria = { complete = odd, pending = { odd, "a" }, errors = { odd, { name = odd } } },
      } } }
      local profile = verification.profiles(customer)[1]
      assert.equal("unknown", profile.status)
      assert.same({ "a" }, profile.pending)
      assert.same({}, profile.errors)
      assert.is_string(verification.render(customer))
    end
  end)
end)
