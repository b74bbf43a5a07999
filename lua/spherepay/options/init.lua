-- The one place where options are checked: of `spherepay.new`, of one call, of `client:request`.
-- Not for the params of a customer (`params`), and it opens no file and no connection.
--
-- Two channels. A mistake of the programmer (unknown option, wrong type, bad number) raises, and
-- the error points at the programmer's line. Bad data that may come from a user (CR or LF in a
-- header value, a malformed idempotency key or traceparent) is returned as `nil, problems`, because
-- the call then has to fail with an error of kind "invalid". Messages never repeat a value that is
-- a string: it may be a secret in the wrong place.

local ascii = require "spherepay.http.ascii"
local blame = require "spherepay.options.blame"
local checks = require "spherepay.options.checks"
local need = require "spherepay.need"
local pointer = require "spherepay.http.pointer"
local schema = require "spherepay.options.schema"

local fields = need.lazily "spherepay.api.fields"

local options = {}

-- Hosts: vendor docs, authentication and sandbox pages.
local HOSTS = {
  production = "https://api.spherepay.co",
  sandbox = "https://api.sandbox.spherepay.co",
}
local MAX_KEY_BYTES = 255
local MAX_BYTES = 2147483647

-- libcurl takes no more than 1 MB of a request's head, and most servers 8 to 64 KiB.
local MAX_TOKEN = 16384
local MAX_HEADER = 16384
local MAX_HEADERS = 65536

-- An absent option takes its default; without one it stays absent.
local CLIENT = {
  { "token", checks.token },
  { "base_url", checks.base_url },
  { "environment", checks.one_of { "production", "sandbox" }, "production" },
  { "api_version", checks.one_of { "v2", "v1" }, "v2" },
  { "connect_timeout", checks.timeout, 10 },
  { "timeout", checks.timeout, 30 },
  { "deadline", checks.timeout, 60 },
  { "max_retries", checks.integer(0, 10), 2 },
  { "rate_limit", checks.rate_limit },
  { "max_in_flight", checks.integer(1, 1000000), 1000 },
  { "max_connections", checks.integer(1, 10000), 16 },
  { "max_body", checks.integer(1, MAX_BYTES), 1048576 },
  { "max_headers", checks.integer(1, MAX_BYTES), 65536 },
  { "http_version", checks.one_of { "auto", "1.1", "2" }, "auto" },
  { "ca_file", checks.text },
  { "ca_path", checks.text },
  { "client_cert", checks.text },
  { "client_key", checks.text },
  { "proxy", checks.proxy },
  { "proxy_ca_file", checks.text },
  { "pinned_public_key", checks.pins },
  { "min_tls", checks.one_of { "1.2", "1.3" }, "1.2" },
  { "loop", checks.loop, "auto" },
  { "shm", checks.text },
  { "on_event", checks.callback },
  { "on_error", checks.callback },
  { "validate", checks.validate, true },
  { "nulls", checks.one_of { "drop", "keep" }, "drop" },
  { "app", checks.app },
}

-- Headers that the library writes itself, and what to use instead.
local RESERVED = {
  authorization = "the option \"token\" of spherepay.new",
  host = "the option \"base_url\" of spherepay.new",
  ["idempotency-key"] = "the option \"idempotency_key\"",
  traceparent = "the option \"traceparent\"",
  ["user-agent"] = "the option \"app\" of spherepay.new",
  ["api-version"] = "the option \"api_version\" of spherepay.new",
  ["proxy-authorization"] = "the option \"proxy\" of spherepay.new",
}
for name in ([[accept accept-encoding connection content-encoding content-length content-type
  expect http2-settings keep-alive proxy-connection te trailer transfer-encoding
  upgrade]]):gmatch("%S+") do
  RESERVED[name] = "nothing: the client writes it itself"
end

local function header_problem(name, value, seen)
  if type(name) ~= "string" then
    return "the names of headers must be strings, got " .. checks.describe(name)
  end
  if not name:find("^[%w!#$%%&'*+.^_`|~-]+$") then
    return "a header has a name that HTTP forbids"
  end
  local lower = ascii.lower(name)
  if RESERVED[lower] then
    return "the header " .. checks.quote(name) .. " cannot be set here; use " .. RESERVED[lower]
  end
  if seen[lower] then return "the header " .. checks.quote(name) .. " is given twice" end
  seen[lower] = true
  if type(value) == "string" then return nil end
  return "the header " .. checks.quote(name) .. " must be a string, got " .. checks.describe(value)
end

local function check_headers(value)
  if type(value) ~= "table" then return nil, "a table of header names and values" end
  local copy, seen = {}, {}
  for name, text in pairs(value) do
    local problem = header_problem(name, text, seen)
    if problem then return nil, nil, problem end
    copy[name] = text
  end
  return copy
end

local function check_string(value)
  if type(value) == "string" then return value end
  return nil, "a string"
end

local function check_query(value)
  if type(value) ~= "table" then return nil, "a table of names and values" end
  local copy = {}
  for name, item in pairs(value) do
    local kind = type(item)
    if type(name) ~= "string" then return nil, nil, "the names in \"query\" must be strings" end
    local finite = kind == "number" and item == item and item ~= math.huge and item ~= -math.huge
    if kind ~= "string" and kind ~= "boolean" and not finite then
      return nil, nil, checks.quote(name) .. " in \"query\" must be a string, a finite number or "
        .. "a boolean, got " .. checks.describe(item)
    end
    copy[name] = item
  end
  return copy
end

local function check_json(value)
  if type(value) == "table" or type(value) == "userdata" then return value end
  return nil, "a table"
end

local function check_origin(value)
  if type(value) == "string" and #value <= 128 and value:find("^[\33-\126]+$") then return value end
  return nil, "a word of at most 128 printable characters"
end

local CALL = {
  { "timeout", checks.timeout },
  { "deadline", checks.timeout },
  { "max_retries", checks.integer(0, 10) },
  { "idempotency_key", check_string },
  { "headers", check_headers },
  { "traceparent", check_string },
  { "origin", check_origin },
  { "validate", checks.validate },
}

local REQUEST = {
  { "query", check_query },
  { "json", check_json },
}
for _, rule in ipairs(CALL) do REQUEST[#REQUEST + 1] = rule end

-- What other clients call them.
local ALIASES = {
  api_key = "token", apikey = "token", key = "token", secret = "token", url = "base_url",
  host = "base_url", endpoint = "base_url", version = "api_version", retries = "max_retries",
}

-- What comes after the name of an unknown option: a neighbour, or another place.
local function hint(name, known)
  local alias = ALIASES[ascii.lower(name)]
  local meant = known.by_name[alias] and ("did you mean %q?"):format(alias)
    or schema.meant(name, known.list)
  if meant then return " (" .. meant .. ")" end
  return known.by_name.json and "; a body goes under json, names and values for the URL under query"
    or ""
end

local function is_param(name)
  for _, object in ipairs { fields.v2.individual, fields.v2.business, fields.v1.customer_create } do
    for _, field in ipairs(object) do
      if field[1] == name then return true end
    end
  end
  return false
end

local function has(items, name)
  return schema.known(items).by_name[name] ~= nil
end

local function unknown_message(name, items, what)
  if type(name) ~= "string" then
    return what .. " takes options by name, got one under " .. checks.describe(name)
  elseif has(CLIENT, name) then
    local own = items ~= CALL and items ~= REQUEST
    return checks.quote(name) .. " is an option of spherepay.new, not of " .. what
      .. (own and ", which has " .. table.concat(schema.known(items).list, ", ") or "")
  elseif items == CLIENT and has(CALL, name) then
    return checks.quote(name) .. " is an option of one call: give it there, as in "
      .. "client.customer.create(params, { " .. name .. " = ... })"
  elseif items == CALL and is_param(name) then
    return checks.quote(name) .. " is no option of a call, it belongs in the params: the params"
      .. " come first, then the options"
  end
  return "unknown option " .. checks.quote(name) .. hint(name, schema.known(items))
end

local EXAMPLES = { [CLIENT] = ", as in spherepay.new { token = ... }" }

-- Reads every option of a schema. Returns the table, or nil and what is wrong.
local function read(given, items, what)
  if type(given) ~= "table" then
    return nil, what .. " takes a table of options" .. (EXAMPLES[items] or "") .. ", got "
      .. checks.describe(given)
  end
  local unknown = schema.unknown(given, items)
  if unknown then return nil, unknown_message(unknown[1], items, what) end
  local values, name, wanted, got = schema.read(given, items)
  if values then return values end
  if not wanted then return nil, got end
  return nil, "option \"" .. name .. "\" must be " .. wanted .. ", got "
    .. (got or checks.describe(given[name]))
end

local function traceparent_problem(value)
  local version, trace, parent = value:match("^([%da-f]+)%-([%da-f]+)%-([%da-f]+)%-[%da-f][%da-f]$")
  local fits = version and #version == 2 and #trace == 32 and #parent == 16
  if fits and version ~= "ff" and trace:find("[^0]") and parent:find("[^0]") then return nil end
  return "must be a W3C traceparent: version, trace id, parent id and flags in lower-case hex"
end

--- Whether a value can be sent as a traceparent.
---@param value any
---@return boolean
function options.is_traceparent(value)
  return type(value) == "string" and traceparent_problem(value) == nil
end

local function key_problem(value)
  if #value <= MAX_KEY_BYTES and value:find("^[\33-\126]+$") then return nil end
  return "must be 1 to 255 characters of printable ASCII without spaces"
end

local function header_value_problem(value)
  if #value > MAX_HEADER then return "must have at most " .. MAX_HEADER .. " bytes" end
  if not value:find("[^\9\32-\126\128-\255]") then return nil end
  return "must not contain CR, LF, NUL or other control characters"
end

-- The second channel: data that cannot be sent.
local function data_problems(call)
  local problems = {}
  local function add(place, detail)
    if detail then problems[#problems + 1] = { detail = detail, pointer = place } end
  end
  if call.idempotency_key then add("/idempotency_key", key_problem(call.idempotency_key)) end
  local names, total = {}, 0
  for name in pairs(call.headers or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    add(pointer.join("/headers", name), header_value_problem(call.headers[name]))
    total = total + #name + #call.headers[name] + 4
  end
  if total > MAX_HEADERS then
    add("/headers", "must have at most " .. MAX_HEADERS .. " bytes together")
  end
  if call.traceparent then add("/traceparent", traceparent_problem(call.traceparent)) end
  return problems
end

--- Checks the options of a feature that has its own.
---@param given table? nil counts as an empty one
---@param items table[] a schema: each `{ name, check, default }`, with a check as in `checks`
---@param what string whose options they are, for the message
---@return table options with the defaults filled in
function options.of(given, items, what)
  local result, message = read(given == nil and {} or given, items, what)
  if not result then blame("spherepay: " .. message) end
  return result
end

---@class spherepay.ClientOptions
---@field token string|fun():string
---@field base_url string without a trailing slash
---@field environment "production"|"sandbox"
---@field api_version "v2"|"v1"
---@field connect_timeout number seconds
---@field timeout number seconds, one attempt
---@field deadline number seconds, the whole call
---@field max_retries integer
---@field rate_limit { read: integer|false, write: integer|false } per second
---@field max_in_flight integer
---@field max_connections integer
---@field max_body integer bytes, decoded
---@field max_headers integer bytes
---@field http_version "auto"|"1.1"|"2"
---@field ca_file string?
---@field ca_path string?
---@field client_cert string?
---@field client_key string?
---@field proxy string? "env" or a URL
---@field proxy_ca_file string? for an https proxy
---@field pinned_public_key string?
---@field min_tls "1.2"|"1.3"
---@field loop string|table
---@field shm string?
---@field on_event function?
---@field on_error fun(err: any, traceback: string?)?
---@field validate boolean|"strict"
---@field nulls "drop"|"keep"
---@field app string?

--- Checks the options of `spherepay.new` and fills in the defaults. `base_url` wins over
--- `environment`; the rate limit defaults to the documented 100 reads and 100 writes a second
--- (vendor docs: Rate limits).
---@param given table
---@return spherepay.ClientOptions
function options.client(given)
  local client, message = read(given, CLIENT, "spherepay.new")
  if client and client.token == nil then
    local in_nginx = rawget(_G, "ngx") and ", and passed on by nginx with `env NAME;`" or ""
    client, message = nil, "option \"token\" is required: a string or a function"
      .. " (if it comes from the environment: is that variable set" .. in_nginx .. "?)"
  end
  if client and client.client_key and not client.client_cert then
    client, message = nil, "option \"client_key\" needs \"client_cert\""
  end
  if not client then blame("spherepay: " .. message) end
  client.base_url = client.base_url or HOSTS[client.environment]
  client.rate_limit = client.rate_limit or { read = 100, write = 100 }
  return client
end

--- Whether one call has an option of that name.
---@param name any
---@return boolean
function options.is_of_call(name)
  return has(CALL, name)
end

-- Of names in any spelling what is left, in lower case and without _ and -: word -> option.
local BY_WORD = {}
for _, items in ipairs { CALL, CLIENT } do
  for _, rule in ipairs(items) do
    BY_WORD[rule[1]:gsub("_", "")] = rule[1]
  end
end

--- The option that `name` is, in any spelling: among params it is in the wrong place.
---@param name any
---@return string? option
---@return boolean? of_call whether one call has it, or else spherepay.new
function options.named(name)
  if type(name) ~= "string" then return nil end
  local option = BY_WORD[ascii.lower(name):gsub("[_%-]", "")]
  if option then return option, has(CALL, option) end
  return nil
end

--- Says why a value cannot be the token; for what a token function returns.
---@param value any
---@return string? problem without the value; nil when it can be sent
function options.token_problem(value)
  if type(value) == "function" then return "the token function returned a function" end
  local token, wanted, got = checks.token(value)
  if token then return nil end
  wanted = wanted:gsub(", or a function$", "")
  return "the token function must return " .. wanted .. ", got " .. (got or checks.describe(value))
end

--- Says why a token cannot be sent although it is one: no server reads a header of any length.
---@param token string
---@return string? problem nil when it can be sent
function options.token_size_problem(token)
  if #token <= MAX_TOKEN then return nil end
  return "the token must have at most " .. MAX_TOKEN .. " bytes, it has " .. #token
end

local INHERITED = { "timeout", "deadline", "max_retries", "validate" }

-- client options -> the options of a call that is given none: shared by such calls, never changed
local OF_NONE = setmetatable({}, { __mode = "k" })

local function inherit(call, client_options)
  for _, name in ipairs(INHERITED) do
    if call[name] == nil then call[name] = client_options[name] end
  end
  return call
end

local function of_none(client_options)
  local call = inherit({}, client_options)
  OF_NONE[client_options] = call
  return call
end

-- Shared by `call` and `request`; returns the options, or nil and a message, or nil, nil, problems.
local function read_call(given, client_options, items, what)
  local call, message = read(given, items, what)
  if not call then return nil, message end
  inherit(call, client_options)
  if call.idempotency_key or call.headers or call.traceparent then
    local problems = data_problems(call)
    if problems[1] then return nil, nil, problems end
  end
  return call
end

--- Checks the options of one call; what is absent is inherited from the client.
---@param given table? `timeout`, `deadline` (seconds), `max_retries`, `idempotency_key` (1 to 255
---  bytes; vendor docs: Idempotency), `headers`, `traceparent`, `origin`, `validate`
---@param client_options spherepay.ClientOptions
---@return table? call not to be changed; nil when data in it cannot be sent
---@return spherepay.Problem[]? problems pointers as "/headers/X-Name", "/idempotency_key"
function options.call(given, client_options)
  if given == nil then return OF_NONE[client_options] or of_none(client_options) end
  local call, message, problems = read_call(given, client_options, CALL, "one call")
  if message then blame("spherepay: " .. message) end
  return call, problems
end

--- Checks the options of `client:request`: those of one call, and `query` (strings, numbers and
--- booleans by name) and `json` (the body, a table).
---@param given table?
---@param client_options spherepay.ClientOptions
---@return table? request nil when data in it cannot be sent
---@return spherepay.Problem[]? problems
function options.request(given, client_options)
  if given == nil then return OF_NONE[client_options] or of_none(client_options) end
  local request, message, problems = read_call(given, client_options, REQUEST, "client:request")
  if message then blame("spherepay: " .. message) end
  return request, problems
end

return options
