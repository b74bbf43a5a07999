-- Numbers as text that any reader takes for the same number: digits and a point, whatever the
-- locale of the host and whichever Lua prints.

local numbers = {}

local EXACT = 1e15 * 10 -- from here on, digits would claim to know more than a double does

--- Says whether a value is a number that can be written.
---@param value any
---@return boolean
function numbers.is_finite(value)
  return type(value) == "number" and value == value and value ~= math.huge and value ~= -math.huge
end

-- The locale decides what stands between the digits.
local function with_point(text)
  return (text:gsub("[^0-9eE+%-]+", "."))
end

--- The shortest text that reads back as the same number.
---@param number number finite
---@return string
function numbers.text(number)
  if math.type and math.type(number) == "integer" then return string.format("%d", number) end
  if number == 0 then return "0" end
  if number == math.floor(number) and number > -EXACT and number < EXACT then
    return string.format("%.0f", number)
  end
  for digits = 15, 16 do
    local text = string.format("%." .. digits .. "g", number)
    if tonumber(text) == number then return with_point(text) end
  end
  return with_point(string.format("%.17g", number))
end

return numbers
