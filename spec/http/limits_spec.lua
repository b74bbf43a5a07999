-- What one answer may cost with default options: 0.2 s and 64 MB, whatever it holds. Measured is
-- about a tenth of either.

local core = require "spherepay.core"
local json = require "spherepay.http.json"
local outcome = require "spherepay.http.outcome"
local spherepay = require "spherepay"

local DEFAULTS = spherepay.new { token = "key" }.options
local MAX_BODY = DEFAULTS.max_body
local MAX_VALUES = json.max_values(MAX_BODY)
local SECONDS, KILOBYTES = 0.2, 64 * 1024

-- As many of `item` as one text may have.
local function filled(head, item, tail, values)
  local room = math.floor((MAX_BODY - #head - #tail) / #item)
  return head .. item:rep(math.min(room, math.floor((MAX_VALUES - 3) / (values or 1)))) .. tail
end

local function filled_with(head, make, tail)
  local items, size = {}, #head + #tail
  for i = 1, MAX_VALUES - 3 do
    local item = make(i)
    size = size + #item
    if size > MAX_BODY then break end
    items[i] = item
  end
  return head .. table.concat(items) .. tail
end

-- Strings that have one hash in Lua 5.1 and 5.3, which skip every second byte of them; put together
-- from single bytes, or this spec would be as slow as what it is about.
local function colliding(head, before, behind, tail)
  local parts, rest = { head }, ("a"):rep(33) .. behind
  for i = 1, math.floor((MAX_BODY - #head - #tail) / (7 + #before + #rest)) do
    local n = #parts
    parts[n + 1] = before
    for place = 0, 3 do
      parts[n + 2 + 2 * place] = string.char(97 + math.floor(i / 16 ^ place) % 16)
      parts[n + 3 + 2 * place] = place < 3 and "a" or rest
    end
  end
  parts[#parts + 1] = tail
  return table.concat(parts)
end

local WORST = {
  ["empty objects"] = filled("[", "{},", "0]"),
  ["arrays in arrays"] = filled("[", "[[]],", "0]", 2),
  ["objects with a name"] = filled("[", '{"a":{}},', "0]", 2),
  ["deep arrays"] = filled("[", ("["):rep(62) .. ("]"):rep(62) .. ",", "0]", 62),
  ["one level more than allowed"] = ("["):rep(MAX_BODY),
  ["small numbers"] = filled("[", "1e-300,", "0]"),
  ["one long number"] = "[" .. ("7"):rep(MAX_BODY - 20) .. "e-1048000]",
  ["escapes"] = filled('"', "\\u00e9", '"', 0.001),
  ["a name again and again"] = filled("{", '"":0,', '"a":0}'),
  ["names"] = filled_with("{", function(i) return ('"%07x":1,'):format(i) end, '"a":0}'),
  ["strings"] = filled_with("[", function(i) return ('"%05x",'):format(i) end, "0]"),
  ["names that collide"] = colliding("{", '"', '":1,', '"a":0}'),
  ["strings that collide"] = colliding("[", '"', '",', "0]"),
  ["fields of an error"] = filled_with('{"error":{', function(i)
    return ('"%06x":["x"],'):format(i)
  end, '"a":[]}}'),
  ["problems of an error"] = filled('{"errors":[', '{"detail":"x"},', "0]}", 2),
  ["texts of an error"] = filled('{"error":{"a":[', '"x",', "0]}}"),
}

-- The most that is held is a little more than what is left while the value lives.
local function cost(text, status)
  collectgarbage()
  collectgarbage()
  local before, began = collectgarbage "count", os.clock()
  local value, message = core.decode(text, json.ARRAY_MT, false, MAX_VALUES)
  outcome.customer({ body = value, json_error = message, text = text, status = status },
    { method = "GET", path = "/v2/customer/customer_1", id = "customer_1" })
  local seconds = os.clock() - began
  return seconds, collectgarbage "count" - before, message
end

describe("an answer of the largest size", function()
  for name, text in pairs(WORST) do
    it("made of " .. name .. " costs little", function()
      assert.is_true(#text <= MAX_BODY)
      for _, status in ipairs { 200, 422 } do
        local seconds, kilobytes = cost(text, status)
        assert.is_true(seconds < SECONDS, seconds .. " s")
        assert.is_true(kilobytes < KILOBYTES, kilobytes .. " kB")
      end
    end)
  end

  it("may have one value for 8 bytes of max_body, and 131072 in any case", function()
    assert.equal(131072, json.max_values(1))
    assert.equal(131072, MAX_VALUES)
    assert.equal(1048576, json.max_values(8 * 1048576))
    local _, _, message = cost(("[") .. ("0,"):rep(MAX_VALUES) .. "0]", 200)
    assert.equal("more than 131072 values", message)
  end)

  it("may be a thousand customers", function()
    local customer = '{"id":"customer_%d","verificationProfiles":[{"name":"kyc_profile_a",'
      .. '"status":"approved","criteria":{"complete":["email_address","phone_number"],'
      .. '"pending":[],"required":[],"errors":[]}}],"email":"jane.smith+%d@example.com",'
      .. '"phone":"+14155550123","meta":{"internalUserId":"usr_%d"},"createdAt":"2026-03-09"},'
    local text = filled_with('{"customers":[', function(i) return customer:format(i, i, i) end,
      "null]}")
    local value = assert(core.decode(text, json.ARRAY_MT, false, MAX_VALUES))
    assert.is_true(#value.customers > 1000)
  end)
end)
