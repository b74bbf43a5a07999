-- Drives the rate limit that processes share through whole lives of a fleet, without a socket:
--   lua spec/simulate/shared.lua [seeds [first seed]]
--
-- How the limit is divided, and the script that divides it, are the real ones. The clocks of the
-- processes (which differ, and drift), the network between them and the store (which delays, and
-- loses questions and answers), the requests and their repeats are not: one number, the seed,
-- decides all that happens. What must hold is at the end of the file.

local redis = require "spherepay.ratelimit.redis"
local share_store = require "spec.support.share_store"

local PATIENCE = 0.25 -- seconds for which an answer is waited for, as with the real store
local AT_A_TIME = 60 -- requests of a process that may wait
local TRACE = 60 -- lines of what led to a broken rule
local LONGEST_DEADLINE = 11 -- seconds
local LEAST_SECONDS = 8 -- of the limit that are used in a life without losses

-- The same numbers on every Lua: a Lehmer generator, whose first ones say little of the seed.
local function new_random(seed)
  local state = (seed * 7919 + 12345) % 2147483647
  local function next_number()
    state = state * 48271 % 2147483647
    return state / 2147483647
  end
  for _ = 1, 10 do next_number() end
  return next_number
end

-- ---- the world ---------------------------------------------------------------------------------

local World = {}
World.__index = World

local function new_world(seed)
  local random = new_random(seed)
  local self = setmetatable({
    seed = seed, random = random, time = 1700000000, queue = {}, order = 0, trace = {},
    issued = {}, guesses = {}, open = 0, issued_in_all = 0,
    -- how this life is
    limit = 10 + math.floor(random() * 91),
    loses = random() < 0.5 and random() * 0.2 or 0,
    delay = random() < 0.5 and 0.002 or 0.1,
    stalls = random() < 0.3,
    fails = random() * 0.4, -- of the requests have to be repeated
  }, World)
  self.run_script = share_store.new(function() return self.time end)
  return self
end

function World:note(text, ...)
  self.trace[#self.trace + 1] = ("%.3f " .. text):format(self.time - 1700000000, ...)
  if #self.trace > TRACE then table.remove(self.trace, 1) end
end

-- Has `fn` run after `seconds`.
function World:after(seconds, fn)
  local queue, at = self.queue, self.time + seconds
  self.order = self.order + 1
  local place = #queue + 1
  while place > 1 and (queue[place - 1].at < at
    or queue[place - 1].at == at and queue[place - 1].order < self.order) do place = place - 1 end
  table.insert(queue, place, { at = at, order = self.order, fn = fn })
end

function World:run_until(till)
  while self.queue[1] and self.queue[#self.queue].at <= till and not self.broken do
    local event = table.remove(self.queue)
    self.time = event.at
    event.fn()
  end
  self.time = till
end

function World:break_rule(rule)
  self.broken = self.broken or rule
end

-- A coroutine of the world that may wait.
local function spawn(fn)
  local thread = coroutine.create(fn)
  local ok, problem = coroutine.resume(thread)
  if not ok then error(problem, 0) end
end

function World:wait(seconds)
  local thread = coroutine.running()
  self:after(seconds, function()
    local ok, problem = coroutine.resume(thread)
    if not ok then error(problem, 0) end
  end)
  coroutine.yield()
end

-- ---- the network between a process and the store -----------------------------------------------

function World:travel()
  if self.stalls and self.random() < 0.05 then return self.random() * 2 end
  return self.random() * self.delay
end

function World:is_lost()
  return self.random() < self.loses
end

-- Asks the store, as the real one is asked: who has waited for long enough goes on without an
-- answer, and the question may arrive all the same.
function World:ask(name, keys, args)
  local there, back = self:travel(), self:travel()
  local lost_there, lost_back = self:is_lost(), self:is_lost()
  local answer
  if not lost_there then
    self:after(there, function()
      answer = self.run_script(keys, args)
      self:note("%s asked for %s and holds %s: is granted %s", name, args[3], args[6], answer[1])
    end)
  end
  if lost_there or lost_back or there + back >= PATIENCE then
    self:wait(PATIENCE)
    self:note("%s has no answer", name)
    return nil, "timeout"
  end
  self:wait(there + back)
  return answer
end

-- ---- processes and requests --------------------------------------------------------------------

local function start_process(world, number)
  local skew, drift = (world.random() - 0.5) * 1e5, 1 + (world.random() - 0.5) * 4e-4
  local one = { name = "process " .. number, alive = true, open = 0 }
  function one.now() return world.time * drift + skew end
  one.limit = redis.new({ host = "x", port = 1, prefix = "p", fallback_share = 0.25 }, {
    name = "api", limits = { read = world.limit, write = false }, loop = "none",
    ask = function(keys, args) return world:ask(one.name, keys, args) end,
    now = one.now, report = function() end,
  })
  -- a repeat asks where nobody may wait: as in nginx, the question goes its own way
  one.limit.spawn = spawn
  return one
end

-- Whether a process goes by a guess now, or did a moment ago: the store knows nothing of that part.
local function note_guess(world, one)
  if one.limit.guessed_at and one.now() - one.limit.guessed_at < 0.01 then
    world.guesses[one.name] = world.time
  end
end

local function issue(world, one, what)
  note_guess(world, one)
  world.issued[#world.issued + 1] = world.time
  world.issued_in_all = world.issued_in_all + 1
  world:note("%s sends a %s", one.name, what)
end

-- The way of a repeat in the core, see sp_scheduler_admit.
local function repeat_request(world, one, due)
  world:wait(0.01 + world.random())
  while world.time < due and one.alive do
    local wait = one.limit:wait_of_repeat "read"
    if wait == 0 then
      issue(world, one, "repeat")
      return true
    end
    if world.time + wait >= due then return false end
    world:wait(wait)
  end
  return false
end

local function request(world, one)
  local deadline = 1 + world.random() * (LONGEST_DEADLINE - 1)
  local due = world.time + deadline
  world.open, one.open = world.open + 1, one.open + 1
  local admitted = one.limit:admit("read", { deadline = deadline },
    function(seconds) world:wait(seconds) end)
  if world.time > due + 4 * PATIENCE + 0.2 then
    world:break_rule "nobody waits longer than the deadline"
  end
  if admitted and one.alive then
    issue(world, one, "request")
    local again = true
    while again and world.random() < world.fails do again = repeat_request(world, one, due) end
  end
  world.open, one.open = world.open - 1, one.open - 1
end

-- Requests come at random, so many a second.
local function make_requests(world, one, rate, till)
  spawn(function()
    while one.alive and world.time < till do
      world:wait(-math.log(1 - world.random()) / rate)
      if one.alive and world.time < till and one.open < AT_A_TIME then
        spawn(function() request(world, one) end)
      end
    end
  end)
end

-- ---- a life, and what must hold ----------------------------------------------------------------

-- No second holds more than the limit; a process that goes by a guess has its part beside that.
local function check_seconds(world)
  local guess = math.max(1, math.floor(world.limit * 0.25))
  local issued, first, allowed = world.issued, 1, world.limit
  for _, at in pairs(world.guesses) do
    if world.time - at < 4 then allowed = allowed + guess end
  end
  for last = 1, #issued do
    while issued[last] - issued[first] >= 1 do first = first + 1 end
    if last - first + 1 > allowed then
      world:break_rule(("%d in a second, where %d are allowed"):format(last - first + 1, allowed))
      return
    end
  end
  world.issued = {} -- what the last second holds goes into the next look
  for i = first, #issued do world.issued[#world.issued + 1] = issued[i] end
end

-- Some seconds in which each process has as many requests as it then has, or is another.
local function live_on(world, processes)
  local till = world.time + 3 + world.random() * 8
  for i, one in ipairs(processes) do
    if world.random() < 0.1 then
      one.alive = false
      processes[i] = start_process(world, i)
    end
    local rate = world.random() < 0.3 and 1 or world.limit * world.random() * 1.5
    make_requests(world, processes[i], rate, till)
  end
  while world.time < till and not world.broken do
    world:run_until(math.min(till, world.time + 0.2))
    check_seconds(world)
  end
end

local function check_end(world)
  if world.open > 0 then world:break_rule "every request ends" end
  local is_undisturbed = world.loses == 0 and not world.stalls
  if is_undisturbed and world.issued_in_all < world.limit * LEAST_SECONDS then
    world:break_rule(("of %d a second, only %d were used"):format(world.limit, world.issued_in_all))
  end
end

-- One life of four processes.
local function live(seed)
  local world, processes = new_world(seed), {}
  for i = 1, 4 do processes[i] = start_process(world, i) end
  for _ = 1, 4 do live_on(world, processes) end
  world:run_until(world.time + LONGEST_DEADLINE + 4)
  check_end(world)
  return world
end

local function run(seeds, first)
  local failed, all = 0, 0
  for seed = first, first + seeds - 1 do
    local world = live(seed)
    all = all + world.issued_in_all
    if seed == first and live(seed).issued_in_all ~= world.issued_in_all then
      world:break_rule "a seed is the same twice"
    end
    if world.broken then
      failed = failed + 1
      print(table.concat(world.trace, "\n"))
      print(("not ok - seed %d: %s"):format(seed, world.broken))
    end
  end
  print(("# %d requests"):format(all))
  print(("%d passed, %d failed"):format(seeds - failed, failed))
  os.exit(failed == 0)
end

run(tonumber(arg[1]) or 20, tonumber(arg[2]) or 1)
