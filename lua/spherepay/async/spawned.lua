-- The tasks that `client:spawn` started and that nobody has waited for yet: what `client:run` waits
-- for, the first failure among them, and a word about those that never end.

local core = require "spherepay.core"
local errors = require "spherepay.errors"
local report = require "spherepay.async.report"

local spawned = {}

-- So many tasks are remembered before those that have ended are forgotten.
local SWEEP_AT = 64

---@class spherepay.Spawned
---@field client spherepay.Client
---@field tell fun(task: spherepay.Task, err: any) reports what a task raised that nobody joins
---@field tasks spherepay.Task[] that nobody waits for
---@field awaited spherepay.Task[]? those that `run` waits for now
---@field failure { message: any }? what the first of them raised
---@field sweep_at integer
---@field sentinel any notices that the client is collected
local Spawned = {}
Spawned.__index = Spawned

---@param client spherepay.Client
---@param tell fun(task: spherepay.Task, err: any)
---@return spherepay.Spawned
function spawned.new(client, tell)
  return setmetatable({ client = client, tell = tell, tasks = {}, sweep_at = SWEEP_AT }, Spawned)
end

-- Remembers the first failure that nobody has joined. A loop of the host's may not have told it.
local function note(self, task)
  local inner = task.inner
  if inner.ok or task.joined then return end
  self.tell(task, inner.results[1])
  self.failure = self.failure or { message = inner.results[1] }
end

-- Forgets the tasks that have ended.
local function sweep(self)
  local left = {}
  for _, task in ipairs(self.tasks) do
    if task:is_done() then note(self, task) else left[#left + 1] = task end
  end
  self.tasks = left
  self.sweep_at = math.max(SWEEP_AT, 2 * #left)
end

-- Reports tasks that have not ended, when nobody can end them any more.
local function report_unended(self, generation)
  local client = self.client
  if client.closed or core.generation() ~= generation then return end
  local count = 0
  for _, list in ipairs { self.tasks, self.awaited } do
    for _, task in ipairs(list) do
      if not task:is_done() then count = count + 1 end
    end
  end
  if count == 0 then return end
  client.dispatcher.report(errors.new {
    kind = "cancelled",
    message = ("%d %s of client:spawn never ended: %s"):format(count,
      count == 1 and "task" or "tasks", client.loop.way_out or "call client:run() after it"),
  })
end

--- Remembers a task.
---@param task spherepay.Task
function Spawned:add(task)
  if not self.sentinel then
    local generation = core.generation()
    self.sentinel = report.sentinel(function() report_unended(self, generation) end)
  end
  if #self.tasks >= self.sweep_at then sweep(self) end
  self.tasks[#self.tasks + 1] = task
end

--- Waits until all have ended, those that they start included.
---@return { message: any }? failure what the first that was not joined raised
function Spawned:join()
  local client = self.client
  while self.tasks[1] do
    local list = self.tasks
    self.tasks, self.awaited = {}, list
    for _, task in ipairs(list) do
      client.loop.join(client.dispatcher, task.inner)
      note(self, task)
    end
  end
  local failure = self.failure
  self.failure, self.awaited = nil, nil
  return failure
end

return spawned
