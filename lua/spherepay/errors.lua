-- The one error table of the library: what failed, how sure that is, and how to print it.
-- Which answer makes which error is `http/outcome`. Wrong use raises a string instead.

local blame = require "spherepay.options.blame"
local forms = require "spherepay.privacy.forms"
local paths = require "spherepay.http.path"
local scrub = require "spherepay.privacy.scrub"

local errors = {}

--- Every kind an error can have, in no order of importance.
errors.KINDS = {
  "invalid", "auth", "not_found", "rejected", "conflict", "rate_limited", "server",
  "timeout", "network", "tls", "protocol", "cancelled", "closed",
}

local IS_KIND = {}
for _, kind in ipairs(errors.KINDS) do IS_KIND[kind] = true end

local MAX_SHOWN = 3
local MAX_POINTER = 60
local MAX_DETAIL = 160
local MAX_LINE = 400
local MAX_TOKEN = 64

---@class spherepay.Problem
---@field detail string what is wrong, as a phrase that follows the name of the place
---@field pointer string? JSON pointer into the params, `""` for the whole
---@field parameter string? name of a query parameter, when the server named one
---@field header string? name of a header, when the server named one

---@class spherepay.Error
---@field kind spherepay.ErrorKind
---@field message string one line without secrets or recognisable personal data
---@field status integer? HTTP status, when an answer arrived
---@field code string? the server's own code, such as "resource/not-found"
---@field errors spherepay.Problem[] may be empty; the details are the server's words, without what
---  was sent and the token, unless `kind` is "invalid"
---@field request_id string? correlationId (v2) or request (v1) of the answer
---@field retryable boolean
---@field sent string "no", "maybe" or "yes": whether the request reached the server
---@field maybe_applied boolean a write that may have taken effect although it failed
---@field attempts table[] one entry per attempt
---@field retry_after number? seconds the server asked to wait
---@field idempotency_key string?
---@field method string?
---@field path string? with the id in it: not for logs
---@field pattern string? such as "/v2/customer/{id}": fit for logs
---@field host string? whom it was sent to, with the port
---@field hint string? what a person can look at
---@field raw any the decoded body, or its text when it is not JSON: not for logs
---@field warnings spherepay.Problem[]? what was sent and is not documented
---@field response spherepay.Response? when a status arrived
---@field ended spherepay.Ended? of `wait_until`: how the wait ended
---@field customer spherepay.Customer? of `wait_until`: as last seen; not for logs
---@field cause spherepay.Error? of `wait_until`: of the last look, when the deadline found that

local ERROR = { __name = "spherepay.error" }

-- Codes, request ids and methods come from outside: shown only when they look like one.
local function token(value)
  if type(value) ~= "string" or #value > MAX_TOKEN then return nil end
  if not value:find("^[%w_%-%./:]+$") then return nil end
  return value
end

-- A host comes from the caller's base_url; an address of IPv6 has brackets.
local function host_of(err)
  if type(err.host) ~= "string" then return nil end
  return token(err.host:gsub("^%[([%x:.]+)%]", "%1")) and err.host
end

local function pattern_of(err)
  if type(err.pattern) == "string" then return scrub.own(err.pattern, MAX_DETAIL) end
  if type(err.path) ~= "string" then return nil end
  return scrub.own(paths.pattern(err.path), MAX_DETAIL)
end

-- Names within `meta` are the caller's data: an error may hold them, a line of a log may not.
local function where(problem)
  local pointer = forms.own_pointer(problem.pointer)
  if not pointer or pointer == "" then return nil end
  pointer = pointer:gsub("/meta/[^/]+", "/meta/[redacted]")
  return scrub.own(pointer, MAX_POINTER)
end

-- The caller's own names of fields may be anything: what is no name of a field is masked. A copy.
local function with_places(problems)
  local copy = {}
  for i, problem in ipairs(problems) do
    copy[i] = problem
    local place = type(problem) == "table" and problem.pointer
    local shown = place and forms.own_pointer(place)
    if shown ~= place then
      copy[i] = {}
      for name, value in pairs(problem) do copy[i][name] = value end
      copy[i].pointer = shown
    end
  end
  return copy
end

-- Our own details are quoted. Those of a server may repeat what was sent: only its places are.
local function problems_text(err)
  local parts, list = {}, err.errors
  if type(list) ~= "table" then return nil end
  local own = err.kind == "invalid"
  for _, problem in ipairs(list) do
    if type(problem) == "table" then
      local place, detail = where(problem), nil
      if own and type(problem.detail) == "string" then
        detail = scrub.own(problem.detail, MAX_DETAIL)
      end
      if place or detail then
        parts[#parts + 1] = (place or "") .. (place and detail and " " or "") .. (detail or "")
      end
    end
  end
  local hidden = #parts - MAX_SHOWN
  if hidden > 0 then parts = { parts[1], parts[2], parts[3], "and " .. hidden .. " more" } end
  if #parts == 0 then return nil end
  return (own and ": " or " at ") .. table.concat(parts, own and "; " or ", ")
end

-- A server that refuses often refuses what is explained by a name that it does not know.
local function warnings_text(err)
  local parts, list = {}, err.warnings
  if type(list) ~= "table" then return "" end
  for i = 1, math.min(#list, MAX_SHOWN) do
    local place = where(list[i])
    parts[i] = (place and place .. " " or "") .. scrub.own(tostring(list[i].detail), MAX_DETAIL)
  end
  if #list > MAX_SHOWN then parts[#parts + 1] = "and " .. #list - MAX_SHOWN .. " more" end
  return parts[1] and "; note: " .. table.concat(parts, "; ") or ""
end

local function hint_text(err)
  if type(err.hint) ~= "string" then return "" end
  return "; " .. scrub.own(err.hint, MAX_DETAIL)
end

local function sent_text(err)
  if err.maybe_applied then return "may have been applied" end
  if not err.method then return nil end
  if err.sent == "no" then return "nothing was sent" end
  if err.sent == "maybe" then return "may have reached the server" end
  return nil
end

-- What is known about the call, in brackets after the message.
local function facts(err)
  local list = {}
  local function add(text)
    if text then list[#list + 1] = text end
  end
  local status, code = tonumber(err.status), token(err.code)
  if status then add(string.format("%d", math.floor(status)) .. (code and " " .. code or "")) end
  if not status and code then add(code) end
  local path = pattern_of(err)
  local host = host_of(err)
  if path then
    add((token(err.method) and err.method .. " " or "") .. path .. (host and " at " .. host or ""))
  end
  if token(err.request_id) then add("request " .. err.request_id) end
  local attempts = type(err.attempts) == "table" and #err.attempts or 0
  if attempts > 1 then add(attempts .. " attempts") end
  local wait = tonumber(err.retry_after)
  if wait and wait >= 0 and wait < 1e9 then
    add(string.format(wait < 1000 and "retry after %.3g s" or "retry after %.0f s", wait))
  end
  add(sent_text(err))
  if #list == 0 then return "" end
  return " (" .. table.concat(list, ", ") .. ")"
end

--- One line without control characters, secrets or ids; of a server's free text only the
--- scrubbed `message`, never the details in `errors` or `raw`.
function ERROR.__tostring(err)
  local message = type(err.message) == "string" and scrub.own(err.message, MAX_DETAIL) or ""
  local kind = IS_KIND[err.kind] and err.kind or "error"
  return "spherepay: " .. kind .. (message ~= "" and ": " .. message or "")
    .. (problems_text(err) or "") .. warnings_text(err) .. hint_text(err) .. facts(err)
end

function ERROR.__concat(a, b)
  return tostring(a) .. tostring(b)
end

local DEFAULT_MESSAGES = {
  invalid = "the data cannot be sent as it is",
  auth = "the credentials were refused",
  not_found = "not found",
  rejected = "the request was refused",
  conflict = "the request conflicts with an earlier one",
  rate_limited = "too many requests",
  server = "the server failed",
  timeout = "no answer in time",
  network = "the server could not be reached",
  tls = "no secure connection could be made",
  protocol = "the answer could not be understood",
  cancelled = "the call was cancelled",
  closed = "the client is closed: spherepay.new makes another",
}

--- Makes an error of a table that nobody else holds, which becomes the error: its message is
--- cleaned, and defaults to one by kind. A message that quotes a server has to pass `scrub.foreign`
--- first, the places of its problems `forms.own_pointer`.
---@param err table the fields of `spherepay.Error`; only `kind` is mandatory
---@return spherepay.Error
--- Raises when `kind` is not one of `errors.KINDS`.
function errors.take(err)
  if not IS_KIND[err.kind] then
    blame("spherepay: unknown error kind " .. tostring(err.kind))
  end
  local message = type(err.message) == "string" and scrub.own(err.message, MAX_DETAIL) or ""
  err.message = message ~= "" and message or DEFAULT_MESSAGES[err.kind]
  err.errors = type(err.errors) == "table" and err.errors or {}
  err.attempts = err.attempts or {}
  err.retryable = err.retryable == true
  err.maybe_applied = err.maybe_applied == true
  err.sent = err.sent or "no"
  return setmetatable(err, ERROR)
end

--- As `errors.take`, of a copy, and of the places in that what is no name of a field is masked.
---@param fields table
---@return spherepay.Error
function errors.new(fields)
  local err = {}
  for name, value in pairs(fields) do err[name] = value end
  if type(err.errors) == "table" then err.errors = with_places(err.errors) end
  return errors.take(err)
end

--- One line about any value that was raised or returned as an error, without control characters and
--- what looks like a secret.
---@param value any
---@return string
function errors.line(value)
  local mt = getmetatable(value)
  if type(value) == "table" and mt == ERROR then return tostring(value) end -- it cleans itself
  local text = (type(value) == "string" or type(value) == "number") and tostring(value) or nil
  if type(mt) == "table" and mt.__tostring then
    local ok, shown = pcall(tostring, value)
    text = ok and type(shown) == "string" and shown or text
  end
  return text and scrub.own(text, MAX_LINE)
    or "an error that is " .. (value == nil and "nil" or "a " .. type(value))
end

--- Says whether a value is an error made by `errors.new`.
---@param value any
---@return boolean
function errors.is(value)
  return type(value) == "table" and getmetatable(value) == ERROR
end

return errors
