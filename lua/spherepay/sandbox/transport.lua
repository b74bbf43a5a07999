--- The sandbox inside the process of a client, so that specs of your own need no server:
--
--     local transport = require "spherepay.sandbox.transport"
--     local client, sandbox = transport.client { token = "key" }
--
-- The client is a real one, with all its checks and all its errors; in place of the engine of the
-- core there is one that hands each request to the sandbox at once. So nothing waits, nothing is
-- tried again, and there is no rate limit: what networks do is for a real server.

local ascii = require("spherepay.http.ascii")
local core = require("spherepay.core")
local sandbox = require("spherepay.sandbox")

local transport = {}

local TRANSIENT = { [408] = true, [429] = true, [500] = true, [502] = true, [503] = true,
  [504] = true }

-- ---- the request, as the sandbox takes it ----

-- Documents cannot be read from Lua: the sandbox looks only whether there is one.
local function body_of(request)
  if type(request.body) ~= "table" then return request.body or "" end
  local parts = {}
  for i, part in ipairs(request.body) do parts[i] = type(part) == "string" and part or "Zm9v" end
  return table.concat(parts)
end

local function headers_of(engine, request)
  local headers = { authorization = "Bearer " .. (request.token or engine.token) }
  for _, line in ipairs(request.plan.headers) do
    local name, value = line:match("^([^:;]+)[:;]%s*(.*)$")
    headers[ascii.lower(name)] = value
  end
  if request.plan.repeat_as ~= "read" then
    engine.keys = engine.keys + 1
    local made = ("key-in-process-%d"):format(engine.keys)
    headers["idempotency-key"] = request.idempotency_key or made
  end
  return headers
end

local function handle(engine, request, headers)
  local target = request.url:match("^%a+://[^/]+(.*)$")
  return engine.sandbox:handle {
    method = request.plan.method,
    path = target:match("^[^?]*"),
    query = target:match("%?(.*)$"),
    headers = headers,
    body = body_of(request),
  }
end

-- ---- the answer, as the core would give it ----

local HEADERS = {
  __index = function(headers, name)
    return type(name) == "string" and rawget(headers, ascii.lower(name)) or nil
  end,
}

local function lower_headers(headers)
  local lower = {}
  for name, value in pairs(headers) do lower[ascii.lower(name)] = tostring(value) end
  return setmetatable(lower, HEADERS)
end

local Trace = {}
Trace.__index = Trace

function Trace:headers()
  return lower_headers(self.response and self.response.headers or {})
end

function Trace:attempts()
  return { self.attempt }
end

function Trace.count()
  return 1
end

local Call = {}
Call.__index = Call

function Call:done()
  return self.finished
end

-- What has been answered at once can no longer be cancelled.
function Call.cancel() end

function Call:attempts()
  return { self.attempt }
end

local function fill_body(raw, text, keep_text, ...)
  if text == "" then return end
  local message
  raw.body, message, raw.json_fault = core.decode(text, ...)
  raw.json_error = message
  if message or keep_text then raw.text = text end
end

function Call:answer(array_mt, keep_nulls, max_values, keep_text)
  local raw, attempt, response = {}, self.attempt, self.response
  raw.trace = setmetatable({ response = response, attempt = attempt }, Trace)
  raw.kind, raw.message, raw.status = attempt.kind, attempt.message, attempt.status
  raw.sent, raw.idempotency_key = attempt.sent, self.key
  raw.retry_after = tonumber(raw.trace:headers()["retry-after"])
  local transient = attempt.kind ~= nil or TRANSIENT[attempt.status] == true
  local settled = not transient or attempt.status == 429
  raw.maybe_applied = self.repeat_as ~= "read" and not settled
  raw.retryable = transient and not (raw.maybe_applied and self.repeat_as == "create")
  if not attempt.kind then
    fill_body(raw, response.body, keep_text, array_mt, keep_nulls, max_values)
  end
  return raw
end

-- How the sandbox spoils an answer, as a client sees it.
local function failure_of(response, request)
  if response.delay and response.delay >= request.plan.timeout then
    return "timeout", "no answer came in time", "maybe"
  elseif response.drop then
    return "network", "the connection was lost before the answer came", "maybe"
  elseif response.cut and response.cut < #response.body then
    return "network", "the connection was lost in the answer", "yes"
  end
  return nil, nil, "yes"
end

-- ---- the engine ----

local Engine = {}
Engine.__index = Engine

function Engine.plan(_, fields)
  return fields
end

function Engine:submit(request)
  local headers = headers_of(self, request)
  local response = handle(self, request, headers)
  local kind, message, sent = failure_of(response, request)
  local call = setmetatable({
    finished = true,
    response = response,
    repeat_as = request.plan.repeat_as,
    key = headers["idempotency-key"],
    attempt = {
      at = 0, took = 0, kind = kind, message = message, sent = sent,
      status = not kind and response.status or nil,
      timings = { dns = 0, connect = 0, tls = 0, first_byte = 0, total = 0, reused = false },
    },
  }, Call)
  self.calls = self.calls + 1
  self.finished[#self.finished + 1] = call
  return call
end

function Engine:take()
  return table.remove(self.finished, 1)
end

function Engine:ready()
  return #self.finished
end

function Engine.step()
  return true
end

function Engine:timeout()
  return self.finished[1] and 0 or nil
end

function Engine.pollfd()
  return nil, "a sandbox in the process has no descriptor"
end

function Engine:stats()
  return {
    calls = self.calls, done = self.calls, attempts = self.calls, retries = 0, reused = 0,
    bytes_in = 0, bytes_out = 0, in_flight = 0, waiting = 0, retry_budget = 0,
  }
end

-- The engine of the core that never opens knows the token.
function Engine:mask(token)
  return self.real:mask(token)
end

function Engine.take_retry() end
function Engine.cancel_all() end

function Engine:close()
  self.real:close()
end

--- A client whose API is a sandbox in this process.
---@param options table of `spherepay.new`; a `base_url` is not needed
---@param sandbox_options table? of `spherepay.sandbox.new`
---@return spherepay.Client client
---@return table sandbox its `handle { method, path, headers, body }` takes control requests too
function transport.client(options, sandbox_options)
  local client = require("spherepay").new(options)
  local box = sandbox.new(sandbox_options or {})
  client.driver.engine = setmetatable({
    real = client.driver.engine, sandbox = box, finished = {}, calls = 0, keys = 0,
    token = type(options.token) == "string" and options.token or "",
  }, Engine)
  return client, box
end

return transport
