local rules = require "spherepay.params.rules"

local function run(rule, value)
  local problems = {}
  rule(value, "/here", problems)
  return problems
end

local function details(rule, value)
  local list = {}
  for i, problem in ipairs(run(rule, value)) do list[i] = problem.pointer end
  return list
end

describe("rules", function()
  it("count characters, not bytes, in strings", function()
    local rule = rules.text(1, 3)
    assert.same({}, run(rule, "\195\169\195\169\195\169"))
    assert.equal(1, #run(rule, "abcd"))
    assert.equal(1, #run(rule, ""))
    assert.equal(1, #run(rule, 5))
  end)

  it("list the words of a closed list and never the value", function()
    local problems = run(rules.one_of { "a", "b" }, "Jane")
    assert.equal("must be one of a, b", problems[1].detail)
  end)

  it("tell objects from lists", function()
    local object, list = rules.object {}, rules.list(rules.text())
    assert.same({}, run(object, { a = 1 }))
    assert.equal(1, #run(object, { 1 }))
    assert.same({}, run(list, { "a" }))
    assert.equal(1, #run(list, { a = "b" }))
    assert.same({}, run(object, {}))
    assert.same({}, run(list, {}))
    assert.equal(1, #run(object, "x"))
    assert.equal(1, #run(list, "x"))
  end)

  it("count the items of a list from zero", function()
    assert.same({ "/here/1" }, details(rules.list(rules.text()), { "a", 5, "c" }))
  end)

  it("look only at members that are there and not null", function()
    local rule = rules.object { { "a", rules.text() }, { "b", rules.text() } }
    assert.same({}, run(rule, { a = io.stdout, other = 5 }))
    assert.same({ "/here/b" }, details(rule, { b = 5 }))
  end)

  it("take only whole finite numbers for integers", function()
    local rule = rules.integer(1, 12)
    assert.same({}, run(rule, 12))
    for _, value in ipairs { 0, 13, 1.5, 0 / 0, 1 / 0, "3" } do
      assert.equal(1, #run(rule, value))
    end
  end)

  it("let meta hold null and primitives and nothing else", function()
    assert.same({}, run(rules.meta, { a = "x", b = 1, c = true, d = io.stdout }))
    assert.same({ "/here/a~1b", "/here/c", "/here/d" },
      details(rules.meta, { ["a/b"] = {}, c = print, d = 0 / 0 }))
    assert.same({ "/here" }, details(rules.meta, { "x" }))
    assert.same({ "/here" }, details(rules.meta, { [true] = "x" }))
    assert.same({ "/here" }, details(rules.meta, "x"))
  end)

  it("take three capital letters for a country", function()
    assert.same({}, run(rules.country, "USA"))
    for _, value in ipairs { "US", "usa", "USA ", "", 5, "United States" } do
      assert.equal(1, #run(rules.country, value))
    end
  end)
end)
