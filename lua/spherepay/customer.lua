-- The resource customer: create, get and update. Each is a path and one call; what the vendor
-- calls them is in the comments. Checking is `params`, sending is `request`.

local answer = require "spherepay.answer"
local options = require "spherepay.options"
local params = require "spherepay.params"
local paths = require "spherepay.paths"
local request = require "spherepay.request"

local customer = {}

-- v1 updates with POST (vendor docs: Customers, v1).
local VERSIONS = {
  v1 = { root = "/v1/customer", update = "POST" },
  v2 = { root = "/v2/customer", update = "PATCH" },
}

-- `customer:get(id)` passes the resource itself as the first argument.
local function refuse_colon(resource, first, name)
  if first == resource then
    error("spherepay: write client.customer." .. name .. "(...), with a dot", 3)
  end
end

local function refuse_type(value, wanted, name, what)
  if type(value) ~= wanted then
    error(("spherepay: client.customer.%s takes %s, got %s"):format(name, what,
      value == nil and "nothing" or "a " .. type(value)), 3)
  end
end

-- A spec with its options, or nil and the error for data that cannot be sent.
local function with_options(client, spec, opts)
  local call, problems = options.call(opts, client.options, 4)
  if not call then return request.refuse(spec, "invalid", nil, problems) end
  spec.call = call
  spec.map = answer.customer
  return spec
end

local function check(client, spec, id)
  local version, problems = client.options.api_version, nil
  if id then problems = params.check_id(version, id) end
  if not problems and spec.json and spec.call.validate then
    problems = params.check(version, spec.operation, spec.json)
  end
  if problems then return request.refuse(spec, "invalid", nil, problems) end
  return spec
end

local function run(client, spec, id, opts)
  local ready, err = with_options(client, spec, opts)
  if ready then ready, err = check(client, spec, id) end
  if not ready then return nil, err end
  if id then spec.path = spec.path .. "/" .. paths.escape(id) end
  return request.run(client, spec)
end

--- The resource, bound to a client.
---@param client spherepay.Client
---@return spherepay.CustomerResource
function customer.new(client)
  ---@class spherepay.CustomerResource
  local resource = {}
  local version = VERSIONS[client.options.api_version]
  local with_id = version.root .. "/{id}"

  --- "Create a customer": an individual or a business. Repeated only when the attempt provably
  --- never arrived or was refused with 429; `err.maybe_applied` says when it may have happened.
  ---@param given table (vendor docs: Create a customer)
  ---@param opts table? timeout, deadline (seconds), max_retries, idempotency_key, headers,
  ---  traceparent, validate
  ---@return table? customer
  ---@return spherepay.Error? err
  ---@return spherepay.Response? response
  function resource.create(given, opts)
    refuse_colon(resource, given, "create")
    refuse_type(given, "table", "create", "a table of params")
    local value, err, response = run(client, {
      method = "POST", path = version.root, pattern = version.root,
      operation = "create", repeat_as = "create", json = given,
    }, nil, opts)
    return value, err, response
  end

  --- "Get a customer by ID", with the state of its verification.
  ---@param id string
  ---@param opts table? as for create
  ---@return table? customer
  ---@return spherepay.Error? err
  ---@return spherepay.Response? response
  function resource.get(id, opts)
    refuse_colon(resource, id, "get")
    refuse_type(id, "string", "get", "an id (a string)")
    local value, err, response = run(client, {
      method = "GET", path = version.root, pattern = with_id,
      operation = "get", repeat_as = "read",
    }, id, opts)
    return value, err, response
  end

  --- "Update a customer": what is absent stays, but `meta` is replaced whole. In v2 only
  --- individuals can be updated, by address, personalInformation and meta.
  ---@param id string
  ---@param given table (vendor docs: Update a customer)
  ---@param opts table? as for create
  ---@return table? customer
  ---@return spherepay.Error? err
  ---@return spherepay.Response? response
  function resource.update(id, given, opts)
    refuse_colon(resource, id, "update")
    refuse_type(id, "string", "update", "an id (a string) and a table of params")
    refuse_type(given, "table", "update", "an id and a table of params")
    local value, err, response = run(client, {
      method = version.update, path = version.root, pattern = with_id,
      operation = "update", repeat_as = "update", json = given,
    }, id, opts)
    return value, err, response
  end

  return resource
end

return customer
