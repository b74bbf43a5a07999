-- Whatever an answer looked like: a value, or the one error table. The four error shapes of the
-- API, its envelope, and bodies that are not JSON meet here and nowhere else.
-- Not for transport: it is told what happened and decides only what it means. Never raises on
-- what a server sent.
--
-- Shapes (vendor docs): A `{ error = { general = "text" } }` and B `{ error = { field = { "text"
-- } } }` are v2 of 2025, C `{ status, detail, code?, correlationId?, errors? }` is v2 since, D
-- `{ ok = false, error = "resource/type", message, request }` is v1.

local ascii = require "spherepay.http.ascii"
local core = require "spherepay.core"
local errors = require "spherepay.errors"
local hints = require "spherepay.http.hints"
local paths = require "spherepay.http.path"
local pointer = require "spherepay.http.pointer"
local response = require "spherepay.http.response"
local printed = require "spherepay.verification.printed"
local forms = require "spherepay.privacy.forms"
local scrub = require "spherepay.privacy.scrub"
local veil = require "spherepay.privacy.veil"

local outcome = {}

local MAX_PROBLEMS = 100
local MAX_DEPTH = 4
local MAX_DETAIL = 1024
local MAX_TEXTS = 32768
local NO_DETAIL = "refused without a reason"

local IS_KIND = {}
for _, kind in ipairs(errors.KINDS) do IS_KIND[kind] = true end

---@class spherepay.Raw What the core hands over when a call is finished.
---@field status integer?
---@field body any decoded JSON, nil when there is none
---@field text string? the body when it is not JSON, or when it was asked for
---@field json_error string? why the body is no value: what is wrong, and at which byte
---@field json_fault "syntax"|"limit"|"memory"|nil what kind of reason that is
---@field kind string? an error kind when the transport failed
---@field message string?
---@field sent string? "no", "maybe" or "yes"
---@field maybe_applied boolean?
---@field retry_after number? seconds
---@field retryable boolean?
---@field idempotency_key string?
---@field trace spherepay.Trace? headers and attempts

local text_of = core.text

local function is_object(value)
  return type(value) == "table"
end

local function is_full(found)
  return #found >= MAX_PROBLEMS
end

local function add(found, problem)
  if not is_full(found) then found[#found + 1] = problem end
end

-- So many names at most, the first in order: a server may send any number of them, and no more are
-- shown. Sorted in between, so that few are ever kept.
local function first_names(object, most)
  local names, last = {}, nil
  for name in next, object do
    if type(name) == "string" and (not last or name < last) then
      names[#names + 1] = name
      if #names == 2 * most then
        table.sort(names)
        for i = 2 * most, most + 1, -1 do names[i] = nil end
        last = names[most]
      end
    end
  end
  table.sort(names)
  return names
end

-- Shape B: texts in lists under the field's name, which may nest.
local function add_fields(found, value, place, depth)
  if is_full(found) then return end
  if type(value) == "string" then
    add(found, { detail = value, pointer = place })
  elseif is_object(value) and depth <= MAX_DEPTH then
    for _, item in ipairs(value) do
      if is_full(found) then return end
      add_fields(found, item, place, depth + 1)
    end
    for _, name in ipairs(first_names(value, MAX_PROBLEMS)) do
      add_fields(found, value[name], pointer.join(place, name), depth + 1)
    end
  elseif type(value) == "number" or type(value) == "boolean" then
    add(found, { detail = tostring(value), pointer = place })
  end
end

-- Shape C: some samples say message instead of detail.
local function add_items(found, list)
  local count = #found
  for i = 1, #list do
    if count == MAX_PROBLEMS then return end
    local item, problem = list[i], nil
    if type(item) == "table" then
      local parameter, header = item.parameter, item.header
      problem = {
        detail = text_of(item.detail, item.message, NO_DETAIL), pointer = text_of(item.pointer),
      }
      if parameter then problem.parameter = text_of(parameter) end
      if header then problem.header = text_of(header) end
    elseif text_of(item) then
      problem = { detail = item }
    end
    if problem then
      count = count + 1
      found[count] = problem
    end
  end
end

-- The parts of an error body, whichever shape it has.
local function read_error(body)
  local found = {}
  local result = { errors = found }
  if not is_object(body) then return result end
  local fault = body.error
  if is_object(fault) then
    result.text = text_of(fault.general)
    for _, name in ipairs(first_names(fault, MAX_PROBLEMS + 1)) do
      if name ~= "general" or not result.text then
        add_fields(found, fault[name], pointer.join("", name), 1)
      end
    end
    for i = 1, math.min(#fault, MAX_PROBLEMS) do add_fields(found, fault[i], "", 1) end
  end
  if is_object(body.errors) then add_items(found, body.errors) end
  result.code = text_of(body.code) or (type(fault) == "string" and not fault:find("%s") and fault)
    or nil
  result.text = result.text or text_of(body.detail, body.message, body.title)
    or not result.code and text_of(fault) or nil
  return result
end

-- ---- what of it may be shown ----

local function request_id(raw, spec, hidden)
  local body = raw.body
  if not is_object(body) or not (body.correlationId or body.request) then return nil end
  hidden = hidden or veil.of(spec)
  return hidden:word(forms.request_id, body.correlationId)
    or hidden:word(forms.request_id, body.request)
end

-- The server's words, without what the call knows. Texts of any length say no more than short ones.
local function show_problems(problems, hidden)
  local room, shown, places = MAX_TEXTS, {}, {} -- a list says the same words of many fields
  for i = 1, #problems do
    local problem = problems[i]
    local said, place = problem.detail, problem.pointer
    if #said > MAX_DETAIL then said = said:sub(1, MAX_DETAIL) end
    if room > 0 and not shown[said] then shown[said] = scrub.secrets(hidden:text(said)) end
    if place and not places[place] then
      places[place] = forms.own_pointer(hidden:place(place))
    end
    local detail = room > 0 and shown[said] or NO_DETAIL
    room = room - #detail
    problem.detail = detail
    if place then problem.pointer = places[place] end
    if problem.parameter then
      problem.parameter = hidden:word(forms.parameter, problem.parameter)
    end
    if problem.header then problem.header = hidden:word(forms.header, problem.header) end
  end
  return problems
end

local BY_STATUS = {
  [401] = "auth", [403] = "auth", [404] = "not_found", [409] = "conflict", [429] = "rate_limited",
}

-- 2025 servers said that an id "DNE for user" or belongs to the other mock mode.
local function says_missing(text)
  return text ~= nil and text:find("DNE for user", 1, true) ~= nil
end

local function kind_of(status, found)
  if status >= 500 then return "server" end
  if status >= 300 and status < 400 then return "protocol" end
  if BY_STATUS[status] then return BY_STATUS[status] end
  local ending = found.code and found.code:sub(-10)
  if ending == "/not-found" or says_missing(found.text) then return "not_found" end
  if ending == "/duplicate" then return "conflict" end
  if status >= 400 then return "rejected" end
  return "protocol"
end

local function mentions_key(found)
  for _, text in ipairs { found.code or "", found.text or "" } do
    if ascii.lower(text):find("idempoten", 1, true) then return true end
  end
  for _, problem in ipairs(found.errors) do
    if ascii.lower(problem.detail):find("idempoten", 1, true) then return true end
  end
  return false
end

-- The vendor refuses a key that it has seen, before processing (vendor docs: Idempotency). Said to
-- a retry, that means that an earlier attempt arrived. The status and the body of such an answer
-- are not documented, so any mention of the key counts, and only behind an attempt that left us.
local function says_arrived(raw, status, found)
  if status < 400 or status >= 500 or not raw.trace or raw.trace:count() < 2 then return false end
  local attempts, left = raw.trace:attempts(), false
  for i = 1, #attempts - 1 do left = left or attempts[i].sent ~= "no" end
  return left and mentions_key(found)
end

local function response_of(raw, spec, hidden)
  if type(raw.status) ~= "number" then return nil end
  return response.new(raw.status, request_id(raw, spec, hidden), raw.trace)
end

local function failure(raw, spec, kind, fields, hidden)
  local body = raw.body
  if body == nil then body = raw.text end
  local came = response_of(raw, spec, hidden)
  return errors.take {
    kind = kind,
    message = fields.message,
    status = type(raw.status) == "number" and raw.status or nil,
    code = fields.code,
    errors = fields.errors,
    request_id = came and came.request_id,
    retryable = raw.retryable,
    sent = raw.sent or (raw.status and "yes") or "no",
    maybe_applied = raw.maybe_applied or fields.maybe_applied,
    attempts = raw.trace and raw.trace:attempts(),
    retry_after = raw.retry_after,
    idempotency_key = raw.idempotency_key,
    method = spec.method,
    path = paths.of(spec),
    pattern = paths.pattern_of(spec),
    host = spec.origin and spec.origin.host,
    hint = hints.of(kind, raw, spec),
    raw = body,
    response = came,
  }
end

local function body_problem(raw)
  if is_object(raw.body) then return nil end
  if raw.json_fault == "memory" then return "a body for which there is not enough memory" end
  if raw.json_fault == "limit" then return "a body of " .. raw.json_error end
  if raw.json_error then return "a body that is not JSON: " .. raw.json_error end
  if raw.body == nil then return "an empty body" end
  return "a body that is no object"
end

-- The server answered, and the answer is a refusal.
local function refusal(raw, spec, status)
  local found, hidden = read_error(raw.body), veil.of(spec)
  local kind = kind_of(status, found)
  local message
  if kind == "protocol" then
    message = string.format("HTTP %d where an answer was expected; redirects are not followed",
      raw.status)
  elseif found.text then
    message = scrub.foreign(hidden:text(found.text))
  elseif body_problem(raw) then
    message = string.format("HTTP %d with %s", raw.status, body_problem(raw))
  end
  found.message = message
  if says_arrived(raw, status, found) then kind, found.maybe_applied = "conflict", true end
  found.code = hidden:word(forms.code, found.code)
  found.errors = show_problems(found.errors, hidden)
  return failure(raw, spec, kind, found, hidden)
end

local WRITES = { POST = true, PUT = true, PATCH = true, DELETE = true }

-- A success that cannot be read: a write behind it has probably taken effect.
local function unreadable(raw, spec, what)
  return failure(raw, spec, "protocol", {
    message = string.format("HTTP %d with %s", raw.status, what),
    maybe_applied = WRITES[spec.method] == true,
  })
end

-- The answer is about somebody else, so it belongs to another call. The body is a stranger's and
-- goes no further; whether a write took effect is not known.
local function foreign(raw, spec, what)
  local err = unreadable(raw, spec, "another " .. what .. " than the one asked for")
  err.raw = nil
  return err
end

local function transport(raw, spec)
  local kind = IS_KIND[raw.kind] and raw.kind or "protocol"
  return failure(raw, spec, kind, { message = text_of(raw.message) })
end

-- ok = false is a refusal whatever the status line says; the body may know the real status.
local function refused_status(raw)
  local status, body = raw.status, raw.body
  if status < 200 or status > 299 then return status end
  if not is_object(body) or body.ok ~= false then return nil end
  local inner = body.statusCode
  if type(inner) == "number" and inner >= 400 and inner < 600 then return inner end
  return 400
end

-- Whether it is a part of an answer although the whole was asked for.
local function is_part(raw, spec)
  if raw.status ~= 206 then return false end
  for name in pairs(spec.headers or {}) do
    if ascii.lower(name) == "range" then return false end
  end
  return true
end

-- What both entries share: an error, or nil when the answer is a readable success.
local function trouble(raw, spec)
  if raw.kind then return transport(raw, spec) end
  if type(raw.status) ~= "number" then
    return failure(raw, spec, "protocol", { message = "no answer" })
  end
  local status = refused_status(raw)
  if status then return refusal(raw, spec, status) end
  if is_part(raw, spec) then return unreadable(raw, spec, "a part of the answer") end
  return nil
end

local function is_envelope(body)
  return is_object(body) and body.ok == true
end

--- What a success came to, for a map, when its value alone does not do.
---@param body any
---@param trace spherepay.Trace
---@return spherepay.Raw
function outcome.raw(body, trace)
  local raw = trace:raw()
  raw.body = body
  return raw
end

-- Whether a body is no envelope and names no request: nothing but its value is to be told.
local function is_bare(body)
  return body.ok == nil and not (body.correlationId or body.request)
end

--- The customer in a success, as nearly all look: without an envelope, with the id that was asked
--- for. Nil: `outcome.customer` has to look closer.
---@param body any
---@param spec spherepay.Request
---@return table? customer
function outcome.accept_customer(body, spec)
  if type(body) ~= "table" or not is_bare(body) then return nil end
  local id, wanted = body.id, spec.id
  if id == nil or wanted and id ~= wanted or not wanted and not text_of(id) then return nil end
  return printed.customer(body)
end

--- Maps an answer that should be a customer. The v1 envelope is taken off wherever it appears; a
--- customer is an object with an `id`, because every other member is missing in some document.
--- When the call named a customer, the id must be that customer's, byte for byte.
---@param raw spherepay.Raw
---@param spec spherepay.Request
---@return table? customer
---@return spherepay.Error? err
---@return spherepay.Response? response of a success
function outcome.customer(raw, spec)
  local err = trouble(raw, spec)
  if err then return nil, err end
  local customer = raw.body
  if is_envelope(customer) then
    customer = is_object(customer.data) and customer.data.customer or nil
  end
  if not is_object(customer) or not text_of(customer.id) then
    local what = body_problem(raw) or "a body that is no customer"
    return nil, unreadable(raw, spec, what)
  end
  if spec.id and customer.id ~= spec.id then
    return nil, foreign(raw, spec, "customer")
  end
  return printed.customer(customer), nil, response_of(raw, spec)
end

local function meta_members(raw)
  if raw.body == nil or not raw.text then return nil end
  if is_envelope(raw.body) then return core.members(raw.text, "data", "customer", "meta") end
  return core.members(raw.text, "meta")
end

--- The same, and the members of its `meta` as they came, for who writes them back.
---@param raw spherepay.Raw with its text
---@param spec spherepay.Request
---@return { name: string, text: string }[]? members nil when there is no such object
---@return table? customer
---@return spherepay.Error? err
---@return spherepay.Response? response of a success
function outcome.customer_and_meta(raw, spec)
  local ok, members = pcall(meta_members, raw) -- it raises without memory
  if not ok then
    raw.body, raw.json_error, raw.json_fault, members = nil, "out of memory", "memory", nil
  end
  return members, outcome.customer(raw, spec)
end

--- A map of answers that hold something else than a customer. The v1 envelope is taken off.
---@param what string in words: "link"
---@param read fun(body: any, spec: spherepay.Request): any, boolean? of the decoded body,
---  nil when there was none; the value, or nil, and whether it is another's
---@return fun(raw: spherepay.Raw, spec: spherepay.Request): any, spherepay.Error?, table?
function outcome.of(what, read)
  return function(raw, spec)
    local err = trouble(raw, spec)
    if not err and raw.json_error then err = unreadable(raw, spec, body_problem(raw)) end
    if err then return nil, err end
    local body = raw.body
    if is_envelope(body) then body = body.data end
    local value, is_foreign = read(body, spec)
    if is_foreign then return nil, foreign(raw, spec, what) end
    if value == nil then
      return nil, unreadable(raw, spec, body_problem(raw) or "a body that is no " .. what)
    end
    return value, nil, response_of(raw, spec)
  end
end

--- The value in a success of any endpoint, as nearly all look: see `outcome.accept_customer`.
---@param body any
---@return any value nil: `outcome.any` has to look closer
function outcome.accept_any(body)
  local kind = type(body)
  if kind == "userdata" or kind == "table" and not is_bare(body) then return nil end
  return body
end

--- Maps an answer of any endpoint: the decoded body; of a v1 envelope its `data`; `{}` when a
--- success has no body.
---@param raw spherepay.Raw
---@param spec spherepay.Request
---@return any value
---@return spherepay.Error? err
---@return spherepay.Response? response of a success
function outcome.any(raw, spec)
  local err = trouble(raw, spec)
  if not err and raw.json_error then err = unreadable(raw, spec, body_problem(raw)) end
  if err then return nil, err end
  local value = raw.body
  if is_envelope(value) then value = value.data end
  if value == nil or type(value) == "userdata" then value = {} end
  return value, nil, response_of(raw, spec)
end

return outcome
