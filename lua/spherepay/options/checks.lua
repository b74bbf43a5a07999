-- What one option value may be: checks from which `options` builds its tables.
-- Not for the data of a customer (`params`): what fails here is a programmer's mistake.
--
-- A check is a function `(value) -> normalised value` or `(value) -> nil, wanted, got`, where
-- `wanted` completes "must be" and `got`, when given, completes "got". Strings are never
-- repeated in either: a token may sit in the wrong place.

local ascii = require "spherepay.http.ascii"
local loop = require "spherepay.loop"
local paths = require "spherepay.http.path"
local forms = require "spherepay.privacy.forms"
local schema = require "spherepay.options.schema"

local checks = {}

local MAX_SECONDS = 86400
local MAX_TIMEOUT = 3600

--- Names a value for a message: the type, and the value itself only of a number.
---@param value any
---@return string
function checks.describe(value)
  local kind = type(value)
  if kind == "nil" then return "nothing" end
  if kind ~= "number" then return "a " .. kind end
  return value ~= value and "NaN" or tostring(value)
end

--- An option's or header's name, when it looks like one: what a message may safely repeat.
---@param name any
---@return string
function checks.quote(name)
  if type(name) ~= "string" then return "a " .. type(name) end
  return "\"" .. (forms.is_name(name) and name or "[redacted]") .. "\""
end

--- A check for seconds: finite, above 0, at most a day.
function checks.seconds(value)
  if type(value) == "number" and value > 0 and value <= MAX_SECONDS then return value end
  return nil, "a number of seconds above 0 and at most " .. MAX_SECONDS
end

--- A check for the time that a call may take: above 0, at most an hour.
function checks.timeout(value)
  if type(value) == "number" and value > 0 and value <= MAX_TIMEOUT then return value end
  local wanted = "a number of seconds above 0 and at most " .. MAX_TIMEOUT
  local in_ms = type(value) == "number" and value > MAX_TIMEOUT and value <= MAX_TIMEOUT * 1000
  return nil, wanted, in_ms and ("%.14g (were milliseconds meant? Those are %.14g seconds)"):format(
    value, value / 1000) or nil
end

--- Makes a check for whole numbers between two bounds; 5.0 becomes 5 where Lua knows integers.
function checks.integer(low, high)
  local wanted = string.format("an integer from %d to %d", low, high)
  return function(value)
    local fits = type(value) == "number" and value >= low and value <= high
    if fits and value == math.floor(value) then return math.floor(value) end
    return nil, wanted
  end
end

function checks.boolean(value)
  if type(value) == "boolean" then return value end
  return nil, "true or false"
end

--- A check for `validate`: whether params are checked, and whether unknown names are refused.
function checks.validate(value)
  if type(value) == "boolean" or value == "strict" then return value end
  return nil, "true, false or \"strict\"", type(value) == "string" and "another string" or nil
end

function checks.callback(value)
  if type(value) == "function" then return value end
  return nil, "a function"
end

--- Why a table is no list from which nothing would be left out.
---@param list table
---@return string? detail completes "must be a list"
function checks.no_list(list)
  local last = 0
  for key in pairs(list) do
    if type(key) ~= "number" then return "got one with the key " .. checks.quote(key) end
    if key > last then last = key end
  end
  for place = 1, last do
    if list[place] == nil then return ("got one with nothing in place %d"):format(place) end
  end
  return nil
end

--- A check for names and file paths: a string that is not empty and has no control characters.
function checks.text(value)
  if type(value) ~= "string" then return nil, "a string" end
  if value == "" then return nil, "a string that is not empty", "an empty one" end
  if value:find("%c") then
    return nil, "a string without control characters", "one with control characters"
  end
  return value
end

--- Makes a check for one of a few strings; a near miss is named in the message.
function checks.one_of(names)
  local quoted = {}
  for i, name in ipairs(names) do quoted[i] = "\"" .. name .. "\"" end
  local wanted = "one of " .. table.concat(quoted, ", ")
  return function(value)
    for _, name in ipairs(names) do
      if value == name then return value end
    end
    if type(value) ~= "string" then return nil, wanted end
    local meant = schema.meant(value, names)
    return nil, wanted, "another string" .. (meant and " (" .. meant .. ")" or "")
  end
end

-- What is wrong with the bytes of a token, said so that it can be mended.
local function token_fault(value)
  local inside = value:match("^%s*(.-)%s*$")
  if inside:find("[%c%s\128-\255]") then
    return "one with spaces, control characters or other bytes"
  elseif value:find("[\r\n]%s*$") then
    return "one that ends with a line break: cut it off, as token:gsub(\"%s+$\", \"\") does"
  elseif inside ~= value then
    return "one that begins or ends with a space"
  elseif value:find("^([\"']).*%1$") then
    return "one in quotation marks, which are no part of it"
  end
  return nil
end

--- A check for the token: bytes that can stand in a header, or a function that returns them.
function checks.token(value)
  if type(value) == "function" then return value end
  local wanted = "a string that is not empty, or a function"
  if type(value) ~= "string" then
    return nil, wanted, value == nil and "nothing" or "a " .. type(value)
  end
  if value == "" then return nil, wanted, "an empty string" end
  if value:find("^[Bb]earer%s") then
    return nil, "the key alone, without \"Bearer\", which is added", "one that begins with it"
  end
  local fault = token_fault(value)
  if fault then return nil, "a string of printable ASCII without spaces", fault end
  return value
end

--- A check for the User-Agent part: printable ASCII, at most 128 bytes.
function checks.app(value)
  if type(value) == "string" and value:find("^[\32-\126]+$") and #value <= 128 then return value end
  return nil, "printable ASCII of 1 to 128 bytes", type(value) == "string" and "another string"
    or nil
end

-- Each octet as it is always written: some resolvers read 08 or 010 as octal, others ask DNS.
local function is_octet(text)
  return text == "0" or (text:find("^[1-9][0-9]?[0-9]?$") and tonumber(text) <= 255)
end

-- Only these spellings: libcurl knows them itself, without asking anybody.
local function is_loopback(host)
  if host == "localhost" or host == "[::1]" then return true end
  local b, c, d = host:match("^127%.([0-9]+)%.([0-9]+)%.([0-9]+)$")
  return b and is_octet(b) and is_octet(c) and is_octet(d)
end

local function split_authority(authority)
  local host, port = authority:match("^(%[[0-9a-f:.]+%]):?([0-9]*)$")
  if not host then host, port = authority:match("^([0-9a-z%.%-]+):?([0-9]*)$") end
  if not host then return nil end
  if authority:find(":$") then return nil end
  if port ~= "" and (#port > 5 or tonumber(port) < 1 or tonumber(port) > 65535) then return nil end
  return host
end

--- A check for the base URL: https, or http to loopback; no userinfo, query or fragment. Scheme and
--- host become lower case, the trailing slash goes.
function checks.base_url(value)
  local wanted = "a URL such as https://api.spherepay.co"
  if type(value) ~= "string" then return nil, wanted end
  if value:find("[%c%s\\\128-\255]") then return nil, wanted, "one with forbidden characters" end
  if value:find("[?#]") then return nil, wanted, "one with a query or a fragment" end
  local scheme, authority, path = value:match("^([A-Za-z]+)://([^/]*)(.*)$")
  if not scheme then return nil, wanted, "a string that is no URL" end
  scheme, authority = ascii.lower(scheme), ascii.lower(authority)
  if authority:find("@", 1, true) then return nil, wanted, "one with a user or password" end
  local host = split_authority(authority)
  if not host then return nil, wanted, "one with a bad host or port" end
  if scheme ~= "https" and scheme ~= "http" then return nil, wanted, "one of another scheme" end
  if scheme == "http" and not is_loopback(host) then
    return nil, "an https URL (plain http only to localhost, 127.x.x.x or [::1])", "an http one"
  end
  path = path:gsub("/+$", "")
  if path ~= "" and paths.problem(path) then return nil, wanted, "one with a bad path" end
  if path:find("/v[0-9]$") then
    return nil, wanted .. " without the version, which is the option \"api_version\"",
      "one that ends in a version"
  end
  return scheme .. "://" .. authority .. path
end

local PROXY_SCHEMES = { http = true, https = true, socks4 = true, socks4a = true,
  socks5 = true, socks5h = true }

--- A check for the proxy: "env", or a URL (which may carry a user and a password).
function checks.proxy(value)
  if value == "env" then return value end
  local wanted = "\"env\" or a URL such as http://proxy.example.com:3128"
  if type(value) ~= "string" then return nil, wanted end
  local scheme, rest = value:match("^(%a[%w]*)://([^%c%s]+)$")
  if scheme and PROXY_SCHEMES[ascii.lower(scheme)] and rest:find("^[^/?#]") then return value end
  return nil, wanted, "a string that is no such URL"
end

--- A check for pinned keys: "sha256//" and 44 characters of base64, several joined by ";".
function checks.pins(value)
  local wanted = "\"sha256//\" and 44 characters of base64, several joined by \";\""
  if type(value) ~= "string" then return nil, wanted end
  for pin in (value .. ";"):gmatch("([^;]*);") do
    local hash = pin:match("^sha256//([%w+/]+=)$")
    if not hash or #hash ~= 44 then return nil, wanted, "another string" end
  end
  return value
end

local loop_name = checks.one_of(loop.NAMES)

--- A check for the event loop: a known name, or a table with a loop's functions.
function checks.loop(value)
  if type(value) == "table" then return value end
  local name, wanted, got = loop_name(value)
  if name then return name end
  return nil, wanted .. ", or a table", got
end

local function share_of_limit(value)
  if type(value) == "number" and value > 0 and value <= 1 then return value end
  return nil, "a number above 0 and at most 1"
end

local REDIS = {
  { "host", checks.text },
  { "port", checks.integer(1, 65535), 6379 },
  { "password", checks.text },
  { "tls", checks.boolean },
  { "prefix", checks.text, "spherepay" },
  { "fallback_share", share_of_limit, 0.25 },
}

--- A check for where machines meet: a table with `host`; the result has the defaults of the others.
function checks.redis(value)
  local wanted = "a table { host =, port =, password =, tls =, prefix =, fallback_share = }"
  if type(value) ~= "table" then return nil, wanted end
  local unknown = schema.unknown(value, REDIS)
  if unknown then return nil, wanted, "one with " .. checks.quote(unknown[1]) end
  local result, name, item_wanted = schema.read(value, REDIS)
  if not result then return nil, wanted .. " with " .. item_wanted .. " in " .. name end
  if not result.host then return nil, wanted, "one without host" end
  return result
end

local whole_rate = checks.integer(1, 10000)

local function rate(value)
  if value == false then return false end
  return whole_rate(value)
end

local RATES = { { "read", rate, 100 }, { "write", rate, 100 }, { "redis", checks.redis } }

--- A check for the rate limit: false, or `{ read =, write = }` with 1 to 10000 per second or
--- false each, and `redis`, where machines share it. The result always has the first two.
function checks.rate_limit(value)
  if value == false then return { read = false, write = false } end
  local wanted = "false or a table { read =, write = }"
  if type(value) ~= "table" then return nil, wanted end
  local unknown = schema.unknown(value, RATES)
  if unknown then return nil, wanted, "one with " .. checks.quote(unknown[1]) end
  local result, name, item_wanted, got = schema.read(value, RATES)
  if result then return result end
  if name == "redis" then return nil, wanted .. ", with redis = " .. item_wanted, got end
  return nil, wanted .. " with false or " .. item_wanted .. " in each",
    checks.describe(value[name]) .. " in " .. name
end

return checks
