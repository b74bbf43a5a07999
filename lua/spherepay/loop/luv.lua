-- For programs that run on libuv (luv): calls yield, and the default loop of libuv wakes them. The
-- descriptor is watched only while something is under way, so an idle client does not keep
-- `uv.run()` from returning.
--
-- A call is made in a coroutine, as in the manual loop.

local uv = require "luv"

local blocking = require "spherepay.loop.blocking"
local core = require "spherepay.core"
local driver_module = require "spherepay.async.dispatcher"
local manual = require "spherepay.loop.manual"

local luv = { name = "luv", attach = blocking.attach, spawn = manual.spawn }

---@class spherepay.LuvWatch
---@field handle userdata uv_poll_t
---@field box { driver: spherepay.Driver? } set while something is under way: luv keeps the
---  callback, and what it refers to, as long as the handle; an idle client must be collectable
---@field callback function

-- Of clients that were closed while no loop ran. Before luv 1.46 a program that closes a handle
-- and ends without running the loop once more dies of it, and a handle that is closed later would
-- stop the watch on whatever has its descriptor's number by then.
local PARKED = {}

local function stop(watch)
  watch.handle:stop()
  watch.box.driver = nil
end

local function on_readable(box)
  local driver = box.driver
  if not driver then return end
  local ok, err = pcall(driver.turn, driver)
  -- who was woken may have closed the client
  if box.driver and not driver:is_busy() then stop(driver.luv) end
  if not ok then driver.report(err, "") end -- luv would end the whole program for it
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

local function start(driver)
  if not is_ours(driver.luv) then
    PARKED[#PARKED + 1] = driver.luv and driver.luv.handle
    driver.luv = new_watch(assert(driver:pollfd()))
  end
  driver.luv.box.driver = driver
  assert(driver.luv.handle:start("r", driver.luv.callback))
end

local function is_started(driver)
  return is_ours(driver.luv) and driver.luv.box.driver ~= nil
end

--- True inside a coroutine; raises outside of one.
---@param driver spherepay.Driver
---@return boolean? ok
---@return string? message when this system has no descriptor to watch
function luv.check(driver)
  manual.check(driver, luv.name)
  if is_ours(driver.luv) then return true end
  local fd, message = driver:pollfd()
  if not fd then return nil, message end
  return true
end

--- Yields until `call` is done.
---@param driver spherepay.Driver
---@param call userdata
function luv.wait(driver, call)
  if not is_started(driver) and driver:is_busy() then start(driver) end
  manual.wait(driver, call)
end

--- Yields for `seconds`.
---@param driver spherepay.Driver
---@param seconds number
function luv.sleep(driver, seconds)
  local signal, timer = driver_module.signal(), assert(uv.new_timer())
  uv.update_time()
  timer:start(math.ceil(seconds * 1000), 0, function() driver:fire(signal) end)
  manual.wait(driver, signal)
  timer:stop()
end

--- Yields until `task` has ended; raises outside a coroutine, where `uv.run()` does it.
---@param driver spherepay.Driver
---@param task spherepay.LoopTask
function luv.join(driver, task)
  if task.done then return end
  manual.check(driver, luv.name)
  manual.join(driver, task)
end

--- Lets go of the descriptor, which is about to be closed.
---@param driver spherepay.Driver
function luv.detach(driver)
  local watch = driver.luv
  if not watch then return end
  stop(watch)
  driver.luv = nil
  if uv.loop_mode() then watch.handle:close() else PARKED[#PARKED + 1] = watch.handle end
end

return luv
