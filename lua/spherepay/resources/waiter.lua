-- Waits until a customer is where it should be: looks, reports what changed, pauses, looks again.
-- Looking and pausing are the client's (`get`, its loop's `sleep`), so a wait works in every loop
-- and holds nothing that could be left behind.

local blame = require "spherepay.options.blame"
local checks = require "spherepay.options.checks"
local criteria = require "spherepay.api.criteria"
local diff = require "spherepay.verification.diff"
local errors = require "spherepay.errors"
local evaluate = require("spherepay.verification.evaluate").evaluate
local generation = require "spherepay.verification.generation"
local hint = require("spherepay.verification.options").hint
local options = require "spherepay.options"
local refusal = require "spherepay.verification.refusal"

local waiter = {}

-- Reviews take minutes to days (vendor docs: Onboarding overview): begin eagerly, then be patient.
local INTERVAL = { first = 1, max = 30 }
local GROWTH = 2
local DEADLINE = 3600
-- The last look is this long before the deadline, or a tenth of it when that is less.
local LAST_LOOK = 1

-- What may be over at the next look. Everything else ends the wait.
local TRANSIENT = { network = true, timeout = true, rate_limited = true, server = true }
local CANCELLED = { cancelled = true, closed = true }

---@class spherepay.Wait
---@field holds fun(customer: table): boolean
---@field refused fun(customer: table): boolean
---@field deadline number seconds, may be math.huge
---@field interval { first: number, max: number } seconds
---@field on_change function?

---@class spherepay.WaitHost what a wait needs of a client
---@field get fun(id: string, seconds: number): table?, spherepay.Error?, spherepay.Response?
---@field sleep fun(seconds: number)
---@field now fun(): number seconds, monotonic
---@field random fun(): number from 0 up to 1

local function check_deadline(value)
  if type(value) == "number" and value > 0 then return value end
  return nil, "a number of seconds above 0 (math.huge for no end)"
end

local function check_interval(value)
  local first, max = value, value
  if type(value) == "table" then first, max = value[1], value[2] end
  first, max = checks.seconds(first), checks.seconds(max)
  if first and max and first <= max then return { first = first, max = max } end
  return nil, "a number of seconds, or { first, max } with first not above max"
end

local OPTIONS = {
  { "deadline", check_deadline, DEADLINE },
  { "interval", check_interval, INTERVAL },
  { "on_change", checks.callback },
  { "allow_unknown", checks.boolean },
}

local function has_status(status)
  return function(customer) return evaluate(customer).status == status end
end

local function is_policy(goal)
  local mt = getmetatable(goal)
  return type(mt) == "table" and mt.__name == "spherepay.verification.policy"
end

local function is_status(word, allow_unknown)
  for _, status in ipairs(criteria.statuses) do
    if word == status then return true end
  end
  return allow_unknown and word ~= ""
end

-- What holds when the goal is reached, and what tells that it will not be; or nil and a complaint.
local function read_goal(goal, version, allow_unknown)
  if type(goal) == "function" then return goal, refusal.of_everything end
  if is_policy(goal) then
    local problem = version and generation(goal, version)
    if problem then return nil, "no such policy: " .. problem end
    return function(customer) return goal:check(customer) end,
      function(customer) return refusal.of_rule(goal.node, customer) end
  end
  local wanted = "a status, a policy or a function"
  if type(goal) == "table" then
    return nil, wanted .. "; make a rule a policy first, with spherepay.verification.policy"
  end
  if type(goal) ~= "string" then return nil, wanted .. ", got " .. checks.describe(goal) end
  if is_status(goal, allow_unknown) then return has_status(goal), has_status("rejected") end
  return nil, wanted .. ", got another word" .. hint(goal, criteria.statuses)
end

--- Checks what a wait is for and how it is to be done.
---@param goal string|spherepay.verification.Policy|fun(customer: table): any
---@param opts table? deadline, interval, on_change, allow_unknown
---@param version "v1"|"v2"|nil of the API whose customers come
---@return spherepay.Wait
--- Raises for a goal that is none or that customers of this version never reach, and for unknown
--- or wrong options.
function waiter.read(goal, opts, version)
  local wait = options.of(opts, OPTIONS, "wait_until")
  local holds, refused = read_goal(goal, version, wait.allow_unknown)
  if not holds then blame("spherepay: wait_until takes " .. refused) end
  wait.holds, wait.refused = holds, refused
  return wait
end

local function ended(how, kind, message, customer, cause, response)
  return nil, errors.new {
    kind = kind,
    message = message .. (customer and "; " .. tostring(evaluate(customer)) or ""),
    ended = how,
    customer = customer,
    cause = cause,
    response = response or cause and cause.response,
    sent = "yes",
  }
end

local function failed(err, customer)
  err.ended = CANCELLED[err.kind] and "cancelled" or "failed"
  err.customer = customer
  return nil, err
end

-- Whether anything changed since the look before.
local function report(wait, before, customer)
  local changes = before and diff(before, customer)
  if not changes or not changes.changed then return false end
  if wait.on_change then wait.on_change(changes, customer) end
  return true
end

--- Looks until the goal is reached or nothing is to be hoped for any more.
---@param wait spherepay.Wait
---@param id string
---@param host spherepay.WaitHost
---@return table? customer
---@return spherepay.Error? err with `ended`: "refused", "deadline", "cancelled" or "failed"
---@return spherepay.Response? response of the last look, on success
function waiter.run(wait, id, host)
  local ends, delay = host.now() + wait.deadline, wait.interval.first
  local last_look = ends - math.min(LAST_LOOK, wait.deadline / 10)
  local seen
  while true do
    local customer, err, response = host.get(id, ends - host.now())
    if customer then
      if report(wait, seen, customer) then delay = wait.interval.first end
      seen = customer
      if wait.holds(customer) then return customer, nil, response end
      if wait.refused(customer) then
        return ended("refused", "rejected", "verification was refused", customer, nil, response)
      end
    elseif not TRANSIENT[err.kind] then
      return failed(err, seen)
    end
    local least, left = err and err.retry_after or 0, last_look - host.now()
    if left <= 0 or least > left then
      return ended("deadline", "timeout", "not reached in time", seen, err, response)
    end
    local pause = delay * (1 + host.random()) / 2
    host.sleep(math.min(math.max(pause, least), left))
    delay = math.min(delay * GROWTH, wait.interval.max)
  end
end

return waiter
