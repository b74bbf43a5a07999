local compile_rule = require("spherepay.verification.rule")

local YES = { field = "yes", exists = true }
local NO = { field = "no", exists = true }
local CUSTOMER = { yes = 1 }

local function holds(rule)
  return assert(compile_rule(rule)).holds(CUSTOMER)
end

local function problems(rule)
  local node, made = compile_rule(rule)
  assert.is_nil(node)
  local lines = {}
  for i, item in ipairs(made.problems) do lines[i] = item.pointer .. ": " .. item.detail end
  return table.concat(lines, "\n")
end

describe("spherepay.verification.rule", function()
  it("combines rules with all, any, none and at_least", function()
    assert.is_true(holds({ all = { YES, YES } }))
    assert.is_false(holds({ all = { YES, NO } }))
    assert.is_true(holds({ any = { NO, YES } }))
    assert.is_false(holds({ any = { NO, NO } }))
    assert.is_true(holds({ none = { NO, NO } }))
    assert.is_false(holds({ none = { NO, YES } }))
    assert.is_true(holds({ at_least = 2, of = { YES, NO, YES } }))
    assert.is_false(holds({ at_least = 2, of = { YES, NO, NO } }))
  end)

  it("nests", function()
    assert.is_true(holds({ all = { { any = { NO, { none = { NO } } } }, YES } }))
  end)

  it("names the place of a mistake and its neighbour", function()
    assert.equal('/all/2/status: "aproved" is not known here; did you mean "approved"?',
      problems({ all = { YES, { profile = "kyc_profile_a", status = "aproved" } } }))
    assert.equal('/any/1/profil: is not a rule; did you mean "profile"?',
      problems({ any = { { profil = "kyc_profile_a" } } }))
    assert.equal('/stat: is not part of this rule; did you mean "state"?\n'
      .. "/state: nothing is not known here; known are complete, pending, required, error, absent",
      problems({ criterion = "photo_id", stat = "complete" }))
  end)

  it("reports every mistake", function()
    local text = problems({ all = { { currency = "UDS" }, 3, {} } })
    assert.matches("/all/1/currency:", text, 1, true)
    assert.matches("/all/2: must be a rule", text, 1, true)
    assert.matches("/all/3: is empty", text, 1, true)
  end)

  it("refuses a rule that would hold or fail for everybody because it is empty", function()
    for _, op in ipairs({ "all", "any", "none" }) do
      assert.equal("/" .. op .. ": must be a list with at least one rule", problems({ [op] = {} }))
    end
  end)

  it("refuses a count that cannot be", function()
    for _, count in ipairs({ 0, 3, 1.5, "2", -1 }) do
      assert.matches("/at_least: must be a whole number from 1 to 2",
        problems({ at_least = count, of = { YES, NO } }), 1, true)
    end
  end)

  it("refuses what is not one rule", function()
    assert.matches(": must be a rule, that is a table, not nothing", problems(nil), 1, true)
    assert.matches(": is a list; put it under all", problems({ YES, NO }), 1, true)
    assert.matches(": says several things at once (all, currency)",
      problems({ all = { YES }, currency = "USD" }), 1, true)
    assert.matches("/all: is a list of rules", problems({ all = { YES, field = "x" } }), 1, true)
  end)

  it("refuses a rule that contains itself or is nested without end", function()
    local rule = { all = { YES } }
    rule.all[2] = rule
    assert.equal("/all/2: contains itself", problems(rule))
    local deep = YES
    for _ = 1, 60 do deep = { all = { deep } } end
    assert.matches("is nested too deeply", problems(deep), 1, true)
  end)

  it("is not changed by what happens to the rule afterwards", function()
    local rule = { field = "yes", exists = true }
    local node = assert(compile_rule(rule))
    rule.field = "no"
    assert.is_true(node.holds(CUSTOMER))
    assert.equal("yes", node.rule.field)
  end)
end)
