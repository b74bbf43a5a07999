-- Several calls at once, for people: the methods of a client that start tasks and wait for them,
-- and what a host needs that drives the client itself. How a task runs is the loop's affair; many
-- calls of one kind are `many`'s.

local blame = require "spherepay.options.blame"
local checks = require "spherepay.options.checks"
local errors = require "spherepay.errors"
local spawned = require "spherepay.async.spawned"

local scheduler = {}

-- coroutine -> the task that runs in it. A coroutine holds its task, and neither is kept alive.
local CURRENT = setmetatable({}, { __mode = "kv" })

-- Whether there ever was a task: most programs have none, and need not be asked what runs.
local has_started = false

---@class spherepay.Task
---@field client spherepay.Client
---@field inner spherepay.LoopTask?
---@field cancelled boolean
---@field joined boolean somebody waits for it, or did
---@field told boolean its error has been reported
---@field waits_for { cancel: fun(self: table) }? the call it waits for
---@field children table<spherepay.Task, boolean>? those it started
local Task = { cancelled = false, joined = false, told = false }
Task.__index = Task
Task.__name = "spherepay.task"

local WEAK = { __mode = "k" }

local unpack = table.unpack or unpack -- luacheck: ignore 113 143

-- `task.join()` passes anything but a task as the first argument.
local function refuse_task_dot(task, name)
  if getmetatable(task) == Task then return end
  blame("spherepay: write task:" .. name .. "(), with a colon")
end

--- Whether the task has ended.
---@return boolean
function Task:is_done()
  refuse_task_dot(self, "is_done")
  return self.inner ~= nil and self.inner.done
end

--- Waits until the task has ended.
---@return boolean ok
---@return any ... what its function returned, or, when not ok, what it raised
function Task:join()
  refuse_task_dot(self, "join")
  if not self.inner or scheduler.current() == self then
    blame("spherepay: a task cannot wait for itself")
  end
  self.joined = true
  self.client.loop.join(self.client.dispatcher, self.inner)
  return self.inner.ok, unpack(self.inner.results, 1, self.inner.results.n)
end

--- Ends the call that the task waits for, and every call that it or a task it started makes from
--- now on: they fail with kind "cancelled". The task itself goes on with that answer, and a wait
--- that is no call is not cut short.
function Task:cancel()
  refuse_task_dot(self, "cancel")
  if self:is_done() then return end
  self.cancelled = true
  if self.waits_for then self.waits_for:cancel() end
  for child in pairs(self.children or {}) do child:cancel() end
end

function Task:__tostring()
  return "spherepay.task (" .. (self:is_done() and "done" or "under way") .. ")"
end

--- The task that runs now, if one does.
---@return spherepay.Task?
function scheduler.current()
  if not has_started then return nil end
  local thread = coroutine.running()
  return thread and CURRENT[thread]
end

--- Waits the way this host waits; a task that is cancelled meanwhile cancels `call`.
---@param client spherepay.Client
---@param call { done: function, cancel: function } a call or a signal
---@param spec spherepay.Request? of a call
function scheduler.wait(client, call, spec)
  local task = scheduler.current()
  if task then task.waits_for = call end
  client.loop.wait(client.dispatcher, call, spec)
  if task then task.waits_for = nil end
end

-- Tells `on_error` what a task raised that nobody waits for.
local function tell(task, err, traceback)
  if task.joined or task.told then return end
  task.told = true
  task.client.dispatcher.report(err, traceback or "")
end

local function start(client, fn, joined)
  local parent = scheduler.current()
  -- all that most tasks ever have: there may be thousands
  local task = setmetatable({ client = client, inner = nil, waits_for = nil }, Task)
  if joined then task.joined = true end
  has_started = true
  if parent then
    if parent.cancelled then task.cancelled = true end
    parent.children = parent.children or setmetatable({}, WEAK)
    parent.children[task] = true
  end
  task.inner = client.loop.spawn(client.dispatcher, function()
    CURRENT[coroutine.running()] = task
    return fn()
  end, function(err, traceback) tell(task, err, traceback) end)
  return task
end

--- What `client:spawn` has started.
---@param client spherepay.Client
---@return spherepay.Spawned
function scheduler.spawned(client)
  return spawned.new(client, tell)
end

-- `client.spawn(fn)` passes anything but a client as the first argument.
local function refuse_dot(client, name)
  if type(client) == "table" and rawget(client, "dispatcher") then return end
  blame("spherepay: write client:" .. name .. "(...), with a colon")
end

local function require_function(fn, what)
  if type(fn) == "function" then return end
  blame("spherepay: " .. what .. ", got a " .. type(fn))
end

--- Starts `fn` as a task beside the caller, at once or as soon as the host gets to it. Calls that
--- it makes let others go on. With `loop = "luv"` it may be called anywhere; in nginx where a
--- light thread can be started, and there its handler answers for it: `client:run` does not.
--- What it raises goes to the option `on_error`, unless somebody waits in `task:join()`. Tasks that
--- have not ended when the program ends, because nobody ran the loop, are reported there too.
---@param client spherepay.Client
---@param fn function
---@return spherepay.Task task `task:join()`, `task:cancel()`, `task:is_done()`
function scheduler.spawn(client, fn)
  refuse_dot(client, "spawn")
  require_function(fn, "client:spawn takes a function: wrap the call in function() ... end")
  local task = start(client, fn)
  if not client.loop.host_keeps_tasks then client.spawned:add(task) end
  return task
end

--- Waits until every task that `client:spawn` started has ended. A client without `on_error` raises
--- after that what the first of them raised that was not joined, so that a script fails with it.
---@param client spherepay.Client
function scheduler.run(client)
  refuse_dot(client, "run")
  local current = scheduler.current()
  if current and current.client == client then
    blame("spherepay: a task cannot wait for itself; inside one use client:parallel")
  end
  local failure = client.spawned:join()
  if failure and not client.options.on_error then error(failure.message, 0) end
end

-- What the function of a task returned; or nil and what it raised, with `raised`.
local function result_of(ok, ...)
  if ok then return { n = select("#", ...), ... } end
  return { nil, (...), n = 2, raised = true }
end

--- Runs functions beside each other and waits for them all.
---
---     local results = client:parallel {
---       function() return client.customer.get(a) end,
---       function() return client.customer.get(b) end,
---     }
---     local customer, err = results[1][1], results[1][2]
---@param client spherepay.Client
---@param fns function[]
---@return table[]? results in the order of `fns`, each a list of what the function returned, so
---  `{ value }` or `{ nil, err }`; one that raised gives `{ nil, what_it_raised, raised = true }`
---@return spherepay.Error? err where nothing can wait
function scheduler.parallel(client, fns)
  refuse_dot(client, "parallel")
  if type(fns) ~= "table" then
    blame("spherepay: client:parallel takes a list of functions, got a " .. type(fns))
  end
  if next(fns) ~= nil and fns[1] == nil or type(fns[1]) == "table" then
    blame("spherepay: client:parallel takes functions: wrap each call in function() ... end")
  end
  local fault = checks.no_list(fns)
  if fault then blame("spherepay: client:parallel takes a list of functions, " .. fault) end
  for _, fn in ipairs(fns) do require_function(fn, "client:parallel takes a list of functions") end
  local ready, why = client.loop.check(client.dispatcher)
  if not ready then return nil, errors.new { kind = "invalid", message = why } end
  local started, results = {}, {}
  for i, fn in ipairs(fns) do started[i] = start(client, fn, true) end
  for i, task in ipairs(started) do results[i] = result_of(task:join()) end
  return results
end

--- Does what is due and wakes whose calls are done: for a loop of one's own.
---@param client spherepay.Client
---@param timeout number? seconds to wait at most for something to do; 0, the default, does not wait
---@return boolean? ok
---@return string? message when the client is closed or the system refused to wait
function scheduler.step(client, timeout)
  refuse_dot(client, "step")
  if client.closed then return nil, "the client is closed" end
  local is_number = type(timeout) == "number" and timeout == timeout
  if timeout ~= nil and not (is_number and timeout >= 0) then
    blame("spherepay: client:step takes seconds, 0 or more")
  end
  return client.dispatcher:step(timeout or 0)
end

--- Seconds until a step is due although the descriptor is not readable; 0: now.
---@param client spherepay.Client
---@return number? seconds nil when nothing is under way
function scheduler.timeout(client)
  refuse_dot(client, "timeout")
  if client.closed then return nil end
  return client.dispatcher:timeout()
end

--- The descriptor to watch for reading: step when it is readable, and when `client:timeout()` has
--- passed. It stays the same until the client is closed, but a forked process has its own.
---@param client spherepay.Client
---@return integer? descriptor
---@return string? message where there is none; use `client:step` then
function scheduler.pollfd(client)
  refuse_dot(client, "pollfd")
  if client.closed then return nil, "the client is closed" end
  return client.dispatcher:pollfd()
end

return scheduler
