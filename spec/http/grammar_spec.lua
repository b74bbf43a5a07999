-- The grammar of RFC 8259, through the whole way from bytes to Lua values. Texts are made from the
-- grammar and then spoilt; who is right about a byte is decided here by rule, not by a list.

local cjson = require "cjson"
local json = require "spherepay.http.json"

local BLANKS = { [" "] = true, ["\t"] = true, ["\n"] = true, ["\r"] = true }

local codec = cjson.new()
codec.decode_invalid_numbers(false)

local function accepts(text)
  return (json.decode(text)) ~= nil
end

-- Numbers that look random and are the same everywhere.
local state = 42
local function random(n)
  state = state * 16807 % 2147483647
  return state % n + 1
end

local function pick(list)
  return list[random(#list)]
end

-- ---- texts made from the grammar ----

local make

local function blank()
  return pick { "", "", "", " ", "\n", "\t ", "\r\n" }
end

local PIECES = {
  "a", "Jane", " ", "\127", "/", "'", "\195\169", "\226\130\172", "\240\159\152\128", '\\"',
  "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\uD83D\\uDE00",
  "{", "]", ":", ",", "0123456789abcdef",
}

local function make_string()
  local parts = {}
  for i = 1, random(6) - 1 do parts[i] = pick(PIECES) end
  return '"' .. table.concat(parts) .. '"'
end

local function make_number()
  return pick { "", "-" } .. pick { "0", "1", "42", "1234567", "90071992547409" }
    .. pick { "", "", ".0", ".5", ".25", ".125" } .. pick { "", "", "e0", "E+2", "e-2" }
end

local function make_list(depth)
  local parts = {}
  for i = 1, random(4) - 1 do parts[i] = blank() .. make(depth) .. blank() end
  return "[" .. (#parts > 0 and table.concat(parts, ",") or blank()) .. "]"
end

local function make_object(depth)
  local parts = {}
  for i = 1, random(4) - 1 do
    parts[i] = blank() .. '"' .. i .. make_string():sub(2) .. blank() .. ":" .. blank()
      .. make(depth) .. blank()
  end
  return "{" .. (#parts > 0 and table.concat(parts, ",") or blank()) .. "}"
end

function make(depth)
  local kind = random(depth > 0 and 8 or 5)
  if kind == 1 then return make_string() end
  if kind == 2 then return make_number() end
  if kind <= 5 then return pick { "true", "false", "null" } end
  return kind == 6 and make_list(depth - 1) or make_object(depth - 1)
end

-- Half of a pair is an error there, and a number a double; nothing else differs.
local function same_as_cjson(text)
  local ok, expected = pcall(codec.decode, text)
  return ok, expected
end

describe("a text of the grammar", function()
  it("is accepted, and means what lua-cjson takes it to mean", function()
    for _ = 1, 2000 do
      local text = blank() .. make(4) .. blank()
      local ok, expected = same_as_cjson(text)
      assert.is_true(ok, text)
      local value, message = json.decode(text, "keep")
      assert.is_nil(message, text)
      assert.same(expected, value)
    end
  end)

  it("is refused when it is cut anywhere", function()
    for _ = 1, 100 do
      local text = make_object(3)
      for last = 0, #text - 1 do assert.is_false(accepts(text:sub(1, last)), text:sub(1, last)) end
    end
  end)

  it("is refused with another one behind it", function()
    for _ = 1, 200 do
      local text = make_list(3)
      for _, more in ipairs { "1", "[]", ",", "]", "}", "\0", "x", "\239\187\191" } do
        assert.is_false(accepts(text .. more))
        assert.is_false(accepts(text .. " " .. more))
      end
    end
  end)

  it("spoilt by a byte gives a value, or an error that shows nothing of it", function()
    for _ = 1, 3000 do
      local text = make(4)
      local at, byte = random(#text + 1), string.char(random(256) - 1)
      local spoilt = text:sub(1, at - 1) .. byte .. text:sub(at + random(3) - 1)
      local value, message = json.decode(spoilt)
      assert.is_true((value == nil) == (message ~= nil))
      if message then
        assert.truthy(message:find "^[%w ,:}%]]+ at byte %d+$" or message:find "^the text ends"
          or message:find "^no UTF%-8", message)
      end
    end
  end)
end)

describe("every byte", function()
  it("alone is a text only when it is a digit", function()
    for byte = 0, 255 do
      local char = string.char(byte)
      assert.equal(char:find "^[0-9]$" ~= nil, accepts(char), "byte " .. byte)
    end
  end)

  it("around a value is a blank or an error", function()
    for byte = 0, 255 do
      local char = string.char(byte)
      for _, text in ipairs { char .. "[]", "[]" .. char, "[" .. char .. "]" } do
        local good = BLANKS[char] or text:find "^%[[0-9]%]$"
        assert.equal(good ~= nil, accepts(text), "byte " .. byte)
      end
      assert.equal(BLANKS[char] ~= nil, accepts('{"a"' .. char .. ":1}"), "byte " .. byte)
      assert.equal(BLANKS[char] ~= nil or char == ",", accepts('[""' .. char .. '""]') or
        accepts('[""' .. char .. "]"), "byte " .. byte)
    end
  end)

  it("in a string is itself, but for control characters, quotes, backslashes and halves", function()
    for byte = 0, 255 do
      local char = string.char(byte)
      local good = byte >= 32 and byte < 128 and char ~= '"' and char ~= "\\"
      assert.equal(good and "a" .. char .. "z" or nil, (json.decode('"a' .. char .. 'z"')))
    end
  end)

  it("behind a backslash is an escape or an error", function()
    local escapes = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n",
      r = "\r", t = "\t" }
    for byte = 0, 255 do
      local char = string.char(byte)
      assert.equal(escapes[char], (json.decode('"\\' .. char .. '"')))
      assert.equal(char:find "^%x$" ~= nil, accepts('"\\u004' .. char .. '"'), "byte " .. byte)
    end
  end)

  it("behind a number is a digit, a part of it, or an error", function()
    for byte = 0, 255 do
      local char = string.char(byte)
      local good = BLANKS[char] or char:find "^[0-9]$"
      assert.equal(good ~= nil, accepts("1" .. char), "byte " .. byte)
      assert.equal(char:find "^[0-9.eE]$" ~= nil, accepts("1" .. char .. "5"), "byte " .. byte)
      assert.equal(char:find "^[.eE]$" ~= nil, accepts("0" .. char .. "5"), "byte " .. byte)
      assert.equal(char:find "^[0-9+-]$" ~= nil, accepts("1e" .. char .. "5"), "byte " .. byte)
    end
  end)
end)

describe("every two bytes above 127", function()
  it("are a character of UTF-8 exactly when they should be", function()
    for first = 128, 255 do
      for second = 128, 255, 9 do
        local text = '"' .. string.char(first, second) .. '"'
        assert.equal(first >= 0xC2 and first <= 0xDF and second <= 0xBF, accepts(text))
      end
    end
  end)
end)

describe("every code", function()
  it("of an escape is its UTF-8, and half of a pair is U+FFFD", function()
    for code = 0, 0xFFFF, 7 do
      local text = json.decode(('"\\u%04x"'):format(code))
      if code >= 0xD800 and code <= 0xDFFF then
        assert.equal("\239\191\189", text)
      else
        assert.equal(codec.decode(('["\\u%04X"]'):format(code))[1], text)
      end
    end
  end)
end)
