-- Coroutines of our own, for hosts that have no scheduler, so that several calls can be under way
-- at once: those of the blocking, the manual and the luv loop. What people see of a task is in
-- `scheduler`.

local tasks = {}

-- The tasks there are, so that a call knows whether it may yield: coroutine -> task. A coroutine
-- holds its task, and neither is kept alive by this table.
local ALL = setmetatable({}, { __mode = "kv" })

-- Whether there ever was one.
local has_started = false

---@class spherepay.LoopTask
---@field dispatcher spherepay.Dispatcher who wakes it
---@field thread thread
---@field done boolean
---@field ok boolean? false: `results[1]` is what it raised
---@field results table packed, with n
---@field watchers function[]? to be run when it has ended
---@field failed fun(err: any, traceback: string)? told what it raised
---@field wake fun() ends the wait it is in, or the next one if it is in none

local function pack(...)
  return { n = select("#", ...), ... }
end

local NONE = { n = 0 }

-- What a task is said to have raised when there is no memory for what it did.
local NO_MEMORY = { n = 1, "not enough memory" }

--- Notes that `task` has ended, and tells who waits for that.
---@param task spherepay.LoopTask
---@param ok boolean
---@param ... any what it returned, or raised
function tasks.settle(task, ok, ...)
  local packed, results = pcall(pack, ...)
  task.done, task.ok, task.results = true, ok and packed, packed and results or NO_MEMORY
  -- taken out first: one that raises settles this task again, and each is told once
  local watchers = task.watchers
  while watchers and watchers[1] do table.remove(watchers, 1)() end
end

-- A coroutine that is not suspended has been ended by its host: nobody waits any more.
local function resume(task)
  if coroutine.status(task.thread) ~= "suspended" then return end
  local ok, message = coroutine.resume(task.thread)
  if ok then return end
  tasks.settle(task, false, message)
  if task.failed then task.failed(message, debug.traceback(task.thread)) end
end

--- Starts `fn` at once, in a coroutine of its own; it runs until it first waits.
---@param dispatcher spherepay.Dispatcher
---@param fn fun(): any
---@param failed fun(err: any, traceback: string)? told, once the task has ended, what it raised
---@return spherepay.LoopTask
function tasks.spawn(dispatcher, fn, failed)
  -- eight names, so that the table has room for no more: there may be thousands of tasks
  local task = { dispatcher = dispatcher, done = false, results = NONE, waiting = false,
    woken = false, failed = failed, wake = nil, thread = nil }
  task.wake = function()
    task.woken = true
    if task.waiting then resume(task) end
  end
  task.thread = coroutine.create(function() tasks.settle(task, true, fn()) end)
  ALL[task.thread], has_started = task, true
  resume(task)
  return task
end

--- The task of `dispatcher` that runs now, if one does.
---@param dispatcher spherepay.Dispatcher
---@return spherepay.LoopTask?
function tasks.current(dispatcher)
  if not has_started then return nil end
  local thread = coroutine.running()
  local task = thread and ALL[thread]
  return task and task.dispatcher == dispatcher and task or nil
end

--- Has `fn` run when `task`, which has not ended, does.
---@param task spherepay.LoopTask
---@param fn function
function tasks.on_end(task, fn)
  task.watchers = task.watchers or {}
  task.watchers[#task.watchers + 1] = fn
end

--- Yields from the running task until its `wake`, which somebody else has been given, is called.
--- Who waits for one thing asks afterwards whether that is over.
---@param task spherepay.LoopTask
function tasks.wait(task)
  task.waiting = true
  while not task.woken do coroutine.yield() end
  task.waiting, task.woken = false, false
end

--- Has every task of `dispatcher` that waits ask whether its wait is over: when memory runs out
--- while a task is woken, nobody else wakes it.
---@param dispatcher spherepay.Dispatcher
function tasks.rouse(dispatcher)
  local waiting = {}
  for _, task in pairs(ALL) do
    if task.dispatcher == dispatcher and task.waiting then waiting[#waiting + 1] = task end
  end
  for _, task in ipairs(waiting) do task.wake() end
end

return tasks
