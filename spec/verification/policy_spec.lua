local cjson = require("cjson")
local policy = require("spherepay.verification").policy
local samples = require("spec.support.samples")

local RULE = {
  all = {
    { any = { { profile = "kyc_profile_a", status = "incomplete" }, { currency = "USD" } } },
    { at_least = 1, of = { { field = "type", one_of = { "individual", "business" } } } },
    { none = { { criterion = "identity_document", state = "error" } } },
    { field = "meta.tier", exists = false },
  },
}

describe("verification.policy", function()
  it("answers with a boolean", function()
    local gate = assert(policy({ currency = "USD" }))
    local customer = samples.customer("v2-get-individual-incomplete")
    assert.is_false(gate:check(customer))
    customer.verificationProfiles[1].status = "approved"
    assert.is_true(gate:check(customer))
  end)

  it("says no to what is no customer, even when the rule is a negation", function()
    local gate = assert(policy({ none = { { profile = "kyc_profile_a", status = "rejected" } } }))
    for _, value in ipairs({ 1, "x", true, cjson.null, print }) do
      assert.is_false(gate:check(value))
    end
    assert.is_false(gate:check(nil))
    assert.is_true(gate:check({}))
  end)

  it("gives a bad rule back as an error with every place", function()
    local gate, err = policy({ all = { { currency = "UDS" },
      { profile = "x", status = "aproved" } } })
    assert.is_nil(gate)
    assert.equal("invalid", err.kind)
    assert.equal("/all/1/currency", err.errors[1].pointer)
    assert.equal("/all/2/status", err.errors[2].pointer)
    assert.matches('did you mean "approved"?', tostring(err), 1, true)
  end)

  it("makes no garbage", function()
    local gate = assert(policy(RULE))
    local customers = {
      samples.customer("v2-get-individual-incomplete"),
      samples.customer("v2-get-legacy-inline-criteria"),
      samples.customer("v1-update-response"),
    }
    local function checks()
      for i = 1, 1000 do gate:check(customers[i % 3 + 1]) end
    end
    local jit = rawget(_G, "jit")
    if jit then jit.off() end -- a trace is memory, too, but not garbage of a check
    collectgarbage()
    collectgarbage("stop")
    checks() -- a collection shrinks the stack, and the first check grows it again
    local before = collectgarbage("count")
    checks()
    local after = collectgarbage("count")
    collectgarbage("restart")
    if jit then jit.on() end
    assert.equal(before, after)
  end)

  it("does not touch the customer", function()
    local customer = samples.customer("v2-get-legacy-inline-criteria")
    assert(policy(RULE)):check(customer)
    assert.same(samples.customer("v2-get-legacy-inline-criteria"), customer)
  end)

  it("reads as its rule", function()
    assert.equal("all of\n  USD may be transferred\n  none of\n    email exists",
      tostring(assert(policy({ all = {
        { currency = "USD" }, { none = { { field = "email", exists = true } } },
      } }))))
  end)

  it("warns of a name that looks misspelt", function()
    local gate = assert(policy({ profile = "kyc_profle_a", status = "approved" }))
    assert.equal("/profile", gate.warnings[1].pointer)
  end)
end)
