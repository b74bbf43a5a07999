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

  -- What each says, in full: { rule, value, detail }.
  it("say what is wrong, and of what is right nothing", function()
    local inf = math.huge
    for i, each in ipairs {
      { rules.text(1, 3), "a" }, { rules.text(1, 3), "abc" }, { rules.text(), "" },
      { rules.text(2, 3), "ab" },
      { rules.text(1, 3), "", "must not be empty" },
      { rules.text(1, 3), "abcd", "must have at most 3 characters" },
      { rules.text(1, 3), 5, "must be a string, got a number" },
      { rules.pattern("^%d+$", "must be digits", 3), "123" },
      { rules.pattern("^%d+$", "must be digits", 3), "1234", "must have at most 3 characters" },
      { rules.pattern("^%d+$", "must be digits"), "12345" },
      { rules.pattern("^%d+$", "must be digits", 3), "12x", "must be digits" },
      { rules.pattern("^%d+$", "must be digits"), true, "must be a string, got a boolean" },
      { rules.one_of { "a", "b" }, "b" },
      { rules.one_of { "a", "b" }, "c", "must be one of a, b" },
      { rules.one_of { "a", "b" }, 1, "must be one of a, b, got a number" },
      { rules.boolean, true }, { rules.boolean, false },
      { rules.boolean, "true", "must be true or false, got a string" },
      { rules.number, 0 }, { rules.number, -1.5 },
      { rules.number, "1", "must be a number, got a string" },
      { rules.number, inf, "must be a finite number" },
      { rules.number, -inf, "must be a finite number" },
      { rules.number, 0 / 0, "must be a finite number" },
      { rules.integer(1, 5), 1 }, { rules.integer(1, 5), 5 },
      { rules.integer(1, 5), 0, "must be a whole number from 1 to 5" },
      { rules.integer(1, 5), 6, "must be a whole number from 1 to 5" },
      { rules.integer(1, 5), 1.5, "must be a whole number from 1 to 5" },
      { rules.integer(1, 5), "1", "must be a whole number from 1 to 5, got a string" },
    } do
      local problems = run(each[1], each[2])
      assert.same(each[3] and { { pointer = "/here", detail = each[3] } } or {}, problems, i)
    end
    local problems = run(rules.meta, { a = inf, b = {}, c = print, d = 1, e = "x", f = false })
    assert.same({
      { pointer = "/here/a", detail = "must be a finite number" },
      { pointer = "/here/b",
        detail = "must be null, a string, a number or a boolean, got a table" },
      { pointer = "/here/c",
        detail = "must be null, a string, a number or a boolean, got a function" },
    }, problems)
    assert.equal(1, #run(rules.meta, { "a" }))
    assert.equal(1, #run(rules.meta, "a"))
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
