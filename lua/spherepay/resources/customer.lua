-- The resource customer: each method is an endpoint and one call over `runner`; merge_meta is a get
-- and an update; get_many (`many`) and wait_until (`waiter`) are many gets, each and find (`pages`)
-- many lists. What the vendor calls them is in the comments.

local outcome = require "spherepay.http.outcome"
local blame = require "spherepay.options.blame"
local checks = require "spherepay.options.checks"
local scheduler = require "spherepay.async.scheduler"
local json = require "spherepay.http.json"
local misnamed = require "spherepay.options.misnamed"
local need = require "spherepay.need"
local options = require "spherepay.options"
local request = require "spherepay.http.request"
local runner = require "spherepay.resources.runner"

local create_many = need.lazily "spherepay.resources.create_many"
local many = need.lazily "spherepay.resources.many"
local pages = need.lazily "spherepay.resources.pages"
local waiter = need.lazily "spherepay.resources.waiter"

local customer = {}

-- Seconds until a wait that pauses hears that it is cancelled.
local HEARING = 0.5

-- What other clients call the calls.
local READ = "did you mean \"get\"?"
local MAKE = "did you mean \"create\"?"
local CHANGE = "did you mean \"update\"?"
local FIND = "did you mean \"find\", or \"list\" with the filter search?"

local function refuse_colon(resource, first, name)
  runner.refuse_colon(resource, first, "client.customer." .. name)
end

local function refuse_type(value, wanted, name, what)
  runner.refuse_type(value, wanted, "client.customer." .. name, what)
end

local function refuse_id(resource, value, name)
  refuse_colon(resource, value, name)
  refuse_type(value, "string", name, "an id (a string)")
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

-- The options of a call with another time to end.
local function with_deadline(call, deadline)
  local copy = {}
  for name, value in pairs(call) do copy[name] = value end
  copy.deadline = math.max(deadline, 0.001)
  return copy
end

-- The options of a read before a write: the caller's key is for the write.
local function for_reading(call)
  local copy = with_deadline(call, call.deadline)
  copy.idempotency_key = nil
  return copy
end

-- The customer, and the members of its meta as they came.
local function read_meta(client, write)
  local members
  local spec = runner.new(client, "customer.get", write.id)
  spec.call, spec.keep_text = for_reading(write.call), true
  spec.map = function(raw, asked)
    local found, value, err, response = outcome.customer_and_meta(raw, asked)
    members = found
    return value, err, response
  end
  local before, failure = request.run(client, assert(runner.check(client, spec)))
  return before, failure, members
end

-- Whether there is nothing in the meta, whatever the API calls that.
local function is_blank(meta)
  return meta == nil or meta == json.null or type(meta) == "table" and next(meta) == nil
end

-- The update is checked before the read, so that nothing is sent when it cannot be.
local function merge_meta(client, id, changes, opts)
  local began = client.dispatcher:now()
  local write, err = runner.ready(client, "customer.update", id, { meta = changes }, opts)
  if not write then return nil, err end
  changes = write.given.meta
  local before, failure, members = read_meta(client, write)
  if not before then return nil, failure end
  write.given = { type = before.type == "business" and "business" or nil }
  write, err = runner.check(client, write)
  if not write then return nil, err end
  if not members and not is_blank(before.meta) then
    return request.refuse(write, "protocol", "the customer's meta is no object")
  end
  write.json = { meta = json.overlay(members or {}, changes) }
  write.params = { meta = merged(before.meta, changes) }
  write.call = with_deadline(write.call, began + write.call.deadline - client.dispatcher:now())
  return request.run(client, write)
end

-- A pause that a cancelled task or a closed client does not sit out.
local function sleep(client, seconds)
  local ends, task = client.dispatcher:now() + seconds, scheduler.current()
  repeat
    local left = math.max(ends - client.dispatcher:now(), 0.001)
    client.loop.sleep(client.dispatcher, math.min(left, HEARING))
  until client.dispatcher:now() >= ends or client.closed or task and task.cancelled
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
    now = function() return client.dispatcher:now() end,
    random = function() return (math.random() + client.dispatcher:now() * 1000) % 1 end,
  }
end

--- The resource, bound to a client.
---@param client spherepay.Client
---@return spherepay.CustomerResource
function customer.new(client)
  ---@class spherepay.CustomerResource
  local resource = {}

  --- "Create a customer": an individual or a business. Repeated only when the attempt provably
  --- never arrived or was refused with 429; `err.maybe_applied` says when it may have happened.
  ---@param given spherepay.v2.individual|spherepay.v2.business|spherepay.v1.customer_create (vendor
  ---  docs: Create a customer)
  ---@param opts spherepay.CallOptions? timeout, deadline (seconds), max_retries, idempotency_key,
  ---  headers, traceparent, validate
  ---@return spherepay.Customer? customer
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.create(given, opts)
    refuse_colon(resource, given, "create")
    refuse_type(given, "table", "create", "a table of params")
    return runner.run(client, "customer.create", nil, given, opts)
  end

  --- "Get a customer by ID", with the state of its verification.
  ---@param id string
  ---@param opts spherepay.CallOptions? as for create
  ---@return spherepay.Customer? customer
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.get(id, opts)
    if type(id) ~= "string" then refuse_id(resource, id, "get") end
    return runner.run(client, "customer.get", id, nil, opts)
  end

  --- "Update a customer": what is absent stays, but `meta` is replaced whole (see merge_meta;
  --- for v1 that is not documented). In v2 only individuals can be updated, by address,
  --- personalInformation and meta.
  ---@param id string
  ---@param given spherepay.v2.individual_update|spherepay.v1.customer_update (vendor docs: Update a
  ---  customer)
  ---@param opts spherepay.CallOptions? as for create
  ---@return spherepay.Customer? customer
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.update(id, given, opts)
    refuse_colon(resource, id, "update")
    refuse_type(id, "string", "update", "an id (a string) and a table of params")
    refuse_type(given, "table", "update", "an id and a table of params")
    return runner.run(client, "customer.update", id, given, opts)
  end

  --- Changes some keys of `meta` and leaves the others: gets the customer, lays `changes` over
  --- its meta and updates it with the whole. `spherepay.null` takes a key away; to store null,
  --- update with the whole meta. A change that others make between the two calls is lost: the
  --- API documents no way to prevent it. v1 does not say whether it takes absent keys away.
  ---@param id string
  ---@param changes table keys, and strings, numbers, booleans or `spherepay.null`
  ---@param opts spherepay.CallOptions? as for create; `deadline` spans both calls,
  ---  `idempotency_key` is for the update
  ---@return spherepay.Customer? customer as the update answered
  ---@return spherepay.Error err of whichever call failed; "invalid" for a v2 business, which the
  ---  vendor does not update
  ---@return spherepay.Response? response
  function resource.merge_meta(id, changes, opts)
    refuse_colon(resource, id, "merge_meta")
    refuse_type(id, "string", "merge_meta", "an id (a string) and a table of changes")
    refuse_type(changes, "table", "merge_meta", "an id and a table of changes")
    return merge_meta(client, id, changes, opts)
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
  ---@param opts spherepay.ManyOptions? `concurrency` (16), `on_progress` = function(done, total)
  ---  (total is nil when `ids` is a function), and those of create, for each call
  ---@return fun(): string?, spherepay.Customer?, spherepay.Error?, spherepay.Response? iterator
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
        return runner.start(client, "customer.get", id, nil, call, problems)
      end,
      finish = function(spec, done) return request.finish(client, spec, done) end,
    })
  end

  --- Creates many customers, so many at a time, as fast as the rate limit allows:
  ---
  ---     for index, customer, err in client.customer.create_many(rows) do ... end
  ---
  --- They come in the order in which the calls end. With `journal`, a file (0600) that the client
  --- makes, what becomes of each row is on the disk before the next is begun, so that the program
  --- can be killed at any point and run again with the same rows and the same journal: rows that
  --- are done are read and given; rows that may have arrived are looked up by email and given as
  --- found, or as a "conflict" when a person has to look; the others are created. A row whose data
  --- has changed although it may have arrived is a "conflict" too. When the loop is left early,
  --- what is under way goes on, and `on_error` is told what became of it.
  ---@param rows table[]|fun(): table? a list of params, or a function that gives one at each call
  ---@param opts spherepay.ImportOptions? `concurrency` (16), `on_progress` = function(done,
  ---  total), `journal` (a path), `settle` (10: seconds after which a request of a process that was
  ---  killed has arrived for certain), and those of create
  ---@return fun(): integer?, table?, spherepay.Error?, spherepay.Response? iterator index 0 and an
  ---  error when the journal cannot be opened
  function resource.create_many(rows, opts)
    refuse_colon(resource, rows, "create_many")
    if type(rows) ~= "function" then
      refuse_type(rows, "table", "create_many", "a list of params or a function")
      local why = checks.no_list(rows)
      if why then
        blame("spherepay: client.customer.create_many takes a list or a function, " .. why)
      end
    end
    return create_many.iterator(client, rows, opts, function(seconds) sleep(client, seconds) end)
  end

  --- "List customers": one page of them.
  ---@param filters spherepay.v2.customer_filters? `page` (1), `limit` (10), `status`, `type`,
  ---  `email` (exact), `search` (part of a name or of the email), and others; those of v1 are not
  ---  documented
  ---@param opts spherepay.CallOptions? as for create
  ---@return { items: spherepay.Customer[], pagination: spherepay.v2.pagination? }? page pagination
  ---  has page, limit, total, totalPages, hasNext, hasPrevious; v1 documents none
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.list(filters, opts)
    refuse_colon(resource, filters, "list")
    if filters ~= nil then refuse_type(filters, "table", "list", "a table of filters") end
    return runner.run(client, "customer.list", nil, filters or {}, opts)
  end

  --- Iterates over the customers of all pages:
  ---
  ---     for customer, err in client.customer.each { status = "pending" } do
  ---       if not customer then return print(err) end
  ---       ...
  ---     end
  ---
  --- One page is held and the next is fetched meanwhile. A page that cannot be had gives `false`
  --- and the error once, and ends the loop; `err.page` is its number. Lists move while they are
  --- read: a customer who comes on two pages comes once (the last 4096 ids are remembered), but one
  --- who moves to a page that was read already is missed.
  ---@param filters spherepay.v2.customer_filters? as for list; `page` is where to begin, `limit`
  ---  (100) how many a page has
  ---@param opts spherepay.WalkOptions? `on_progress` = function(done, total), and those of create,
  ---  for each page
  ---@return fun(): table|false|nil, spherepay.Error? iterator
  function resource.each(filters, opts)
    refuse_colon(resource, filters, "each")
    if filters ~= nil then refuse_type(filters, "table", "each", "a table of filters") end
    return pages.each(client, "customer", filters, opts)
  end

  --- The first customer who has exactly what the filters say, whatever else the server lists: the
  --- email (in any case), the type, a profile with that status, and every other filter that is a
  --- member of a customer. `search` is left to the server.
  ---@param filters spherepay.v2.customer_filters as for list, one at least
  ---@param opts spherepay.FindOptions? `unique`: two who match are an error, kind "conflict"; and
  ---  those of create
  ---@return spherepay.Customer? customer
  ---@return spherepay.Error err kind "not_found" when there is none
  ---@return spherepay.Response? response
  function resource.find(filters, opts)
    refuse_colon(resource, filters, "find")
    refuse_type(filters, "table", "find", "a table of filters")
    return pages.find(client, "customer", filters, opts)
  end

  --- "Terms of service": a link for the customer to accept them behind. It expires; a new one can
  --- be made at any time. Not for logs, as all links of this resource.
  ---@param id string
  ---@param opts spherepay.CallOptions? as for create
  ---@return { url: string, expiresAt: string? }? link
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.tos_link(id, opts)
    if type(id) ~= "string" then refuse_id(resource, id, "tos_link") end
    return runner.run(client, "customer.tos_link", id, nil, opts)
  end

  --- "Know your customer": a link to a page that asks for all that is missing. Meant for
  --- businesses; for individuals the vendor recommends the other calls, and not to mix the two.
  ---@param id string
  ---@param opts spherepay.CallOptions? as for create
  ---@return { url: string, expiresAt: string? }? link
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.kyc_link(id, opts)
    if type(id) ~= "string" then refuse_id(resource, id, "kyc_link") end
    return runner.run(client, "customer.kyc_link", id, nil, opts)
  end

  --- "Face verification link": where the customer shows a face to the camera.
  ---@param id string
  ---@param opts spherepay.CallOptions? as for create
  ---@return { url: string, expiresAt: string? }? link
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.face_link(id, opts)
    if type(id) ~= "string" then refuse_id(resource, id, "face_link") end
    return runner.run(client, "customer.face_link", id, nil, opts)
  end

  --- "Send verification code": by email or to the phone. Repeated as seldom as create, for each
  --- time the customer gets another code.
  ---@param id string
  ---@param kind "email"|"phone"
  ---@param opts spherepay.CallOptions? as for create
  ---@return table? sent customerId and expiresAt, as far as the API says so
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.send_code(id, kind, opts)
    refuse_colon(resource, id, "send_code")
    refuse_type(id, "string", "send_code", "an id (a string) and \"email\" or \"phone\"")
    refuse_type(kind, "string", "send_code", "an id and \"email\" or \"phone\"")
    return runner.run(client, "customer.send_code", id, { type = kind }, opts)
  end

  --- "Verify verification code". Repeated as seldom as create: a code is used up by its check.
  ---@param id string
  ---@param kind "email"|"phone"
  ---@param code string of 1 to 10 characters, as the customer typed it: a number is refused,
  ---  because it has lost its leading zeros
  ---@param opts spherepay.CallOptions? as for create
  ---@return table? verified customerId and verifiedAt, as far as the API says so
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.verify_code(id, kind, code, opts)
    refuse_colon(resource, id, "verify_code")
    local what = "an id (a string), \"email\" or \"phone\", and a code"
    refuse_type(id, "string", "verify_code", what)
    refuse_type(kind, "string", "verify_code", what)
    return runner.run(client, "customer.verify_code", id, { type = kind, code = code }, opts)
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
  ---@param goal spherepay.Status|spherepay.verification.Policy|fun(customer: table): any a
  ---  documented status (vendor docs: Verification profile), a policy or a function
  ---@param opts spherepay.WaitOptions? in seconds: deadline 3600, math.huge for none; interval
  ---  { 1, 30 }: each pause doubles from the first to the second, less up to half of it at random,
  ---  and starts anew after a change; `on_change` as above;
  ---  `allow_unknown`: the status may be one that nobody documents
  ---@return spherepay.Customer? customer for whom the goal holds
  ---@return spherepay.Error err
  ---@return spherepay.Response? response of the last look, on success
  function resource.wait_until(id, goal, opts)
    refuse_colon(resource, id, "wait_until")
    refuse_type(id, "string", "wait_until", "an id (a string) and a goal")
    local wait = waiter.read(goal, opts, client.options.api_version)
    return waiter.run(wait, id, wait_host(client, resource))
  end

  return misnamed.watch(resource, "client.customer", {
    retrieve = READ, fetch = READ, read = READ,
    add = MAKE, new = MAKE, patch = CHANGE, edit = CHANGE, save = CHANGE, modify = CHANGE,
    delete = "the API documents no way to delete a customer",
    remove = "the API documents no way to delete a customer",
    list_all = "did you mean \"each\"?", all = "did you mean \"each\"?", search = FIND,
    upload = "write client.document.upload { targetId = id, ... }",
  })
end

return customer
