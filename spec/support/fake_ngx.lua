-- As much of nginx's Lua API as the gate uses, in one process and without time: sleeping and
-- waiting let other requests go on, and when all wait the clock jumps to what comes first.

local fake = {}

local Dict = {}
Dict.__index = Dict

local function alive(self, key)
  local entry = self.entries[key]
  if entry and entry.till > self.now() then return entry end
  self.entries[key] = nil
  return nil
end

function Dict:get(key)
  local entry = alive(self, key)
  return entry and entry.value
end

function Dict:set(key, value, seconds)
  if self.full then return nil, "no memory" end
  local till = seconds and seconds > 0 and self.now() + seconds or math.huge
  self.entries[key] = { value = value, till = till }
  return true
end

function Dict:add(key, value, seconds)
  if self.full then return nil, "no memory" end
  if alive(self, key) then return false, "exists" end
  return self:set(key, value, seconds)
end

function Dict:delete(key) self.entries[key] = nil end

-- Everything in it, as one text.
function Dict:text()
  local lines = {}
  for key, entry in pairs(self.entries) do
    lines[#lines + 1] = key .. "=" .. tostring(entry.value)
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local Semaphore = {}
Semaphore.__index = Semaphore

function Semaphore:post(count) self.count = self.count + (count or 1) end

function Semaphore:wait(seconds)
  local till = self.world.time + seconds
  while self.count == 0 do
    if self.world.time >= till then return nil, "timeout" end
    coroutine.yield(till)
  end
  self.count = self.count - 1
  return true
end

local function new_world()
  return { time = 1700000000, runs = {}, exiting = false, logged = {}, no_timers = false }
end

-- What the world runs: each a coroutine with the time at which it is to go on at the latest.
local function start(world, fn)
  table.insert(world.runs, { thread = coroutine.create(fn), till = world.time })
end

local function resume(world, run)
  local ok, till = coroutine.resume(run.thread)
  if not ok then error(till, 0) end
  run.till = till
  if coroutine.status(run.thread) ~= "dead" then return end
  for i, other in ipairs(world.runs) do
    if other == run then return table.remove(world.runs, i) end
  end
end

local function next_time(world)
  local soonest = math.huge
  for _, run in ipairs(world.runs) do soonest = math.min(soonest, run.till) end
  return soonest
end

local function turn(world)
  local list = {}
  for i, run in ipairs(world.runs) do list[i] = run end
  for _, run in ipairs(list) do resume(world, run) end
end

local function api(world)
  local ngx = { ERR = 4, WARN = 5, HTTP_OK = 200, worker = {}, timer = {}, header = {} }
  function ngx.now() return world.time end
  -- nginx counts in milliseconds, and in less than one its clock does not move.
  function ngx.sleep(seconds)
    assert(seconds >= 0.001, "a sleep of no time")
    local till = world.time + math.floor(seconds * 1000 + 1e-6) / 1000
    while world.time < till do coroutine.yield(till) end
  end
  function ngx.worker.exiting() return world.exiting end
  function ngx.timer.at(_, fn)
    if world.no_timers then return nil, "too many pending timers" end
    start(world, fn)
    return true
  end
  function ngx.log(level, ...) table.insert(world.logged, { level, table.concat { ... } }) end
  function ngx.md5(text)
    local hash = 0
    for i = 1, #text do hash = (hash * 31 + text:byte(i)) % 2 ^ 40 end
    return ("%016.0f"):format(hash)
  end
  function ngx.print(text) ngx.body = text end
  function ngx.exit(status) error({ exit = status }, 0) end
  return ngx
end

--- A world with one dictionary, "decisions".
---@return table world `ngx`, `dict`, `semaphores`, `time`, `logged`; `request(fn)` begins one,
---  `turn()` lets everything run until it waits, `run()` goes on until nothing is under way,
---  `pass(seconds)` lets time pass, `kill(place)` ends what runs
function fake.new()
  local world = new_world()
  local now = function() return world.time end
  world.dict = setmetatable({ entries = {}, now = now }, Dict)
  world.ngx = api(world)
  world.ngx.shared = { decisions = world.dict }
  world.semaphores = {
    new = function(count) return setmetatable({ count = count, world = world }, Semaphore) end,
  }

  function world.request(fn) start(world, fn) end

  function world.run()
    for _ = 1, 100000 do
      turn(world)
      if not world.runs[1] then return end
      world.time = math.max(world.time, math.min(next_time(world), world.time + 0.001))
    end
    error("never ends")
  end

  function world.pass(seconds) world.time = world.time + seconds end

  function world.turn() turn(world) end

  -- The run in that place, or all of them, die in the middle.
  function world.kill(place)
    if place then
      table.remove(world.runs, place)
    else
      world.runs = {}
    end
  end

  return world
end

return fake
