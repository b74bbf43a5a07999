-- Letters of ASCII, whatever the locale of the host: string.lower and classes such as %a follow it,
-- and in some locales "I" becomes no "i".

local ascii = {}

local LOWER, UPPER = {}, {}
for byte = 65, 90 do
  local upper, lower = string.char(byte, byte + 32):match("(.)(.)")
  LOWER[upper], UPPER[lower] = lower, upper
end

--- Lower case for A to Z; every other byte stays.
---@param text string
---@return string
function ascii.lower(text)
  return (text:gsub("[A-Z]", LOWER))
end

--- Upper case for a to z; every other byte stays.
---@param text string
---@return string
function ascii.upper(text)
  return (text:gsub("[a-z]", UPPER))
end

return ascii
