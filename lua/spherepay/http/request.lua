-- One call of the API, from checked parts to an outcome: encodes the body, asks for the token,
-- submits, waits the way this host waits, and maps what came. The only way to the network.
-- Endpoints are the business of `resources`, and what an answer means is that of `outcome`.

local scheduler = require "spherepay.async.scheduler"
local errors = require "spherepay.errors"
local hints = require "spherepay.http.hints"
local json = require "spherepay.http.json"
local options = require "spherepay.options"
local outcome = require "spherepay.http.outcome"
local paths = require "spherepay.http.path"
local responses = require "spherepay.http.response"
local scrub = require "spherepay.privacy.scrub"

local request = {}

local MAX_REASON = 160
local MIN_SECRET = 6
local LATE = "the wait for the rate limit that the workers share does not fit in the deadline"

---@class spherepay.Request what differs from one call of an endpoint to the next; the rest it
---  inherits from what `resources.runner` has made for the endpoint
---@field method string
---@field path string from the root, escaped; of a call about an object, until that has been checked
---@field before string? the path before the id of the object; nil: it names none
---@field step string? the id, escaped
---@field after string? the path after it
---@field pattern string? the path with {id} in place of ids; nil: it is made of the path when it
---  is asked for
---@field query table? names and values
---@field json any? the body, plain (see json.plain); nil sends none
---@field upload spherepay.core.Upload? a form, in place of a body
---@field form { fields: table, file: table }? the same for a fake, which has no use for the bytes
---@field on_progress fun(sent: number, total: number)? told how much of the upload has been sent
---@field params any? what the body means, when `json` cannot be read
---@field id string? of the customer whom the path names: the answer must be about that one
---@field operation string? "create", "update", "get"
---@field repeat_as "read"|"update"|"create" what repeating it could do
---@field accept (fun(body: any, spec: spherepay.Request): any)? the value of a success as nearly
---  all look; nil leaves it to `map`
---@field map fun(raw: spherepay.Raw, spec: spherepay.Request): any, spherepay.Error?, table?
---@field templates spherepay.TemplateFamily
---@field call table normalised options of the call
---@field warnings spherepay.Problem[]? what the params hold that nobody documents
---@field keep_text boolean? whether `map` needs the text of a body that is JSON
---@field headers table<string, string>? those of `call`. What they, `params` and `query` hold is
---  cut from texts of the server, and so is the token
---@field token string? of this call, when a function gave it
---@field origin spherepay.Origin? where it was asked, for the error
---@field engine spherepay.core.Engine? it knows its secrets
---@field body string|table|nil
---@field idempotency_key string?
---@field deadline number? seconds: what the rate limit that workers share has left of it

--- An error about a request that never left.
---@param spec { method: string?, path: string?, pattern: string? }
---@param kind string
---@param message string?
---@param problems spherepay.Problem[]?
---@return nil
---@return spherepay.Error
function request.refuse(spec, kind, message, problems)
  return nil, errors.new {
    kind = kind,
    message = message,
    errors = problems,
    method = spec.method,
    path = paths.of(spec),
    pattern = paths.pattern_of(spec),
    warnings = spec.warnings,
    sent = "no",
    retryable = kind == "rate_limited" or kind == "network",
  }
end

-- What a token function says went wrong. It handles secrets, so of its words those go that could be
-- one: letters and digits mixed.
local function reason(why)
  local ok, text = pcall(tostring, why)
  if not ok then return "an error that cannot be shown" end
  return (scrub.foreign(text, MAX_REASON):gsub("[%w_%-]+", function(word)
    local is_mixed = #word >= MIN_SECRET and word:find("%d") and word:find("%a")
    return is_mixed and "[redacted]" or nil
  end))
end

-- The token that the function gives for this call. Or nil, what is wrong with it, and the kind of
-- error that is.
local function ask_token(client)
  local ok, token, why = pcall(client.token_function)
  if not ok then return nil, "the token function raised an error: " .. reason(token), "auth" end
  if token == nil and why ~= nil then
    return nil, "the token function returned no token: " .. reason(why), "auth"
  end
  local problem = options.token_problem(token)
  if problem then return nil, problem, "auth" end
  problem = options.token_size_problem(token)
  if problem then return nil, problem, "invalid" end
  client.origin.key = hints.key(token)
  return token
end

-- The kind of error with which no call begins any more.
local function is_over(client)
  if client.closed then return "closed" end
  local task = scheduler.current()
  return task and task.cancelled and "cancelled" or nil
end

local function encode(spec)
  local body, problems = json.encode(spec.json)
  if not body then return request.refuse(spec, "invalid", nil, problems) end
  spec.body = body
  if spec.params == nil then spec.params = spec.json end
  return true
end

local function take_token(client, spec)
  local token, message, kind = ask_token(client)
  if message then return request.refuse(spec, kind, message) end
  spec.token = token
  local over = is_over(client) -- the function may have waited
  if over then return request.refuse(spec, over) end
  return true
end

-- Readies a request to be sent. Returns true, or nil and the error.
local function prepare(client, spec)
  local over = is_over(client)
  if over then return request.refuse(spec, over) end
  local ready, why = client.loop.check(client.dispatcher)
  if not ready then return request.refuse(spec, "invalid", why) end
  if spec.json ~= nil then
    ready, why = encode(spec)
    if not ready then return nil, why end
  end
  if client.token_problem then return request.refuse(spec, "invalid", client.token_problem) end
  if client.token_function then return take_token(client, spec) end
  return true
end

-- Waits until the other workers leave room in the rate limit, unless the call is never to wait.
-- Returns true, or nil and the error.
local function await_turn(client, spec)
  spec.deadline = spec.call.deadline
  local admitted
  if spec.call.never_waits then
    admitted = client.shared:wait_of_repeat(spec.repeat_as == "read" and "read" or "write") == 0
  else
    admitted = client.shared:admit(spec.repeat_as, spec, function(seconds)
      client.loop.sleep(client.dispatcher, seconds)
    end)
  end
  local kind = is_over(client) or not admitted and "rate_limited"
  if kind then
    return request.refuse(spec, kind, kind == "rate_limited" and LATE or nil)
  end
  client.shared:begin()
  return true
end

-- What is not set is not set to nil: in LuaJIT the name alone takes a place, and the table may have
-- to grow. What a request does not have is looked for in what it inherits, so that is done once.
local function begin(client, spec)
  local given, body, query = spec.call, spec.body, spec.query
  local key, step = given.idempotency_key, spec.step
  local template = client.templates:of(spec, body ~= nil)
  if key then spec.idempotency_key = key end
  if given.headers then spec.headers = given.headers end
  if query or not step then step = paths.of(spec) .. paths.query(query) end
  -- what the core has to read of this request alone; nil: the template says it all
  local own = (body or key or client.token_function or spec.upload) and spec or nil
  local call, message, problem = client.dispatcher.engine:begin(template, step,
    client.shared and spec.deadline or given.deadline, own)
  if body then spec.body = nil end -- the core has a copy
  if not call then return request.refuse(spec, problem or "network", message) end
  return call
end

--- Starts a call without waiting for it.
---@param client spherepay.Client
---@param spec spherepay.Request
---@return userdata? call of the core
---@return spherepay.Error? err
function request.start(client, spec)
  local ready, err = prepare(client, spec)
  if not ready then return nil, err end
  if not client.attached then client:attach() end
  if client.shared then
    ready, err = await_turn(client, spec)
    if not ready then return nil, err end
  end
  local call
  call, err = begin(client, spec)
  if not call then return nil, err end
  if spec.on_progress then client.dispatcher:watch_upload(call, spec.on_progress) end
  if client.hooks then client.hooks:begin(spec, call) end
  return call
end

local function report(client, spec, call, trace, err, response)
  if client.shared and not client.closed then
    client.shared:finish()
  end
  local came = err and err.response or response
  if came then came.warnings = spec.warnings end
  if err then err.warnings = spec.warnings end
  if client.hooks then client.hooks:finish(spec, call, trace, err, response) end
end

--- Maps a call that is done.
---@param client spherepay.Client
---@param spec spherepay.Request
---@param call userdata
---@return any value
---@return spherepay.Error? err
---@return spherepay.Response? response
function request.finish(client, spec, call)
  client.dispatcher:forget(call)
  local body, status, last = call:finish(json.ARRAY_MT, client.keeps_nulls, client.max_values,
    spec.keep_text)
  local accept = status and spec.accept
  local value, err, response
  if accept then value = accept(body, spec) end
  if value ~= nil then
    response = responses.new(status, nil, last)
  else
    local raw = status and outcome.raw(body, last) or last
    value, err, response = spec.map(raw, spec)
    last = raw.trace
  end
  if err or spec.warnings or client.shared or client.hooks then
    report(client, spec, call, last, err, response)
    if err then return nil, err end
  end
  return value, nil, response
end

local NOBODY = "nobody waits for the answer any more"

-- What became of a write whose waiter is gone, for `on_error`.
local function report_orphan(client, spec, err)
  client.dispatcher.report(err or errors.new {
    kind = "cancelled", message = NOBODY .. "; it was a success", sent = "yes",
    maybe_applied = true, method = spec.method, path = paths.of(spec),
    pattern = paths.pattern_of(spec),
  })
end

--- A call whose waiter is gone: a read is cancelled; a write comes to its end, of which `on_error`
--- is told. It may be done already, if nobody has asked what came.
---@param client spherepay.Client
---@param spec spherepay.Request
---@param call userdata
function request.orphan(client, spec, call)
  local is_read = spec.repeat_as == "read"
  local function bury()
    local _, err = request.finish(client, spec, call)
    if not is_read then report_orphan(client, spec, err) end
  end
  if call:done() then return bury() end -- it may have been handed out
  client.dispatcher:on_done(call, bury)
  if is_read then call:cancel() end
end

--- Makes one call and waits for it.
---@param client spherepay.Client
---@param spec spherepay.Request
---@return any value
---@return spherepay.Error? err
---@return spherepay.Response? response
function request.run(client, spec)
  local call, err = request.start(client, spec)
  if not call then return nil, err end
  scheduler.wait(client, call, spec)
  return request.finish(client, spec, call)
end

return request
