-- For hosts that give us a moment each tick: calls yield, and `client:step(timeout)` wakes them.
-- A call may be made in any coroutine; outside of one it raises, because it could only block.

local blame = require "spherepay.options.blame"
local blocking = require "spherepay.loop.blocking"
local tasks = require "spherepay.async.task"

local manual = {
  name = "manual",
  way_out = "call client:step() until they have",
  attach = blocking.attach,
  detach = blocking.detach,
  spawn = blocking.spawn,
}

local function running()
  local thread, is_main = coroutine.running()
  return not is_main and thread or nil
end

--- True inside a coroutine; raises outside of one.
---@param _ spherepay.Dispatcher
---@param name string? of the loop, for the message
function manual.check(_, name)
  if running() then return true end
  blame("spherepay: with loop = \"" .. (name or manual.name) .. "\" a call is made in a coroutine,"
    .. " such as that of client:spawn(function() ... end)")
end

-- A coroutine of the host's, which the host may also resume for reasons of its own, or have ended
-- by the time it is woken. What it raises is reported, for the step that woke it is not to blame.
local function host_task(dispatcher)
  local task = { thread = running(), waiting = false, woken = false }
  task.wake = function()
    task.woken = true
    if not task.waiting or coroutine.status(task.thread) ~= "suspended" then return end
    local ok, err = coroutine.resume(task.thread)
    if not ok then dispatcher.report(err, debug.traceback(task.thread)) end
  end
  return task
end

local function current(dispatcher)
  return tasks.current(dispatcher) or host_task(dispatcher)
end

--- Yields until `call` is done.
---@param dispatcher spherepay.Dispatcher
---@param call userdata
function manual.wait(dispatcher, call)
  if call:done() then return end
  local task = current(dispatcher)
  dispatcher:on_done(call, task.wake)
  repeat tasks.wait(task) until call:done()
end

--- Yields for `seconds`.
---@param dispatcher spherepay.Dispatcher
---@param seconds number
function manual.sleep(dispatcher, seconds)
  local task = current(dispatcher)
  local alarm = dispatcher:after(seconds, task.wake)
  repeat tasks.wait(task) until alarm.over
end

--- Yields until `task` has ended. Outside a coroutine it steps until then: that is what
--- `client:run` asks for.
---@param dispatcher spherepay.Dispatcher
---@param task spherepay.LoopTask
function manual.join(dispatcher, task)
  if task.done then return end
  if not running() then return blocking.join(dispatcher, task) end
  local waiter = current(dispatcher)
  tasks.on_end(task, waiter.wake)
  repeat tasks.wait(waiter) until task.done
end

return manual
