-- The gate: "may this customer pass?" on every request to an nginx, without asking SpherePay on
-- every request. What was seen of customers is kept in a lua_shared_dict; one look per customer is
-- under way at a time, and serves every policy. It knows nginx and nothing of HTTP to the API,
-- which is the client's.
--
-- A dictionary serves the gates of one SpherePay application: gates of different applications
-- need dictionaries of their own.

local application = require "spherepay.gate.application"
local blame = require "spherepay.options.blame"
local checks = require "spherepay.options.checks"
local clock = require "spherepay.gate.clock"
local counters = require "spherepay.gate.counters"
local decision = require "spherepay.gate.decision"
local errors = require "spherepay.errors"
local generation = require "spherepay.verification.generation"
local options = require "spherepay.options"
local schema = require "spherepay.options.schema"
local ids = require "spherepay.params.id"
local recent = require "spherepay.gate.recent"
local record = require "spherepay.gate.record"
local refusal = require "spherepay.gate.refusal"

---@class spherepay.gate
local gate = {}

---@class spherepay.Gate
local Gate = {}
Gate.__index = Gate
Gate.__name = "spherepay.gate"

local PREFIX = "customer_" -- of every id of a customer

-- `fail = "open"` is for an API that does not answer, not for one that refuses or is not trusted.
local NO_ANSWER = { network = true, timeout = true, rate_limited = true, server = true }

local function check_client(value)
  if type(value) == "table" and type(value.customer) == "table" and value.loop then return value end
  return nil, "a client of spherepay.new"
end

local function check_policy(value)
  if type(value) == "table" and type(value.check) == "function" and value.node then return value end
  return nil, "a policy of verification.policy"
end

local function check_stale(value)
  if value == 0 then return value end
  if checks.seconds(value) then return value end
  return nil, "a number of seconds from 0 to 86400"
end

local OPTIONS = {
  { "client", check_client },
  { "policy", check_policy },
  { "shm", checks.text },
  { "ttl", checks.seconds, 60 },
  { "negative_ttl", checks.seconds, 5 },
  { "stale_ttl", check_stale, 0 },
  { "deadline", checks.timeout, 5 },
  { "fail", checks.one_of { "closed", "open" }, "closed" },
  { "facts", checks.callback },
  { "dry_run", checks.boolean, false },
  { "redis", checks.redis },
}

local function read_options(given)
  local checked = options.of(given, OPTIONS, "spherepay.gate.new")
  for _, name in ipairs { "client", "policy", "shm" } do
    if checked[name] == nil then
      blame("spherepay: option \"" .. name .. "\" of spherepay.gate.new is required")
    end
  end
  return checked
end

local function find_dict(host, name)
  if type(host) ~= "table" or not host.shared then
    blame("spherepay: spherepay.gate needs nginx with its Lua module")
  end
  local dict = host.shared[name]
  if dict then return dict end
  blame("spherepay: nginx has no \"lua_shared_dict " .. name .. " 1m;\" in its http block")
end

local function check_generation(client, policy)
  local misfit = generation(policy, client.options.api_version)
  if misfit then blame("spherepay: the policy of spherepay.gate.new: " .. misfit) end
end

-- A policy of this gate's, checked and registered once.
local function register(self, policy)
  local known = self.policies[policy]
  if known then return known end
  if not check_policy(policy) then
    blame("spherepay: a gate takes policies of verification.policy")
  end
  check_generation(self.client, policy)
  local tokens = {}
  for i, token in ipairs(self.application.asked:tokens_of(policy)) do tokens[i] = token end
  if self.facts then tokens[#tokens + 1] = self.facts end
  known = { tokens = tokens, recent = recent.new(self.host.now) }
  self.policies[policy] = known
  return known
end

--- A gate. Make it once, in init_by_lua or where a module is loaded, and not per request.
---@param given spherepay.GateOptions `client` and `policy` (of verification.policy); `shm`, the
---  name of a lua_shared_dict; in seconds `ttl` (60) for which an allowed customer stays allowed,
---  `negative_ttl` (5) for which one who is not stays so, `stale_ttl` (0) for which the former may
---  still pass after `ttl` while he is looked up again, `deadline` (5) for which a request waits at
---  most; `fail`, "closed" or "open": whether `enforce` lets nobody or everybody pass when the API
---  does not answer; `facts`, a function of the customer that returns a flat table of strings,
---  numbers and booleans, which is kept beside and becomes `found.facts`; `dry_run`, whether
---  `enforce` lets everybody pass and only counts; `redis` (`host`, `port`, `password`, `tls`,
---  `prefix`) where the gates of several machines keep what they know
---@return spherepay.Gate
--- Raises for unknown, wrong or missing options, for a policy about names of the other version of
--- the API, without nginx, and when there is no dictionary of that name.
function gate.new(given)
  local checked, host = read_options(given), rawget(_G, "ngx")
  local client, dict = checked.client, find_dict(host, checked.shm)
  local app = application.of(host, client, checked.shm, dict, checked.redis)
  local self = setmetatable({
    host = host, client = client, application = app,
    policies = setmetatable({}, { __mode = "k" }),
    policy = checked.policy, fail = checked.fail, dry_run = checked.dry_run,
    ttl = checked.ttl, negative_ttl = checked.negative_ttl, stale_ttl = checked.stale_ttl,
    deadline = checked.deadline,
    facts = checked.facts and app.asked:add_facts(checked.facts),
  }, Gate)
  app.kept = math.max(app.kept, checked.ttl + checked.stale_ttl)
  app.kept_nobody = math.max(app.kept_nobody, checked.negative_ttl)
  app.flights.deadline = math.max(app.flights.deadline, checked.deadline)
  register(self, checked.policy)
  return self
end

-- What a policy says of what was seen; nil when that is too old, or does not answer its questions.
-- One who was not allowed is never told so out of habit: he may have been approved meanwhile.
-- What a request has waited for is not too old for it, however long the look took.
local function decide(self, policy, known, seen, at, was_awaited)
  if not decision.can_be_made(seen, known.tokens) then return nil end
  local found = decision.by(policy, seen)
  local fresh = found.allowed and self.ttl or self.negative_ttl
  local age = self.host.now() - at
  if age < -clock.SKEW and not was_awaited then return nil end -- nobody knows how old that is
  found.at, found.age = at, math.max(0, age)
  local useful = fresh + (found.allowed and self.stale_ttl or 0)
  if found.age >= useful and not was_awaited then return nil end
  found.stale = found.age >= fresh and not was_awaited
  found.facts = self.facts and seen.facts[self.facts] or nil
  return found
end

-- nginx makes an id when it is asked for one, and only events carry it.
local function read_trace(self)
  local var = self.host.var
  return var.http_traceparent, self.client.hooks and var.request_id or nil
end

-- What a request brings that its look is to carry along. There is none outside of requests.
local function trace_of(self)
  local ok, traceparent, id = pcall(read_trace, self)
  if not ok or not (traceparent or id) then return nil end
  if not options.is_traceparent(traceparent) then traceparent = nil end
  return { traceparent = traceparent, origin = id }
end

-- Whether a look may begin in this place at all.
local function can_wait(self)
  local ready, why = self.client.loop.check(self.client.dispatcher)
  if ready then return nil end
  return errors.new { kind = "invalid", message = why }
end

-- Waits for a look, as long as the gate has time. What another policy's look has seen may not
-- answer this one's questions: then there is one more.
local function wait(self, id, policy, known, given)
  local app, now = self.application, self.host.now()
  local till = now + self.deadline
  for _ = 1, 2 do
    local seen, at, err = app.flights:wait(id, given, math.max(till - now, 0.001), now)
    if not seen then return nil, err end
    local found = decide(self, policy, known, seen, at, true)
    if found then return found end
    given.after, given.is_closed, now = at, nil, self.host.now()
  end
  return nil, errors.new { kind = "timeout", message = "no decision in time", retryable = true }
end

local function revalidate(self, id, at)
  local app = self.application
  if app.cache:failure(id, app.cache:place(true)) or app.breaker:refusal() then return end
  app.flights:start(id, { after = at, known = true, trace = trace_of(self) })
end

-- What is known, or what a look says.
local function find(self, id, policy, known)
  local app = self.application
  local seen, at = app.cache:read(id)
  local found = seen and decide(self, policy, known, seen, at)
  if found then
    app.counters:note(found.stale and "stale" or "hits")
    if found.stale then revalidate(self, id, at) end
    -- who comes a second time may come a third time: most of a crowd of strangers does not
    known.recent:put(id, found, found.at + (found.allowed and self.ttl or self.negative_ttl))
    return found
  end
  local refused, is_closed = app.breaker:refusal()
  local err = refused or can_wait(self)
  if err then return nil, err end
  return wait(self, id, policy, known, {
    after = at, known = seen ~= nil and seen.customer ~= nil, trace = trace_of(self),
    is_closed = is_closed,
  })
end

local function check(self, id, policy)
  local known = self.policies[policy] or register(self, policy)
  local hit = known.recent:get(id)
  local count = self.application.counters
  if hit then
    count:note "hits"
    return hit
  end
  if type(id) ~= "string" then return decision.denied "no_id" end
  local unsafe = ids.check(id)
  if unsafe or id:sub(1, #PREFIX) ~= PREFIX then return decision.denied "bad_id" end
  return find(self, id, policy, known)
end

-- `gate.check(id)` passes anything but a gate as the first argument.
local function refuse_dot(self, name)
  if getmetatable(self) == Gate then return end
  blame("spherepay: write gate:" .. name .. "(...), with a colon")
end

--- Whether a customer may pass: what is known, or what SpherePay says now. Waits only for the
--- latter, and only in phases where a call can wait (rewrite, access, content, timers).
---@param id any from your own authentication; what is no customer id, nil included, is not allowed,
---  and nothing is sent
---@param policy spherepay.verification.Policy? instead of the gate's own
---@return spherepay.gate.Decision? found not to be changed
---@return spherepay.Error err when nothing is known, whatever `fail` says; a failure answers for
---  the requests of the next second, or for as long as the server asked to be left alone
function Gate:check(id, policy)
  refuse_dot(self, "check")
  local found, err = check(self, id, policy or self.policy)
  local outcome = not found and "unavailable" or found.allowed and "allowed" or "denied"
  self.application.counters:add(outcome)
  return found, err
end

-- ---- what was seen, from elsewhere --------------------------------------------------------------

local function drop(self, id)
  for _, known in pairs(self.policies) do known.recent:drop(id) end
end

--- Forgets a customer in all workers, within a second: the next check looks. A look that is under
--- way does not bring back what was before.
---@param id string
function Gate:forget(id)
  refuse_dot(self, "forget")
  if type(id) ~= "string" then
    blame("spherepay: gate:forget takes an id (a string), got a " .. type(id))
  end
  self.application.cache:forget(id)
  self.application.counters:add "forgotten"
  drop(self, id)
end

--- Takes what was seen of a customer elsewhere, such as in a webhook that was verified, for the
--- newest: within a second all workers decide by it.
---@param customer table as `client.customer.get` returns one
---@return boolean? ok
---@return spherepay.Error err when that is no customer
function Gate:put(customer)
  refuse_dot(self, "put")
  local id = type(customer) == "table" and customer.id
  local app = self.application
  if type(id) ~= "string" or ids.check(id) then
    return nil, errors.new { kind = "invalid", message = "gate:put takes a customer with its id" }
  end
  local seen, number = record.of(customer, app.asked), app.cache:forget(id)
  app.flights.write(id, seen, self.host.now(), number)
  app.counters:add "put"
  drop(self, id)
  return true
end

-- ---- what is done -------------------------------------------------------------------------------

--- What the gates of this dictionary have done, in all workers: hits, stale, misses, joins, looks,
--- looks_failed, abandoned, breaker_opened, allowed, denied, unavailable, passed_open, passed_dry,
--- forgotten, put; and `breaker_open`, the seconds for which SpherePay is still left alone.
---@return table<string, number>
function Gate:stats()
  refuse_dot(self, "stats")
  local stats = self.application.counters:read()
  local refused = self.application.breaker:refusal()
  stats.breaker_open = refused and refused.retry_after or 0
  return stats
end

--- The same in the text format of Prometheus, for a location that only it reaches.
---@return string
function Gate:prometheus()
  refuse_dot(self, "prometheus")
  local stats = self:stats()
  return counters.prometheus(stats, { breaker_open = {
    help = "whether SpherePay is left alone", value = stats.breaker_open > 0 and 1 or 0,
  } })
end

-- ---- in the place of a guarded location ---------------------------------------------------------

-- What is to be answered instead of the guarded location, nil for who may pass; the decision and
-- the error.
local function judge(self, given)
  local found, err = self:check(given.id, given.policy)
  if found and found.allowed then return nil, found end
  if found then return refusal.forbidden(found), found end
  if self.fail == "open" and NO_ANSWER[err.kind] then
    self.application.counters:add "passed_open"
    return nil, { allowed = true, open = true, outstanding = {} }
  end
  return refusal.unavailable(err), nil, err
end

-- Lets pass, with `dry_run`, who would have been refused by that decision, if there is one.
local function pass_dry(self, refused, found)
  self.application.counters:add "passed_dry"
  return { allowed = true, would = refused, outstanding = {}, facts = found and found.facts }
end

local function set_headers(host, refused)
  host.header["Cache-Control"] = "no-store"
  if refused.retry_after then host.header["Retry-After"] = tostring(refused.retry_after) end
  if refused.status == 401 then host.header["WWW-Authenticate"] = refusal.CHALLENGE end
end

local function answer(host, refused)
  host.status = refused.status
  set_headers(host, refused)
  host.header["Content-Type"] = "application/problem+json"
  host.header["Content-Length"] = #refused.body
  host.print(refused.body)
  return host.exit(host.HTTP_OK)
end

-- What `given` may hold, by the method.
local TAKEN = {
  enforce = schema.of_names { "id", "policy", "on_deny", "answer" },
  auth_request = schema.of_names { "id", "policy" },
}

local function check_given(given, name)
  if type(given) ~= "table" then
    blame(("spherepay: gate:%s takes { id = ... }, got a %s"):format(name, type(given)))
  end
  local unknown = schema.unknown(given, TAKEN[name])
  if unknown then
    blame(("spherepay: gate:%s takes { %s } and no %s"):format(name,
      table.concat(schema.known(TAKEN[name]).list, ", "), checks.quote(unknown[1])))
  end
  if given.on_deny ~= nil and type(given.on_deny) ~= "function" then
    blame("spherepay: on_deny of gate:enforce must be a function, got a " .. type(given.on_deny))
  end
end

--- Lets the request pass, or ends it with 403 or 503 and a body of application/problem+json that
--- names what is outstanding. With 503 comes a Retry-After.
---
--- For access_by_lua; but nginx runs no access phase in a subrequest (`auth_request`,
--- `ngx.location.capture`), and a `return` in the location answers before it: nobody is asked
--- then, and Lua is not told. Where subrequests may come, call it in rewrite_by_lua, which they
--- run; a guarded location holds no `return` and no `rewrite`; and `auth_request` has a method of
--- its own.
---@param given { id: any, policy: spherepay.verification.Policy?, on_deny: function?,
---  answer: boolean? } `id` from your own authentication; what is no string, nil included, is
---  answered with 403; `policy` instead of the gate's own; `on_deny(found, err, refused)` answers
---  instead, and the request ends with it, with `refused.status` if it has not said anything;
---  `answer = false` sends the status without a body, so that `error_page` can answer
---@return spherepay.gate.Decision found allowed; with `fail = "open"` it may know nothing, and says
---  so by `open`; with `dry_run` it says by `would` what the answer would have been
function Gate:enforce(given)
  refuse_dot(self, "enforce")
  check_given(given, "enforce")
  local host, refused, found, err = self.host, judge(self, given)
  if not refused then return found end
  if self.dry_run then return pass_dry(self, refused, found) end
  if given.on_deny then
    given.on_deny(found, err, refused)
    if host.headers_sent then return host.exit(host.HTTP_OK) end
  elseif given.answer ~= false then
    return answer(host, refused)
  end
  set_headers(host, refused)
  return host.exit(refused.status)
end

--- Answers nginx's `auth_request`, in content_by_lua of the location that it names: 204 for who
--- may pass, 401 for a request without an id, 403 for everybody else, as auth_request makes 500 of
--- any other status. What the client is to be told, 503 with its Retry-After included, stands in
--- the header SpherePay-Gate of this answer, which only auth_request_set sees:
---
---     location /transfers {
---       auth_request /_gate;
---       auth_request_set $spherepay_gate $sent_http_spherepay_gate;
---       error_page 401 403 = @refused;
---       proxy_pass http://application;
---     }
---     location = /_gate {
---       internal;
---       content_by_lua_block { gate:auth_request { id = customer_of_session() } }
---     }
---     location @refused {
---       content_by_lua_block { gate:answer_refusal(ngx.var.spherepay_gate) }
---     }
---
--- Without the last location the client gets 401 or 403 and no body: nobody passes by that.
---@param given { id: any, policy: spherepay.verification.Policy? } `id` from your own
---  authentication
function Gate:auth_request(given)
  refuse_dot(self, "auth_request")
  check_given(given, "auth_request")
  local host, refused = self.host, judge(self, given)
  host.header["Cache-Control"] = "no-store"
  if refused and self.dry_run then pass_dry(self, refused) end
  if not refused or self.dry_run then
    host.status = 204
    return host.exit(204)
  end
  if type(given.id) ~= "string" then refused = refusal.unauthorized() end
  host.status = refused.status == 401 and 401 or 403
  host.header["SpherePay-Gate"] = refusal.encode(refused)
  if host.status == 401 then host.header["WWW-Authenticate"] = refusal.CHALLENGE end
  return host.exit(host.HTTP_OK)
end

--- Answers the client what `auth_request` was told; for the location of its `error_page`.
---@param line any the header SpherePay-Gate; without it the answer is a plain 403
function Gate:answer_refusal(line)
  refuse_dot(self, "answer_refusal")
  return answer(self.host, refusal.decode(line))
end

return gate
