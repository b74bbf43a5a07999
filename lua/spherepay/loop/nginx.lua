-- Waits in an nginx worker (ngx_lua, OpenResty): a call yields, the worker never blocks. Not a
-- place for requests, retries or limits: it only knows when to step.
--
-- nginx has no call to wait for a foreign descriptor, so per worker one thread of the core waits
-- for the engines of all clients and writes a byte to a private connection, and one light thread,
-- the pump, reads it, steps the engines and posts a semaphore per finished call. Both are there
-- while calls are under way and about a second longer. The handler that submits a call steps the
-- engine itself, so a request leaves without a detour, and so what is done at once never waits.
--
-- The pump takes what is finished out of the engine before it wakes anybody: a handler may be
-- gone by then (its client left, ngx.exit), and what it waited for must not stay behind.
--
-- nginx tells nobody that a light thread was killed or a request aborted. So whoever waits wakes
-- ten times a second and says so, and the pump takes a wait that was silent for long enough for one
-- whose waiter is gone.

local core = require "spherepay.core"
local new_semaphores = require("spherepay.loop.semaphores").new

-- A light thread ends with the request that started it, so no client waits for all of them.
local nginx = { name = "nginx", host_keeps_tasks = true }

local TICK = 0.2 -- seconds, at most, between two looks at whether the worker is to exit
local IDLE = 1 -- seconds without a call after which the pump ends
local BEAT = 0.1 -- seconds after which a handler that waits says that it still does
local PATIENCE = 0.2 -- seconds after which a handler does without a pump that has not begun
local ROUND = 0.15 -- seconds, at least, between two looks at who still waits
local SILENT_ROUNDS = 3 -- looks in which nothing was heard of a waiter that is gone
local JOIN_PATIENCE = 1 -- seconds after which who joins a task looks again
local POLL = 0.001 -- seconds between two looks where nobody tells when to look
local READ_MS = 60000 -- never passes: a tick comes first
local CHUNK = 256 -- bytes

-- The phases in which ngx_lua lets a semaphore be waited for.
local YIELDABLE = {
  rewrite = true, server_rewrite = true, access = true, precontent = true, content = true,
  timer = true, preread = true,
  ssl_cert = true, ssl_session_fetch = true, ssl_client_hello = true,
}

local WAYS_OUT = {
  init = "make it in a worker, with ngx.timer.at(0, ...) in init_worker_by_lua",
  exit_worker = "the worker is leaving, so make it before",
}

---@class spherepay.nginx.Pump
---@field pid integer the worker it belongs to
---@field dispatchers spherepay.Dispatcher[] whom it steps
---@field armed table<spherepay.Dispatcher, boolean> whether the thread looks after it
---@field running boolean false until nginx has run its timer
---@field looked number seconds: when it looked who still waits
---@field watch userdata? of spherepay.core: the thread; nil: the pump polls
---@field socket table? its end of the connection

---@type spherepay.nginx.Pump?
local pump

---@class spherepay.nginx.Wait
---@field dispatcher spherepay.Dispatcher
---@field call userdata|spherepay.Signal
---@field spec spherepay.Request?
---@field silent integer looks since who waits was last heard of
---@field since number? seconds: when it first missed the pump
---@field is_alone boolean whether who waits does without the pump
---@field wake fun(self: spherepay.nginx.Wait)? told when the call is done
---@field gone fun(self: spherepay.nginx.Wait)? told when nobody waits for it any more

---@type table<userdata|spherepay.Signal, spherepay.nginx.Wait>
local waits = {} -- all that handlers of this worker wait for

local semaphores = new_semaphores()

--- Whether this is nginx with ngx_lua.
---@return boolean
function nginx.is_running()
  local host = rawget(_G, "ngx")
  return type(host) == "table" and type(host.get_phase) == "function"
    and type(host.config) == "table" and host.config.subsystem ~= nil
end

--- Whether this phase can wait.
---@return boolean? ok
---@return string? message names the phase and the way out
function nginx.check()
  local phase = ngx.get_phase()
  if YIELDABLE[phase] then return true end
  return nil, "no call can wait in " .. phase .. "_by_lua: "
    .. (WAYS_OUT[phase] or "hand it to a light thread, with ngx.timer.at(0, ...)")
end

function nginx.attach() end

-- ---- the pump ----------------------------------------------------------------------------------

-- Without the thread, or without the connection to it, the pump looks again and again.
local function go_blind(self, why)
  ngx.log(ngx.WARN, "spherepay: polls every millisecond: ", why)
  if self.watch then self.watch:close() end
  self.watch = nil
end

-- Has the thread look after the engine of `dispatcher`, until it next becomes ready.
local function arm(self, dispatcher)
  local ok, message = dispatcher.engine:arm()
  if ok and not self.armed[dispatcher] then ok, message = self.watch:arm(ok) end
  if ok then
    self.armed[dispatcher] = true
  else
    go_blind(self, message)
  end
end

local function connect(self)
  local watch, problem = core.watch()
  if not watch then return go_blind(self, problem) end
  local socket = ngx.socket.tcp()
  self.watch = watch
  socket:settimeout(READ_MS)
  local ok, message = socket:connect("unix:" .. watch:path())
  if ok then ok, message = watch:start(TICK) end
  if not ok then return go_blind(self, message) end
  self.socket = socket
end

local function await(self)
  if not self.socket then return ngx.sleep(POLL) end
  local bytes, message = self.socket:receiveany(CHUNK)
  if not bytes then
    self.socket:close()
    self.socket = nil
    if self.watch then go_blind(self, message) end
  elseif bytes:find("!", 1, true) then
    for _, dispatcher in ipairs(self.dispatchers) do self.armed[dispatcher] = false end
  end
end

-- Steps an engine that has calls under way. Returns whether some still are: those of handlers that
-- are gone count too, and a handler that waits for something else does not.
local function tend(self, dispatcher)
  if not dispatcher.engine:timeout() then return false end
  dispatcher:on_readable()
  if not dispatcher.engine:timeout() then return false end
  if self.watch then arm(self, dispatcher) end
  return true
end

local function tend_all(self)
  local busy = false
  for _, dispatcher in ipairs(self.dispatchers) do
    local ok, result = pcall(tend, self, dispatcher)
    if not ok then ngx.log(ngx.ERR, "spherepay: ", result) end
    busy = busy or not ok or result
  end
  return busy
end

-- The waiters of a call are gone. It may have been done for a while: then nobody has asked yet what
-- came.
local function give_up(wait)
  local call = wait.call
  if wait.wake and call:done() then return wait:wake() end
  wait.dispatcher.orphan(call, wait.spec)
  if wait.gone then wait:gone() end
end

-- Looks who still waits. A worker that was busy for long has not heard its handlers either, but
-- they are all heard before the pump has looked again as often as it takes.
local function look_round(self)
  local now = ngx.now()
  if math.abs(now - self.looked) < ROUND then return end -- the clock may be set
  self.looked = now
  for call, wait in pairs(waits) do
    wait.silent = wait.silent + 1
    if wait.silent > SILENT_ROUNDS then
      waits[call] = nil
      local ok, message = pcall(give_up, wait)
      if not ok then ngx.log(ngx.ERR, "spherepay: ", message) end
    end
  end
end

local function run(self)
  local busy_at = ngx.now()
  if pump ~= self then return end -- it comes too late: those who wanted it help themselves
  self.running = true
  connect(self)
  while pump == self do
    look_round(self)
    if tend_all(self) then
      busy_at = ngx.now()
    elseif ngx.worker.exiting() or math.abs(ngx.now() - busy_at) >= IDLE then
      return
    end
    await(self)
  end
end

-- The timer's light thread. It runs also when it is woken early because the worker exits.
local function main(_, self)
  local ok, message = pcall(run, self)
  if pump == self then pump = nil end
  if self.watch then self.watch:close() end
  if self.socket then self.socket:close() end
  if not ok then ngx.log(ngx.ERR, "spherepay: ", message) end
end

-- The pump, with `dispatcher` among those it steps; nil when none can be had. A worker that exits
-- gets no new one: nginx logs an error for a first timer that comes as late as that.
local function join_pump(dispatcher)
  local pid = ngx.worker.pid()
  if not pump or pump.pid ~= pid then
    local self = { pid = pid, dispatchers = {}, armed = {}, running = false, looked = 0 }
    if ngx.worker.exiting() or not ngx.timer.at(0, main, self) then return nil end
    pump = self
  end
  if pump.armed[dispatcher] == nil then
    pump.dispatchers[#pump.dispatchers + 1] = dispatcher
    pump.armed[dispatcher] = false
  end
  return pump
end

--- Lets go of a dispatcher that is about to be closed.
---@param dispatcher spherepay.Dispatcher
function nginx.detach(dispatcher)
  for call, wait in pairs(waits) do
    if wait.dispatcher == dispatcher then waits[call] = nil end
  end
  if not pump or pump.armed[dispatcher] == nil then return end
  local others = {}
  for _, other in ipairs(pump.dispatchers) do
    if other ~= dispatcher then others[#others + 1] = other end
  end
  pump.dispatchers, pump.armed[dispatcher] = others, nil
end

-- ---- waiting -----------------------------------------------------------------------------------

-- The wait of one handler, which the dispatcher calls when the call is done. Not a function that
-- holds what it needs: LuaJIT compiles nothing that makes one, and a handler that dies takes its
-- stack along, and whatever still refers into that.
local Single = {}

function Single:__call() self.semaphore:post(1) end

-- Without a pump the handler steps the engine itself.
local function drive(wait)
  ngx.sleep(POLL)
  wait.silent = 0
  if not wait.call:done() then wait.dispatcher:step(0) end
end

--- Waits until a semaphore is posted, which the end of the call does, but not for longer than
--- `seconds`: then who waits is asked for again, so that the pump hears of it.
---@param wait spherepay.nginx.Wait
---@param semaphore table
---@param seconds number? a beat at most
---@return boolean? posted
function nginx.attend(wait, semaphore, seconds)
  local dispatcher = wait.dispatcher
  wait.silent = 0
  local self = not wait.is_alone and join_pump(dispatcher)
  if not self then return drive(wait) end
  if self.watch then arm(self, dispatcher) end
  if not self.running then wait.since = wait.since or ngx.now() end
  if semaphore:wait(seconds or BEAT) then return true end
  wait.silent = 0
  if pump == self and not self.running and ngx.now() - wait.since >= PATIENCE then
    pump, wait.is_alone = nil, true -- nginx had no place for its timer
  end
  if not wait.call:done() then dispatcher:step(0) end
  return nil
end

--- Returns when `call` is done; the worker goes on meanwhile.
---@param dispatcher spherepay.Dispatcher
---@param call userdata|spherepay.Signal
---@param spec spherepay.Request? of a call, for dispatcher.orphan
function nginx.wait(dispatcher, call, spec)
  dispatcher:step(0)
  if call:done() then return end
  local semaphore = semaphores:take()
  local wait = setmetatable({ dispatcher = dispatcher, call = call, spec = spec, silent = 0,
    since = nil, is_alone = false, semaphore = semaphore }, Single)
  dispatcher:on_done(call, wait)
  waits[call] = wait
  repeat
    if nginx.attend(wait, semaphore) then
      semaphores:give_back(semaphore)
      break
    end
  until call:done()
  waits[call] = nil
end

--- Begins a wait that several handlers have, each by `attend`. The call is nobody's in particular:
--- it ends when it is done, of which the wait hears by being called, or when all of them are gone,
--- of which `wait:gone()` is told once it has been given up. Whether it had been done by then, and
--- nobody had heard, is told by `wait:wake()`.
---@param wait spherepay.nginx.Wait
function nginx.share(wait)
  waits[wait.call] = wait
  wait.dispatcher:on_done(wait.call, wait)
  wait.dispatcher:step(0)
end

--- Ends it.
---@param wait spherepay.nginx.Wait
function nginx.unshare(wait)
  waits[wait.call] = nil
end

--- Ends such a wait, of which nobody is told.
---@param wait spherepay.nginx.Wait
function nginx.abandon(wait)
  waits[wait.call] = nil
  wait.dispatcher.orphan(wait.call, wait.spec)
end

--- Returns after `seconds`.
---@param _ spherepay.Dispatcher
---@param seconds number
function nginx.sleep(_, seconds)
  ngx.sleep(seconds)
end

-- ---- tasks -------------------------------------------------------------------------------------

local function settle(task, ok, ...)
  task.done, task.ok, task.results = true, ok, { n = select("#", ...), ... }
  if task.joiners > 0 then task.semaphore:post(task.joiners) end
end

--- Starts `fn` at once, in a light thread.
---@param _ spherepay.Dispatcher
---@param fn fun(): any
---@param failed fun(err: any, traceback: string)?
---@return spherepay.LoopTask
function nginx.spawn(_, fn, failed)
  local task = { done = false, results = { n = 0 }, joiners = 0, parent = coroutine.running() }
  task.thread = ngx.thread.spawn(function()
    local traceback
    settle(task, xpcall(fn, function(err)
      traceback = debug.traceback("", 2)
      return err
    end))
    if not task.ok and failed then failed(task.results[1], traceback) end
  end)
  return task
end

--- Returns when `task` has ended.
---@param _ spherepay.Dispatcher
---@param task spherepay.LoopTask
function nginx.join(_, task)
  local thread = task.thread
  if thread and task.parent == coroutine.running() then
    -- Only its parent may wait for a light thread, and frees it by that.
    task.thread = nil
    ngx.thread.wait(thread)
  end
  if task.done then return end
  task.semaphore = task.semaphore or semaphores:take()
  task.joiners = task.joiners + 1
  while not task.done do task.semaphore:wait(JOIN_PATIENCE) end
end

return nginx
