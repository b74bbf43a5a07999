local options = require("spherepay.verification.options")

describe("spherepay.verification.options", function()
  local function check(opts)
    return pcall(function() options.check(opts, options.QUESTION, "verification.evaluate") end)
  end

  it("accepts no options and known options", function()
    assert.is_true(check(nil))
    assert.is_true(check({}))
    assert.is_true(check({ currency = "USD" }))
  end)

  it("names the neighbour of a misspelt option", function()
    local ok, message = check({ curency = "USD" })
    assert.is_false(ok)
    assert.matches('unknown option "curency"; did you mean "currency"?', message, 1, true)
  end)

  it("lists the options when none is near", function()
    local _, message = check({ zzz = 1 })
    assert.matches("known are allow_unknown, currency, profile", message, 1, true)
  end)

  it("refuses a value of the wrong type", function()
    local _, message = check({ currency = 5 })
    assert.matches('option "currency" must be a string, not a number', message, 1, true)
  end)

  it("refuses options that are not a table", function()
    local _, message = check("USD")
    assert.matches("options must be a table, not a string", message, 1, true)
  end)

  it("refuses a profile and a currency at once", function()
    local _, message = check({ currency = "USD", profile = "kyc_profile_a" })
    assert.matches("not both", message, 1, true)
  end)

  it("blames the line that called the public function", function()
    local evaluate = require("spherepay.verification").evaluate
    local _, message = pcall(function() evaluate({}, { curency = "USD" }) end)
    assert.matches("options_spec.lua:%d+:", message)
  end)
end)
