-- As much of nginx's Lua API as the gate uses, in one process and without time: sleeping and
-- waiting let other requests go on, and when all wait the clock jumps to what comes first.

local fake = {}

local QUIET = 0.02 -- seconds in which nothing was under way

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

function Dict:ttl(key)
  local entry = alive(self, key)
  if not entry then return nil, "not found" end
  return entry.till < math.huge and entry.till - self.now() or 0
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

function Dict:incr(key, value, init, seconds)
  local entry = alive(self, key)
  if entry then
    entry.value = entry.value + value
    return entry.value
  end
  if not init then return nil, "not found" end
  local ok, message = self:set(key, init + value, seconds)
  return ok and init + value, message
end

function Dict:delete(key) self.entries[key] = nil end

local function list_of(self, key)
  self.lists[key] = self.lists[key] or {}
  return self.lists[key]
end

function Dict:llen(key) return #list_of(self, key) end

function Dict:lpop(key) return table.remove(list_of(self, key), 1) end

function Dict:rpush(key, value)
  if self.full then return nil, "no memory" end
  table.insert(list_of(self, key), value)
  return self:llen(key)
end

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
  return { time = 1700000000, ahead = 0,
    runs = {}, exiting = false, logged = {}, no_timers = false, busy = 0 }
end

-- What the world runs: each a coroutine with the time at which it is to go on at the latest.
local function start(world, fn, is_request)
  local run = { thread = coroutine.create(fn), till = world.time, is_request = is_request }
  table.insert(world.runs, run)
  return run
end

local function remove(world, run)
  for i, other in ipairs(world.runs) do
    if other == run then
      run.gone = true
      return table.remove(world.runs, i)
    end
  end
end

local function resume(world, run)
  -- memory ran out when what it ended with was to be handed over
  if coroutine.status(run.thread) == "dead" then return remove(world, run) end
  local outer = world.now_running
  world.now_running = run
  local ok, till = coroutine.resume(run.thread)
  world.now_running = outer
  if coroutine.status(run.thread) == "dead" then remove(world, run) end
  if not ok then error(till, 0) end
  run.till = till
end

local function next_time(world)
  local soonest = math.huge
  for _, run in ipairs(world.runs) do soonest = math.min(soonest, run.till) end
  return soonest
end

local function turn(world)
  local list = {}
  for i, run in ipairs(world.runs) do list[i] = run end
  for _, run in ipairs(list) do
    if not run.gone then resume(world, run) end
  end
end

local function is_busy(world)
  for _, run in ipairs(world.runs) do
    if run.is_request then return true end
  end
  return world.busy > 0
end

local function api(world)
  local ngx = { ERR = 4, WARN = 5, HTTP_OK = 200, worker = {}, timer = {}, thread = {},
    header = {} }
  function ngx.now() return world.time + world.ahead end
  -- nginx counts in milliseconds, and in less than one its clock does not move.
  function ngx.sleep(seconds)
    assert(seconds >= 0.001, "a sleep of no time")
    local till = world.time + math.floor(seconds * 1000 + 1e-6) / 1000
    while world.time < till do coroutine.yield(till) end
  end
  function ngx.worker.exiting() return world.exiting end
  function ngx.worker.pid() return 1 end
  function ngx.timer.at(seconds, fn, ...)
    if world.no_timers then return nil, "too many pending timers" end
    local given, count = { ... }, select("#", ...)
    start(world, function()
      if seconds > 0 then ngx.sleep(seconds) end
      fn(false, (table.unpack or unpack)(given, 1, count)) -- luacheck: ignore 113 143
    end)
    return true
  end
  -- As in nginx, a light thread runs at once until it first waits.
  function ngx.thread.spawn(fn, ...)
    local given, count = { ... }, select("#", ...)
    local run = start(world, function()
      fn((table.unpack or unpack)(given, 1, count)) -- luacheck: ignore 113 143
    end)
    run.parent = world.now_running
    resume(world, run)
    return run
  end
  function ngx.thread.kill(run) return remove(world, run) ~= nil end
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
---  `begin(fn)` something else,
---  `turn()` lets everything run until it waits, `run()` goes on until no request is under way and
---  `busy`, which a spec counts, is 0; `pass(seconds)` lets time pass, `set_clock(seconds)` changes
---  what the clock says and nothing else, `kill(place)` and
---  `kill_run(run)` end what runs
function fake.new()
  local world = new_world()
  local now = function() return world.time + world.ahead end
  world.dict = setmetatable({ entries = {}, lists = {}, now = now }, Dict)
  world.ngx = api(world)
  world.ngx.shared = { decisions = world.dict }
  world.semaphores = {
    new = function(count) return setmetatable({ count = count, world = world }, Semaphore) end,
  }

  function world.request(fn) start(world, fn, true) end

  -- Something that no request waits for.
  function world.begin(fn) start(world, fn) end

  -- Timers may stay for a while with nothing to do.
  function world.run()
    local quiet_since
    for _ = 1, 100000 do
      turn(world)
      if is_busy(world) then quiet_since = nil else quiet_since = quiet_since or world.time end
      if not world.runs[1] or quiet_since and world.time - quiet_since > QUIET then return end
      world.time = math.max(world.time, math.min(next_time(world), world.time + 0.001))
    end
    error("never ends")
  end

  function world.pass(seconds) world.time = world.time + seconds end

  -- The clock is set, by which nginx tells the time but does not sleep.
  function world.set_clock(seconds) world.ahead = world.ahead + seconds end

  function world.turn() turn(world) end

  -- A run dies in the middle, and the light threads that it began with it.
  function world.kill_run(run)
    remove(world, run)
    for i = #world.runs, 1, -1 do
      if world.runs[i] and world.runs[i].parent == run then world.kill_run(world.runs[i]) end
    end
  end

  -- The run in that place, or all of them, die in the middle.
  function world.kill(place)
    if place then
      table.remove(world.runs, place)
    else
      world.runs, world.busy = {}, 0
    end
  end

  return world
end

return fake
