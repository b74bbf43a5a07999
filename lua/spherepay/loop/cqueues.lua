-- For programs that run on cqueues: a call made inside a controller waits there, and the
-- controller goes on. Outside of one nothing else could go on, so a call blocks.
--
-- Each controller that waits has one coroutine of ours, the pump, that watches the descriptor and
-- steps. It ends when nothing is under way, so an idle client keeps no controller from ending.

local auxlib = require "cqueues.auxlib"
local condition = require "cqueues.condition"
local cqueues = require "cqueues"

local blocking = require "spherepay.loop.blocking"
local core = require "spherepay.core"
local new_signal = require("spherepay.async.dispatcher").signal
local tasks = require "spherepay.async.task"

local loop = {
  name = "cqueues",
  way_out = "run the loop of the controller",
  attach = blocking.attach,
}

-- Calls `fn`, which may wait, as xpcall does, and has `trace` told of the traceback. The xpcall of
-- Lua 5.1 lets nobody wait inside, but a coroutine in between costs one more switch for every wait.
local function protected_call(fn, trace)
  return xpcall(fn, function(err)
    trace(debug.traceback("", 2))
    return err
  end)
end
if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
  local function pass(thread, trace, ok, ...)
    if not ok then trace(debug.traceback(thread)) end
    return ok, ...
  end

  function protected_call(fn, trace)
    local thread = coroutine.create(fn)
    return pass(thread, trace, auxlib.resume(thread))
  end
end

-- The controller that a wait can be left to. A task that was started outside of any belongs to
-- the blocking loop, whoever wakes it.
local function controller_for(dispatcher)
  local controller = cqueues.running()
  return controller and not tasks.current(dispatcher) and controller or nil
end

-- pumps[controller] is the descriptor that the controller watches.
local function pump(dispatcher, pumps, controller)
  local watched = { pollfd = pumps[controller], events = "r" }
  while pumps[controller] and dispatcher:is_busy() do
    cqueues.poll(watched)
    if pumps[controller] then dispatcher:on_readable() end
  end
  pumps[controller] = nil
end

-- dispatcher -> { generation, pumps }
local ALL = setmetatable({}, { __mode = "k" })

-- The pumps of this process: those of the parent watch a descriptor of the parent's.
local function pumps_of(dispatcher)
  local own = ALL[dispatcher]
  if not own or own.generation ~= core.generation() then
    own = { generation = core.generation(), pumps = setmetatable({}, { __mode = "k" }) }
    ALL[dispatcher] = own
  end
  return own.pumps
end

local function start_pump(dispatcher, controller)
  local pumps = pumps_of(dispatcher)
  if pumps[controller] or not dispatcher:is_busy() then return end
  pumps[controller] = assert(dispatcher:pollfd())
  controller:wrap(pump, dispatcher, pumps, controller)
end

local SLEEPERS = 256 -- kept for the next waits
local sleepers = {}

local function new_sleeper()
  local self = { ready = condition.new(), woken = false }
  self.wake = function()
    self.woken = true
    self.ready:signal()
  end
  return self
end

local function take_sleeper()
  local last = #sleepers
  local sleeper = sleepers[last] or new_sleeper()
  sleepers[last] = nil
  return sleeper
end

-- Called after a wake-up only: a sleeper that is woken late could wake another waiter.
local function give_back(sleeper)
  sleeper.woken = false
  if #sleepers < SLEEPERS then sleepers[#sleepers + 1] = sleeper end
end

-- Waits until somebody who has been given `sleeper.wake` calls it, or `till`.
local function wait(dispatcher, controller, sleeper, till)
  start_pump(dispatcher, controller)
  while not sleeper.woken do
    local left = till and till - cqueues.monotime()
    if left and left <= 0 then return end
    cqueues.poll(sleeper.ready, left)
  end
  give_back(sleeper)
end

--- Whether a controller runs the caller.
---@return boolean
function loop.is_running()
  return cqueues.running() ~= nil
end

---@param dispatcher spherepay.Dispatcher
---@return boolean? ok
---@return string? message when this system has no descriptor to watch
function loop.check(dispatcher)
  if ALL[dispatcher] or not controller_for(dispatcher) then return true end
  local fd, message = dispatcher:pollfd()
  if not fd then return nil, message end
  return true
end

--- Returns when `call` is done.
---@param dispatcher spherepay.Dispatcher
---@param call userdata
function loop.wait(dispatcher, call)
  local controller = controller_for(dispatcher)
  if not controller then return blocking.wait(dispatcher, call) end
  if call:done() then return end
  local sleeper = take_sleeper()
  dispatcher:on_done(call, sleeper.wake)
  wait(dispatcher, controller, sleeper)
end

--- Returns after `seconds`.
---@param dispatcher spherepay.Dispatcher
---@param seconds number
function loop.sleep(dispatcher, seconds)
  local controller = controller_for(dispatcher)
  if not controller then return blocking.sleep(dispatcher, seconds) end
  local signal, sleeper = new_signal(), take_sleeper()
  dispatcher:on_done(signal, sleeper.wake)
  wait(dispatcher, controller, sleeper, cqueues.monotime() + seconds)
  dispatcher:fire(signal)
end

--- Starts `fn` beside the caller: inside a controller as a coroutine of it, which may also wait
--- for whatever else cqueues offers.
---@param dispatcher spherepay.Dispatcher
---@param fn fun(): any
---@param failed fun(err: any, traceback: string)?
---@return spherepay.LoopTask
function loop.spawn(dispatcher, fn, failed)
  local controller = controller_for(dispatcher)
  if not controller then return blocking.spawn(dispatcher, fn, failed) end
  local task = { done = false, results = { n = 0 }, watchers = {} }
  controller:wrap(function()
    local traceback
    tasks.settle(task, protected_call(fn, function(text) traceback = text end))
    if not task.ok and failed then failed(task.results[1], traceback) end
  end)
  return task
end

--- Returns when `task` has ended.
---@param dispatcher spherepay.Dispatcher
---@param task spherepay.LoopTask
function loop.join(dispatcher, task)
  local controller = controller_for(dispatcher)
  if not controller then return blocking.join(dispatcher, task) end
  if task.done then return end
  local sleeper = take_sleeper()
  tasks.on_end(task, sleeper.wake)
  wait(dispatcher, controller, sleeper)
end

--- Lets go of the descriptor, which is about to be closed.
---@param dispatcher spherepay.Dispatcher
function loop.detach(dispatcher)
  local own = ALL[dispatcher]
  for controller, fd in pairs(own and own.pumps or {}) do
    own.pumps[controller] = nil
    cqueues.cancel(fd)
  end
end

return loop
