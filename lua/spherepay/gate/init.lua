-- The gate: "may this customer pass?" on every request to an nginx, without asking SpherePay on
-- every request. Decisions are kept in a lua_shared_dict; one look per customer is under way at a
-- time. It knows nginx and nothing of HTTP to the API, which is the client's.
--
-- A dictionary serves the gates of one SpherePay application: gates of different applications
-- need dictionaries of their own.

local blame = require "spherepay.options.blame"
local cache = require "spherepay.gate.cache"
local checks = require "spherepay.options.checks"
local decision = require "spherepay.gate.decision"
local errors = require "spherepay.errors"
local flights = require "spherepay.gate.flights"
local generation = require "spherepay.verification.generation"
local options = require "spherepay.options"
local params = require "spherepay.params"
local refusal = require "spherepay.gate.refusal"

local gate = {}

---@class spherepay.Gate
local Gate = {}
Gate.__index = Gate
Gate.__name = "spherepay.gate"

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

-- What makes two gates decide alike.
local function prefix_of(host, client, policy)
  local same = { client.options.base_url, client.options.api_version, tostring(policy) }
  return "gate:" .. host.md5(table.concat(same, "\n")):sub(1, 16) .. ":"
end

local function new_look(host, client, policy)
  return function(id, seconds)
    local customer, err = client.customer.get(id, { deadline = seconds })
    if customer and customer.id ~= id then
      customer, err = nil, errors.new { kind = "protocol", message = "another customer came" }
    end
    if customer then return decision.of(policy, customer) end
    if err.kind == "not_found" then return decision.denied("not_found") end
    host.log(host.WARN, tostring(err))
    return nil, err
  end
end

--- A gate. Make it once, in init_by_lua or where a module is loaded, and not per request.
---@param given table `client` and `policy` (of verification.policy); `shm`, the name of a
---  lua_shared_dict; in seconds `ttl` (60) for which an allowed customer stays allowed,
---  `negative_ttl` (5) for which one who is not stays so, `stale_ttl` (0) for which the former may
---  still pass after `ttl` while he is looked up again, `deadline` (5) for which a request waits
---  at most; `fail`, "closed" or "open": whether `enforce` lets nobody or everybody pass when the
---  API does not answer
---@return spherepay.Gate
--- Raises for unknown, wrong or missing options, for a policy about names of the other version of
--- the API, without nginx, and when there is no dictionary of that name.
function gate.new(given)
  local checked, host = read_options(given), rawget(_G, "ngx")
  local client, policy = checked.client, checked.policy
  check_generation(client, policy)
  local kept = cache.new {
    dict = find_dict(host, checked.shm),
    prefix = prefix_of(host, client, policy),
    ttl = checked.ttl,
    negative_ttl = checked.negative_ttl,
    stale_ttl = checked.stale_ttl,
    now = host.now,
  }
  return setmetatable({
    host = host,
    client = client,
    fail = checked.fail,
    cache = kept,
    flights = flights.new {
      host = host, cache = kept, deadline = checked.deadline,
      look = new_look(host, client, policy),
    },
  }, Gate)
end

--- Whether a customer may pass: what is known, or what SpherePay says now. Waits only for the
--- latter, and only in phases where a call can wait (rewrite, access, content, timers).
---@param id any from your own authentication; what is no customer id, nil included, is not allowed,
---  and nothing is sent
---@return spherepay.gate.Decision? found not to be changed
---@return spherepay.Error? err when nothing is known, whatever `fail` says; a failure answers for
---  the requests of the next second, or for as long as the server asked to be left alone
function Gate:check(id)
  if type(id) ~= "string" then return decision.denied("no_id") end
  local unsafe = params.check_id(self.client.options.api_version, id)
  if unsafe or not id:find("^customer_") then return decision.denied("bad_id") end
  local found = self.cache:read(id)
  if found and not found.stale then return found end
  local failure = self.cache:failure(id)
  if found then
    if not failure then self.flights:start(id) end
    return found
  end
  if failure then return nil, failure end
  local ready, why = self.client.loop.check(self.client.driver)
  if not ready then return nil, errors.new { kind = "invalid", message = why } end
  local decided, err = self.flights:wait(id)
  return decided, err
end

-- What is to be answered instead of the guarded location; nil and the decision for who may pass.
local function judge(self, id)
  local found, err = self:check(id)
  if found and found.allowed then return nil, found end
  if found then return refusal.forbidden(found) end
  if self.fail == "open" and NO_ANSWER[err.kind] then
    return nil, { allowed = true, open = true, outstanding = {} }
  end
  return refusal.unavailable(err)
end

local function answer(host, refused)
  host.status = refused.status
  host.header["Content-Type"] = "application/problem+json"
  host.header["Content-Length"] = #refused.body
  host.header["Cache-Control"] = "no-store"
  if refused.retry_after then host.header["Retry-After"] = tostring(refused.retry_after) end
  if refused.status == 401 then host.header["WWW-Authenticate"] = refusal.CHALLENGE end
  host.print(refused.body)
  return host.exit(host.HTTP_OK)
end

local function read_id(given, name)
  if type(given) ~= "table" then
    blame(("spherepay: gate:%s takes { id = ... }, got a %s"):format(name, type(given)))
  end
  for option in pairs(given) do
    if option ~= "id" then
      blame(("spherepay: gate:%s takes { id = ... } and no %s"):format(name, checks.quote(option)))
    end
  end
  return given.id
end

--- Lets the request pass, or ends it with 403 or 503 and a body of application/problem+json that
--- names what is outstanding. With 503 comes a Retry-After.
---
--- For access_by_lua; but nginx runs no access phase in a subrequest (`auth_request`,
--- `ngx.location.capture`), and a `return` in the location answers before it: nobody is asked
--- then, and Lua is not told. Where subrequests may come, call it in rewrite_by_lua, which they
--- run; a guarded location holds no `return`; and `auth_request` has a method of its own.
---@param given { id: any } from your own authentication; what is no string, nil included, is
---  answered with 403
---@return spherepay.gate.Decision found allowed; with `fail = "open"` it may know nothing, and says
---  so by `open`
function Gate:enforce(given)
  local refused, found = judge(self, read_id(given, "enforce"))
  if refused then return answer(self.host, refused) end
  return found
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
---@param given { id: any } from your own authentication
function Gate:auth_request(given)
  local id = read_id(given, "auth_request")
  local refused = type(id) ~= "string" and refusal.unauthorized() or judge(self, id)
  local host = self.host
  host.header["Cache-Control"] = "no-store"
  if not refused then
    host.status = 204
    return host.exit(204)
  end
  host.status = refused.status == 401 and 401 or 403
  host.header["SpherePay-Gate"] = refusal.encode(refused)
  if host.status == 401 then host.header["WWW-Authenticate"] = refusal.CHALLENGE end
  return host.exit(host.HTTP_OK)
end

--- Answers the client what `auth_request` was told; for the location of its `error_page`.
---@param line any the header SpherePay-Gate; without it the answer is a plain 403
function Gate:answer_refusal(line)
  return answer(self.host, refusal.decode(line))
end

return gate
