-- The filters of a list, from words `name=value`.

local filters = {}

---@param words string[]
---@param more table<string, string>? beside them
---@return table<string, string>? given
---@return string? problem
function filters.read(words, more)
  local given = {}
  for name, value in pairs(more or {}) do given[name] = value end
  for _, word in ipairs(words) do
    local name, value = word:match("^([%a_][%w_]*)=(.*)$")
    if not name then return nil, word .. " is no filter: write name=value" end
    given[name] = value
  end
  return given
end

return filters
