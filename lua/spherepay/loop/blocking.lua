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
local function step_until(driver, is_over, what)
  while not is_over(what) do
    if driver:is_idle() and not is_over(what) then
      blame("spherepay: a task waits for something that is no call")
    end
    driver:step()
  end
end

--- Returns when `call` is done.
---@param driver spherepay.Driver
---@param call userdata
function blocking.wait(driver, call)
  if call:done() then return end
  local task = tasks.current(driver)
  if task then
    driver:on_done(call, task.wake)
    repeat tasks.wait(task) until call:done()
    return
  end
  step_until(driver, is_done, call)
end

--- Returns after `seconds`; what is under way goes on meanwhile.
---@param driver spherepay.Driver
---@param seconds number
function blocking.sleep(driver, seconds)
  local task = tasks.current(driver)
  if task then
    local alarm = driver:after(seconds, task.wake)
    repeat tasks.wait(task) until alarm.over
    return
  end
  local over = false
  driver:after(seconds, function() over = true end)
  while not over and not driver.closed do driver:step() end
end

--- Starts `fn` as a task.
---@param driver spherepay.Driver
---@param fn fun(): any
---@param failed fun(err: any, traceback: string)?
---@return spherepay.LoopTask
function blocking.spawn(driver, fn, failed)
  return tasks.spawn(driver, fn, failed)
end

--- Returns when `task` has ended.
---@param driver spherepay.Driver
---@param task spherepay.LoopTask
function blocking.join(driver, task)
  if task.done then return end
  local current = tasks.current(driver)
  if current then
    tasks.on_end(task, current.wake)
    repeat tasks.wait(current) until task.done
    return
  end
  step_until(driver, has_ended, task)
end

return blocking
