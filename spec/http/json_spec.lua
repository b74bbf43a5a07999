local cjson = require "cjson"
local json = require "spherepay.http.json"

local TWO_TO_53 = 9007199254740992

-- A list of strings and documents, or a string: as the core would join it.
local function encode(value)
  local body, problems = json.encode(value)
  assert.is_nil(problems)
  return type(body) == "table" and table.concat(body) or body
end

local function refusals(value)
  local body, problems = json.encode(value)
  assert.is_nil(body)
  local list = {}
  for i, problem in ipairs(problems) do list[i] = problem.pointer .. " " .. problem.detail end
  return list
end

describe("an empty table", function()
  it("is an object", function()
    assert.equal("{}", encode {})
    assert.equal('{"meta":{}}', encode { meta = {} })
  end)

  it("is an array when it is spherepay.empty_array", function()
    assert.equal('{"anything":[]}', encode { anything = json.empty_array })
    assert.equal("[[],[]]", encode { json.empty_array, json.empty_array })
  end)

  it("is an array when it came from an answer as one", function()
    assert.equal('{"anything":[]}', encode { anything = setmetatable({}, json.ARRAY_MT) })
  end)

  it("is an array in every field that the documents have as one, even in a copy", function()
    for name in ([[verificationProfiles complete pending required errors addresses roles customers
      requirements kycRequirements ubos wallets bankAccounts verificationLevels highRiskActivities
      events webhookRecords requestIds]]):gmatch("%S+") do
      assert.equal('{"' .. name .. '":[]}', encode { [name] = {} })
      assert.equal('[{"' .. name .. '":[]}]', encode { { [name] = {} } })
    end
  end)

  it("is an object in such a field of the caller's own meta", function()
    assert.equal('{"meta":{"errors":{}}}', encode { meta = { errors = {} } })
    assert.equal('{"meta":{"errors":[]}}', encode { meta = { errors = json.empty_array } })
  end)

  it("is an array when the host marked it with lua-cjson's own mark", function()
    local old_mark, old_value = cjson.empty_array_mt, cjson.empty_array
    local mark, value = old_mark or {}, old_value or io.stdout -- only the OpenResty fork has them
    cjson.empty_array_mt, cjson.empty_array = mark, value
    local body = encode { a = setmetatable({}, mark), b = { value } }
    cjson.empty_array_mt, cjson.empty_array = old_mark, old_value
    assert.is_true(body == '{"a":[],"b":[[]]}' or body == '{"b":[[]],"a":[]}', body)
  end)

  it("cannot be turned into a full one by accident when it is spherepay.empty_array", function()
    assert.is_false(pcall(function() json.empty_array[1] = "x" end))
  end)
end)

describe("an array", function()
  it("keeps its order, and nulls among its items", function()
    assert.equal('["a",null,["b"],{}]', encode { "a", json.null, { "b" }, {} })
  end)

  it("stays an array when a full one from an answer grows or shrinks", function()
    local list = setmetatable({ "a" }, json.ARRAY_MT)
    list[2] = "b"
    assert.equal('["a","b"]', encode(list))
    list[1], list[2] = nil, nil
    assert.equal("[]", encode(list))
  end)

  it("is refused with holes, or with names beside its places", function()
    local detail = "must have names as keys, or be a list without holes"
    assert.same({ "/a " .. detail }, refusals { a = { [1] = 1, [3] = 3 } })
    assert.same({ "/a " .. detail }, refusals { a = { 1, name = 2 } })
    assert.same({ "/a " .. detail }, refusals { a = { [0] = 1 } })
  end)
end)

describe("null", function()
  it("is written where it is given", function()
    assert.equal('{"a":null}', encode { a = json.null })
    assert.equal("null", encode(json.null))
  end)
end)

describe("a number", function()
  it("is written as it is, for integers up to 2^53 to the last digit", function()
    for text, number in pairs {
      ["0"] = 0, ["-1"] = -1, ["42"] = 42, ["1.5"] = 1.5, ["-0.001"] = -0.001,
      ["99999999999999"] = 99999999999999,
      ["100000000000000"] = 100000000000000,
      ["123456789012345"] = 123456789012345,
      ["9007199254740991"] = TWO_TO_53 - 1,
      ["9007199254740992"] = TWO_TO_53,
      ["-9007199254740992"] = -TWO_TO_53,
    } do
      assert.equal(text, encode(number))
      assert.equal('{"a":[' .. text .. "]}", encode { a = { number } })
    end
  end)

  it("is the same for an integer and a float that holds it", function()
    assert.equal("3", encode(3.0))
    assert.equal("100000000000000", encode(1e14))
    assert.equal("9007199254740992", encode(2 ^ 53))
  end)

  it("is written with as many digits as it takes to read it back", function()
    for _, number in ipairs { 0.1, 1 / 3, 1e300, 5e-324, 123456.789012345678, -1e22, 2 ^ 60 } do
      assert.equal(number, json.decode("[" .. encode(number) .. "]")[1])
    end
    assert.equal("0.1", encode(0.1))
  end)

  it("is refused when JSON has none such", function()
    for _, number in ipairs { 0 / 0, math.huge, -math.huge } do
      assert.same({ "/a must be a finite number" }, refusals { a = number })
    end
  end)
end)

describe("a string", function()
  it("keeps every byte", function()
    local bytes = {}
    for byte = 0, 127 do bytes[#bytes + 1] = string.char(byte) end
    local text = table.concat(bytes) .. "\195\169\240\159\146\179"
    assert.equal(text, json.decode("[" .. encode(text) .. "]")[1])
    assert.same({ a = text, b = 2 ^ 53 }, json.decode(encode { a = text, b = 2 ^ 53 }))
  end)

  it("may look like the marks that stand for what is put in afterwards", function()
    for _, text in ipairs { "\1" .. "1\1", '"\\u00011\\u0001"', "\\u00011\\u0001", "\1", "%1" } do
      local given = { a = text, b = json.empty_array, c = TWO_TO_53 }
      assert.same({ a = text, b = {}, c = TWO_TO_53 }, json.decode(encode(given)))
    end
  end)
end)

describe("what cannot be sent", function()
  it("is named by its place, all of it at once", function()
    local thread = coroutine.create(function() end)
    local problems = refusals { { f = print }, { t = thread }, { u = io.stdout } }
    assert.same({
      "/0/f cannot be sent: it is a function",
      "/1/t cannot be sent: it is a thread",
      "/2/u cannot be sent: it is a userdata",
    }, problems)
  end)

  it("has its place escaped as a JSON pointer", function()
    assert.same({ "/a~1b~0c cannot be sent: it is a function" }, refusals { ["a/b~c"] = print })
  end)

  it("is a name with a control character", function()
    assert.same({ " has a name with a control character" }, refusals { ["a\1"] = 1 })
  end)

  it("is a table that holds itself, or is nested too deeply", function()
    local circle = {}
    circle.a = circle
    assert.truthy(refusals(circle)[1]:find("nested too deeply, or holds itself", 1, true))
    local deep = {}
    for _ = 1, 40 do deep = { deep } end
    assert.truthy(refusals(deep)[1]:find("nested too deeply", 1, true))
  end)
end)

describe("encoding", function()
  it("does not change what it gets", function()
    local given = { errors = {}, meta = {}, list = { 1, json.null, TWO_TO_53 } }
    encode(given)
    assert.same({ errors = {}, meta = {}, list = { 1, json.null, TWO_TO_53 } }, given)
    assert.is_nil(getmetatable(given.errors))
  end)

  it("does not mind what the host does to its own lua-cjson", function()
    local before = cjson.encode_number_precision()
    cjson.encode_number_precision(3)
    assert.equal("3.14159", encode(3.14159))
    cjson.encode_number_precision(before)
  end)
end)

describe("decoding", function()
  it("raises on anything but one JSON text", function()
    for _, text in ipairs {
      "", " ", "{", "[1,]", "{} {}", "{'a':1}", "nul", "NaN", "[1e999999]x", "\0", "<html>",
    } do
      assert.is_false(pcall(json.decode, text), text)
    end
  end)

  it("raises on a text that is nested too deeply, and takes what is not", function()
    assert.is_false(pcall(json.decode, ("["):rep(65) .. ("]"):rep(65)))
    assert.is_table(json.decode(("["):rep(64) .. ("]"):rep(64)))
    assert.is_false(pcall(json.decode, ("["):rep(1000000)))
  end)
end)
