local cjson = require("cjson")
local profiles = require("spherepay.verification.profiles")
local samples = require("spec.support.samples")

local function names(list)
  local result = {}
  for i, profile in ipairs(list) do result[i] = profile.name end
  return result
end

describe("spherepay.verification.profiles", function()
  it("gives a v2 profile its kind, what it unlocks and its arrays", function()
    assert.same({ {
      name = "kyc_profile_a", kind = "kyc", status = "incomplete", raw_status = "incomplete",
      unlocks = { "USD", "EUR" },
      complete = {
        "email_address", "phone_number", "residential_address", "tax_identification_number",
      },
      pending = {}, required = { "identity_document", "liveness_report_document" }, errors = {},
    } }, profiles(samples.customer("v2-get-individual-incomplete")))
  end)

  it("hands out tables that are the caller's to keep", function()
    local customer = samples.customer("v2-get-individual-incomplete")
    local first = profiles(customer)[1]
    first.unlocks[1], first.required[1] = "XXX", "nothing"
    local second = profiles(customer)[1]
    assert.equal("USD", second.unlocks[1])
    assert.equal("identity_document", second.required[1])
  end)

  it("has no profiles of what is no customer", function()
    for _, value in ipairs({ 1, "x", true, cjson.null, print, {} }) do
      assert.same({}, profiles(value))
    end
    assert.same({}, profiles(nil))
    assert.same({}, profiles({ verificationProfiles = cjson.null }))
  end)

  it("skips what is no profile and calls a nameless one unknown", function()
    local list = profiles({ verificationProfiles = { cjson.null, 3, { status = "approved" } } })
    assert.equal(1, #list)
    assert.equal("unknown", list[1].name)
    assert.equal("unknown", list[1].kind)
    assert.equal("approved", list[1].status)
  end)

  it("calls an absent status unknown and has no raw status then", function()
    local profile = profiles({ verificationProfiles = { { name = "x", status = cjson.null } } })[1]
    assert.equal("unknown", profile.status)
    assert.is_nil(profile.raw_status)
  end)

  it("makes the five statuses of a v1 customer profiles of kind v1", function()
    local list = profiles(samples.customer("v1-create-response"))
    assert.same({ "kyc", "tos", "msa", "euAccountTos", "operatingResidency" }, names(list))
    for _, profile in ipairs(list) do assert.equal("v1", profile.kind) end
    assert.same({ "customerIdentityDocument", "ssn" }, list[1].required)
    assert.is_nil(list[1].unlocks)
  end)

  it("always has kyc and tos of a v1 customer, because they decide", function()
    local list = profiles({ requirements = {} })
    assert.same({ "kyc", "tos" }, names(list))
    assert.equal("unknown", list[1].status)
  end)

  it("makes a profile of each v1 owner and each verification level", function()
    local list = profiles({
      kyc = "incomplete", tos = "approved",
      ubos = { { id = "ubo_8a", requirements = { "ssn", "ssn" } }, cjson.null, {} },
      verificationLevels = { { name = "ach_pull", status = "retry",
        requirements = { "createUser" } } },
    })
    assert.same({ "kyc", "tos", "ubo_1", "ubo_3", "ach_pull" }, names(list))
    assert.equal("incomplete", list[3].status)
    assert.equal("ubo_8a", list[3].id)
    assert.same({ "ssn" }, list[3].required)
    assert.equal("unknown", list[4].status)
    assert.equal("retry", list[5].status)
    assert.same({ "createUser" }, list[5].required)
  end)

  it("keeps v1's word beside v2's", function()
    local kyc = profiles({ kyc = "additionalReviewRequired",
      additionalReviewRequiredReason = "a reason" })[1]
    assert.equal("pending", kyc.status)
    assert.equal("additionalReviewRequired", kyc.raw_status)
    assert.same({ { detail = "a reason" } }, kyc.errors)
  end)
end)
