-- One look per customer at a time, however many requests wait for it: within a worker they share
-- a flight, across workers the flights share a lock. Not a cache, and it does not know what a
-- decision means.
--
-- A flight runs in a timer of its own and not in the request that began it, because that request
-- may end first (its client leaves, ngx.exit), and the others would wait in vain.

local errors = require "spherepay.errors"
local scrub = require "spherepay.privacy.scrub"

local flights = {}

local Flights = {}
Flights.__index = Flights

local MAX_TEXT = 300
-- ngx_lua runs 256 timers at a time and drops what is beyond; this many leave some for others.
local MAX_TIMERS = 128
-- Seconds between two looks at what another worker is doing.
local FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.002, 0.05, 1.5
-- nginx counts milliseconds: a sleep of less is none, and its clock stands still meanwhile.
local SHORTEST_PAUSE = 0.001
-- Seconds: a lock outlives the look, and who waits outlives the flight, by a little.
local GRACE = 0.2

-- In this worker, of all gates.
local timers = 0

---@class spherepay.gate.Flights
---@field host table ngx
---@field cache spherepay.gate.Cache
---@field look fun(id: string, seconds: number): spherepay.gate.Decision?, spherepay.Error?
---@field deadline number seconds

---@class spherepay.gate.Flight
---@field id string
---@field ends number
---@field waiting integer
---@field semaphore table?
---@field done boolean
---@field found spherepay.gate.Decision?
---@field err spherepay.Error?

---@param settings spherepay.gate.Flights
---@return spherepay.gate.Flights
function flights.new(settings)
  settings.under_way = {} -- id -> flight
  return setmetatable(settings, Flights)
end

local function no_answer()
  return errors.new { kind = "timeout", message = "no decision in time", retryable = true }
end

local function look(self, id, seconds)
  local ok, found, err = pcall(self.look, id, seconds)
  if not ok then
    self.host.log(self.host.ERR, "spherepay: ", scrub.own(tostring(found), MAX_TEXT))
    found, err = nil, errors.new { kind = "protocol", message = "looking raised an error" }
  end
  if found then
    local kept, message = self.cache:write(id, found)
    if not kept then self.host.log(self.host.WARN, "spherepay: a decision is lost: ", message) end
  else
    self.cache:fail(id, err)
  end
  self.cache:unlock(id)
  return found, err
end

-- Looks, or waits for the worker that does.
local function decide(self, flight)
  local cache, host, id, pause = self.cache, self.host, flight.id, FIRST_PAUSE
  while true do
    local left = flight.ends - host.now()
    if left <= 0 then return nil, no_answer() end
    local mine = cache:lock(id, left + GRACE)
    local found, err = cache:settled(id) -- by the one who had the lock a moment ago
    if found or err then
      if mine then cache:unlock(id) end
      return found, err
    end
    if mine then return look(self, id, left) end
    host.sleep(math.max(math.min(pause, left), SHORTEST_PAUSE))
    pause = math.min(pause * GROWTH, LONGEST_PAUSE)
  end
end

local function run(self, flight)
  flight.found, flight.err = decide(self, flight)
  flight.done = true
  if self.under_way[flight.id] == flight then self.under_way[flight.id] = nil end
  if flight.waiting > 0 then flight.semaphore:post(flight.waiting) end
end

-- False where no timer can be had: too many, or the worker is leaving.
local function start_timer(self, flight)
  if timers >= MAX_TIMERS or self.host.worker.exiting() then return false end
  local ok = self.host.timer.at(0, function()
    run(self, flight)
    timers = timers - 1
  end)
  if ok then timers = timers + 1 end
  return ok
end

-- A flight past its end has been lost by nginx: another takes its place.
local function current(self, id)
  local flight = self.under_way[id]
  return flight and flight.ends > self.host.now() and flight or nil
end

local function new_flight(self, id)
  return { id = id, ends = self.host.now() + self.deadline, waiting = 0, done = false }
end

--- Has somebody look at a customer; nobody waits for it.
---@param id string
function Flights:start(id)
  if current(self, id) then return end
  local flight = new_flight(self, id)
  if start_timer(self, flight) then self.under_way[id] = flight end
end

--- Looks at a customer, or joins those who wait for that.
---@param id string
---@return spherepay.gate.Decision? found shared by all who waited: not to be changed
---@return spherepay.Error? err
function Flights:wait(id)
  local flight = current(self, id)
  if not flight then
    flight = new_flight(self, id)
    self.under_way[id] = flight
    if not start_timer(self, flight) then run(self, flight) end
  end
  if not flight.done then
    flight.semaphore = flight.semaphore or assert(require("ngx.semaphore").new(0))
    flight.waiting = flight.waiting + 1
    flight.semaphore:wait(math.max(0, flight.ends - self.host.now()) + GRACE)
  end
  if flight.done then return flight.found, flight.err end
  return nil, no_answer()
end

return flights
