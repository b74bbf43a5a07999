local decision = require "spherepay.gate.decision"
local policy = require("spherepay").verification.policy

local USD = assert(policy { currency = "USD" })

local function customer(status)
  return { verificationProfiles = { {
    name = "kyc_profile_a", status = status,
    criteria = { complete = {}, pending = {}, required = { "phone_number" }, errors = {} },
  } } }
end

describe("a decision of the gate", function()
  it("allows when the policy holds, else lists what is outstanding", function()
    assert.same({ allowed = true, outstanding = {} }, decision.of(USD, customer "approved"))
    local found = decision.of(USD, customer "incomplete")
    assert.is_false(found.allowed)
    assert.equal("phone_number", found.outstanding[1].criterion)
  end)

  it("is made of what was seen only when that answers all that is asked", function()
    local seen = { customer = customer "approved", covers = { a = true }, facts = {} }
    assert.is_true(decision.can_be_made(seen, {}))
    assert.is_true(decision.can_be_made(seen, { "a" }))
    assert.is_false(decision.can_be_made(seen, { "a", "b" }))
    assert.is_true(decision.can_be_made({ covers = {}, facts = {} }, { "a" }))
    assert.equal("not_found", decision.by(USD, { covers = {}, facts = {} }).reason)
    assert.is_true(decision.by(USD, seen).allowed)
  end)
end)
