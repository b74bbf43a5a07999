-- What a person can do about an error, where the error itself does not say: which option to look
-- at. Only for the reader of a log line; programs branch on `err.kind`.

local ascii = require "spherepay.http.ascii"

local paths = require "spherepay.http.path"
local places = require "spherepay.http.places"

local hints = {}

---@class spherepay.Origin where a client sends its calls, as far as hints need it
---@field host string with the port, if one is given
---@field is_plain boolean http without TLS
---@field environment "production"|"sandbox"|nil of the vendor's own hosts
---@field key "production"|"sandbox"|nil what the key looks like

-- By host, as in the option `environment`.
local ENVIRONMENTS = {
  ["api.spherepay.co"] = "production", ["api.sandbox.spherepay.co"] = "sandbox",
}
local OTHER = { production = "sandbox", sandbox = "production" }

--- What a key looks like. The vendor calls keys opaque; live ones have been seen as `sk_live_...`,
--- and tokens of the sandbox as `sbx_...`.
---@param token any
---@return "production"|"sandbox"|nil
function hints.key(token)
  if type(token) ~= "string" then return nil end
  local prefix = ascii.lower(token):match("^[%a_]+") or ""
  if prefix:find("live_") then return "production" end
  local is_sandbox = prefix:find("^sbx_") or prefix:find("sandbox") or prefix:find("test_")
  return is_sandbox and "sandbox" or nil
end

--- Reads the base URL of a client.
---@param base_url string
---@param token any a key, or anything else when there is none to look at yet
---@return spherepay.Origin
function hints.origin(base_url, token)
  local scheme, host = base_url:match("^(%a+)://([^/]*)")
  host = ascii.lower(host)
  return {
    host = host,
    is_plain = scheme == "http",
    environment = ENVIRONMENTS[host:gsub(":443$", "")],
    key = hints.key(token),
  }
end

local function of_auth(origin)
  local here = origin.environment
  if not here then
    return "is the key one of this server? See the options token, base_url and environment"
  end
  if origin.key == OTHER[here] then
    return ("the key looks like one of %s, and this is %s: see the option environment"):format(
      origin.key == "sandbox" and "the sandbox" or "production",
      here == "sandbox" and "the sandbox" or "production")
  end
  return ("is the key one of %s? The option environment chooses between production and sandbox")
    :format(here == "sandbox" and "the sandbox" or "production")
end

-- The server is there, and has not this method at this place.
local function of_method(spec)
  local pattern = paths.pattern_of(spec)
  local methods = pattern and places.methods(pattern)
  if not methods then return nil end
  return ("documented there: %s"):format(table.concat(methods, ", "))
end

-- Objects of one environment are not there in the other.
local function of_missing(origin)
  local here = origin.environment
  return ("is it an id of %s, made with a key of the same application?"):format(
    here == "sandbox" and "the sandbox" or here or "this server")
end

-- What servers that expect TLS answer to plain HTTP: nginx, Go, Apache.
local TLS_PORT = { "HTTPS port", "HTTPS server", "SSL%-enabled server" }

local function says_tls(raw)
  if raw.status ~= 400 or type(raw.text) ~= "string" then return false end
  for _, words in ipairs(TLS_PORT) do
    if raw.text:find(words) then return true end
  end
  return false
end

local USE_HTTPS = "base_url must begin with https://"

-- Others say nothing, or something that is no HTTP.
local function of_plain(raw)
  if says_tls(raw) then return "the server speaks TLS on this port: " .. USE_HTTPS end
  local text = raw.message
  if not text then return nil end
  if text:find("Empty reply", 1, true) or text:find("HTTP/0.9", 1, true) or
    ascii.lower(text):find("weird server reply", 1, true) then
    return "if the server speaks TLS on this port, " .. USE_HTTPS
  end
  return nil
end

-- What to do about some complaints of libcurl and of its TLS library.
local COMPLAINTS = {
  { "^the proxy's certificate", "see the option proxy_ca_file" },
  { "issuer certificate", "see the option ca_file" },
  { "self.signed certificate", "see the option ca_file" },
  { "wrong version number", "the server does not speak TLS on this port: see base_url" },
  { "resolve host", "see the option base_url, and whether this machine has a name server" },
  { "[Cc]onnect to server", "does a server listen there? See the option base_url" },
  { "[Cc]onnection refused", "does a server listen there? See the option base_url" },
  { "resolve proxy", "see the option proxy" },
}

-- Whether it is a proxy that cannot be reached: libcurl names the host it tried, newer ones after
-- "via".
local function is_proxy(text, origin)
  local tried = text:match("onnect to (%S+) port")
  if not tried then return false end
  return text:find(" via ", 1, true) ~= nil
    or ascii.lower(tried) ~= origin.host:gsub(":%d+$", ""):gsub("[%[%]]", "")
end

local function of_transport(raw, origin)
  local text = raw.message or ""
  if is_proxy(text, origin) then return "does the proxy listen there? See the option proxy" end
  for _, each in ipairs(COMPLAINTS) do
    if text:find(each[1]) then return each[2] end
  end
  return nil
end

--- What can be done about an error.
---@param kind string of the error
---@param raw spherepay.Raw
---@param spec spherepay.Request
---@return string? hint
function hints.of(kind, raw, spec)
  local origin = spec.origin
  if not origin then return nil end
  local hint = origin.is_plain and of_plain(raw)
  if hint then return hint end
  if raw.kind then return of_transport(raw, origin) end
  if kind == "auth" then return of_auth(origin) end
  -- A 404 on create means the URL is wrong.
  if kind == "not_found" and spec.operation == "create" then
    return "is it the right place? See the options base_url and api_version"
  end
  if kind == "not_found" then
    local pattern = paths.pattern_of(spec)
    local near = pattern and places.nearest(pattern)
    if near then return ("did you mean the path %s?"):format(near) end
    if spec.id then return of_missing(origin) end
  end
  if raw.status == 405 then return of_method(spec) end
  return nil
end

return hints
