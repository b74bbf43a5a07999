local policy = require("spherepay.verification").policy
local refusal = require("spherepay.verification.refusal")

local USD = { currency = "USD" }
local BRL = { currency = "BRL" }
local SIGNED = { field = "tosStatus", equals = "approved" }

local function customer(a, b)
  return { tosStatus = "incomplete", verificationProfiles = {
    { name = "kyc_profile_a", status = a }, b and { name = "kyc_profile_b", status = b } or nil,
  } }
end

local function closed(rule, subject)
  return refusal.of_rule(assert(policy(rule)).node, subject)
end

describe("a refusal stands in the way of a rule", function()
  it("when it asks for a rejected profile or its currency", function()
    assert.is_true(closed(USD, customer("rejected")))
    assert.is_true(closed({ profile = "kyc_profile_a", status = "approved" }, customer("rejected")))
    assert.is_true(closed(USD, { kyc = "rejected", tos = "approved" }))
    assert.is_true(closed({ profile = "kyc", status = "approved" }, { kyc = "rejected" }))
  end)

  it("when one of all, all of any, or too many of at_least are closed", function()
    local half = customer("rejected", "pending")
    assert.is_true(closed({ all = { USD, BRL } }, half))
    assert.is_false(closed({ any = { USD, BRL } }, half))
    assert.is_true(closed({ any = { USD, BRL } }, customer("rejected", "rejected")))
    assert.is_false(closed({ at_least = 2, of = { USD, BRL, SIGNED } }, half))
    assert.is_true(closed({ at_least = 3, of = { USD, BRL, SIGNED } }, half))
  end)

  it("but not while it can still hold, or holds", function()
    assert.is_false(closed(USD, customer("pending")))
    assert.is_false(closed(USD, customer("resubmission_required")))
    assert.is_false(closed(BRL, customer("rejected", "pending")))
    assert.is_false(closed(SIGNED, customer("rejected")))
    assert.is_false(closed({ none = { USD } }, customer("rejected")))
    assert.is_false(closed({ none = { SIGNED } }, customer("rejected")))
    local wanted = { profile = "kyc_profile_a", status = "rejected" }
    assert.is_false(closed(wanted, customer("rejected")))
    assert.is_false(closed(wanted, customer("approved")))
  end)
end)

describe("a refusal stands in the way of everything", function()
  it("when no profile but approved ones and rejected ones are left", function()
    assert.is_true(refusal.of_everything(customer("rejected")))
    assert.is_true(refusal.of_everything(customer("rejected", "approved")))
    assert.is_false(refusal.of_everything(customer("rejected", "pending")))
    assert.is_false(refusal.of_everything(customer("approved")))
    assert.is_false(refusal.of_everything({}))
    assert.is_true(refusal.of_everything({ kyc = "rejected", tos = "approved" }))
  end)
end)
