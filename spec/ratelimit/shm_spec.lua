-- The shared rate limit and retry budget, over a dictionary and a clock of the spec's own.

local shm = require("spherepay.ratelimit.shm")

local FULL = 500

-- As much of nginx's dictionary as is used. `on_get` is called before each read: the moment at
-- which another worker may come between.
local function new_dict()
  local dict = { entries = {} }
  function dict:get(key)
    if self.on_get then self.on_get() end
    return self.entries[key]
  end
  function dict:incr(key, by, init)
    local old = self.entries[key] or init
    if not old then return nil, "not found" end
    self.entries[key] = old + by
    return self.entries[key]
  end
  return dict
end

local function new_engine()
  local engine = { tokens = FULL }
  function engine:retry_budget(tokens)
    if tokens then self.tokens = math.max(0, math.min(FULL, tokens)) end
    return self.tokens
  end
  return engine
end

-- A little Lehmer generator: the same numbers on every Lua.
local function new_random(seed)
  return function()
    seed = seed * 48271 % 2147483647
    return seed / 2147483647
  end
end

describe("what the workers of an nginx share", function()
  local time, dict

  local function new_worker(limits, engine)
    return shm.new(dict, {
      name = "https://api.example", limits = limits, engine = engine or new_engine(),
      now = function() return time end,
    })
  end

  local function sleep(seconds) time = time + seconds end

  local function wire(seconds) return { deadline = seconds or 60 } end

  local function admit(worker, seconds, repeat_as)
    return worker:admit(repeat_as or "read", wire(seconds), sleep)
  end

  before_each(function()
    time, dict = 1000.017, new_dict()
  end)

  describe("the rate limit", function()
    it("admits as many calls at once as fit in a second", function()
      local worker = new_worker({ read = 100, write = 100 })
      for _ = 1, 100 do assert.is_true(admit(worker)) end
      assert.equal(1000.017, time)
    end)

    it("makes the next one wait about a second", function()
      local worker = new_worker({ read = 10, write = 10 })
      for _ = 1, 11 do admit(worker) end
      assert.truthy(time - 1000.017 >= 1 and time - 1000.017 <= 1.1)
    end)

    it("takes the wait off the deadline", function()
      local worker = new_worker({ read = 1, write = 1 })
      admit(worker)
      local late = wire(10)
      worker:admit("read", late, sleep)
      assert.truthy(late.deadline <= 9 and late.deadline >= 8.9)
    end)

    it("refuses at once what would have to wait longer than its deadline", function()
      local worker = new_worker({ read = 1, write = 1 })
      admit(worker)
      assert.is_false(admit(worker, 0.9))
      assert.equal(1000.017, time)
    end)

    it("takes nothing for what it refuses", function()
      local worker = new_worker({ read = 1, write = 1 })
      admit(worker)
      for _ = 1, 50 do admit(worker, 0.9) end
      time = time + 1.11
      assert.is_true(admit(worker, 0.9))
    end)

    it("counts the calls of every worker", function()
      local workers = {}
      for i = 1, 4 do workers[i] = new_worker({ read = 8, write = 8 }) end
      for i = 1, 8 do assert.is_true(admit(workers[i % 4 + 1], 0.5)) end
      for i = 1, 4 do assert.is_false(admit(workers[i], 0.5)) end
    end)

    it("counts reads and writes apart, and creates and updates as writes", function()
      local worker = new_worker({ read = 1, write = 2 })
      assert.is_true(admit(worker, 0.5))
      assert.is_false(admit(worker, 0.5))
      assert.is_true(admit(worker, 0.5, "create"))
      assert.is_true(admit(worker, 0.5, "update"))
      assert.is_false(admit(worker, 0.5, "update"))
    end)

    it("admits everything where there is no limit", function()
      local worker = new_worker({ read = false, write = 1 })
      for _ = 1, 1000 do assert.is_true(admit(worker, 0.1)) end
      assert.same({}, dict.entries)
    end)

    it("counts a repeat as it counts a first attempt", function()
      local worker = new_worker({ read = 2, write = 2 })
      admit(worker)
      assert.equal(0, worker:wait_of_repeat("read"))
      local wait = worker:wait_of_repeat("read")
      assert.is_true(wait > 0.9 and wait <= 1.1, wait)
      assert.is_false(admit(worker, 0.5))
      assert.equal(0, worker:wait_of_repeat("write"))
      time = time + 1.11
      assert.equal(0, worker:wait_of_repeat("read"))
    end)

    it("admits every repeat where there is no limit", function()
      assert.equal(0, new_worker({ read = false, write = false }):wait_of_repeat("read"))
    end)

    it("does not admit two workers that race for one place", function()
      local first, second = new_worker({ read = 5, write = 5 }), new_worker({ read = 5, write = 5 })
      for _ = 1, 4 do admit(first) end
      local others
      dict.on_get = function()
        dict.on_get = nil
        others = admit(second, 0.5)
      end
      local own = admit(first, 0.5)
      assert.is_false(own and others)
    end)

    it("counts anew when time has passed a border while it counted", function()
      local worker = new_worker({ read = 1, write = 1 })
      dict.on_get = function()
        dict.on_get = nil
        time = time + 0.05
      end
      assert.is_true(admit(worker, 0.5))
      local total = 0
      for _, count in pairs(dict.entries) do total = total + count end
      assert.equal(1, total)
    end)

    it("never lets a second hold more than the limit, and comes near to it", function()
      local LIMIT, random, admitted = 20, new_random(20260309), {}
      local workers = {}
      for i = 1, 3 do workers[i] = new_worker({ read = LIMIT, write = LIMIT }) end
      while time < 1030 do
        if admit(workers[math.floor(random() * 3) + 1], 0.001) then
          admitted[#admitted + 1] = time
        end
        time = time + random() * 0.02
      end
      for i = LIMIT + 1, #admitted do
        assert.truthy(admitted[i] - admitted[i - LIMIT] > 1)
      end
      assert.truthy(#admitted > 30 * LIMIT * 0.85, #admitted .. " calls")
    end)
  end)

  describe("the retry budget", function()
    it("tells the others what one has spent", function()
      local one, other = new_engine(), new_engine()
      local first, second = new_worker({}, one), new_worker({}, other)
      first:begin()
      one.tokens = one.tokens - 42
      first:finish()
      second:begin()
      assert.equal(FULL - 42, other.tokens)
    end)

    it("adds up what all have spent and given back", function()
      local one, other = new_engine(), new_engine()
      local first, second = new_worker({}, one), new_worker({}, other)
      one.tokens = one.tokens - 100
      other.tokens = other.tokens - 50
      first:begin()
      second:begin()
      first:begin()
      assert.equal(FULL - 150, one.tokens)
      other.tokens = other.tokens + 30
      second:finish()
      first:begin()
      assert.equal(FULL - 120, one.tokens)
    end)

    it("stays within nothing and what it began with", function()
      local one, other = new_engine(), new_engine()
      local first, second = new_worker({}, one), new_worker({}, other)
      one.tokens, other.tokens = 100, 100
      first:begin()
      second:begin()
      first:begin()
      assert.equal(0, one.tokens)
      assert.equal(0, other.tokens)
      one.tokens = 1
      first:begin()
      second:begin()
      assert.equal(1, other.tokens)
    end)
  end)

  it("says where there is no dictionary", function()
    local before = rawget(_G, "ngx")
    rawset(_G, "ngx", nil)
    local _, outside = shm.find("calls")
    rawset(_G, "ngx", { shared = { calls = dict } })
    local found, problem = shm.find("calls")
    local _, missing = shm.find("other")
    rawset(_G, "ngx", before)
    assert.equal("option \"shm\" is for nginx: here is no lua_shared_dict, so leave it out",
      outside)
    assert.equal(dict, found)
    assert.is_nil(problem)
    assert.equal("option \"shm\": there is no lua_shared_dict of that name", missing)
  end)
end)
