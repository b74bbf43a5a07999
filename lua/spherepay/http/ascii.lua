-- Letters of ASCII, whatever the locale of the host: string.lower and classes such as %a follow it,
-- and in some locales "I" becomes no "i".

local ascii = {}

local LOWER = {}
for byte = 65, 90 do LOWER[string.char(byte)] = string.char(byte + 32) end

--- Lower case for A to Z; every other byte stays.
---@param text string
---@return string
function ascii.lower(text)
  return (text:gsub("[A-Z]", LOWER))
end

return ascii
