-- The engine of the core, imitated in front of a sandbox in this process: nothing opens a socket,
-- and its clock moves only when somebody waits. What is repeated, after how long, and when a
-- request fits in the rate limit is decided by the core's own rules; what networks do is not here.

local ascii = require "spherepay.http.ascii"
local core = require "spherepay.core"

local engine = {}

local JITTER = 0.5 -- of a back-off: the same in every run
local LINES = { "read", "write" }
local NO_TIMINGS = { dns = 0, connect = 0, tls = 0, first_byte = 0, total = 0, reused = false }
local SENT_ORDER = { no = 0, maybe = 1, yes = 2 }

---@class spherepay.testing.Engine
local Engine = {}
Engine.__index = Engine

---@class spherepay.testing.Call
local Call = {}
Call.__index = Call

-- ---- the request, as the sandbox takes it ------------------------------------------------------

-- Documents cannot be read from Lua: the sandbox looks only whether there is one.
local function body_of(request)
  if type(request.body) ~= "table" then return request.body or "" end
  local parts = {}
  for i, part in ipairs(request.body) do parts[i] = type(part) == "string" and part or "Zm9v" end
  return table.concat(parts)
end

-- An upload comes without its bytes: its fields, and what the file is like.
local function form_of(request)
  if not request.form then return nil end
  local parts = { file = request.form.file }
  for name, value in pairs(request.form.fields) do parts[name] = { value = value } end
  return parts
end

local function headers_of(self, call)
  local request = call.request
  local headers = { authorization = "Bearer " .. (request.token or self.token) }
  for _, line in ipairs(request.template.headers) do
    local name, value = line:match("^([^:;]+)[:;]%s*(.*)$")
    headers[ascii.lower(name)] = value
  end
  if call.key then headers["idempotency-key"] = call.key end
  return headers
end

-- As the core does: a key that may have arrived is not used again, and one that never left is.
local function choose_key(self, call)
  local last = call.tries[#call.tries]
  if call.repeat_as == "read" or call.request.idempotency_key then return end
  if last and last.sent == "no" then return end
  self.keys = self.keys + 1
  call.key = ("key-in-process-%d"):format(self.keys)
end

local function send(self, call)
  local target = call.request.url:match("^%a+://[^/]+(.*)$")
  local request = {
    method = call.request.template.method,
    path = target:match("^[^?]*"),
    query = target:match("%?(.*)$"),
    headers = headers_of(self, call),
    body = body_of(call.request),
    form = form_of(call.request),
  }
  local response = self.sandbox:handle(request)
  self.seen[#self.seen + 1] = {
    at = self.clock, method = request.method, path = request.path, query = request.query,
    headers = request.headers, body = request.body, status = response.status,
  }
  request.headers.authorization = nil -- not for what a failing spec prints
  return response
end

-- ---- attempts ----------------------------------------------------------------------------------

local function line_of(call)
  return call.repeat_as == "read" and "read" or "write"
end

local function remove(list, call)
  for i, other in ipairs(list) do
    if other == call then return table.remove(list, i) end
  end
end

-- How the sandbox spoils an answer, as a client sees it.
local function failure_of(response, timeout)
  if response.delay and response.delay >= timeout then
    return "timeout", "no answer came in time", "maybe"
  elseif response.drop then
    return "network", "the connection was lost before the answer came", "maybe"
  elseif response.cut and response.cut < #response.body then
    return "network", "the connection was lost in the answer", "yes"
  end
  return nil, nil, "yes"
end

local function finish(self, call)
  call.state = "done"
  self.finished[#self.finished + 1] = call
end

local function start(self, call)
  local timeout = math.max(math.min(call.request.template.timeout, call.due - self.clock), 0.001)
  choose_key(self, call)
  self.rates[line_of(call)]:take(self.clock)
  call.state, call.attempt_began = "running", self.clock
  call.response = send(self, call)
  call.kind, call.message, call.sent = failure_of(call.response, timeout)
  call.ends = self.clock + math.min(call.response.delay or 0, timeout)
  self.running[#self.running + 1] = call
end

-- Notes what an attempt came to.
local function record(self, call, kind, message)
  local attempt = {
    at = call.attempt_began - call.began, took = self.clock - call.attempt_began,
    kind = kind, message = message, sent = call.sent, timings = NO_TIMINGS,
    status = call.sent == "yes" and call.response.status or nil,
  }
  call.tries[#call.tries + 1] = attempt
  self.counts.attempts = self.counts.attempts + 1
  if SENT_ORDER[call.sent] > SENT_ORDER[call.best_sent] then call.best_sent = call.sent end
  return attempt
end

local function header(response, name)
  for key, value in pairs(response.headers or {}) do
    if ascii.lower(key) == name then return tostring(value) end
  end
  return nil
end

local function judge(self, call, attempt)
  return core.retry {
    repeat_as = call.repeat_as, attempt = #call.tries,
    max_retries = call.request.template.max_retries, kind = attempt.kind, status = attempt.status,
    sent = attempt.sent, own_key = call.request.idempotency_key ~= nil,
    retry_after = header(call.response, "retry-after"), now = self.sandbox.world.clock(),
    time_left = call.due - self.clock, random = JITTER, budget = self.budget,
  }
end

-- The attempt under way has ended: again after a pause, or done.
local function end_attempt(self, call)
  local attempt = record(self, call, call.kind, call.message)
  local verdict = judge(self, call, attempt)
  local went_well = not attempt.kind and attempt.status < 300
  remove(self.running, call)
  self.budget = verdict.budget
  attempt.reason, attempt.wait = verdict.reason, verdict.again and verdict.wait or nil
  call.retryable, call.retry_after = verdict.retryable, verdict.retry_after
  call.maybe_applied = not went_well and (call.maybe_applied or verdict.maybe_applied)
  if not verdict.again then
    if went_well then self.budget = core.retry_budget(self.budget, call.cost) end
    return finish(self, call)
  end
  call.cost, call.state, call.ends = verdict.cost, "backing off", self.clock + verdict.wait
  self.counts.retries = self.counts.retries + 1
  self.backing_off[#self.backing_off + 1] = call
  self.retried[#self.retried + 1] = call
end

-- A call ends for a reason of our own. What an attempt before came to stays the result where the
-- time for another one is missing.
local function give_up(self, call, kind, message)
  local is_late = kind == "timeout" or kind == "rate_limited"
  if call.state == "running" then
    call.sent = "maybe"
    record(self, call, kind, message)
    call.maybe_applied = call.maybe_applied or call.repeat_as ~= "read"
  end
  for _, list in ipairs { self.running, self.backing_off, self.pending.read, self.pending.write } do
    remove(list, call)
  end
  if call.tries[1] and is_late and call.state ~= "running" then
    call.tries[#call.tries].reason = "deadline"
  else
    call.kind, call.message, call.gave_up = kind, message, true
    call.retryable = is_late and not (call.maybe_applied and call.repeat_as == "create")
  end
  finish(self, call)
end

-- ---- time --------------------------------------------------------------------------------------

local function is_late(self, call)
  return call.due <= self.clock
end

local function line_up(self, call)
  local line = line_of(call)
  local wait = self.rates[line]:wait(#self.pending[line], self.clock)
  call.state = "pending"
  table.insert(self.pending[line], call)
  if wait > 0 and self.clock + wait >= call.due then
    give_up(self, call, "rate_limited",
      "the wait for the client's own rate limit does not fit in the deadline")
  end
end

local function next_pending(self)
  local chosen
  for _, line in ipairs(LINES) do
    local call = self.pending[line][1]
    if call and self.rates[line]:wait(0, self.clock) == 0
      and (not chosen or call.order < chosen.order) then
      chosen = call
    end
  end
  return chosen
end

local function start_all(self)
  while #self.running < self.max_in_flight do
    local call = next_pending(self)
    if not call then return end
    remove(self.pending[line_of(call)], call)
    start(self, call)
  end
end

-- When something happens next by itself; nil: never.
local function next_at(self)
  local at
  local function consider(when)
    if when and (not at or when < at) then at = when end
  end
  for _, list in ipairs { self.running, self.backing_off } do
    for _, call in ipairs(list) do consider(call.ends) end
  end
  for _, line in ipairs(LINES) do
    local call = self.pending[line][1]
    if call and #self.running < self.max_in_flight then
      consider(self.clock + self.rates[line]:wait(0, self.clock))
    end
    for _, waiting in ipairs(self.pending[line]) do consider(waiting.due) end
  end
  return at
end

-- Calls `act` for each of a list for which `is_due` holds; the list may change meanwhile.
local function for_due(self, list, is_due, act)
  local due = {}
  for _, call in ipairs(list) do
    if is_due(self, call) then due[#due + 1] = call end
  end
  for _, call in ipairs(due) do act(self, call) end
end

local function is_over(self, call)
  return call.ends <= self.clock
end

local function do_due(self)
  for_due(self, self.running, is_over, end_attempt)
  for_due(self, self.backing_off, is_over, function(_, call)
    remove(self.backing_off, call)
    line_up(self, call)
  end)
  for _, line in ipairs(LINES) do
    for_due(self, self.pending[line], is_late, function(_, call)
      give_up(self, call, self.rates[line]:wait(0, self.clock) > 0 and "rate_limited" or "timeout",
        "the deadline passed while the call waited for its turn")
    end)
  end
  start_all(self)
  for_due(self, self.running, is_over, end_attempt)
end

--- What an engine does, see core.d.lua: time passes until there is something to hand out, or for
--- `seconds`.
function Engine:step(seconds)
  local till, retries = seconds and self.clock + seconds, self.counts.retries
  do_due(self)
  while not self.finished[1] and self.counts.retries == retries do
    local at = next_at(self)
    if not at or till and at > till then
      self.clock = math.max(till or self.clock, self.clock)
      break
    end
    self.clock = math.max(at, self.clock)
    do_due(self)
  end
  return true
end

-- Its calls are tables, for which nobody asks it: they end by steps.
function Engine.run() end

function Engine:now()
  return self.clock
end

function Engine:timeout()
  if self.finished[1] then return 0 end
  local at = next_at(self)
  return at and math.max(at - self.clock, 0)
end

-- ---- the rest of an engine ---------------------------------------------------------------------

function Engine.template(_, fields)
  return fields
end

-- As the core does, it keeps what it needs of a request, for that goes on to be used.
local KEPT = { "body", "form", "token", "idempotency_key" }

function Engine:begin(template, step, deadline, own)
  local request = { template = template, url = template.before .. step .. template.after }
  for _, name in ipairs(own and KEPT or {}) do request[name] = own[name] end
  self.counts.calls = self.counts.calls + 1
  local call = setmetatable({
    engine = self, request = request, repeat_as = request.template.repeat_as,
    key = request.idempotency_key, order = self.counts.calls,
    began = self.clock, due = self.clock + deadline,
    tries = {}, sent = "no", best_sent = "no", cost = 0,
  }, Call)
  line_up(self, call)
  return call
end

function Engine:take()
  return table.remove(self.finished, 1)
end

-- It has no limit that others share, so no repeat has to be admitted.
function Engine.take_asking() end

-- There are no connections.
function Engine.take_news() end

function Engine:take_retry()
  return table.remove(self.retried, 1)
end

function Engine:ready()
  return #self.finished
end

function Engine.pollfd()
  return nil, "a sandbox in the process has no descriptor"
end
Engine.arm = Engine.pollfd

function Engine:stats()
  local waiting = #self.pending.read + #self.pending.write + #self.backing_off
  return {
    calls = self.counts.calls, done = self.counts.calls - waiting - #self.running,
    attempts = self.counts.attempts, retries = self.counts.retries, reused = 0,
    bytes_in = 0, bytes_out = 0, connections_opened = 0, connections_suspected = 0,
    streams_repeated = 0, in_flight = #self.running, waiting = waiting,
    retry_budget = self.budget,
  }
end

function Engine:retry_budget(tokens)
  if tokens then self.budget = tokens end
  return self.budget
end

-- The engine of the core that never opens knows the token.
function Engine:mask(token, values)
  return self.real:mask(token, values)
end

function Engine:cancel_all()
  for _, list in ipairs { self.running, self.backing_off, self.pending.read, self.pending.write } do
    while list[1] do give_up(self, list[1], "cancelled", "cancelled") end
  end
end

function Engine:close()
  self.real:close()
end

-- ---- calls -------------------------------------------------------------------------------------

local HEADERS = {
  __index = function(headers, name)
    return type(name) == "string" and rawget(headers, ascii.lower(name)) or nil
  end,
}

local Trace = {}
Trace.__index = Trace

function Trace:headers()
  local lower = {}
  for name, value in pairs(self.call.response and self.call.response.headers or {}) do
    lower[ascii.lower(name)] = tostring(value)
  end
  return setmetatable(lower, HEADERS)
end

function Trace:attempts()
  return self.call.tries
end

function Trace:count()
  return #self.call.tries
end

function Call:done()
  return self.state == "done"
end

function Call:cancel()
  if not self:done() then give_up(self.engine, self, "cancelled", "cancelled") end
end

-- What has been sent is sent at once.
function Call:uploaded()
  local form = self.request.form
  local size = form and form.file.size or 0
  return self.tries[1] and size or 0, size
end

function Call:attempts()
  return self.tries
end

local function fill_body(raw, text, keep_text, ...)
  if text == "" then return end
  local message
  raw.body, message, raw.json_fault = core.decode(text, ...)
  raw.json_error = message
  if message or keep_text then raw.text = text end
end

-- What the core does only for what is no usual success, it does for all.
function Call:finish(array_mt, keep_nulls, max_values, keep_text)
  local last = self.tries[#self.tries]
  local raw = {
    trace = setmetatable({ call = self }, Trace),
    kind = self.kind, message = self.message, sent = self.best_sent,
    status = last and not self.gave_up and last.status or nil,
    idempotency_key = self.key, retry_after = self.retry_after,
    maybe_applied = self.maybe_applied or nil, retryable = self.retryable or nil,
  }
  if not self.kind then
    fill_body(raw, self.response.body, keep_text, array_mt, keep_nulls, max_values)
  end
  return nil, nil, raw
end

--- An engine in front of a sandbox.
---@param settings { real: userdata, sandbox: table, token: string, rate_read: integer,
---  rate_write: integer, max_in_flight: integer } real: the core's engine of the same client
---@return spherepay.testing.Engine
function engine.new(settings)
  return setmetatable({
    real = settings.real, sandbox = settings.sandbox, token = settings.token,
    max_in_flight = settings.max_in_flight,
    rates = { read = core.rate(settings.rate_read), write = core.rate(settings.rate_write) },
    clock = 0, budget = core.retry_budget(), keys = 0,
    pending = { read = {}, write = {} }, running = {}, backing_off = {}, finished = {},
    retried = {}, seen = {}, counts = { calls = 0, attempts = 0, retries = 0 },
  }, Engine)
end

return engine
