-- For programs that run on libuv (luv): calls yield, and the default loop of libuv wakes them. The
-- descriptor is watched only while something is under way, so an idle client does not keep
-- `uv.run()` from returning.
--
-- A call is made in a coroutine, as in the manual loop.

local uv = require "luv"

local blocking = require "spherepay.loop.blocking"
local core = require "spherepay.core"
local new_signal = require("spherepay.async.dispatcher").signal
local manual = require "spherepay.loop.manual"

local luv = {
  name = "luv",
  way_out = "run uv.run()",
  attach = blocking.attach,
  spawn = manual.spawn,
}

---@class spherepay.LuvWatch
---@field handle userdata uv_poll_t
---@field box { dispatcher: spherepay.Dispatcher? } set while something is under way: luv keeps the
---  callback, and what it refers to, as long as the handle; an idle client must be collectable
---@field callback function

-- Of clients that were closed while no loop ran. Before luv 1.46 a program that closes a handle
-- and ends without running the loop once more dies of it, and a handle that is closed later would
-- stop the watch on whatever has its descriptor's number by then.
local PARKED = {}

-- dispatcher -> its watch
---@type table<spherepay.Dispatcher, spherepay.LuvWatch>
local WATCHES = setmetatable({}, { __mode = "k" })

local function stop(watch)
  watch.handle:stop()
  watch.box.dispatcher = nil
end

local function on_readable(box)
  local dispatcher = box.dispatcher
  if not dispatcher then return end
  local ok, err = pcall(dispatcher.on_readable, dispatcher)
  -- who was woken may have closed the client
  if box.dispatcher and not dispatcher:is_busy() then stop(WATCHES[dispatcher]) end
  if not ok then dispatcher.report(err, "") end -- luv would end the whole program for it
end

local function new_watch(fd)
  local box = {}
  return {
    generation = core.generation(),
    handle = assert(uv.new_poll(fd)),
    box = box,
    callback = function() on_readable(box) end,
  }
end

-- A watch of the parent process is of no use in a forked one, nor may it be touched there.
local function is_ours(watch)
  return watch ~= nil and watch.generation == core.generation()
end

local function start(dispatcher)
  local watch = WATCHES[dispatcher]
  if not is_ours(watch) then
    PARKED[#PARKED + 1] = watch and watch.handle
    watch = new_watch(assert(dispatcher:pollfd()))
    WATCHES[dispatcher] = watch
  end
  watch.box.dispatcher = dispatcher
  assert(watch.handle:start("r", watch.callback))
end

local function is_started(dispatcher)
  local watch = WATCHES[dispatcher]
  return is_ours(watch) and watch.box.dispatcher ~= nil
end

--- True inside a coroutine; raises outside of one.
---@param dispatcher spherepay.Dispatcher
---@return boolean? ok
---@return string? message when this system has no descriptor to watch
function luv.check(dispatcher)
  manual.check(dispatcher, luv.name)
  if is_ours(WATCHES[dispatcher]) then return true end
  local fd, message = dispatcher:pollfd()
  if not fd then return nil, message end
  return true
end

--- Yields until `call` is done.
---@param dispatcher spherepay.Dispatcher
---@param call userdata
function luv.wait(dispatcher, call)
  if not is_started(dispatcher) and dispatcher:is_busy() then start(dispatcher) end
  manual.wait(dispatcher, call)
end

--- Yields for `seconds`.
---@param dispatcher spherepay.Dispatcher
---@param seconds number
function luv.sleep(dispatcher, seconds)
  local signal, timer = new_signal(), assert(uv.new_timer())
  uv.update_time()
  timer:start(math.ceil(seconds * 1000), 0, function() dispatcher:fire(signal) end)
  manual.wait(dispatcher, signal)
  timer:stop()
end

--- Yields until `task` has ended; raises outside a coroutine, where `uv.run()` does it.
---@param dispatcher spherepay.Dispatcher
---@param task spherepay.LoopTask
function luv.join(dispatcher, task)
  if task.done then return end
  manual.check(dispatcher, luv.name)
  manual.join(dispatcher, task)
end

--- Lets go of the descriptor, which is about to be closed.
---@param dispatcher spherepay.Dispatcher
function luv.detach(dispatcher)
  local watch = WATCHES[dispatcher]
  if not watch then return end
  stop(watch)
  WATCHES[dispatcher] = nil
  if uv.loop_mode() then watch.handle:close() else PARKED[#PARKED + 1] = watch.handle end
end

return luv
