-- One look per customer at a time, however many requests wait for it: within a worker they share a
-- flight, across workers the flights share a lock, a lease that is renewed while its holder lives.
-- Who runs a flight is the keeper's affair; it does not know what a record means.

local clock = require "spherepay.gate.clock"
local errors = require "spherepay.errors"
local keeper = require "spherepay.gate.keeper"
local scrub = require "spherepay.privacy.scrub"
local unique = require "spherepay.gate.unique"

local flights = {}

local Flights = {}
Flights.__index = Flights

-- Seconds between two looks at what another worker is doing.
local FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.002, 0.05, 1.5
-- Seconds for which a lock outlives its holder, and after which the holder renews it.
local LEASE, RENEWAL = 1, 0.3
-- Looks at one customer in a row who was forgotten meanwhile.
local MOST_AGAIN = 3

---@class spherepay.gate.Flights
---@field host table ngx
---@field cache spherepay.gate.Cache
---@field breaker spherepay.gate.Breaker
---@field lanes spherepay.gate.Lanes
---@field keeper spherepay.gate.Keeper
---@field counters spherepay.gate.Counters
---@field deadline number seconds of a look
---@field look fun(id: string, trace: table?): spherepay.gate.Record?, spherepay.Error?
---@field write fun(id: string, seen: spherepay.gate.Record, at: number, generation: string)
---@field complain fun(err: spherepay.Error)

-- Seconds, at least, between two looks for flights that are lost.
local SWEEP_EVERY = 0.2
-- Seconds in which a look that nobody waits for begins, if it ever does.
local BEGUN_BY = 1

local NO_MEMORY = "not enough memory" -- as Lua says it
local MAX_TEXT = 300 -- of an error that was raised, in the log

---@param settings spherepay.gate.Flights
---@return spherepay.gate.Flights
function flights.new(settings)
  settings.name = unique.new(settings.host)
  settings.under_way = {} -- id -> the flight that others may join
  settings.all, settings.swept_at = {}, -math.huge -- as a set: those that may hold something
  return setmetatable(settings, Flights)
end

-- What became of a look that raised an error: nobody knows whether a request had left by then.
local function of_raised(self, err, what)
  if err ~= NO_MEMORY then
    self.host.log(self.host.ERR, "spherepay: ", scrub.own(tostring(err), MAX_TEXT))
  end
  return errors.new { kind = "protocol", sent = "maybe",
    message = err == NO_MEMORY and NO_MEMORY or what .. " raised an error" }
end

-- ---- a flight ----------------------------------------------------------------------------------

---@class spherepay.gate.LookFlight: spherepay.gate.Flight
---@field id string
---@field after number what was seen by then is known already
---@field seen spherepay.gate.Record?
---@field at number?
---@field err spherepay.Error?
local Flight = {}
Flight.__index = Flight

local function no_answer()
  return errors.new { kind = "timeout", message = "no decision in time", retryable = true }
end

-- What somebody else has seen since.
local function seen_since(self, flight)
  local seen, at = self.cache:read(flight.id)
  if seen and at > flight.after then return seen, at end
  return nil
end

-- Waits for the lock, or for what its holder finds out.
local function lock(self, flight)
  local pause = FIRST_PAUSE
  while not self.cache:lock(flight.id, flight.owner, LEASE) do
    local seen, at = seen_since(self, flight)
    if seen then return seen, at end
    local err = self.cache:failure(flight.id)
    if err then return nil, nil, err end
    self.host.sleep(pause)
    pause = math.min(pause * GROWTH, LONGEST_PAUSE)
  end
  flight.locked, flight.renewed = true, self.host.now()
  if pause > FIRST_PAUSE then -- by the one who had the lock a moment ago
    local err = self.cache:failure(flight.id)
    if err then return nil, nil, err end
  end
  return seen_since(self, flight)
end

local function look_once(self, flight)
  local refused, probes = self.breaker:enter()
  if refused then return nil, nil, refused end
  flight.probes = probes
  local at, generation = self.host.now(), self.cache:generation(flight.id)
  self.counters:add "looks"
  local ok, seen, err = pcall(self.look, flight.id, flight.trace)
  if not ok then
    seen, err = nil, of_raised(self, seen, "looking")
  end
  flight.probes = nil
  if self.breaker:report(err, probes, flight.id) then self.counters:add "breaker_opened" end
  if self.cache:generation(flight.id) ~= generation then return nil, nil, nil, true end
  if seen then
    self.write(flight.id, seen, at, generation)
    return seen, at
  end
  self.counters:add "looks_failed"
  self.complain(err)
  self.cache:fail(flight.id, err)
  return nil, nil, err
end

-- What was seen before the customer was forgotten, or replaced, is not used.
local function look(self, flight)
  for _ = 1, MOST_AGAIN do
    local seen, at, err, again = look_once(self, flight)
    if not again then return seen, at, err end
    seen, at = self.cache:read(flight.id)
    if seen then return seen, at end
  end
  return nil, nil, errors.new { kind = "conflict", message = "forgotten again and again" }
end

local function decide(self, flight)
  local seen, at, err = lock(self, flight)
  if seen or err then return seen, at, err end
  if not self.lanes:enter(flight.place, self.deadline) then return nil, nil, no_answer() end
  return look(self, flight)
end

function Flight.run(flight)
  local self = flight.flights
  local ok, seen, at, err = pcall(decide, self, flight)
  if not ok then
    seen, at, err = nil, nil, of_raised(self, seen, "a flight")
  end
  flight.seen, flight.at, flight.err = seen, at, err
  flight.done = true -- last: without memory what comes before may raise
  flight:forget()
  flight:release()
  self.all[flight] = nil
  if flight.waiting > 0 then flight.semaphore:post(flight.waiting) end
end

function Flight.beat(flight)
  local self, now = flight.flights, flight.flights.host.now()
  if not flight.locked or clock.is_within(now, flight.renewed, RENEWAL) then return end
  flight.renewed = now
  self.cache:renew(flight.id, flight.owner, LEASE)
  if flight.probes then self.breaker:renew() end
end

-- A thread that was killed has returned nothing of what it held.
function Flight.release(flight)
  local self = flight.flights
  if flight.probes then self.breaker:leave() end
  if flight.place then self.lanes:leave(flight.place) end
  if flight.locked then self.cache:unlock(flight.id, flight.owner) end
  flight.locked, flight.probes = false, nil
  flight.place = { known = flight.known }
end

function Flight.forget(flight)
  local under_way = flight.flights.under_way
  if under_way[flight.id] == flight then under_way[flight.id] = nil end
end

function Flight.abandon(flight)
  flight.flights.counters:add "abandoned"
  flight:forget()
end

-- Takes away the flights whose keepers and waiters are all gone, with what they held.
local function sweep(self)
  local now = self.host.now()
  if clock.is_within(now, self.swept_at, SWEEP_EVERY) then return end
  self.swept_at = now
  local lost = {}
  for flight in pairs(self.all) do
    if self.keeper:is_lost(flight) then lost[#lost + 1] = flight end
  end
  for _, flight in ipairs(lost) do
    flight.thread = nil
    flight:release()
    flight:forget()
    self.all[flight] = nil
  end
end

local function new_flight(self, id, given)
  sweep(self)
  local flight = setmetatable({
    flights = self, id = id, after = given.after or 0, known = given.known, trace = given.trace,
    owner = self.name(),
    place = { known = given.known }, done = false, waiting = 0,
    since = self.host.now(), unheard = 0, unkept = 0, unseen = 0,
    semaphore = keeper.new_semaphore(),
  }, Flight)
  self.under_way[id], self.all[flight] = flight, true
  return flight
end

-- ---- joining one -------------------------------------------------------------------------------

--- Has somebody look at a customer; nobody waits for it.
---@param id string
---@param given { after: number?, known: boolean, trace: table? } after: what was seen by then is
---  known already; known: whether a customer of this id was ever seen
function Flights:start(id, given)
  local flight = self.under_way[id]
  local is_live = flight and not flight.done
  if is_live and (flight.thread or self.host.now() - flight.since < BEGUN_BY) then return end
  flight = new_flight(self, id, given)
  flight.background = true
  if not self.keeper:take(flight) then flight:forget() end
end

--- Looks at a customer, or joins those who wait for that.
---@param id string
---@param given { after: number?, known: boolean, trace: table? }
---@param seconds number to wait at most
---@return spherepay.gate.Record? seen
---@return number? at
---@return spherepay.Error? err
function Flights:wait(id, given, seconds)
  local flight, keeps = self.under_way[id], false
  if flight and not flight.done then -- done: memory ran out before it could be forgotten
    self.counters:add "joins"
  else
    self.counters:add "misses"
    flight = new_flight(self, id, given)
    keeps = not self.keeper:take(flight)
  end
  flight.waiting = flight.waiting + 1
  local done = self.keeper:wait(flight, flight.semaphore, seconds, keeps)
  flight.waiting = flight.waiting - 1
  if done then return flight.seen, flight.at, flight.err end
  return nil, nil, no_answer()
end

return flights
