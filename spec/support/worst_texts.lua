-- JSON texts that cost as much as texts of their size can: for specs of limits and for benchmarks.

local worst = {}

local LEAST = 4 -- for what closes a text

-- As many of `item`, which has so many values, as there is room for.
local function filled(limits, head, item, tail, values)
  local room = math.floor((limits.bytes - #head - #tail) / #item)
  local most = math.floor((limits.values - LEAST) / (values or 1))
  return head .. item:rep(math.min(room, most)) .. tail
end

-- The same with items that differ.
local function filled_with(limits, head, make, tail)
  local items, size = {}, #head + #tail
  for i = 1, limits.values - LEAST do
    local item = make(i)
    size = size + #item
    if size > limits.bytes then break end
    items[i] = item
  end
  return head .. table.concat(items) .. tail
end

-- Strings that have one hash in Lua 5.1 and 5.3, which skip every second byte of them; put together
-- from single bytes, or making them would be as slow as what they are about.
local function colliding(limits, head, before, behind, tail)
  local parts, rest = { head }, ("a"):rep(33) .. behind
  for i = 1, math.floor((limits.bytes - #head - #tail) / (7 + #before + #rest)) do
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

local CUSTOMER = '{"id":"customer_%d","verificationProfiles":[{"name":"kyc_profile_a",'
  .. '"status":"approved","criteria":{"complete":["email_address","phone_number"],'
  .. '"pending":[],"required":[],"errors":[]}}],"email":"jane.smith+%d@example.com",'
  .. '"phone":"+14155550123","meta":{"internalUserId":"usr_%d"},"createdAt":"2026-03-09"},'

--- A list of customers, as many as there is room for.
---@param limits { bytes: integer, values: integer }
---@return string
function worst.customers(limits)
  return filled_with(limits, '{"customers":[', function(i)
    return CUSTOMER:format(i, i, i)
  end, "null]}")
end

--- The worst texts within limits, by what they are made of.
---@param limits { bytes: integer, values: integer }
---@return table<string, string>
function worst.texts(limits)
  return {
    ["empty objects"] = filled(limits, "[", "{},", "0]"),
    ["arrays in arrays"] = filled(limits, "[", "[[]],", "0]", 2),
    ["objects with a name"] = filled(limits, "[", '{"a":{}},', "0]", 2),
    ["deep arrays"] = filled(limits, "[", ("["):rep(62) .. ("]"):rep(62) .. ",", "0]", 62),
    ["one level more than allowed"] = ("["):rep(limits.bytes),
    ["small numbers"] = filled(limits, "[", "1e-300,", "0]"),
    ["one long number"] = "[" .. ("7"):rep(limits.bytes - 20) .. "e-1048000]",
    ["escapes"] = filled(limits, '"', "\\u00e9", '"', 0.001),
    ["a name again and again"] = filled(limits, "{", '"":0,', '"a":0}'),
    ["names"] = filled_with(limits, "{", function(i) return ('"%07x":1,'):format(i) end, '"a":0}'),
    ["strings"] = filled_with(limits, "[", function(i) return ('"%05x",'):format(i) end, "0]"),
    ["names that collide"] = colliding(limits, "{", '"', '":1,', '"a":0}'),
    ["strings that collide"] = colliding(limits, "[", '"', '",', "0]"),
    ["fields of an error"] = filled_with(limits, '{"error":{', function(i)
      return ('"%06x":["x"],'):format(i)
    end, '"a":[]}}'),
    ["problems of an error"] = filled(limits, '{"errors":[', '{"detail":"x"},', "0]}", 2),
    ["texts of an error"] = filled(limits, '{"error":{"a":[', '"x",', "0]}}"),
    ["customers"] = worst.customers(limits),
  }
end

return worst
