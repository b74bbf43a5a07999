-- Random histories of a gate on a clock of its own, by fixed seeds: requests that come and leave
-- with their light threads, timers that never run, an API that fails, customers who are forgotten
-- or put. Whatever happens, who stays is answered in time and rightly, and nothing is left behind.

local errors = require "spherepay.errors"
local fake_joint = require "spec.support.fake_joint"
local fake_ngx = require "spec.support.fake_ngx"
local gate = require "spherepay.gate"
local policy = require("spherepay").verification.policy

local USD = assert(policy { currency = "USD" })
local DEADLINE = 3
local STEP = 0.01 -- seconds
local HISTORIES = 40

-- It runs in nginx's LuaJIT; Lua 5.1 cannot yield within a pcall.
local is_5_1 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
local block = is_5_1 and pending or describe

-- Numbers that are the same on every Lua.
local function generator(seed)
  local state = seed
  return function(most)
    state = (state * 16807) % 2147483647
    return state % most + 1
  end
end

local function specs_of(is_joint) return function()
  local world, random, status, real_ngx, real_semaphore, now_failing, restore

  local function customer(id, value)
    return { id = id, verificationProfiles = { { name = "kyc_profile_a", status = value } } }
  end

  local function new_worker()
    local client = {
      options = { base_url = "https://api.example", api_version = "v2", max_retries = random(3) - 1,
        max_connections = 4 },
      loop = { check = function() return true end },
      customer = {},
    }
    function client.customer.get(id)
      local seen = status[id]
      world.ngx.sleep(random(80) * STEP)
      if now_failing then return nil, errors.new { kind = now_failing, status = 429 } end
      if not seen then return nil, errors.new { kind = "not_found" } end
      return customer(id, seen)
    end
    return gate.new { client = client, policy = USD, shm = "decisions", ttl = 1, negative_ttl = 0.5,
      stale_ttl = random(2) - 1, deadline = DEADLINE }
  end

  setup(function()
    real_ngx, real_semaphore = rawget(_G, "ngx"), package.loaded["ngx.semaphore"]
  end)

  local function new_world()
    world = fake_ngx.new()
    if restore then restore() end
    restore = is_joint and fake_joint.install(world)
    rawset(_G, "ngx", world.ngx)
    package.loaded["ngx.semaphore"] = world.semaphores
  end

  teardown(function()
    rawset(_G, "ngx", real_ngx)
    package.loaded["ngx.semaphore"] = real_semaphore
    if restore then restore() end
  end)

  local function request(workers, list)
    local id = "customer_" .. random(6)
    local one = { began = world.time, worker = workers[random(#workers)] }
    list[#list + 1] = one
    world.request(function()
      one.found, one.err = one.worker:check(id)
      one.ended, one.run = world.time, nil
    end)
    one.run = world.runs[#world.runs]
  end

  -- One of those that are under way leaves, and its light threads with it.
  local function leave(list)
    local one = list[random(#list)]
    if not one or not one.run then return end
    one.left = true
    world.kill_run(one.run)
  end

  local EVENTS = {
    function(workers, list) for _ = 1, random(4) do request(workers, list) end end,
    function(workers, list) request(workers, list) end,
    function(_, list) if list[1] then leave(list) end end,
    function() status["customer_" .. random(4)] = ({ "approved", "rejected" })[random(2)] end,
    function(workers) workers[random(#workers)]:forget("customer_" .. random(6)) end,
    function(workers)
      local id = "customer_" .. random(4)
      workers[random(#workers)]:put(customer(id, status[id] or "rejected"))
    end,
    function() world.no_timers = random(3) == 1 end,
    function()
      now_failing = ({ "network", "timeout", "rate_limited", "server" })[random(12)]
    end,
  }

  local function pass(seconds)
    local till = world.time + seconds
    while world.time < till do
      world.turn()
      world.pass(STEP)
    end
  end

  local function history(seed)
    new_world()
    random, status, now_failing = generator(seed), {}, nil
    for i = 1, 4 do status["customer_" .. i] = ({ "approved", "rejected" })[random(2)] end
    local workers, list = { new_worker(), new_worker() }, {}
    for _ = 1, 60 do
      EVENTS[random(#EVENTS)](workers, list)
      pass(random(15) * STEP)
    end
    world.no_timers, now_failing = false, nil
    -- a worker that is asked now and then finds what nobody keeps any more
    for i = 1, 16 do
      for _, worker in ipairs(workers) do
        world.request(function() worker:check("customer_9" .. i) end)
      end
      pass(0.3)
    end
    pass(DEADLINE + 1)
    return workers, list
  end

  it("answers who stays, in time", function()
    for seed = 1, HISTORIES do
      local _, list = history(seed)
      for _, one in ipairs(list) do
        local what = ("seed %d, request at %.2f"):format(seed, one.began)
        if not one.left then
          assert.is_truthy(one.ended, what .. " was never answered")
          assert.is_true(one.ended - one.began <= DEADLINE + 0.3, what .. " was answered late")
          assert.is_truthy(one.found or one.err, what)
        end
      end
    end
  end)

  it("leaves nothing behind", function()
    for seed = HISTORIES + 1, 2 * HISTORIES do
      for i, worker in ipairs((history(seed))) do
        local flights, what = worker.application.flights, "seed " .. seed .. ", worker " .. i
        assert.is_nil(next(flights.under_way), what)
        assert.is_nil(next(flights.aside), what)
        assert.same({ 0, 0 }, { flights.lanes.held, flights.lanes.held_by_strangers }, what)
      end
      local lock = world.dict:text():match ":[ld]customer_%d+=L [^\n]*"
      assert.is_nil(lock, "seed " .. seed .. " left a lock")
    end
  end)

  it("decides by the newest that was said, a second after it was said", function()
    for seed = 1, HISTORIES do
      local workers = history(seed)
      for i = 1, 4 do
        local id = "customer_" .. i
        status[id] = status[id] == "approved" and "rejected" or "approved"
        workers[1]:forget(id)
      end
      pass(1)
      for _, worker in ipairs(workers) do
        for i = 1, 4 do
          local id, result = "customer_" .. i, {}
          world.request(function() result.found, result.err = worker:check(id) end)
          pass(2)
          assert.is_truthy(result.found, ("seed %d: %s"):format(seed, tostring(result.err)))
          assert.equal(status[id] == "approved", result.found.allowed, "seed " .. seed)
        end
      end
    end
  end)
end end

block("a gate in any history", specs_of(false))
block("a gate in any history, by calls that go on whoever leaves,", specs_of(true))
