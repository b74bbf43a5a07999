-- Paths of URLs: escaping, checking, and the pattern of a path that is fit for logs and metrics.
-- Not the endpoints: each resource names its own.

local paths = {}

local function hex(byte)
  return string.format("%%%02X", byte:byte())
end

--- Percent-encodes everything but the unreserved characters (RFC 3986, section 2.3).
---@param text string|number|boolean
---@return string
function paths.escape(text)
  return (tostring(text):gsub("[^%w%-%._~]", hex))
end

--- Says why `path` cannot become part of a URL.
---@param path string from the root, such as "/v2/customer"
---@return string? detail nil when it is good
function paths.problem(path)
  if path:sub(1, 1) ~= "/" then return "must begin with /" end
  if path:find("//", 1, true) then return "must not hold empty steps" end
  if not path:find("[^%w%-_/]") then return nil end
  if path:find("[?#]") then return "must not hold ? or #; give the query in `query`" end
  if path:find("[^%w%-%._~!$&'()*+,;=:@%%/]") or path:find("%%[^%x]") or
    path:find("%%%x[^%x]") or path:find("%%%x?$") then
    return "holds a character that must be percent-encoded"
  end
  local plain = path:gsub("%%2[eE]", ".") .. "/"
  if plain:find("/%.%.?/") then return "must not hold . or .. as a step" end
  return nil
end

--- The path with `{id}` in place of whatever is not a plain word. Ids hold an underscore
--- (`customer_...`), the words of the vendor's paths do not.
---@param path string
---@return string
function paths.pattern(path)
  return (path:match("^[^?#]*"):gsub("[^/]+", function(step)
    if step:find("^v%d$") or (step:find("^%a[%a%-]*$") and #step <= 40) then return nil end
    return "{id}"
  end))
end

--- A query string with its "?", names in order; "" without any.
---@param query table<string, string|number|boolean>?
---@return string
function paths.query(query)
  if query == nil then return "" end
  local names, parts = {}, {}
  for name in pairs(query) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = paths.escape(name) .. "=" .. paths.escape(query[name])
  end
  return parts[1] and "?" .. table.concat(parts, "&") or ""
end

return paths
