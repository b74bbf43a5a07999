-- Coroutines of our own, for hosts that have no scheduler, so that several calls can be under way
-- at once. Used by the blocking and the manual loop; the others have their host's.

local tasks = {}

-- The tasks there are, so that a call knows whether it may yield: coroutine -> task.
local ALL = setmetatable({}, { __mode = "k" })

---@class spherepay.Task
---@field driver spherepay.Driver who wakes it
---@field thread thread
---@field done boolean
---@field ok boolean? false: `results[1]` is what it raised
---@field results table packed, with n
---@field on_done fun()?

local function pack(...)
  return { n = select("#", ...), ... }
end

local function settle(task, ok, ...)
  if coroutine.status(task.thread) ~= "dead" then return end
  task.done, task.ok, task.results = true, ok, pack(...)
  ALL[task.thread] = nil
  if task.on_done then task.on_done() end
end

local function resume(task)
  settle(task, coroutine.resume(task.thread))
end

--- Starts `fn` at once, in a coroutine of its own; it runs until it first waits.
---@param driver spherepay.Driver
---@param fn fun(): any
---@return spherepay.Task
function tasks.spawn(driver, fn)
  local task = { driver = driver, done = false, results = { n = 0 } }
  task.thread = coroutine.create(fn)
  ALL[task.thread] = task
  resume(task)
  return task
end

--- The task of `driver` that runs now, if one does.
---@param driver spherepay.Driver
---@return spherepay.Task?
function tasks.current(driver)
  local thread = coroutine.running()
  local task = thread and ALL[thread]
  return task and task.driver == driver and task or nil
end

--- Yields from the running task until the function that `arm` gets has been called.
---@param task spherepay.Task
---@param arm fun(wake: fun())
function tasks.wait(task, arm)
  local woken, waiting = false, false
  arm(function()
    woken = true
    if waiting then resume(task) end
  end)
  waiting = true
  while not woken do coroutine.yield() end
end

return tasks
