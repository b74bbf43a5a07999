-- Whether a text, such as a key, is anywhere in some values: keys, items and tables within tables.

local leaks = {}

--- Where `secret` is found in `value`, or nil.
---@param value any
---@param secret string
---@return string? found the string that holds it
function leaks.find(value, secret, seen)
  seen = seen or {}
  if type(value) == "string" then return value:find(secret, 1, true) and value or nil end
  if type(value) ~= "table" or seen[value] then return nil end
  seen[value] = true
  for key, item in pairs(value) do
    local found = leaks.find(key, secret, seen) or leaks.find(item, secret, seen)
    if found then return found end
  end
  return nil
end

return leaks
