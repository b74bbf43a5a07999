--- A lenient parser of multipart/form-data bodies, for uploads to the sandbox.
-- The whole body is in memory; a part is `{ value, filename?, content_type? }`.

local ascii = require("spherepay.http.ascii")

local multipart = {}

local function parameter(header, name)
  return header:match(name .. '="([^"]*)"') or header:match(name .. "=([^;%s]+)")
end

local function parse_part(text)
  local head, value = text:match("^(.-)\r?\n\r?\n(.*)$")
  if not head then return nil end
  local disposition = head:match("[Dd]isposition:%s*([^\r\n]*)") or ""
  local name = parameter(disposition, "[;%s]name")
  if not name then return nil end
  return name, {
    value = value,
    filename = parameter(disposition, "filename"),
    content_type = head:match("[Cc]ontent%-[Tt]ype:%s*([^\r\n;]+)"),
  }
end

--- Takes a body apart.
---@param content_type string|nil the request's Content-Type
---@param body string
---@return table<string, table>|nil parts by name; nil when this is not multipart/form-data
function multipart.parse(content_type, body)
  if not ascii.lower(content_type or ""):find("^%s*multipart/form%-data") then return nil end
  local boundary = parameter(content_type, "[Bb]oundary")
  if not boundary then return nil end
  local parts = {}
  local delimiter = "--" .. boundary
  local from, past = body:find(delimiter, 1, true)
  while from do
    local next_from, next_past = body:find("\n" .. delimiter, past + 1, true)
    if not next_from then break end
    local last = body:sub(next_from - 1, next_from - 1) == "\r" and next_from - 2 or next_from - 1
    local name, part = parse_part((body:sub(past + 1, last):gsub("^\r?\n", "")))
    if name then parts[name] = part end
    from, past = next_from, next_past
  end
  return parts
end

return multipart
