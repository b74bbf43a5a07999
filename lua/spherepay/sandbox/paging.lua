--- Query strings and pages of a list.
-- Numbers are strings in the query and numbers in the answer, as the vendor documents. The largest
-- page size and the order are not documented: there is no limit here, and the oldest comes first.

local failure = require("spherepay.sandbox.failure")
local json = require("spherepay.sandbox.json")

local paging = {}

local function unescape(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- Splits a query string. The last of several values of one name wins.
---@param query string|nil
---@return table<string, string>
function paging.parse(query)
  local values = {}
  for pair in (query or ""):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    values[unescape(name)] = unescape(value)
  end
  return values
end

local function natural(values, name, default)
  local text = values[name]
  if text == nil then return default end
  local value = #text <= 9 and text:match("^%d+$") and tonumber(text)
  if not value or value < 1 then
    return nil, failure.parameter(name, "Must be a positive integer")
  end
  return value
end

--- Cuts one page out of a list.
---@param list table[] what matches
---@param values table<string, string> the query: `page` (1), `limit` (10)
---@return table[]|nil items nil when page or limit is not a positive integer
---@return table pagination_or_failure
function paging.cut(list, values)
  local page, wrong_page = natural(values, "page", 1)
  if not page then return nil, wrong_page end
  local limit, wrong_limit = natural(values, "limit", 10)
  if not limit then return nil, wrong_limit end
  local items = json.array()
  for i = (page - 1) * limit + 1, math.min(page * limit, #list) do items[#items + 1] = list[i] end
  local pages = math.ceil(#list / limit)
  return items, {
    page = page,
    limit = limit,
    total = #list,
    totalPages = pages,
    hasNext = page < pages,
    hasPrevious = page > 1,
  }
end

return paging
