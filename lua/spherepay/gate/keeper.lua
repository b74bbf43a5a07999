-- Where looks run, and who sees to them. A look runs in a light thread of a timer and not in the
-- request that asked first, because that request may end before it; one timer has many of them,
-- for nginx has few timers. When no timer can be had, or one does not begin, a request that waits
-- keeps the look itself.
--
-- nginx tells nobody that a request was aborted or a light thread killed. So who waits says so ten
-- times a second, and so does who keeps: a look for which nobody waits any more is ended, and one
-- whose keeper is gone is taken over.
--
-- It does not know what a look does: a flight has `run`, `beat`, `release` and the like.

local clock = require "spherepay.gate.clock"
local semaphores = require "spherepay.loop.semaphores"

local keeper = {}

local BEAT = 0.1 -- seconds
local BEAT_AGAIN = 0.09 -- seconds after which a beat counts as another one
local SILENT = 5 -- beats in which nothing was heard of one who is gone
local LOST = 6 -- looks at all flights in which nothing was heard of one
local PATIENCE = 0.15 -- seconds after which a timer that has not begun is not waited for
local CROWD = 64 -- flights that a timer takes
local IDLE = 1 -- seconds without a flight after which a timer ends

---@class spherepay.gate.Flight
---@field run fun(self: spherepay.gate.Flight) what the light thread does
---@field beat fun(self: spherepay.gate.Flight) while it is kept, ten times a second
---@field release fun(self: spherepay.gate.Flight) gives back what a thread held that is no more
---@field abandon fun(self: spherepay.gate.Flight) nobody waits for it
---@field recall fun(self: spherepay.gate.Flight) somebody does after all
---@field done boolean
---@field background boolean? it is wanted although nobody waits
---@field thread thread?
---@field get spherepay.JointGet? its call, when that needs no thread
---@field wake fun(self: spherepay.gate.Flight) its call is done
---@field semaphore table posted when the call or the flight is done
---@field posted integer how often that has been posted and not taken
---@field since number seconds: when it was to begin
---@field unheard integer beats since somebody who waits was heard of
---@field unkept integer beats since its keeper was heard of
---@field unseen integer looks at all flights since its keeper was heard of
---@field beaten number? seconds: the last of those beats

---@class spherepay.gate.Crew the flights of one timer
---@field began boolean
---@field ended boolean
---@field taken integer
---@field queue spherepay.gate.Flight[]
---@field flights spherepay.gate.Flight[]
---@field semaphore table

local Keeper = {}
Keeper.__index = Keeper

---@param host table ngx
---@return spherepay.gate.Keeper
function keeper.new(host)
  ---@class spherepay.gate.Keeper
  ---@field host table
  ---@field crew spherepay.gate.Crew?
  ---@field semaphores spherepay.Semaphores
  return setmetatable({ host = host, semaphores = semaphores.new() }, Keeper)
end

-- ---- keeping -----------------------------------------------------------------------------------

local function begin(self, flight)
  flight.unheard, flight.unkept, flight.unseen = 0, 0, 0
  flight.thread = self.host.thread.spawn(flight.run, flight)
end

local function stop(self, flight)
  local thread = flight.thread
  flight.thread = nil
  if thread then pcall(self.host.thread.kill, thread) end
  flight:release()
end

-- Returns whether there is still something to see to.
local function see_to(self, flight)
  if flight.done then return false end
  flight.unkept, flight.unseen = 0, 0
  flight:beat()
  if flight.background then return true end
  flight.unheard = flight.unheard + 1
  if flight.unheard <= SILENT then return true end
  stop(self, flight)
  flight:abandon()
  return false
end

local function see_to_all(self, crew)
  local now, left = self.host.now(), {}
  if clock.is_within(now, crew.seen, BEAT_AGAIN) then return end
  crew.seen = now
  for _, flight in ipairs(crew.flights) do
    if see_to(self, flight) then left[#left + 1] = flight end
  end
  crew.flights = left
end

local function begin_queued(self, crew)
  local queue = crew.queue
  crew.queue = {}
  for _, flight in ipairs(queue) do
    if not flight.done and not flight.thread then -- else a request keeps it
      begin(self, flight)
      if not flight.done then crew.flights[#crew.flights + 1] = flight end
    end
  end
end

local function work(self, crew)
  local busy_at = self.host.now()
  while true do
    begin_queued(self, crew)
    see_to_all(self, crew)
    if crew.flights[1] then busy_at = self.host.now() end
    local is_idle = not crew.flights[1] and not crew.queue[1]
    if is_idle and (self.host.worker.exiting() or self.host.now() - busy_at >= IDLE) then return end
    crew.semaphore:wait(BEAT)
  end
end

local function main(_, self, crew)
  crew.began = true
  local ok, message = pcall(work, self, crew)
  crew.ended = true
  if self.crew == crew then self.crew = nil end
  if not ok then self.host.log(self.host.ERR, "spherepay: ", message) end
end

-- Those who take a flight more; nil when no timer can be had.
local function find_crew(self)
  local host, crew = self.host, self.crew
  local is_lost = crew and not crew.began and host.now() - crew.made >= PATIENCE
  if crew and not crew.ended and not is_lost and crew.taken < CROWD then return crew end
  if host.worker.exiting() then return nil end
  crew = { began = false, ended = false, taken = 0, queue = {}, flights = {}, seen = 0,
    made = host.now(), semaphore = self.semaphores:take() }
  if not host.timer.at(0, main, self, crew) then return nil end
  self.crew = crew
  return crew
end

--- Has a timer run a flight.
---@param flight spherepay.gate.Flight
---@return boolean taken
function Keeper:take(flight)
  local crew = find_crew(self)
  if not crew then return false end
  crew.taken = crew.taken + 1
  table.insert(crew.queue, flight)
  crew.semaphore:post(1)
  return true
end

-- ---- waiting -----------------------------------------------------------------------------------

-- Whether nobody runs the flight: its timer does not begin, or its keeper is gone.
local function is_orphan(self, flight)
  if flight.get then return false end
  local now = self.host.now()
  if not flight.thread then return now - flight.since >= PATIENCE end
  if clock.is_within(now, flight.beaten or 0, BEAT_AGAIN) then return false end
  flight.beaten, flight.unkept = now, flight.unkept + 1
  return flight.unkept > SILENT
end

local function keep(self, flight)
  flight.thread = nil -- of one who is gone
  flight:release()
  flight:recall()
  begin(self, flight)
end

-- One beat of one who waits. Returns whether that is the flight's keeper now.
local function beat(self, flight, keeps)
  flight.unheard, flight.unseen = 0, 0
  if flight.get then
    flight:beat()
  elseif keeps then
    see_to(self, flight)
  elseif is_orphan(self, flight) then
    keep(self, flight)
    return true
  end
  return keeps
end

-- Waits until something may have become of the flight.
local function await(flight, seconds)
  local get, posted = flight.get, nil
  if not get then
    posted = flight.semaphore:wait(seconds)
  elseif not get:done() then
    posted = get:attend(flight.semaphore, seconds)
  end
  if posted then flight.posted = flight.posted - 1 end
end

--- Waits for a flight, and keeps it when nobody else does.
---@param flight spherepay.gate.Flight
---@param till number seconds: when to wait no longer
---@param keeps boolean? whether to keep it from the start
---@return boolean done
function Keeper:wait(flight, till, keeps)
  if keeps then keep(self, flight) end
  while not flight.done do
    local left = till - self.host.now()
    if left <= 0 then break end
    await(flight, math.max(math.min(BEAT, left), 0.001))
    if flight.get and flight.get:done() then flight:wake() end -- it was not told
    if not flight.done then keeps = beat(self, flight, keeps) end
  end
  if keeps and not flight.done then -- a light thread would hold up the request, whose time is over
    stop(self, flight)
    flight.since = self.host.now() - PATIENCE
  end
  return flight.done
end

--- Whether a flight, looked at once more, is one that nobody keeps and nobody waits for: its
--- request was aborted, or its timer never began.
---@param flight spherepay.gate.Flight
---@return boolean
function Keeper.is_lost(_, flight)
  flight.unseen = flight.unseen + 1
  return flight.unseen > LOST
end

return keeper
