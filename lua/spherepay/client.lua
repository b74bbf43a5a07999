-- The client: an engine of the core, how this host waits for it, and the resources.

local outcome = require "spherepay.http.outcome"
local blame = require "spherepay.options.blame"
local scheduler = require "spherepay.async.scheduler"
local core = require "spherepay.core"
local customer = require "spherepay.resources.customer"
local dispatcher = require "spherepay.async.dispatcher"
local json = require "spherepay.http.json"
local hints = require "spherepay.http.hints"
local loop = require "spherepay.loop"
local misnamed = require "spherepay.options.misnamed"
local need = require "spherepay.need"
local options = require "spherepay.options"
local paths = require "spherepay.http.path"
local report = require "spherepay.async.report"
local request = require "spherepay.http.request"
local template = require "spherepay.http.template"
local version = require "spherepay.version"

local document = need.lazily "spherepay.resources.document"
local hooks = need.lazily "spherepay.http.hooks"
local redis = need.lazily "spherepay.ratelimit.redis"
local representative = need.lazily "spherepay.resources.representative"
local shm = need.lazily "spherepay.ratelimit.shm"
local undocumented = need.lazily "spherepay.params.request"

local client = {}

---@class spherepay.Client
---@field customer spherepay.CustomerResource
---@field document spherepay.DocumentResource
---@field representative spherepay.RepresentativeResource
local Client = {
  spawn = scheduler.spawn,
  run = scheduler.run,
  parallel = scheduler.parallel,
  step = scheduler.step,
  timeout = scheduler.timeout,
  pollfd = scheduler.pollfd,
}
Client.__index = Client
Client.__name = "spherepay.client"

-- Where people look for the calls of a resource.
local INSTEAD = {
  customers = misnamed.instead "write client.customer.get(...), in the singular",
  documents = misnamed.instead "write client.document.upload(...), in the singular",
  upload = misnamed.instead "write client.document.upload(...)",
  representatives = misnamed.instead "write client.representative.get(...), in the singular",
  business_representative = misnamed.instead "write client.representative.get(...)",
}
for _, name in ipairs {
  "create", "get", "update", "merge_meta", "get_many", "wait_until", "list", "each", "find",
  "tos_link", "kyc_link", "face_link", "send_code", "verify_code",
} do
  INSTEAD[name] = misnamed.instead("write client.customer." .. name .. "(...)")
end
setmetatable(Client, { __index = INSTEAD })

-- What repeating a request could do, by its method. A POST may create something.
local METHODS = {
  GET = "read", HEAD = "read", PATCH = "update", PUT = "update", DELETE = "update", POST = "create",
}

local function user_agent(app)
  return "spherepay-lua/" .. version .. (app and " " .. app or "")
end

local function new_engine(given, token)
  local is_shared = given.shm or given.rate_limit.redis
  local own = is_shared and {} or given.rate_limit -- of a shared limit the core knows nothing
  return core.engine {
    token = type(token) == "string" and token or nil,
    max_body = given.max_body,
    max_headers = given.max_headers,
    connect_timeout = given.connect_timeout,
    max_connections = given.max_connections,
    max_in_flight = given.max_in_flight,
    rate_read = own.read or 0,
    rate_write = own.write or 0,
    http_version = given.http_version,
    min_tls = given.min_tls,
    user_agent = user_agent(given.app),
    ca_file = given.ca_file,
    ca_path = given.ca_path,
    client_cert = given.client_cert,
    client_key = given.client_key,
    pinned_public_key = given.pinned_public_key,
    proxy = given.proxy,
    proxy_ca_file = given.proxy_ca_file,
    tells_news = given.on_event ~= nil,
    asks = is_shared and true or nil,
  }
end

-- What shares the rate limit with other workers, or other machines; nil when nothing does.
local function new_shared(checked, dict, engine, chosen)
  local settings = checked.rate_limit.redis
  if settings then
    if dict then blame "spherepay: give \"shm\" or \"rate_limit.redis\", not both" end
    checked.rate_limit.redis = nil -- its password stays with the connection alone
    return redis.new(settings, {
      name = checked.base_url, limits = checked.rate_limit, loop = chosen.name,
    })
  end
  return dict and shm.new(dict, {
    name = checked.base_url, limits = checked.rate_limit, engine = engine,
  })
end

-- A resource that few programs use: it is made when a member of it is first read.
local function later(self, resource)
  return setmetatable({}, { __index = function(made, name)
    resource.new(self, made) -- which gives it another metatable
    return made[name]
  end })
end

--- A client: see spherepay.new.
---@param given table the options
---@return spherepay.Client
function client.new(given)
  local checked = options.client(given)
  local token = checked.token
  local chosen, problem = loop.choose(checked.loop)
  if not chosen then blame("spherepay: " .. problem) end
  checked.token = nil -- from here on it is in the core's memory alone
  local dict
  if checked.shm then
    dict, problem = shm.find(checked.shm)
    if not dict then blame("spherepay: " .. problem) end
  end
  local engine = new_engine(checked, token)
  local driven = dispatcher.new(engine)
  local self = setmetatable({
    options = checked,
    loop = chosen,
    dispatcher = driven,
    max_values = json.max_values(checked.max_body), -- of an answer
    origin = hints.origin(checked.base_url, token),
    -- false, not nil: what a client does not have is looked for in what it inherits
    shared = new_shared(checked, dict, engine, chosen) or false,
    token_function = type(token) == "function" and token or false,
    token_problem = type(token) == "string" and options.token_size_problem(token) or false,
    hooks = false,
    keeps_nulls = checked.nulls == "keep",
    templates = template.new(driven, checked),
    routes = {}, -- name of an endpoint -> what its calls have in common
    attached = false,
    closed = false,
  }, Client)
  self.dispatcher.report = report.to(checked.on_error)
  self.dispatcher.orphan = function(call, spec)
    if spec then return request.orphan(self, spec, call) end
    call:leave() -- a signal: of many calls at once
  end
  self.spawned = scheduler.spawned(self)
  if self.shared then
    self.dispatcher.may_repeat = function(line) return self.shared:wait_of_repeat(line) end
  end
  if checked.on_event then
    local told = hooks.new(checked.on_event)
    self.hooks = told
    self.dispatcher.on_retry = function(call) told:retry(call) end
    self.dispatcher.on_news = function(what, number) told:connection(what, number) end
  end
  self.customer = customer.new(self)
  self.document = later(self, document)
  self.representative = later(self, representative)
  return self
end

--- Tells the loop of this client, once.
function Client:attach()
  if self.attached then return end
  self.attached = true
  self.loop.attach(self.dispatcher)
end

-- `client.close()` passes anything but a client as the first argument.
local function refuse_dot(self, name)
  if getmetatable(self) == Client then return end
  blame("spherepay: write client:" .. name .. "(...), with a colon")
end

local function check_request(method, path)
  if not METHODS[method] then
    blame("spherepay: client:request takes the method GET, HEAD, POST, PUT, PATCH or DELETE")
  elseif type(path) ~= "string" then
    blame("spherepay: client:request takes a path (a string), got a " .. type(path))
  end
end

-- What the calls of any endpoint by one method have in common.
local function new_route(self, method)
  local route = {
    method = method, repeat_as = METHODS[method], origin = self.origin,
    map = outcome.any, accept = outcome.accept_any,
    engine = self.dispatcher.engine, templates = self.templates:family(method, METHODS[method]),
  }
  route.metatable = { __index = route }
  self.routes[method] = route
  return route
end

--- Any other endpoint, with the same promises. A POST is repeated as seldom as a create.
---@param method "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"
---@param path string from the root, such as "/v2/customer"; what comes from outside in it must be
---  percent-encoded (`spherepay.escape`)
---@param opts spherepay.RequestOptions? `query` (names and values), `json` (the body), and the
---  options of a call
---@return any value the decoded body; `{}` when a success has none
---@return spherepay.Error err
---@return spherepay.Response? response
function Client:request(method, path, opts)
  refuse_dot(self, "request")
  check_request(method, path)
  local route = self.routes[method] or new_route(self, method)
  local spec = setmetatable({ path = path, call = nil }, route.metatable)
  local call, problems = options.request(opts, self.options)
  local detail, place = paths.problem(path), "/path"
  if not detail and call then
    detail, place = paths.query_problem(call.query)
    place = detail and "/query" .. place
  end
  if detail then problems = { { pointer = place, detail = detail } } end
  if problems then return request.refuse(spec, "invalid", nil, problems) end
  spec.call = call
  if call.query ~= nil then spec.query = call.query end
  if call.json ~= nil then spec.json = json.plain(call.json) end
  if call.validate and (spec.query or spec.json) then
    spec.warnings = undocumented.unknown(method, paths.pattern(path), spec.query, spec.json)
    if spec.warnings and call.validate == "strict" then
      problems, spec.warnings = spec.warnings, nil
      return request.refuse(spec, "invalid", nil, problems)
    end
  end
  return request.run(self, spec)
end

--- Takes a step of `verification.next_steps`: makes the call that `step.call` names, and returns
--- what that returns. A code is sent, and with `input.code` verified.
---@param whom table|string the customer or representative whom the steps are of, or the id
---@param step spherepay.verification.Step
---@param input table? what the step asks for: `file` or `content` and `documentType`, `code`, or
---  the fields; `representativeId` where the step is about one of a business
---@param opts table? as for the call
---@return table? value
---@return spherepay.Error err kind "invalid" when no call can do it, or something is missing
---@return spherepay.Response? response
function Client:perform(whom, step, input, opts)
  refuse_dot(self, "perform")
  return require "spherepay.resources.perform"(self, whom, step, input, opts)
end

--- Counts since the client was made: calls, done, attempts, retries, reused, bytes_in, bytes_out;
--- connections_opened, connections_suspected (silent ones that take no new calls), streams_repeated
--- (refused by the server, and sent again), hook_errors; and now: in_flight, waiting, retry_budget.
---@return table<string, integer>
function Client:stats()
  refuse_dot(self, "stats")
  local stats = self.last_stats or not self.closed and self.dispatcher.engine:stats() or {}
  stats.hook_errors = self.hooks and self.hooks.errors or 0
  return stats
end

--- Ends the calls under way (kind "cancelled"), closes every connection and wipes the token.
--- Later calls fail with kind "closed". No harm when repeated.
function Client:close()
  refuse_dot(self, "close")
  if self.closed then return end
  self.closed = true
  -- whatever goes wrong on the way, such as memory that runs out: the engine closes, and wipes
  local counted, stats = pcall(self.dispatcher.engine.stats, self.dispatcher.engine)
  if counted then self.last_stats = stats end
  local detached, problem = true, nil
  if self.attached then detached, problem = pcall(self.loop.detach, self.dispatcher) end
  self.dispatcher:close()
  if not detached then error(problem, 0) end
end

function Client:__tostring()
  return ("spherepay.client (%s, %s%s)"):format(self.options.base_url, self.options.api_version,
    self.closed and ", closed" or "")
end

Client.__close = Client.close

return client
