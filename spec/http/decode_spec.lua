-- How JSON becomes Lua values. What is JSON at all is looked at in spec/core/json_spec.c and
-- spec/http/conformance_spec.lua.

local core = require "spherepay.core"
local json = require "spherepay.http.json"

local ARRAY_MT = json.ARRAY_MT
local has_integers = math.type ~= nil

local function decode(text, nulls)
  local value, message = json.decode(text, nulls)
  assert.is_nil(message)
  return value
end

local function refused(text)
  local value, message = json.decode(text)
  assert.is_nil(value)
  return message
end

describe("a number", function()
  it("is an integer where Lua has them, up to 64 bits, and elsewhere the nearest double", function()
    local list = decode "[9007199254740993,-9223372036854775808,175928847299117063]"
    if has_integers then
      assert.equal("9007199254740993 -9223372036854775808 175928847299117063",
        table.concat(list, " "))
    else
      assert.same({ 9007199254740992, -2 ^ 63, 175928847299117056 }, list)
    end
  end)

  it("is a double beyond that", function()
    assert.equal(2 ^ 63, decode "9223372036854775808")
    assert.equal(1e100, decode("1" .. ("0"):rep(100)))
  end)

  it("is an integer when a double holds it, however it is written", function()
    for text, printed in pairs { ["5.0"] = "5", ["1e2"] = "100", ["-0.0"] = "0", ["-0"] = "0" } do
      local number = decode(text)
      assert.equal(tonumber(printed), number)
      if has_integers then assert.equal(printed, tostring(number)) end
    end
    if has_integers then assert.equal("float", math.type(decode "1e16")) end
  end)

  it("is correct to the last bit", function()
    for text, number in pairs {
      ["0.1"] = 0.1, ["1.7976931348623157e308"] = 1.7976931348623157e308, ["5e-324"] = 5e-324,
      ["8.5e-1"] = 0.85, ["123456.789012345678"] = 123456.789012345678, ["1e23"] = 1e23,
    } do
      assert.equal(number, decode(text))
    end
  end)

  it("is refused when it is too large for a double", function()
    assert.equal("a number out of range at byte 2", refused "[1e999]")
  end)
end)

describe("null", function()
  it("is absent in an object, unless nulls are kept", function()
    assert.same({ b = 1 }, decode '{"a":null,"b":1}')
    assert.same({ a = json.null, b = 1 }, decode('{"a":null,"b":1}', "keep"))
  end)

  it("stays in an array, and alone", function()
    assert.same({ json.null, 1, { json.null } }, decode "[null,1,[null]]")
    assert.equal(json.null, decode "null")
  end)
end)

describe("an array", function()
  it("is marked, wherever it stands, and an object is not", function()
    local value = decode '{"a":[],"meta":{"list":[1,{"a":[]}],"none":{}},"b":[[],{}]}'
    for _, list in ipairs {
      value.a, value.meta.list, value.meta.list[2].a, value.b, value.b[1],
    } do
      assert.equal(ARRAY_MT, getmetatable(list))
    end
    for _, object in ipairs {
      value, value.meta, value.meta.none, value.meta.list[2], value.b[2],
    } do
      assert.is_nil(getmetatable(object))
    end
  end)

  it("keeps its order", function()
    local list = {}
    for i = 1, 1000 do list[i] = i end
    assert.same(list, decode("[" .. table.concat(list, ",") .. "]"))
  end)
end)

describe("an object", function()
  it("has the last of members with the same name", function()
    assert.same({ a = 3, b = 2 }, decode '{"a":1,"b":2,"a":3}')
    assert.same({ a = { y = 1 } }, decode '{"a":{"x":1},"a":{"y":1}}')
    assert.same({}, decode '{"a":1,"a":null}')
    assert.same({ a = 1 }, decode '{"a":null,"\\u0061":1}')
  end)

  it("has its own names, whatever names came before", function()
    for round = 1, 3 do
      for i = 1, 2000 do
        local name = ("name%05d%s"):format(i * round, ("x"):rep(i % 45))
        assert.same({ [name] = i }, decode(('{"%s":%d}'):format(name, i)))
      end
      collectgarbage()
    end
    assert.same({ ab1cd = 1, ab2cd = 2, ab3cd = 3 }, decode '{"ab1cd":1,"ab2cd":2,"ab3cd":3}')
  end)

  it("may have any text as a name", function()
    assert.same({ [""] = 1, ["a\0b"] = 2, ["1"] = 3 }, decode '{"":1,"a\\u0000b":2,"1":3}')
  end)
end)

describe("a text", function()
  it("may begin with a byte order mark", function()
    assert.same({ 1 }, decode "\239\187\191[1]")
  end)

  it("may hold half of a surrogate pair, which becomes U+FFFD", function()
    assert.equal("hi \239\191\189", decode [["hi \ud83d"]])
  end)

  it("is refused with what is wrong and where, and none of its bytes", function()
    assert.equal("expected , or } at byte 10", refused '{"name":5"Jane"}')
    assert.equal("expected the end at byte 3", refused "{}\0Jane")
    assert.equal("the text ends too early, after 9 bytes", refused '{"a":"Jan')
    assert.equal("no UTF-8 at byte 5", refused '"Jos\233"')
    assert.equal("expected a value at byte 1", refused "<html>")
    assert.equal("the text ends too early, after 0 bytes", refused "")
  end)

  it("is refused beyond 64 levels, and beyond its number of values", function()
    assert.is_table(decode(("["):rep(64) .. ("]"):rep(64)))
    assert.equal("more than 64 levels of nesting", refused(("["):rep(65) .. ("]"):rep(65)))
    assert.equal("more than 64 levels of nesting", refused(('{"a":'):rep(1000000)))
    local ten = "[1,2,3,4,5,6,7,8,9]"
    assert.is_table(core.decode(ten, ARRAY_MT, false, 10))
    local _, message = core.decode(ten, ARRAY_MT, false, 9)
    assert.equal("more than 9 values", message)
  end)
end)

describe("the members of an object", function()
  local function texts(...)
    local members, list = core.members(...), {}
    for i, member in ipairs(members) do list[i] = member.name .. " = " .. member.text end
    return list
  end

  it("are the bytes from the name to the end of the value", function()
    assert.same({ 'a = "a" : [ 1 ]', 'b = "\\u0062":"x\\n"', 'c = "c":-0.50', 'd = "d":{}' },
      texts '{ "a" : [ 1 ] , "\\u0062":"x\\n","c":-0.50 ,"d":{}}')
    assert.same({}, texts "{}")
  end)

  it("are found by the names that lead to the object, the last of each name", function()
    local text = '{"data":0,"x":{"data":{}},"data":{"meta":{"a":1},"meta":{"b":2}}}'
    assert.same({ 'b = "b":2' }, texts(text, "data", "meta"))
  end)

  it("are nil where no object is", function()
    for _, text in ipairs {
      "", "[]", "null", '{"meta":[1]}', '{"meta":null}', "{}", '{"a":{"meta":{}}}',
    } do
      assert.is_nil(core.members(text, "meta"))
    end
    assert.is_nil(core.members '{"a":1')
    for _, text in ipairs { '{"a":[{"meta":{}}]}', '{"a":1}', '{"a":"meta"}', '{"a":null}' } do
      assert.is_nil(core.members(text, "a", "meta"))
      assert.is_nil(core.members(text, "a", "meta", "b"))
    end
  end)
end)
