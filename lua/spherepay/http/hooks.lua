-- What `on_event` is told: request, attempt, retry, response and error, each of a call, and
-- connection, which belongs to none. Fit for logs and metrics:
-- the pattern of a path and never an id, a name or a secret. What a hook raises is counted
-- and goes no further, for it must not break a call.

local paths = require "spherepay.http.path"

local hooks = {}

---@class spherepay.Event
---@field type "request"|"attempt"|"retry"|"response"|"error"|"connection"
---@field method string? absent from "connection"
---@field pattern string? such as "/v2/customer/{id}"; absent from "connection"
---@field state "opened"|"resumed"|"reused"|"suspect"|"closed"|nil of a connection; "resumed": it
---  took up an earlier TLS session; "suspect": it brought nothing, and takes no new calls
---@field connection integer? its number, from 1
---@field operation string?
---@field traceparent string? of the call
---@field origin string? of the call: a word of yours, such as nginx's $request_id
---@field attempt integer? from 1
---@field status integer?
---@field kind string? of a failure
---@field sent string? "no", "maybe", "yes"
---@field took number? seconds, of the attempt
---@field wait number? seconds until the next attempt
---@field reason string? why again, or why not
---@field attempts integer? how many there were
---@field request_id string?
---@field warnings spherepay.Problem[]? what is sent and not documented: of request, response, error
---@field timings table? dns, connect, tls, first_byte, total in seconds; reused, http_version

---@class spherepay.Hooks of a client with the option `on_event`
---@field on_event fun(event: spherepay.Event)
---@field errors integer how often it raised
---@field calls table<userdata, spherepay.Request> those under way
local Hooks = {}
Hooks.__index = Hooks

---@param on_event fun(event: spherepay.Event)
---@return spherepay.Hooks
function hooks.new(on_event)
  local calls = setmetatable({}, { __mode = "k" })
  return setmetatable({ on_event = on_event, errors = 0, calls = calls }, Hooks)
end

local function tell(self, event)
  if not pcall(self.on_event, event) then self.errors = self.errors + 1 end
end

local function emit(self, spec, event)
  event.method, event.pattern, event.operation = spec.method, paths.pattern_of(spec), spec.operation
  event.traceparent, event.origin = spec.call.traceparent, spec.call.origin
  tell(self, event)
end

local function emit_attempt(self, spec, attempt, number)
  emit(self, spec, {
    type = "attempt",
    attempt = number,
    status = attempt.status,
    kind = attempt.kind,
    sent = attempt.sent,
    took = attempt.took,
    reason = attempt.reason,
    timings = attempt.timings,
  })
  if attempt.wait then
    emit(self, spec, {
      type = "retry", attempt = number + 1, wait = attempt.wait, reason = attempt.reason,
    })
  end
end

-- The attempts that nobody was told of yet.
local function report(self, spec, attempts)
  for number = (spec.reported or 0) + 1, #attempts do
    emit_attempt(self, spec, attempts[number], number)
  end
  spec.reported = #attempts
end

--- A call has been submitted.
---@param spec spherepay.Request
---@param call userdata
function Hooks:begin(spec, call)
  self.calls[call] = spec
  emit(self, spec, { type = "request", warnings = spec.warnings })
end

--- A call has gone into a back-off.
---@param call userdata
function Hooks:retry(call)
  local spec = self.calls[call]
  if spec then report(self, spec, call:attempts()) end
end

--- Something has happened to a connection.
---@param state string
---@param number integer
function Hooks:connection(state, number)
  tell(self, { type = "connection", state = state, connection = number })
end

--- A call is done and has been mapped.
---@param spec spherepay.Request
---@param call userdata
---@param trace spherepay.Trace
---@param err spherepay.Error?
---@param response spherepay.Response? of a success
function Hooks:finish(spec, call, trace, err, response)
  self.calls[call] = nil
  local attempts = trace:attempts()
  report(self, spec, attempts)
  local source = err or response
  emit(self, spec, {
    type = err and "error" or "response",
    status = source.status,
    kind = err and err.kind,
    sent = err and err.sent,
    attempts = #attempts,
    warnings = spec.warnings,
    request_id = source.request_id,
    timings = attempts[1] and attempts[#attempts].timings,
  })
end

return hooks
