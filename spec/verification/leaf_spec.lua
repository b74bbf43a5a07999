local cjson = require("cjson")
local leaf = require("spherepay.verification.leaf")

local function v2(...)
  return { verificationProfiles = { ... } }
end

describe("spherepay.verification.leaf", function()
  it("holds for a profile when all of that name have the status, and there is one", function()
    local holds = leaf.profile("a", "approved")
    assert.is_true(holds(v2({ name = "b" }, { name = "a", status = "approved" })))
    assert.is_false(holds(v2({ name = "a", status = "approved" },
      { name = "a", status = "pending" })))
    assert.is_false(holds(v2({ name = "b", status = "approved" })))
    assert.is_false(holds(v2(cjson.null, 3)))
    assert.is_false(holds({}))
  end)

  it("holds for v1 profiles, owners and levels", function()
    local v1 = { kyc = "additionalReviewRequired", ubos = { { requirements = { "ssn" } } },
      verificationLevels = { { name = "ach_pull", status = "retry" } } }
    assert.is_true(leaf.profile("kyc", "pending")(v1))
    assert.is_true(leaf.profile("ubo_1", "incomplete")(v1))
    assert.is_false(leaf.profile("ubo_2", "incomplete")(v1))
    assert.is_true(leaf.profile("ach_pull", "retry")(v1))
  end)

  it("takes a criterion's worst state over all profiles", function()
    local customer = v2({ complete = { "x" } }, { criteria = { pending = { "x" } } })
    assert.is_true(leaf.criterion("x", "pending")(customer))
    assert.is_false(leaf.criterion("x", "complete")(customer))
    assert.is_true(leaf.criterion("y", "absent")(customer))
    customer.verificationProfiles[1].errors = { { name = "x" } }
    assert.is_true(leaf.criterion("x", "error")(customer))
  end)

  it("finds a v1 requirement", function()
    assert.is_true(leaf.criterion("ssn", "required")({ kyc = "pending", requirements = { "ssn" } }))
    assert.is_true(leaf.criterion("ssn", "absent")({ kyc = "pending" }))
  end)

  it("holds for a currency when the profile that unlocks it is approved", function()
    local holds = leaf.currency("EUR")
    assert.is_true(holds(v2({ name = "kyc_profile_a", status = "approved" })))
    assert.is_false(holds(v2({ name = "kyc_profile_b", status = "approved" })))
    assert.is_true(holds({ kyc = "approved", tos = "approved", euAccountTos = "approved" }))
    assert.is_false(holds({ kyc = "approved", tos = "approved" }))
    assert.is_false(leaf.currency("BRL")({ kyc = "approved", tos = "approved" }))
  end)

  it("follows the way to a field and takes null for nothing", function()
    local customer = { meta = { tier = "gold", none = cjson.null, on = false } }
    assert.is_true(leaf.one_of({ "meta", "tier" }, { "silver", "gold" })(customer))
    assert.is_false(leaf.one_of({ "meta", "tier" }, { "silver" })(customer))
    assert.is_true(leaf.one_of({ "meta", "on" }, { false })(customer))
    assert.is_true(leaf.exists({ "meta", "on" }, true)(customer))
    assert.is_true(leaf.exists({ "meta", "none" }, false)(customer))
    assert.is_true(leaf.exists({ "meta", "tier", "deeper" }, false)(customer))
  end)
end)
