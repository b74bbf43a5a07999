-- One call of the API, from checked parts to an outcome: encodes the body, asks for the token,
-- submits, waits the way this host waits, and maps what came. The only way to the network.
-- Endpoints are the business of `resources`, and what an answer means is that of `outcome`.

local scheduler = require "spherepay.async.scheduler"
local errors = require "spherepay.errors"
local hints = require "spherepay.http.hints"
local json = require "spherepay.http.json"
local options = require "spherepay.options"
local paths = require "spherepay.http.path"
local scrub = require "spherepay.privacy.scrub"

local request = {}

local MAX_REASON = 160
local MIN_SECRET = 6
local LATE = "the wait for the rate limit that the workers share does not fit in the deadline"

---@class spherepay.Request
---@field method string
---@field path string from the root, escaped
---@field pattern string the path with {id} in place of ids
---@field query table? names and values
---@field json any? the body, plain (see json.plain); nil sends none
---@field upload spherepay.core.Upload? a form, in place of a body
---@field form { fields: table, file: table }? the same for a fake, which has no use for the bytes
---@field on_progress fun(sent: number, total: number)? told how much of the upload has been sent
---@field params any? what the body means, when `json` cannot be read
---@field id string? of the customer whom the path names: the answer must be about that one
---@field operation string? "create", "update", "get"
---@field repeat_as "read"|"update"|"create" what repeating it could do
---@field map fun(raw: spherepay.Raw, spec: spherepay.Request): any, spherepay.Error?, table?
---@field call table normalised options of the call
---@field warnings spherepay.Problem[]? what the params hold that nobody documents
---@field keep_text boolean? whether `map` needs the text of a body that is JSON
---@field headers table<string, string>? those of `call`. What they, `params` and `query` hold is
---  cut from texts of the server, and so is the token
---@field token string? of this call, when a function gave it
---@field origin spherepay.Origin? where it was asked, for the error
---@field engine spherepay.core.Engine? it knows its secrets
---@field template spherepay.core.Template? the rest is what the core reads when it is submitted
---@field url string?
---@field body string|table|nil
---@field idempotency_key string?
---@field deadline number? seconds

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
    path = spec.path,
    pattern = spec.pattern,
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
  local task = scheduler.current()
  if client.closed then return "closed" end
  return task and task.cancelled and "cancelled" or nil
end

-- Gives the request what the core reads of it (see `Engine:submit`), and what an error needs.
-- Nothing is set to nil: in LuaJIT the name alone takes a place, and the table may have to grow.
local function build(client, spec)
  local call = spec.call
  spec.template = client.templates:of(spec, spec.body ~= nil)
  spec.url = client.options.base_url .. spec.path .. paths.query(spec.query)
  spec.deadline = call.deadline
  spec.engine = client.dispatcher.engine
  if call.idempotency_key then spec.idempotency_key = call.idempotency_key end
  if call.headers then spec.headers = call.headers end
  if spec.json ~= nil and spec.params == nil then spec.params = spec.json end
end

-- Readies a request to be submitted. Returns true, or nil and the error.
local function prepare(client, spec)
  local over = is_over(client)
  if over then return request.refuse(spec, over) end
  local ready, why = client.loop.check(client.dispatcher)
  if not ready then return request.refuse(spec, "invalid", why) end
  if spec.json ~= nil then
    local body, problems = json.encode(spec.json)
    spec.body = body
    if not body then return request.refuse(spec, "invalid", nil, problems) end
  end
  if client.token_problem then return request.refuse(spec, "invalid", client.token_problem) end
  if client.token_function then
    local token, message, kind = ask_token(client)
    if message then return request.refuse(spec, kind, message) end
    spec.token = token
    over = is_over(client) -- the function may have waited
    if over then return request.refuse(spec, over) end
  end
  build(client, spec)
  return true
end

-- Waits until the other workers leave room in the rate limit. Returns true, or nil and the error.
local function await_turn(client, spec)
  local admitted = client.shared:admit(spec.repeat_as, spec, function(seconds)
    client.loop.sleep(client.dispatcher, seconds)
  end)
  local kind = is_over(client) or not admitted and "rate_limited"
  if kind then
    return request.refuse(spec, kind, kind == "rate_limited" and LATE or nil)
  end
  client.shared:begin()
  return true
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
  local call, message, problem = client.dispatcher:submit(spec)
  if spec.body then spec.body = nil end -- the core has a copy
  if not call then return request.refuse(spec, problem or "network", message) end
  if spec.on_progress then client.dispatcher:watch_upload(call, spec.on_progress) end
  if client.hooks then client.hooks:begin(spec, call) end
  return call
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
  local raw = call:answer(json.ARRAY_MT, client.options.nulls == "keep", client.max_values,
    spec.keep_text)
  local value, err, response = spec.map(raw, spec)
  if client.shared and not client.closed then
    client.shared:finish(spec.repeat_as, raw.trace:count())
  end
  local came = err and err.response or response
  if came then came.warnings = spec.warnings end
  if err then err.warnings = spec.warnings end
  if client.hooks then client.hooks:finish(spec, call, raw.trace, err, response) end
  if err then return nil, err end
  return value, nil, response
end

local NOBODY = "nobody waits for the answer any more"

-- What became of a write whose waiter is gone, for `on_error`.
local function report_orphan(client, spec, err)
  client.dispatcher.report(err or errors.new {
    kind = "cancelled", message = NOBODY .. "; it was a success", sent = "yes",
    maybe_applied = true, method = spec.method, path = spec.path, pattern = spec.pattern,
  })
end

--- A call whose waiter is gone: a read is cancelled; a write comes to its end, of which `on_error`
--- is told.
---@param client spherepay.Client
---@param spec spherepay.Request
---@param call userdata
function request.orphan(client, spec, call)
  local is_read = spec.repeat_as == "read"
  client.dispatcher:on_done(call, function()
    local _, err = request.finish(client, spec, call)
    if not is_read then report_orphan(client, spec, err) end
  end)
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
