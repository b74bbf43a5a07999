-- What the gates of one worker share that ask for one application of SpherePay by one client: what
-- is known, who looks, who may look. A gate is a policy with its times on top of it.

local asked = require "spherepay.gate.asked"
local breaker = require "spherepay.gate.breaker"
local cache = require "spherepay.gate.cache"
local clock = require "spherepay.gate.clock"
local complaints = require "spherepay.gate.complaints"
local counters = require "spherepay.gate.counters"
local errors = require "spherepay.errors"
local fleet = require "spherepay.gate.fleet"
local flights = require "spherepay.gate.flights"
local joint = require "spherepay.resources.joint"
local keeper = require "spherepay.gate.keeper"
local lanes = require "spherepay.gate.lanes"
local record = require "spherepay.gate.record"
local resty = require "spherepay.ratelimit.resty"
local scrub = require "spherepay.privacy.scrub"

local application = {}

-- What may be over a moment later, unless the server says when.
local PASSING = { network = true, timeout = true, server = true }
local FIRST_PAUSE, GROWTH = 0.05, 2 -- seconds between attempts, less up to half of it

local MAX_TEXT = 300 -- of an error that was raised, in the log
local DEFAULT_CONNECTIONS = 16
local LINE, SHARE = 4, 0.75 -- of the connections: looks at a time, and those of strangers

-- client -> name of a dictionary -> application
local all = setmetatable({}, { __mode = "k" })

---@class spherepay.gate.Application
---@field host table ngx
---@field client spherepay.Client
---@field cache spherepay.gate.Cache
---@field asked spherepay.gate.Asked
---@field breaker spherepay.gate.Breaker
---@field counters spherepay.gate.Counters
---@field flights spherepay.gate.Flights
---@field kept number seconds for which what was seen is of use to some gate
---@field plain_options table? of a first attempt
---@field kept_nobody number the same for who is no customer

local function is_over(self, err, tries, left)
  local retries = self.client.options.max_retries or 0
  return tries.count >= retries or not PASSING[err.kind] or err.retry_after ~= nil or left <= 0
    or self.breaker:refusal() ~= nil
end

---@class spherepay.gate.Tries the attempts of one look
---@field count integer of those that failed
---@field pause number seconds until the next one
---@field sent string of them all

local function time_left(self, flight)
  return flight.at + self.flights.deadline - self.host.now()
end

-- What an attempt came to: the record, or nil and the error, or nothing when there is to be
-- another, by `flight.tries`.
local function judge(self, flight, customer, err)
  if customer and customer.id ~= flight.id then
    customer, err = nil, errors.new { kind = "protocol", sent = "yes",
      message = "another customer came" }
  end
  if customer then return record.of(customer, self.asked) end
  if err.kind == "not_found" then return record.of_nobody() end
  local tries = flight.tries or { count = 0, pause = FIRST_PAUSE, sent = "no" }
  if err.sent == "no" then err.sent = tries.sent end -- of all attempts, not of the last
  if is_over(self, err, tries, time_left(self, flight) - tries.pause) then return nil, err end
  tries.count, tries.sent, flight.tries = tries.count + 1, err.sent, tries
  return nil
end

local function pause(self, tries)
  self.host.sleep(tries.pause * (1 + math.random()) / 2)
  tries.pause = tries.pause * GROWTH
end

-- One look. It repeats by itself, so that the breaker hears of every attempt at once; the client
-- would go on asking an API that wants to be left alone.
local function look(self, flight)
  local trace = flight.trace
  while true do
    if flight.tries then pause(self, flight.tries) end -- else this is the first
    local seen, err = judge(self, flight, self.client.customer.get(flight.id, {
      deadline = math.max(time_left(self, flight), 0.001), max_retries = 0,
      traceparent = trace and trace.traceparent, origin = trace and trace.origin,
    }))
    if seen or err then return seen, err end
  end
end

-- The options of a first attempt, which are the same for all that carry no trace along.
local function first_options(self, trace)
  local deadline, plain = self.flights.deadline, self.plain_options
  if not trace and plain and plain.deadline == deadline then return plain end
  local call = joint.options(self.client, {
    deadline = deadline, max_retries = 0,
    traceparent = trace and trace.traceparent, origin = trace and trace.origin,
  })
  if not trace then self.plain_options = call end
  return call
end

-- Begins a look; nil where that cannot be done, or not without waiting.
local function begin(self, flight)
  local call = first_options(self, flight.trace)
  return call and joint.start(self.client, flight.id, call, flight)
end

-- What a look that was begun came to; nothing when there is to be another attempt.
local function finish(self, flight, get)
  return judge(self, flight, get:finish())
end

local function write(self, id, seen, at, generation)
  local seconds = seen.customer and self.kept or self.kept_nobody
  local ok = self.cache:write(id, seen, at, seconds, generation)
  if not ok then self.complaints:add_lost() end
  return ok
end

-- Strangers never take the last of the client's connections, nor fill its line: what waits there
-- is served in the order in which it came.
local function new_lanes(client, semaphores)
  local connections = client.options.max_connections or DEFAULT_CONNECTIONS
  return lanes.new {
    most = LINE * connections,
    strangers = math.max(1, math.floor(SHARE * connections)),
    new_semaphore = function() return semaphores:take() end,
  }
end

-- Says that a function of the user's raised, not more than once a second.
local function new_report(host)
  local said_at = -math.huge
  return function(err)
    if clock.is_within(host.now(), said_at, 1) then return end
    said_at = host.now()
    host.log(host.ERR, "spherepay: the function facts raised: ", scrub.own(tostring(err), MAX_TEXT))
  end
end

-- What all machines know, or the workers of this one.
local function common_dict(host, dict, redis)
  if not redis then return dict end
  return fleet.new {
    host = host, dict = dict, run = resty.new(redis, "redis"), prefix = redis.prefix .. ":",
  }
end

local function new_application(host, client, dict, redis)
  local prefix = "gate:" .. host.md5(client.options.base_url .. "\n" .. client.options.api_version)
    :sub(1, 16) .. ":"
  local common = common_dict(host, dict, redis)
  local function shared()
    return { host = host, dict = common, prefix = prefix, now = host.now }
  end
  local function own()
    return { host = host, dict = dict, prefix = prefix, now = host.now }
  end
  local self = {
    host = host, client = client, kept = 0, kept_nobody = 0,
    asked = asked.new(function(text) return host.md5(text):sub(1, 12) end, new_report(host)),
    cache = cache.new(shared()), breaker = breaker.new(shared()),
    counters = counters.new(own()), complaints = complaints.new(own()),
  }
  local kept = keeper.new(host)
  self.flights = flights.new {
    host = host, cache = self.cache, breaker = self.breaker, counters = self.counters,
    lanes = new_lanes(client, kept.semaphores), keeper = kept, deadline = 0,
    look = function(flight) return look(self, flight) end,
    begin = not redis and joint.is_possible(client)
      and function(flight) return begin(self, flight) end or nil,
    finish = function(flight, get) return finish(self, flight, get) end,
    write = function(...) return write(self, ...) end,
    complain = function(err) return self.complaints:add(err) end,
  }
  return self
end

--- The application of a client, of which this worker has one.
---@param host table ngx
---@param client spherepay.Client
---@param name string of the dictionary
---@param dict table
---@param redis table? where other machines know the same
---@return spherepay.gate.Application
function application.of(host, client, name, dict, redis)
  local of_client = all[client] or {}
  all[client] = of_client
  local key = name .. (redis and (" %s:%d %s"):format(redis.host, redis.port, redis.prefix) or "")
  of_client[key] = of_client[key] or new_application(host, client, dict, redis)
  return of_client[key]
end

return application
