-- Waits in C: the loop of plain scripts. A call made in a task (`client:spawn`,
-- `client:parallel`) lets the other tasks go on; any other call blocks until it is done.

local blame = require "spherepay.options.blame"
local tasks = require "spherepay.async.task"

local blocking = { name = "blocking" }

function blocking.attach() end
function blocking.detach() end

function blocking.check()
  return true
end

local function is_done(call)
  return call:done()
end

local function has_ended(task)
  return task.done
end

-- Steps until the end of a wait, for which there must be something under way. A finalizer that
-- closes the client ends the wait at any moment, also while that is looked at.
local function step_until(dispatcher, is_over, what)
  while not is_over(what) do
    if dispatcher:is_idle() then tasks.rouse(dispatcher) end
    if dispatcher:is_idle() and not is_over(what) then
      blame("spherepay: a task waits for something that is no call")
    end
    dispatcher:step()
  end
end

--- Returns when `call` is done.
---@param dispatcher spherepay.Dispatcher
---@param call userdata
function blocking.wait(dispatcher, call)
  local task = tasks.current(dispatcher)
  if not task then
    if not dispatcher:run(call) then step_until(dispatcher, is_done, call) end
  elseif not call:done() then
    dispatcher:on_done(call, task.wake)
    repeat tasks.wait(task) until call:done()
  end
end

--- Returns after `seconds`; what is under way goes on meanwhile.
---@param dispatcher spherepay.Dispatcher
---@param seconds number
function blocking.sleep(dispatcher, seconds)
  local task = tasks.current(dispatcher)
  if task then
    local alarm = dispatcher:after(seconds, task.wake)
    repeat tasks.wait(task) until alarm.over
    return
  end
  local over = false
  dispatcher:after(seconds, function() over = true end)
  while not over and not dispatcher.closed do dispatcher:step() end
end

--- Starts `fn` as a task.
---@param dispatcher spherepay.Dispatcher
---@param fn fun(): any
---@param failed fun(err: any, traceback: string)?
---@return spherepay.LoopTask
function blocking.spawn(dispatcher, fn, failed)
  return tasks.spawn(dispatcher, fn, failed)
end

--- Returns when `task` has ended.
---@param dispatcher spherepay.Dispatcher
---@param task spherepay.LoopTask
function blocking.join(dispatcher, task)
  if task.done then return end
  local current = tasks.current(dispatcher)
  if current then
    tasks.on_end(task, current.wake)
    repeat tasks.wait(current) until task.done
    return
  end
  step_until(dispatcher, has_ended, task)
end

return blocking
