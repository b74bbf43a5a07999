--- spherepay.sandbox.json: what it writes and what it reads.

local json = require("spherepay.sandbox.json")

describe("sandbox json", function()
  it("writes an empty array and an empty object as what they are", function()
    assert.equal("[]", json.encode(json.array()))
    assert.equal("{}", json.encode {})
    assert.equal('{"a":[],"b":{}}', json.encode { a = json.array {}, b = {} })
  end)

  it("writes keys in order and lists as arrays without being told", function()
    assert.equal('{"a":1,"b":[1,2],"c":null}', json.encode { c = json.null, b = { 1, 2 }, a = 1 })
  end)

  it("writes integers up to 2^53 exactly and without a fraction", function()
    assert.equal("9007199254740992", json.encode(2 ^ 53))
    assert.equal("-42", json.encode(-42.0))
    assert.equal("0.1", json.encode(0.1))
    assert.equal(1 / 3, json.decode(json.encode { 1 / 3 })[1])
  end)

  it("refuses numbers and values that JSON has not", function()
    assert.error(function() json.encode(0 / 0) end)
    assert.error(function() json.encode(math.huge) end)
    assert.error(function() json.encode(print) end)
  end)

  it("escapes quotes, backslashes and control characters and leaves UTF-8 alone", function()
    assert.equal('"\\"\\\\\\n\\u0000\\u001f\\u007f\195\169"', json.encode('"\\\n\0\31\127\195\169'))
  end)

  it("returns a message for what is not JSON", function()
    for _, text in ipairs { "", "{", "{]", '{"a":nan}', "<html>", string.rep("[", 100) } do
      local value, message = json.decode(text)
      assert.is_nil(value)
      assert.is_string(message)
    end
  end)

  it("tells objects, arrays and null apart as far as the decoder does", function()
    assert.is_true(json.is_object(json.decode('{"a":1}')))
    assert.is_false(json.is_object(json.decode("[1]")))
    assert.is_true(json.is_array(json.decode("[1]")))
    assert.is_false(json.is_array(json.decode('{"a":1}')))
    assert.is_false(json.is_object("text"))
    assert.is_nil(json.present(json.decode("[null]")[1]))
    assert.is_false(json.present(false))
  end)
end)
