-- One look per customer at a time, however many requests wait for it: within a worker they share a
-- flight, across workers the flights share a lock, a lease that is renewed while its holder lives.
-- Who runs a flight is the keeper's affair; it does not know what a record means.

local clock = require "spherepay.gate.clock"
local errors = require "spherepay.errors"
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
---@field look fun(flight: table): spherepay.gate.Record?, spherepay.Error? waits for it
---@field begin (fun(flight: table): spherepay.JointGet?)? begins one without waiting; nil where
---  that cannot be
---@field finish fun(flight: table, get: spherepay.JointGet): spherepay.gate.Record?, table? what
---  came of that; nothing when it has to be tried again
---@field write fun(id: string, seen: table, at: number, generation: string): boolean? returns
---  whether there was room
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
  settings.aside = {} -- as a set: those that another took the place of, and may hold something
  settings.swept_at = -math.huge
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
---@field where "l"|"d" the place of its lock
---@field at number? seconds: when the look began, then when that was seen
---@field err spherepay.Error?
local Flight = { after = 0, where = "d", unheard = 0, unkept = 0, unseen = 0 }
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
  while not self.cache:lock(flight.id, flight.where, flight.owner, LEASE) do
    local seen, at = seen_since(self, flight)
    if seen then return seen, at end
    local err = self.cache:failure(flight.id, flight.where)
    if err then return nil, nil, err end
    self.host.sleep(pause)
    pause = math.min(pause * GROWTH, LONGEST_PAUSE)
  end
  flight.locked, flight.renewed = true, self.host.now()
  return seen_since(self, flight)
end

-- Asks to look, at that moment. Returns why not, if so.
local function open(self, flight, now, is_closed)
  local refused, probes
  if not is_closed then refused, probes = self.breaker:enter() end
  if refused then return refused end
  if probes then flight.probes = true end
  flight.at = now
  flight.generation, flight.count = self.cache:generation(flight.id)
  self.counters:note "looks"
  return nil
end

-- Tells what the look came to. Returns it; or that it is to be made again, for its customer was
-- forgotten meanwhile.
local function close(self, flight, seen, err)
  local id, at, probed = flight.id, flight.at, flight.probes
  local generation = flight.generation
  flight.generation = nil
  if probed then flight.probes = nil end
  if flight.tries then flight.tries = nil end
  if self.breaker:report(err, probed, id) then self.counters:note "breaker_opened" end
  if self.cache:has_changed(id, generation, flight.count) then return nil, nil, nil, true end
  if seen then
    if self.write(id, seen, at, generation) and flight.where == "d" then flight.locked = false end
    return seen, at
  end
  self.counters:note "looks_failed"
  self.complain(err)
  self.cache:fail(id, flight.where, flight.owner, err)
  return nil, nil, err
end

local function look_once(self, flight)
  local refused = not flight.generation and open(self, flight, self.host.now())
  if refused then return nil, nil, refused end
  local ok, seen, err = pcall(self.look, flight)
  if not ok then
    seen, err = nil, of_raised(self, seen, "looking")
  end
  return close(self, flight, seen, err)
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
  if not flight.locked then
    local seen, at, err = lock(self, flight)
    if seen or err then return seen, at, err end
  end
  if not flight.holds then
    flight.place = { known = flight.known }
    if not self.lanes:enter(flight.place, self.deadline) then return nil, nil, no_answer() end
  end
  return look(self, flight)
end

-- Wakes so many of those who wait. What has been posted and not been taken is counted, for only a
-- semaphore at zero is used again.
local function wake(flight, count)
  if count == 0 then return end
  flight.posted = flight.posted + count
  flight.semaphore:post(count)
end

-- The end of a flight.
local function settle(flight, seen, at, err)
  flight.seen, flight.at = seen, at
  if err then flight.err = err end
  flight.done = true -- last: without memory what comes before may raise
  flight:forget()
  flight:release()
end

function Flight.run(flight)
  local self = flight.flights
  local ok, seen, at, err = pcall(decide, self, flight)
  if not ok then
    seen, at, err = nil, nil, of_raised(self, seen, "a flight")
  end
  settle(flight, seen, at, err)
  wake(flight, flight.waiting)
end

-- ---- one that needs no light thread -------------------------------------------------------------
--
-- Mostly nothing has to be waited for but the call itself. Then the request that asks first begins
-- it, and it is nobody's in particular: it goes on whoever leaves, and who hears that it is done
-- lands the flight for all. For all else that has to be waited for, another worker's look, a place,
-- the next attempt, there is the keeper's light thread.

-- Nobody was heard of for a while, and the call has been given up.
function Flight.gone(flight)
  if not flight.get then return end
  flight.get = nil
  flight:abandon()
  flight:release()
end

-- Whether the flight is on its way, or has ended. What it holds already its keeper goes on with.
local function begin(self, flight, is_closed)
  if not self.cache:lock(flight.id, flight.where, flight.owner, LEASE) then
    local err = self.cache:failure(flight.id, flight.where)
    local seen, at
    if not err then seen, at = seen_since(self, flight) end
    if seen or err then settle(flight, seen, at, err) end
    return flight.done
  end
  flight.locked = true
  local seen, at
  if flight.where == "l" then seen, at = seen_since(self, flight) end
  local refused = not seen and self.lanes:try(flight)
    and open(self, flight, flight.since, is_closed)
  if seen or refused then
    settle(flight, seen, at, refused or nil)
    return true
  end
  local get = flight.generation and self.begin(flight)
  if not get then return false end
  flight.get = get
  get:share()
  return true
end

local function try_begin(self, flight, is_closed)
  if not self.begin then return false end
  local ok, begun = pcall(begin, self, flight, is_closed)
  if ok then return begun end
  settle(flight, nil, nil, of_raised(self, begun, "a flight"))
  return true
end

local function land(self, flight, get)
  local ok, seen, err = pcall(self.finish, flight, get)
  if not ok then
    seen, err = nil, of_raised(self, seen, "looking")
  end
  if not seen and not err then return false end
  local at, again
  seen, at, err, again = close(self, flight, seen, err)
  if again then seen, at = self.cache:read(flight.id) end
  if again and not seen then return false end
  settle(flight, seen, at, err)
  return true
end

-- The call is done. It is landed here and not by one who waits: all of them may have left, and
-- other workers wait for the lock. A flight that needs a keeper now, and finds none, is kept by one
-- who waits.
function Flight.wake(flight)
  local self, get = flight.flights, flight.get
  if not get then return end
  flight.get, flight.since = nil, self.host.now()
  local ok, is_over = pcall(land, self, flight, get)
  if not ok then
    settle(flight, nil, nil, of_raised(self, is_over, "a flight"))
  elseif not is_over and not self.keeper:take(flight) then
    flight.since = -math.huge
  end
  wake(flight, flight.waiting)
end

function Flight.beat(flight)
  local self, now = flight.flights, flight.flights.host.now()
  local renewed = flight.renewed or flight.since
  if not flight.locked or clock.is_within(now, renewed, RENEWAL) then return end
  flight.renewed = now
  self.cache:renew(flight.id, flight.where, flight.owner, LEASE)
  if flight.probes then self.breaker:renew() end
end

-- A thread that was killed has returned nothing of what it held.
function Flight.release(flight)
  local self = flight.flights
  if flight.probes then
    self.breaker:leave()
    flight.probes = nil
  end
  if flight.holds then self.lanes:leave(flight) end
  if flight.place then
    self.lanes:leave(flight.place)
    flight.place = nil
  end
  if flight.locked then self.cache:unlock(flight.id, flight.where, flight.owner) end
  flight.locked, flight.generation = false, nil
end

function Flight.forget(flight)
  local self, id = flight.flights, flight.id
  if self.under_way[id] == flight then
    self.under_way[id] = nil
  elseif self.aside[flight] then
    self.aside[flight] = nil
  end
end

-- It is kept again although it had been given up: whoever kept it had not heard yet of one who
-- joined. Who comes joins that one, too, and it is found if that is lost.
function Flight.recall(flight)
  local self, id = flight.flights, flight.id
  local other = self.under_way[id]
  if not other then
    self.under_way[id] = flight
  elseif other ~= flight then
    self.aside[flight] = true
  end
end

function Flight.abandon(flight)
  flight.flights.counters:add "abandoned"
  flight:forget()
end

-- Takes away the flights whose keepers and waiters are all gone, with what they held.
local function sweep(self, now)
  if clock.is_within(now, self.swept_at, SWEEP_EVERY) then return end
  self.swept_at = now
  local lost = {}
  for _, flight in pairs(self.under_way) do
    if self.keeper:is_lost(flight) then lost[#lost + 1] = flight end
  end
  for flight in pairs(self.aside) do
    if self.keeper:is_lost(flight) then lost[#lost + 1] = flight end
  end
  for _, flight in ipairs(lost) do
    if flight.get then flight.get:abandon() end
    flight.thread, flight.get = nil, nil
    flight:release()
    flight:forget()
  end
end

local function new_flight(self, id, given, now)
  sweep(self, now)
  -- The sixteen names that most flights need: then there is room for no more. In LuaJIT a name also
  -- takes a place when it is set to nil, so nobody does that to one that is not there.
  local flight = setmetatable({
    flights = self, id = id, known = given.known, owner = self.name(), since = now, waiting = 0,
    posted = 0, semaphore = self.keeper.semaphores:take(), locked = false, holds = nil,
    at = nil, generation = nil, count = nil, get = nil, seen = nil, done = nil,
  }, Flight)
  local where = self.cache:place(given.after ~= nil)
  if where ~= flight.where then flight.where = where end
  if given.after then flight.after = given.after end
  if given.trace then flight.trace = given.trace end
  local other = self.under_way[id]
  if other then self.aside[other] = true end
  self.under_way[id] = flight
  return flight
end

-- ---- joining one -------------------------------------------------------------------------------

-- Whether somebody looks by that flight, if there is one, or will in a moment.
local function is_begun(self, flight)
  if not flight or flight.done then return false end
  return flight.thread or flight.get or self.host.now() - flight.since < BEGUN_BY
end

--- Has somebody look at a customer; nobody waits for it.
---@param id string
---@param given { after: number?, known: boolean, trace: table? } after: what was seen by then is
---  known already; known: whether a customer of this id was ever seen
function Flights:start(id, given)
  if is_begun(self, self.under_way[id]) then return end
  local flight = new_flight(self, id, given, self.host.now())
  flight.background = true
  if not self.keeper:take(flight) then flight:forget() end
end

--- Looks at a customer, or joins those who wait for that.
---@param id string
---@param given { after: number?, known: boolean, trace: table?, is_closed: boolean? } is_closed:
---  the breaker has just said so
---@param seconds number to wait at most
---@param now number
---@return spherepay.gate.Record? seen
---@return number? at
---@return spherepay.Error? err
function Flights:wait(id, given, seconds, now)
  local flight, keeps = self.under_way[id], false
  if flight and not flight.done then -- done: memory ran out before it could be forgotten
    self.counters:note "joins"
    flight.unheard, flight.unseen = 0, 0
  else
    local where = self.cache:place(given.after ~= nil)
    local err = not self.begin and self.cache:failure(id, where)
    if err then return nil, nil, err end
    flight = new_flight(self, id, given, now)
    keeps = not try_begin(self, flight, given.is_closed) and not self.keeper:take(flight)
    if not flight.err then self.counters:note "misses" end
  end
  flight.waiting = flight.waiting + 1
  local done = self.keeper:wait(flight, now + seconds, keeps)
  flight.waiting = flight.waiting - 1
  if not done then return nil, nil, no_answer() end
  if flight.waiting == 0 and flight.posted == 0 then
    self.keeper.semaphores:give_back(flight.semaphore)
    flight.posted = 1 -- no more
  end
  return flight.seen, flight.at, flight.err
end

return flights
