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

-- One step towards the end of a wait.
local function step(driver)
  if driver:is_idle() then blame("spherepay: a task waits for something that is no call") end
  driver:step()
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
  while not call:done() do step(driver) end
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
  while not over do driver:step() end
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
  while not task.done do step(driver) end
end

return blocking
