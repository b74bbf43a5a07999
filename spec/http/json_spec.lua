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

  it("may hold anything that JSON has a meaning for, beside arrays that are marked", function()
    for _, text in ipairs { "\1" .. "1\1", '"\\u00011\\u0001"', "\\u00011\\u0001", "\1", "%1" } do
      local given = { a = text, b = json.empty_array, c = TWO_TO_53 }
      assert.same({ a = text, b = {}, c = TWO_TO_53 }, json.decode(encode(given)))
    end
  end)

  it("is escaped as little as JSON allows", function()
    assert.equal([["\"\\/\b\f\n\r\t\u0000\u001f]] .. '\127"', encode '"\\/\b\f\n\r\t\0\31\127')
    assert.equal('"Jos\195\169"', encode "Jos\195\169")
  end)

  it("is refused when it is not UTF-8, with its place", function()
    for _, text in ipairs {
      "Jos\233", "Jos\195", "\128", "\192\175", "\237\160\128", "\244\144\128\128", "\255",
    } do
      assert.same({ "/a/1 must be UTF-8" }, refusals { a = { "x", text } })
    end
    assert.same({ "/a has a name that is not UTF-8" }, refusals { a = { ["\233"] = 1 } })
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
    for _ = 1, 31 do deep = { deep } end
    assert.equal(("["):rep(31) .. "{}" .. ("]"):rep(31), json.encode(deep))
    deep = { deep }
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

  it("writes names in order, on every Lua", function()
    assert.equal('{"A":1,"a":{"x":1,"y":2},"b":2}', encode { b = 2, a = { y = 2, x = 1 }, A = 1 })
  end)

  it("has the null that lua-cjson has", function()
    assert.equal(cjson.null, json.null)
    assert.equal("[null]", encode { cjson.null })
  end)

  it("does not mind what the host does to its lua-cjson", function()
    local before = cjson.encode_number_precision()
    cjson.encode_number_precision(3)
    assert.equal("3.14159", encode(3.14159))
    cjson.encode_number_precision(before)
  end)
end)

-- A table that shows what another one has, and cannot be changed.
local function proxy(of, protected)
  return setmetatable({}, {
    __index = of,
    __newindex = function() error("read only") end,
    __pairs = function() return next, of, nil end,
    __metatable = protected,
  })
end

describe("a plain copy of params", function()
  it("has what __pairs shows, on every Lua", function()
    local meta = proxy({ a = 1, list = proxy { "x", "y" } }, false)
    local copy = json.plain { meta = meta }
    assert.same({ meta = { a = 1, list = { "x", "y" } } }, copy)
    assert.is_nil(getmetatable(copy.meta))
    assert.equal('{"meta":{"a":1,"list":["x","y"]}}', encode(copy))
  end)

  it("has nothing that only __index shows", function()
    assert.same({ own = 1 }, json.plain(setmetatable({ own = 1 }, { __index = { more = 2 } })))
  end)

  it("keeps arrays that are marked, documents and null", function()
    local given = { json.empty_array, setmetatable({ 1 }, json.ARRAY_MT), json.null, {} }
    assert.equal("[[],[1],null,{}]", encode(json.plain(given)))
    assert.equal(io.stdout, json.plain(io.stdout))
  end)

  it("is another table, at every depth", function()
    local given = { a = { b = {} } }
    local copy = json.plain(given)
    copy.a.b.c = 1
    assert.same({ a = { b = {} } }, given)
  end)

  it("ends for a table that holds itself, which is then refused", function()
    local circle = {}
    circle.a, circle.b = circle, { circle, circle }
    assert.truthy(refusals(json.plain(circle))[1]:find("holds itself", 1, true))
  end)

  it("may hold the same table twice", function()
    local shared = { x = 1 }
    assert.equal('[{"x":1},{"x":1}]', encode(json.plain { shared, shared }))
  end)
end)

describe("an overlay", function()
  local MEMBERS = {
    { name = "b", text = '"b" : 1.0' }, { name = "a", text = '"\\u0061":[ ]' },
    { name = "c", text = '"c":"\\ud83d"' }, { name = "b", text = '"b":{ }' },
  }

  it("has the members that came as they came, in their order, the last of a name", function()
    assert.equal('{"\\u0061":[ ],"c":"\\ud83d","b":{ }}', encode(json.overlay(MEMBERS, {})))
    assert.equal("{}", encode(json.overlay({}, {})))
  end)

  it("has the changes in place of members of their name", function()
    local changed = json.overlay(MEMBERS, { a = 2, b = json.null, d = { "x" } })
    assert.equal('{"meta":{"c":"\\ud83d","a":2,"d":["x"]}}', encode { meta = changed })
  end)

  it("is refused when a change cannot be sent", function()
    local changed = json.overlay(MEMBERS, { a = print, d = "\255" })
    assert.same({ "/m/a cannot be sent: it is a function", "/m/d must be UTF-8" },
      refusals { m = changed })
  end)
end)
