-- Paths of URLs: escaping, checking, and the pattern of a path that is fit for logs and metrics.
-- Not the endpoints: each resource names its own.

local blame = require "spherepay.options.blame"
local core = require "spherepay.core"
local numbers = require "spherepay.http.numbers"
local pointer = require "spherepay.http.pointer"

local paths = {}

-- libcurl takes no more than 8 MB of URL and 1 MB of a request's head, servers mostly 8 KiB.
local MAX_PATH = 8192
local SLASH = ("/"):byte()
local MAX_QUERY = 65536

local function hex(byte)
  return string.format("%%%02X", byte:byte())
end

local function text_of(value)
  if type(value) == "string" then return value end
  if type(value) == "boolean" then return tostring(value) end
  return numbers.is_finite(value) and numbers.text(value) or nil
end

-- Letters are named by range: what %w matches depends on the locale of the host.
local function encode(text)
  return (text:gsub("[^A-Za-z0-9%-._~]", hex))
end

--- Percent-encodes everything but the unreserved characters (RFC 3986, section 2.3).
---@param text string|number|boolean
---@return string
--- Raises for anything else, such as an id that is nil.
function paths.escape(text)
  local plain = text_of(text)
  if not plain then
    blame("spherepay.escape takes a string, a finite number or a boolean, got "
      .. (text == nil and "nothing" or "a " .. type(text)))
  end
  return (encode(plain))
end

local function is_utf8(text)
  return core.quote(text) ~= nil
end

local function decoded(path)
  return (path:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- Says why `path` cannot become part of a URL.
---@param path string from the root, such as "/v2/customer"
---@return string? detail nil when it is good
function paths.problem(path)
  if path:byte() ~= SLASH then
    local is_url = path:find("^%a+://")
    return "must begin with /" .. (is_url and ": the host is the option base_url" or "")
  end
  if #path > MAX_PATH then return "must have at most " .. MAX_PATH .. " bytes" end
  if path:find("//", 1, true) or #path > 1 and path:byte(-1) == SLASH then
    return "must not hold empty steps"
  end
  if not path:find("[^A-Za-z0-9%-_/]") then return nil end
  if path:find("[?#]") then return "must not hold ? or #; give the query in `query`" end
  if path:find("[^A-Za-z0-9%-._~!$&'()*+,;=:@%%/]") or path:find("%%[^0-9A-Fa-f]") or
    path:find("%%[0-9A-Fa-f][^0-9A-Fa-f]") or path:find("%%[0-9A-Fa-f]?$") then
    return "holds a character that must be percent-encoded"
  end
  -- What a server in between may make of it, which decodes a step, or cuts it at its semicolon.
  local plain = path:gsub("%%2[eE]", "."):gsub("%%2[fF]", "/"):gsub("%%5[cC]", "/") .. "/"
  if plain:find("/%.%.?[/;]") then return "must not hold . or .. as a step" end
  if path:find("/%%2[fF]") or path:find("/%%5[cC]") then return "must not hold empty steps" end
  if not is_utf8(decoded(path)) then return "must be UTF-8, percent-encoded" end
  return nil
end

-- The words of the vendor's paths that may stand where an id could.
local WORDS = {}
for word in ([[customer customers business-representative document webhook event wallet transfer
  tos-link kyc-link otp-send otp-verify face-verification-link submit-verification tosLink
  kycLink]]):gmatch("%S+") do
  WORDS[word] = true
end

local function is_word(step)
  return step:find("^[a-z][A-Za-z%-]*$") and #step <= 40
end

--- The path with `{id}` in place of whatever may be an id or somebody's data: the vendor's paths
--- are a version and then, in turn, a word and an id.
---@param path string
---@return string
function paths.pattern(path)
  local place = 0
  return (path:sub(1, MAX_PATH):match("^[^?#]*"):gsub("[^/]+", function(step)
    if place == 0 and step:find("^v[0-9]$") then return nil end
    place = place + 1
    if WORDS[step] or (place % 2 == 1 and is_word(step)) then return nil end
    return "{id}"
  end))
end

--- A query string with its "?", names in order; "" without any.
---@param query table<string, string|number|boolean>? numbers are finite
---@return string
function paths.query(query)
  if query == nil then return "" end
  local names, parts = {}, {}
  for name in pairs(query) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = encode(name) .. "=" .. encode(text_of(query[name]))
  end
  return parts[1] and "?" .. table.concat(parts, "&") or ""
end

--- Says why a query cannot become part of a URL.
---@param query table<string, string|number|boolean>?
---@return string? detail nil when it is good
---@return string? place within the query, as a pointer
function paths.query_problem(query)
  if query == nil then return nil end
  local names = {}
  for name in pairs(query) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if not is_utf8(name) then return "has a name that is not UTF-8", "" end
    local value = query[name]
    if type(value) == "string" and not is_utf8(value) then
      return "must be UTF-8", pointer.join("", name)
    end
  end
  if #paths.query(query) <= MAX_QUERY then return nil end
  return "must have at most " .. MAX_QUERY .. " bytes when it is encoded", ""
end

--- The path of a request.
---@param spec { path: string?, before: string?, step: string?, after: string? }
---@return string?
function paths.of(spec)
  if spec.step then return spec.before .. spec.step .. spec.after end
  return spec.path
end

--- The pattern of a request, which few look at.
---@param spec { pattern: string?, path: string? }
---@return string?
function paths.pattern_of(spec)
  return spec.pattern or spec.path and paths.pattern(spec.path)
end

return paths
