-- Drives one engine of the core and hands its finished calls to whoever waits for them.
-- How a host waits is not decided here: that is what the loops are for.

local report = require "spherepay.async.report"

local dispatcher = {}

-- So many finished calls are handed out in one step: the host has other work too.
local AT_ONCE = 16

local function NOTHING() end

local Dispatcher = {}
Dispatcher.__index = Dispatcher
Dispatcher.__name = "spherepay.async.dispatcher"

---@class spherepay.Dispatcher
---@field engine userdata of spherepay.core
---@field waiters table<userdata, function|table> what to call when a call is done
---@field signals table<spherepay.Signal, function> what to run when one is fired; they do not keep
---  it alive, for whoever would fire it may be gone
---@field due table<integer, function> a queue: collected, and not run yet
---@field alarms table[] { at, fn }, by time: only for hosts without timers of their own
---@field on_retry (fun(call: userdata))|false told of each back-off
---@field may_repeat (fun(line: "read"|"write"): number)|false seconds until a repeat may go; 0: now
---@field on_news (fun(what: string, connection: integer))|false told of what happens to connections
---@field report fun(err: any, traceback: string?) told of what nobody waits for
---@field orphan fun(call: userdata|spherepay.Signal, spec: spherepay.Request?) ends a wait whose
---  waiter is gone
---@field closed boolean

--- Something to wait for that is no call: what a loop asks of a call, it can ask of this.
---@class spherepay.Signal
---@field fired boolean
---@field done fun(self: spherepay.Signal): boolean

local Signal = {}
Signal.__index = Signal

function Signal:done()
  return self.fired
end

---@param engine userdata an engine of spherepay.core
---@return spherepay.Dispatcher
function dispatcher.new(engine)
  local self = setmetatable({
    closed = false, engine = engine, waiters = {}, alarms = {}, report = report.write,
    due = {}, due_first = 1, due_last = 0, on_retry = false, may_repeat = false,
    on_news = false,
    signals = setmetatable({}, { __mode = "k" }),
    uploads = false, -- call -> { fn, last }: who is told how much was sent; false: nobody
    late = setmetatable({}, { __mode = "k" }), -- of those who wait when all is over
  }, Dispatcher)
  self.on_fault = function(err) self.report(err, debug.traceback("", 2)) end
  return self
end

--- Has `waiter` run, once, when `call` is done. What it raises is reported. A call that is done
--- already may have been handed out: who waits asks `call:done()` first.
---@param call userdata|spherepay.Signal
---@param waiter function|table a table is called by its metatable
function Dispatcher:on_done(call, waiter)
  local list = getmetatable(call) == Signal and self.signals or self.waiters
  list[call] = waiter
end

--- A signal that has not been fired.
---@return spherepay.Signal
function dispatcher.signal()
  return setmetatable({ fired = false }, Signal)
end

--- Ends the wait for `signal`. No harm when repeated.
---@param signal spherepay.Signal
function Dispatcher:fire(signal)
  local waiter = self.signals[signal]
  signal.fired = true
  self.signals[signal] = nil
  if waiter then waiter() end
end

--- Drops the waiter of `call`, if there is one: whoever waited has gone on.
---@param call userdata
function Dispatcher:forget(call)
  self.waiters[call] = nil
end

--- Seconds of the clock by which the engine waits.
---@return number
function Dispatcher:now()
  return self.engine:now()
end

--- Has `fn` told how much of the file of an upload has been sent, whenever a step has sent some.
---@param call userdata
---@param fn fun(sent: number, total: number)
function Dispatcher:watch_upload(call, fn)
  self.uploads = self.uploads or {}
  self.uploads[call] = { fn = fn, last = 0 }
end

-- A function that is told may close the client, or begin another upload.
local function report_uploads(self)
  local news = {}
  for call, watched in pairs(self.uploads) do
    local sent, total = call:uploaded()
    if sent and sent ~= watched.last then
      watched.last = sent
      news[#news + 1] = { watched.fn, sent, total }
    end
    if not sent or call:done() then self.uploads[call] = nil end
  end
  if next(self.uploads) == nil then self.uploads = false end
  for _, each in ipairs(news) do
    xpcall(function() each[1](each[2], each[3]) end, self.on_fault)
  end
end

--- Has `fn` run in a step, `seconds` from now.
---@param seconds number
---@param fn function
---@return { over: boolean? } alarm over: it is due, or the dispatcher is closed
function Dispatcher:after(seconds, fn)
  local alarm = { at = self:now() + seconds, fn = fn }
  local place = #self.alarms + 1
  while place > 1 and self.alarms[place - 1].at > alarm.at do place = place - 1 end
  table.insert(self.alarms, place, alarm)
  return alarm
end

-- `on_retry` may close the client: then nothing more is handed out.
local function report_retries(self)
  while not self.closed do
    local call = self.engine:take_retry()
    if not call then return end
    self.on_retry(call)
  end
end

local function admit_repeats(self)
  while not self.closed do
    local call, line = self.engine:take_asking()
    if not call then return end
    self.engine:admit(call, self.may_repeat(line))
  end
end

local function report_news(self)
  while not self.closed do
    local what, number = self.engine:take_news()
    if not what then return end
    self.on_news(what, number)
  end
end

local function add_due(self, fn)
  self.due_last = self.due_last + 1
  self.due[self.due_last] = fn
end

local function ring(self, place)
  self.due[self.due_last + 1] = NOTHING
  local alarm = table.remove(self.alarms, place)
  alarm.over = true
  add_due(self, alarm.fn)
end

-- Adds what is to be run now. What finishes while that runs waits for the next step. Each call gets
-- its place in the queue before it is taken from the engine: out of memory, none is lost.
local function collect(self)
  for _ = 1, math.min(self.engine:ready(), AT_ONCE) do
    self.due[self.due_last + 1] = NOTHING
    local call = self.engine:take()
    local waiter = call and self.waiters[call]
    if waiter then
      self.waiters[call] = nil
      add_due(self, waiter)
    else
      self.due[self.due_last + 1] = nil
    end
  end
  while self.alarms[1] and self.alarms[1].at <= self:now() do
    ring(self, 1)
  end
end

-- Runs all that is due. One of them may step: that step then runs the others, and so never waits
-- for what has been collected already.
local function run_due(self)
  while self.due_first <= self.due_last do
    local fn = self.due[self.due_first]
    self.due[self.due_first] = nil
    self.due_first = self.due_first + 1
    xpcall(fn, self.on_fault)
  end
end

--- Hands out what is finished now, some at a time, and no more.
function Dispatcher:dispatch()
  if self.on_news then report_news(self) end
  if self.on_retry then report_retries(self) end
  if self.may_repeat then admit_repeats(self) end
  if self.uploads then report_uploads(self) end
  if self.closed then return end
  collect(self)
  run_due(self)
end

--- The descriptor of the engine, for a loop that watches it.
---@return integer? descriptor
---@return string? message
function Dispatcher:pollfd()
  local fd, message = self.engine:pollfd()
  if fd then return fd end
  return nil, message .. "; the loops \"blocking\" and \"manual\" need none"
end

--- Whether calls are under way, or finished and not handed out.
---@return boolean
function Dispatcher:is_busy()
  return not self.closed and self.engine:timeout() ~= nil
end

--- Seconds until a step is due although no socket is ready; 0: now; nil: nothing is under way.
---@return number?
function Dispatcher:timeout()
  if self.closed then return nil end
  if self.due_first <= self.due_last then return 0 end
  local due, alarm = self.engine:timeout(), self.alarms[1]
  if not alarm then return due end
  local left = math.max(0, alarm.at - self:now())
  return due and math.min(due, left) or left
end

--- Does what is due and hands out what is finished.
---@param timeout number? seconds to wait at most for something to do; nil: as long as it takes
---@return boolean? ok
---@return string? message when the system refused to wait
function Dispatcher:step(timeout)
  local alarm, left = self.alarms[1], nil
  if alarm then left = math.max(0, alarm.at - self:now()) end
  if self.due_first <= self.due_last then left = 0 end
  if left then timeout = timeout and math.min(timeout, left) or left end
  local ok, message = self.engine:step(timeout)
  self:dispatch()
  return ok, message
end

--- Steps in C until `call` is done, or somebody else has something to do: then who waits goes on
--- with steps. Nothing is done where every step has something to tell.
---@param call userdata|spherepay.Signal
---@return boolean done
function Dispatcher:run(call)
  local has_more = self.due_first <= self.due_last or self.alarms[1] or self.uploads
    or self.on_retry or self.may_repeat or self.on_news or type(call) ~= "userdata"
  if has_more then return call:done() end
  return self.engine:run(call)
end

--- What a loop does when the descriptor it watches is readable: a step, and one more when that left
--- something to do at once. The way around a foreign loop costs as much as some calls do.
---@return boolean? ok
---@return string? message
function Dispatcher:on_readable()
  local ok, message = self:step(0)
  if not ok or self:timeout() ~= 0 then return ok, message end
  return self:step(0)
end

--- Whether a step could ever have something to do.
---@return boolean
function Dispatcher:is_idle()
  return self:timeout() == nil
end

-- Ends everything that somebody still waits for, calls or not. It needs no memory, for it stores
-- nothing. A wait that begins from here on is never ended.
local function release(self)
  local waiters, signals = self.waiters, self.signals
  self.waiters, self.signals = self.late, self.late
  for _, waiter in pairs(waiters) do xpcall(waiter, self.on_fault) end
  for signal, waiter in pairs(signals) do
    signal.fired = true
    xpcall(waiter, self.on_fault)
  end
  while self.alarms[1] do
    local alarm = table.remove(self.alarms)
    alarm.over = true
    xpcall(alarm.fn, self.on_fault)
  end
end

local function hand_out_all(self)
  self.engine:cancel_all()
  repeat self:dispatch() until self.engine:ready() == 0
end

--- Ends every call under way and every other wait, hands them out, and closes the engine, whatever
--- is raised meanwhile.
function Dispatcher:close()
  local ok, problem = pcall(hand_out_all, self)
  local released, other = pcall(release, self)
  self.closed = true
  self.engine:close()
  if not ok then error(problem, 0) end
  if not released then error(other, 0) end
end

return dispatcher
