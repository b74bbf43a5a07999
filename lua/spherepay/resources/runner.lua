-- One call of an endpoint, as every resource makes it: checks the id, the params and the options,
-- names the object, runs the call and maps the answer, all by what `api` says of the endpoint. A
-- resource's method is a few lines over this; sending is `request`.

local blame = require "spherepay.options.blame"
local endpoints = require "spherepay.api.endpoints"
local ids = require "spherepay.params.id"
local json = require "spherepay.http.json"
local need = require "spherepay.need"
local options = require "spherepay.options"
local paths = require "spherepay.http.path"
local request = require "spherepay.http.request"
local shapes = require "spherepay.http.shapes"

local filters = need.lazily "spherepay.params.filters"
local params = need.lazily "spherepay.params"

local runner = {}

--- `client.customer:get(id)` passes the resource itself as the first argument.
---@param resource table
---@param first any
---@param called string such as "client.customer.get"
function runner.refuse_colon(resource, first, called)
  if first == resource then
    blame("spherepay: write " .. called .. "(...), with a dot")
  end
end

--- Raises unless an argument has its type.
---@param value any
---@param wanted string
---@param called string
---@param what string the arguments, in words
function runner.refuse_type(value, wanted, called, what)
  if type(value) == wanted then return end
  local got = value == nil and "nothing" or "a " .. type(value)
  if wanted == "string" and type(value) == "table" and type(value.id) == "string" then
    got = ("a table with an id: give %s.id"):format(called:match("^client%.([%a_]+)") or "its")
  end
  blame(("spherepay: %s takes %s, got %s"):format(called, what, got))
end

--- The endpoint of a method, or nothing where this version of the API has none.
---@param client spherepay.Client
---@param name string such as "customer.get"
---@return table? endpoint of `api.endpoints`
function runner.endpoint(client, name)
  return endpoints[client.options.api_version][name]
end

-- Makes what all calls of an endpoint by one client have in common, when it is first called. A
-- request inherits it. Nil where this version of the API has no such call.
local function new_route(client, name)
  local endpoint = runner.endpoint(client, name)
  if not endpoint then return nil end
  local before, after = endpoint.path:match("^(.-){id}(.*)$")
  local route = {
    name = name,
    operation = name:match("[^.]+$"),
    whose = name:match("^[^.]+"),
    method = endpoint.method,
    path = (before or endpoint.path):match("^(.-)/?$"), -- of errors, until the id has been checked
    pattern = endpoint.path,
    before = before, -- the id; nil: the path names no object
    after = after,
    repeat_as = endpoint.effect,
    has_json = endpoint.body == "json",
    has_query = not endpoint.body,
    map = shapes.of(endpoint),
    accept = shapes.acceptor(endpoint),
    call = options.call(nil, client.options), -- of those that are given none
    origin = client.origin,
    engine = client.dispatcher.engine, -- it knows the secrets that no text may show
    templates = client.templates:family(endpoint.method, endpoint.effect),
  }
  route.metatable = { __index = route }
  client.routes[name] = route
  return route
end

-- No version has all of it; the path is then that of the other one, for the reader of the error.
local function refuse_version(client, name)
  local version = client.options.api_version
  local other = version == "v1" and "v2" or "v1"
  local endpoint = endpoints[other][name]
  local spec = { method = endpoint.method, path = endpoint.path, pattern = endpoint.path }
  return request.refuse(spec, "invalid",
    ("%s does not document this call; %s has it: api_version = \"%s\""):format(version, other,
      other))
end

local function take_params(spec, given)
  given = json.plain(given)
  spec.given = given
  if spec.has_json then spec.json = given end
  if spec.has_query then spec.query = given end
end

--- The beginnings of a call; or nil and the error, where this version of the API has no such call.
---@param client spherepay.Client
---@param name string such as "customer.get"
---@param id any of the object that the path names
---@param given any what the body, or the query, is made of
---@param call table? options that have been checked; nil: those of a call that is given none
---@return spherepay.Request? spec
---@return spherepay.Error? err
function runner.new(client, name, id, given, call)
  local route = client.routes[name] or new_route(client, name)
  if not route then return refuse_version(client, name) end
  -- all names that a get needs, so that the table is made with room for them
  local spec = setmetatable({ id = id, step = nil }, route.metatable)
  if call and call ~= route.call then spec.call = call end
  if given ~= nil then
    take_params(spec, given)
  elseif route.has_json then
    spec.json = {}
  end
  return spec
end

--- Gives a call its options, or nil and the error for such as cannot be sent.
---@param client spherepay.Client
---@param spec spherepay.Request
---@param opts table?
---@return spherepay.Request? spec
---@return spherepay.Error? err
function runner.set_options(client, spec, opts)
  local call, problems = options.call(opts, client.options)
  if not call then return request.refuse(spec, "invalid", nil, problems) end
  spec.call = call
  return spec
end

-- Warnings are told to events too, and a name that nobody documents may be somebody's data.
local function warn(spec, warnings)
  spec.warnings = spec.warnings or {}
  for _, warning in ipairs(warnings) do spec.warnings[#spec.warnings + 1] = warning end
end

-- Has the call be about the object whose id it was given: who comes back must be that one.
local function name_object(spec)
  if not spec.before then return nil end
  local id, validate = spec.id, spec.call.validate
  local problems, warnings = ids.check(id, validate, spec.whose)
  if warnings then warn(spec, warnings) end
  if problems then return problems end
  spec.step = validate and id or paths.escape(id) -- what was checked needs no escape
  return nil
end

local function check_params(client, spec, given)
  local validate = spec.call.validate
  local unsendable = spec.query and filters.unsendable(spec.query)
  if unsendable then return unsendable end
  if not validate then return nil end
  local problems, warnings =
    params.check(client.options.api_version, spec.name, given, validate == "strict")
  if warnings then warn(spec, warnings) end
  return problems
end

--- Checks the id and the params of a call, and names the object that it is about. Without
--- `validate` an id must still be safe in a URL.
---@param client spherepay.Client
---@param spec spherepay.Request with its options
---@return spherepay.Request? spec
---@return spherepay.Error? err
function runner.check(client, spec)
  local problems, given = name_object(spec), spec.given
  if not problems and given ~= nil then problems = check_params(client, spec, given) end
  if problems then return request.refuse(spec, "invalid", nil, problems) end
  return spec
end

--- A call that is ready to be sent, or nil and the error.
---@param client spherepay.Client
---@param name string such as "customer.get"
---@param id any
---@param given any
---@param opts table?
---@return spherepay.Request? spec
---@return spherepay.Error? err
function runner.ready(client, name, id, given, opts)
  local spec, err = runner.new(client, name, id, given)
  if spec and opts ~= nil then spec, err = runner.set_options(client, spec, opts) end
  if not spec then return nil, err end
  return runner.check(client, spec)
end

--- Makes a call and waits for it.
---@param client spherepay.Client
---@param name string such as "customer.get"
---@param id any of the object that the path names
---@param given any what the body, or the query, is made of
---@param opts table?
---@return any value
---@return spherepay.Error? err
---@return spherepay.Response? response
function runner.run(client, name, id, given, opts)
  local spec, err = runner.ready(client, name, id, given, opts)
  if not spec then return nil, err end
  return request.run(client, spec)
end

--- Starts a call without waiting for it.
---@param client spherepay.Client
---@param name string such as "customer.get"
---@param id any
---@param given any
---@param call table options that have been checked
---@param problems spherepay.Problem[]? what is wrong with them
---@return userdata? call of the core
---@return spherepay.Error? err
---@return spherepay.Request? spec for `request.finish`
function runner.start(client, name, id, given, call, problems)
  local spec, err = runner.new(client, name, id, given, call)
  if not spec then return nil, err end
  if problems then return request.refuse(spec, "invalid", nil, problems) end
  spec, err = runner.check(client, spec)
  if not spec then return nil, err end
  local under_way
  under_way, err = request.start(client, spec)
  return under_way, err, spec
end

return runner
