-- The resource customer: create, get and update, each a path and one call; merge_meta, which is a
-- get and an update; get_many (`many`) and wait_until (`wait`), which are many gets. What the
-- vendor calls them is in the comments. Checking is `params`, sending is `request`.

local answer = require "spherepay.http.outcome"
local blame = require "spherepay.options.blame"
local checks = require "spherepay.options.checks"
local concurrency = require "spherepay.async.scheduler"
local json = require "spherepay.http.json"
local many = require "spherepay.resources.many"
local misnamed = require "spherepay.options.misnamed"
local options = require "spherepay.options"
local params = require "spherepay.params"
local paths = require "spherepay.http.path"
local request = require "spherepay.http.request"
local wait = require "spherepay.resources.waiter"

local customer = {}

-- Seconds until a wait that pauses hears that it is cancelled.
local HEARING = 0.5

-- v1 updates with POST (vendor docs: Customers, v1).
local VERSIONS = {
  v1 = { root = "/v1/customer", update = "POST" },
  v2 = { root = "/v2/customer", update = "PATCH" },
}

-- `customer:get(id)` passes the resource itself as the first argument.
local function refuse_colon(resource, first, name)
  if first == resource then
    blame("spherepay: write client.customer." .. name .. "(...), with a dot")
  end
end

-- What other clients call the calls.
local READ = "did you mean \"get\"?"
local MAKE = "did you mean \"create\"?"
local CHANGE = "did you mean \"update\"?"

local function refuse_type(value, wanted, name, what)
  if type(value) == wanted then return end
  local got = value == nil and "nothing" or "a " .. type(value)
  if wanted == "string" and type(value) == "table" and type(value.id) == "string" then
    got = "a table with an id: give customer.id"
  end
  blame(("spherepay: client.customer.%s takes %s, got %s"):format(name, what, got))
end

-- A spec with its options, or nil and the error for data that cannot be sent.
local function with_options(client, spec, opts)
  local call, problems = options.call(opts, client.options)
  if not call then return request.refuse(spec, "invalid", nil, problems) end
  spec.call = call
  spec.map = answer.customer
  return spec
end

-- Warnings are told to events too, and a name that nobody documents may be somebody's data.
local function warn(spec, warnings)
  spec.warnings = spec.warnings or {}
  for _, warning in ipairs(warnings) do spec.warnings[#spec.warnings + 1] = warning end
end

-- Without `validate` an id must still be safe in a URL.
local function check(client, spec, id)
  local version, validate = client.options.api_version, spec.call.validate
  local problems, warnings
  if id then problems, warnings = params.check_id(version, id, validate) end
  if warnings then warn(spec, warnings) end
  if not problems and spec.json and validate then
    problems, warnings = params.check(version, spec.operation, spec.json, validate == "strict")
    if warnings then warn(spec, warnings) end
  end
  if problems then return request.refuse(spec, "invalid", nil, problems) end
  return spec
end

-- Has the call be about one customer: who comes back must be that one.
local function name_customer(spec, id)
  spec.id, spec.path = id, spec.path .. "/" .. paths.escape(id)
end

local function run(client, spec, id, opts)
  local ready, err = with_options(client, spec, opts)
  if ready then ready, err = check(client, spec, id) end
  if not ready then return nil, err end
  if id then name_customer(spec, id) end
  return request.run(client, spec)
end

-- `meta` with `changes` laid over it; null takes a key away (as in RFC 7396).
local function merged(meta, changes)
  local result = {}
  for name, value in pairs(type(meta) == "table" and meta or {}) do result[name] = value end
  for name, value in pairs(changes) do
    if value == json.null then result[name] = nil else result[name] = value end
  end
  return result
end

-- The options of a read before a write: the caller's key is for the write.
local function for_reading(call)
  local copy = {}
  for name, value in pairs(call) do copy[name] = value end
  copy.idempotency_key = nil
  return copy
end

-- The customer, and the members of its meta as they came.
local function read_meta(client, write)
  local members
  local before, failure = request.run(client, {
    method = "GET", id = write.id, path = write.path, pattern = write.pattern, operation = "get",
    repeat_as = "read", call = for_reading(write.call), keep_text = true,
    map = function(raw, context)
      local found, value, err, response = answer.customer_and_meta(raw, context)
      members = found
      return value, err, response
    end,
  })
  return before, failure, members
end

-- Whether there is nothing in the meta, whatever the API calls that.
local function is_blank(meta)
  return meta == nil or meta == json.null or type(meta) == "table" and next(meta) == nil
end

-- The update is checked before the read, so that nothing is sent when it cannot be.
local function merge_meta(client, update, id, opts)
  local changes, began = update.json.meta, client.driver:now()
  local write, err = with_options(client, update, opts)
  if write then write, err = check(client, write, id) end
  if not write then return nil, err end
  name_customer(write, id)
  local before, failure, members = read_meta(client, write)
  if not before then return nil, failure end
  write.json = { type = before.type == "business" and "business" or nil }
  write, err = check(client, write)
  if not write then return nil, err end
  if not members and not is_blank(before.meta) then
    return request.refuse(write, "protocol", "the customer's meta is no object")
  end
  write.json = { meta = json.overlay(members or {}, changes) }
  write.params = { meta = merged(before.meta, changes) }
  write.call.deadline = math.max(began + write.call.deadline - client.driver:now(), 0.001)
  return request.run(client, write)
end

-- Starts one of many calls with the same options, for `many`.
local function start(client, spec, id, call, problems)
  local err, under_way
  spec.call, spec.map = call, answer.customer
  if problems then
    spec, err = request.refuse(spec, "invalid", nil, problems)
  else
    spec, err = check(client, spec, id)
  end
  if not spec then return nil, err end
  name_customer(spec, id)
  under_way, err = request.start(client, spec)
  return under_way, err, spec
end

-- A pause that a cancelled task or a closed client does not sit out.
local function sleep(client, seconds)
  local ends, task = client.driver:now() + seconds, concurrency.current()
  repeat
    client.loop.sleep(client.driver, math.min(math.max(ends - client.driver:now(), 0.001), HEARING))
  until client.driver:now() >= ends or client.closed or task and task.cancelled
end

-- What a wait needs of a client. Clients that start together must not look together: the clock
-- adds to the jitter what an unseeded generator lacks.
local function wait_host(client, resource)
  return {
    get = function(id, seconds)
      local most = math.min(client.options.deadline, seconds)
      return resource.get(id, { deadline = math.max(most, 0.001) })
    end,
    sleep = function(seconds) sleep(client, seconds) end,
    now = function() return client.driver:now() end,
    random = function() return (math.random() + client.driver:now() * 1000) % 1 end,
  }
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
    return run(client, {
      method = "POST", path = version.root, pattern = version.root,
      operation = "create", repeat_as = "create", json = json.plain(given),
    }, nil, opts)
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
    return run(client, {
      method = "GET", path = version.root, pattern = with_id,
      operation = "get", repeat_as = "read",
    }, id, opts)
  end

  --- "Update a customer": what is absent stays, but `meta` is replaced whole (see merge_meta;
  --- for v1 that is not documented). In v2 only individuals can be updated, by address,
  --- personalInformation and meta.
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
    return run(client, {
      method = version.update, path = version.root, pattern = with_id,
      operation = "update", repeat_as = "update", json = json.plain(given),
    }, id, opts)
  end

  --- Changes some keys of `meta` and leaves the others: gets the customer, lays `changes` over
  --- its meta and updates it with the whole. `spherepay.null` takes a key away; to store null,
  --- update with the whole meta. A change that others make between the two calls is lost: the
  --- API documents no way to prevent it. v1 does not say whether it takes absent keys away.
  ---@param id string
  ---@param changes table keys, and strings, numbers, booleans or `spherepay.null`
  ---@param opts table? as for create; `deadline` spans both calls, `idempotency_key` is for the
  ---  update
  ---@return table? customer as the update answered
  ---@return spherepay.Error? err of whichever call failed; "invalid" for a v2 business, which the
  ---  vendor does not update
  ---@return spherepay.Response? response
  function resource.merge_meta(id, changes, opts)
    refuse_colon(resource, id, "merge_meta")
    refuse_type(id, "string", "merge_meta", "an id (a string) and a table of changes")
    refuse_type(changes, "table", "merge_meta", "an id and a table of changes")
    return merge_meta(client, {
      method = version.update, path = version.root, pattern = with_id,
      operation = "update", repeat_as = "update", json = { meta = json.plain(changes) },
    }, id, opts)
  end

  --- Gets many customers, so many at a time, as fast as the rate limit allows:
  ---
  ---     for id, customer, err in client.customer.get_many(ids) do ... end
  ---
  --- They come in the order in which the calls end, not in that of the ids. No more than
  --- `concurrency` customers are held at a time, however many ids there are. When the loop is left
  --- early, calls under way are cancelled in Lua 5.4 and otherwise come to their end unseen. In
  --- plain Lua 5.1 no iterator of a `for` can yield: in a coroutine call this one in a `while`.
  ---@param ids string[]|fun(): string? a list, or a function that gives one at each call
  ---@param opts table? `concurrency` (16), `on_progress` = function(done, total) (total is nil
  ---  when `ids` is a function), and those of create, for each call
  ---@return fun(): string?, table?, spherepay.Error?, spherepay.Response? iterator
  function resource.get_many(ids, opts)
    refuse_colon(resource, ids, "get_many")
    if type(ids) ~= "function" then
      refuse_type(ids, "table", "get_many", "a list of ids or a function")
      local why = checks.no_list(ids)
      if why then
        blame("spherepay: client.customer.get_many takes a list of ids or a function, " .. why)
      end
    end
    local own, given = many.options(opts, "get_many")
    local call, problems = options.call(given, client.options)
    return many.iterator(ids, {
      client = client,
      concurrency = own.concurrency,
      on_progress = own.on_progress,
      start = function(id)
        refuse_type(id, "string", "get_many", "ids that are strings")
        return start(client, {
          method = "GET", path = version.root, pattern = with_id,
          operation = "get", repeat_as = "read",
        }, id, call, problems)
      end,
      finish = function(spec, done) return request.finish(client, spec, done) end,
    })
  end

  --- Waits until the customer is where it should be: gets it again and again, first after about
  --- a second, then less often. Every get keeps to the rate limit and is repeated as any other; a
  --- look that fails in a way that may pass (network, timeout, rate_limited, server) is a pause.
  ---
  --- The goal is a status that every deciding profile has, the one furthest from approved for
  --- many ("approved" means all are); a policy (`verification.policy`), such as
  --- `{ currency = "USD" }`; or a function of the customer. What the goal holds for only between
  --- two looks is missed.
  ---
  --- It ends without success when the goal is out of reach because what it needs is "rejected"
  --- (whether that is final is not documented), at the deadline, when cancelled or closed, or when
  --- a look fails for good: `err.ended` is "refused" (kind "rejected"), "deadline" (kind
  --- "timeout"), "cancelled" or "failed"; `err.customer` is what was last seen, not for logs;
  --- `err.cause` the error of the last look, when that is what the deadline found.
  ---
  --- `on_change` runs between two looks, in the caller's coroutine: it may make calls, and what
  --- it raises comes out of wait_until, as does what a goal function raises.
  ---@param id string
  ---@param goal string|spherepay.verification.Policy|fun(customer: table): any a documented status
  ---  (vendor docs: Verification profile), a policy or a function
  ---@param opts { deadline: number?, interval: number|number[]|nil, on_change: nil|fun(
  ---  diff: spherepay.verification.Diff, customer: table), allow_unknown: boolean? }? seconds:
  ---  deadline 3600, math.huge for none; interval { 1, 30 }: each pause doubles from the first to
  ---  the second, less up to half of it at random, and starts anew after a change;
  ---  `allow_unknown`: the status may be one that nobody documents
  ---@return table? customer for whom the goal holds
  ---@return spherepay.Error? err
  ---@return spherepay.Response? response of the last look, on success
  function resource.wait_until(id, goal, opts)
    refuse_colon(resource, id, "wait_until")
    refuse_type(id, "string", "wait_until", "an id (a string) and a goal")
    local plan = wait.plan(goal, opts, client.options.api_version)
    return wait.run(plan, id, wait_host(client, resource))
  end

  return misnamed.watch(resource, "client.customer", {
    retrieve = READ, fetch = READ, find = READ, read = READ,
    add = MAKE, new = MAKE, patch = CHANGE, edit = CHANGE, save = CHANGE, modify = CHANGE,
    delete = "the API documents no way to delete a customer",
    remove = "the API documents no way to delete a customer",
    list = ("client:request(\"GET\", %q, { query = { email = ... } }) lists"):format(version.root),
  })
end

return customer
