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

  it("is the same after it was written and read", function()
    local both = {
      decision.of(USD, customer "approved"), decision.of(USD, customer "incomplete"),
      decision.denied "not_found",
      { allowed = false, reason = "verification", outstanding = {
        { currency = "BRL", state = "absent" }, { field = "meta.tier", state = "unmet" },
        { profile = "kyc_profile_a", criterion = "x", state = "required" },
      } },
    }
    for _, found in ipairs(both) do
      local read, at = decision.decode(decision.encode(found, 1700000000.125))
      assert.same(found, read)
      assert.equal(1700000000.125, at)
    end
  end)

  it("is not read from what is none", function()
    for _, text in ipairs { "", "a", "x1700000000", "a..", "1700000000", 7, true } do
      assert.is_nil(decision.decode(text))
    end
    assert.is_nil(decision.decode(nil))
  end)
end)
