-- What the command shows of values: JSON, members and sentences.

local json = require "spherepay.http.json"
local output = require "spherepay.cli.output"

local function array(items)
  return setmetatable(items, json.ARRAY_MT)
end

describe("A value that the command shows", function()
  it("is JSON in lines, or in one", function()
    local value = {
      b = { array {}, array { "x", { c = 1 } } },
    }
    assert.equal('{"b":[[],["x",{"c":1}]]}\n', output.json(value, true))
    assert.equal(table.concat({
      "{",
      '  "b": [',
      "    [],",
      "    [",
      '      "x",',
      "      {",
      '        "c": 1',
      "      }",
      "    ]",
      "  ]",
      "}",
      "",
    }, "\n"), output.json(value))
    assert.equal("{}\n", output.json {})
    assert.equal('{\n  "a": ""\n}\n', output.json { a = "" })
    assert.equal("[]\n", output.json(array {}))
  end)

  it("keeps what looks like JSON in a string", function()
    local text = 'a {b}, [c]: "d" \\'
    assert.equal(text, json.decode(output.json { at = text }).at)
    assert.equal('{\n  "at": "a {b}, [c]: \\"d\\" \\\\"\n}\n', output.json { at = text })
  end)

  it("has a line for each member, in order, its places within before it", function()
    assert.equal(table.concat({
      "  a.1.b  x",
      "  a.c    null",
      "  d.0    one",
      "  d.1.e  2",
      "  f      true",
      "",
    }, "\n"), output.members({
      f = true, d = { "one", { e = 2 } }, a = { c = json.null, ["1"] = { b = "x" } },
    }, 80))
    assert.equal("", output.members({}, 80))
    assert.equal("", output.members({ a = array {}, b = {} }, 80))
  end)

  it("has two lines where a name or a text leaves no room", function()
    local name = ("n"):rep(34)
    assert.equal("  a" .. (" "):rep(33) .. "  x\n  " .. name .. "  y\n",
      output.members({ a = "x", [name] = "y" }, 80))
    assert.equal("  a  x\n  n" .. name .. "\n      y\n",
      output.members({ a = "x", ["n" .. name] = "y" }, 80))
    assert.equal("  ab  12345\n", output.members({ ab = "12345" }, 11))
    assert.equal("  ab\n      123456\n", output.members({ ab = "123456" }, 11))
  end)

  it("steers no terminal", function()
    assert.equal("  a  b c\n", output.members({ a = "b\nc" }, 80))
  end)

  it("is a sentence in lines that are full and no longer", function()
    assert.equal("one two\nthree four\nfive\n", output.folded("one two three four five", 10))
    assert.equal("one\ntwo\nthree\nfour\nfive\n", output.folded("one two three four five", 3))
    assert.equal("one two three four five\n", output.folded("one  two three four five", 23))
    assert.equal("one two three four\nfive\n", output.folded("one two three four five", 22))
    assert.equal("\n", output.folded("", 22))
  end)
end)
