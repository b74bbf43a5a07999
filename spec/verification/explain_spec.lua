local policy = require("spherepay.verification").policy
local samples = require("spec.support.samples")

local function explain(rule, customer)
  return assert(policy(rule)):explain(customer)
end

describe("policy:explain", function()
  local customer = samples.customer("v2-get-individual-incomplete")

  it("gives the tree of what held and what did not", function()
    local tree = explain({ any = {
      { profile = "kyc_profile_a", status = "approved" },
      { field = "type", equals = "individual" },
    } }, customer)
    assert.is_true(tree.holds)
    assert.is_false(tree.rules[1].holds)
    assert.equal("/any/1", tree.rules[1].pointer)
    assert.equal("it is incomplete", tree.rules[1].detail)
    assert.is_true(tree.rules[2].holds)
    assert.is_nil(tree.rules[2].detail)
  end)

  it("reads well", function()
    assert.equal(table.concat({
      "[no]  all of: 1 of 4 hold",
      "  [no]  kyc_profile_a is approved: it is incomplete",
      "  [no]  identity_document is complete: it is required",
      "  [no]  BRL may be transferred: not ready: no profile of this customer is documented to "
        .. "unlock BRL; its profiles: kyc_profile_a; currencies they unlock: EUR, USD",
      "  [yes] at least 1 of",
      "    [no]  email does not exist: there is another value",
      "    [yes] type exists",
    }, "\n"), tostring(explain({ all = {
      { profile = "kyc_profile_a", status = "approved" },
      { criterion = "identity_document", state = "complete" },
      { currency = "BRL" },
      { at_least = 1,
        of = { { field = "email", exists = false }, { field = "type", exists = true } } },
    } }, customer)))
  end)

  it("says which profiles there are when the one asked for is not", function()
    local tree = explain({ profile = "kyc_profile_b", status = "approved" }, customer)
    assert.equal("there is no such profile; there are: kyc_profile_a", tree.detail)
    assert.equal("there are no profiles",
      explain({ profile = "kyc_profile_b", status = "approved" }, {}).detail)
  end)

  it("repeats no value of the customer's fields", function()
    local text = tostring(explain({ field = "email", equals = "john.doe@example.com" }, customer))
    assert.is_nil(text:find("jane", 1, true))
    assert.equal('[no]  email equals "john.doe@example.com": there is another value', text)
    assert.equal("there is no value",
      explain({ field = "meta.tier", equals = 1 }, customer).detail)
  end)

  it("explains that there is no customer", function()
    local tree = explain({ none = { { field = "email", exists = true } } }, nil)
    assert.is_false(tree.holds)
    assert.equal("there is no customer", tree.detail)
  end)

  it("stays on its lines, whatever the names", function()
    local tree = explain({ profile = "x", status = "approved", allow_unknown = true },
      { verificationProfiles = { { name = "a\nb\27[31m" } } })
    assert.equal("[no]  x is approved: there is no such profile; there are: a b [31m",
      tostring(tree))
  end)
end)
