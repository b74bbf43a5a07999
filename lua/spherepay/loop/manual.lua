-- For hosts that give us a moment each tick: calls yield, and `client:step(timeout)` wakes them.
-- A call may be made in any coroutine; outside of one it raises, because it could only block.

local blocking = require "spherepay.loop.blocking"
local tasks = require "spherepay.tasks"

local manual = {
  name = "manual",
  attach = blocking.attach,
  detach = blocking.detach,
  spawn = blocking.spawn,
  join = blocking.join,
}

local function running()
  local thread, is_main = coroutine.running()
  return not is_main and thread or nil
end

function manual.check()
  if running() then return true end
  error("spherepay: with loop = \"manual\" a call is made in a coroutine, such as that of"
    .. " client:spawn", 0)
end

-- A coroutine of the host's, which the host may also resume for reasons of its own.
local function yield_until(arm)
  local thread, woken, waiting = running(), false, false
  arm(function()
    woken = true
    if not waiting then return end
    local ok, err = coroutine.resume(thread)
    if not ok then error(err, 0) end
  end)
  waiting = true
  while not woken do coroutine.yield() end
end

local function wait(driver, arm)
  local task = tasks.current(driver)
  if task then return tasks.wait(task, arm) end
  return yield_until(arm)
end

function manual.wait(driver, call)
  wait(driver, function(wake) driver:on_done(call, wake) end)
end

function manual.sleep(driver, seconds)
  wait(driver, function(wake) driver:after(seconds, wake) end)
end

return manual
