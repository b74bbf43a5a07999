--- Identifiers and times as the API writes them.
-- The clock is handed in and the identifiers come from a private generator, so two sandboxes with
-- one seed and one clock answer alike. Not a source of secrets.

local MODULUS = 2147483647
local MULTIPLIER = 16807

local stamp = {}

--- An ISO 8601 time in UTC with milliseconds.
---@param seconds number since the epoch
---@return string
function stamp.iso(seconds)
  local milliseconds = math.floor(seconds * 1000 + 0.5)
  local whole = math.floor(milliseconds / 1000)
  local text = os.date("!%Y-%m-%dT%H:%M:%S", whole)
  return string.format("%s.%03dZ", text, milliseconds - whole * 1000)
end

--- A generator of identifiers. The last eight digits count, so no two are alike.
---@param seed integer
---@return fun(): string hex 32 hexadecimal digits
function stamp.generator(seed)
  local state = math.floor(seed) % (MODULUS - 1) + 1
  local count = 0
  return function()
    local digits = {}
    for i = 1, 6 do
      state = (state * MULTIPLIER) % MODULUS
      digits[i] = string.format("%04x", math.floor(state / 16) % 65536)
    end
    count = count + 1
    return table.concat(digits) .. string.format("%08x", count)
  end
end

return stamp
