-- The division of a limit, on a clock of its own: the script runs here as it does in Redis, over
-- tables in place of its keys.

local redis = require "spherepay.ratelimit.redis"
local share = require "spherepay.ratelimit.share"
local share_store = require "spec.support.share_store"

local LIMIT = 100

-- A store that counts the questions, and may be gone.
local function fake_redis(world)
  local fake = { asked = 0, gone = false }
  local run
  function fake.forget_all() run = share_store.new(function() return world.time end) end
  fake.forget_all()
  function fake.ask(keys, args)
    fake.asked = fake.asked + 1
    if fake.gone then return nil, "connection refused" end
    return run(keys, args)
  end
  return fake
end

describe("the holder of a share", function()
  local holder

  before_each(function() holder = share.holder(LIMIT) end)

  it("wants what it has used, with a quarter more and two", function()
    assert.equal(4, holder:want(1000))
    holder:take(40, 40, 1000)
    assert.same({ 40, 40, 0 }, { holder:allowed(1000), holder:allowed(1009.9),
      holder:allowed(1010) })
    holder.used = 80
    assert.equal(27, holder:want(1004))
    assert.equal(100, holder:want(1000.5))
    holder.used = 1
    assert.equal(4, holder:want(1010))
    for used, wanted in pairs { [10] = 4, [17] = 5, [24] = 5, [25] = 6 } do
      holder.used = used
      assert.equal(wanted, holder:want(1010), used)
    end
  end)

  it("asks when its lease nears its end, and otherwise when there is a reason", function()
    holder:take(40, 40, 1000)
    assert.is_false(holder:is_due(1006.9))
    assert.is_true(holder:is_due(1007))
    holder.used = 12
    assert.is_true(holder:is_due(1006))
    holder.used = 11
    assert.is_false(holder:is_due(1006))
    holder.used = 200
    assert.is_false(holder:is_due(1006))
    holder.starved = true
    assert.is_true(holder:is_due(1006))
    assert.is_false(holder:is_due(1000.4))
    assert.is_true(holder:is_due(1000.5))
  end)

  it("asks less and less often in vain, and doubles what it wants when it starves", function()
    holder:take(10, 10, 1000)
    assert.same({ 1, 2 }, { holder:next_question(), holder:next_question() })
    holder.starved = true
    local first = holder:want(1001)
    assert.is_true(first > 10 and first <= LIMIT)
    for i, pause in ipairs { 1, 2, 3, 3 } do
      holder.starved = true
      holder:take(10, 10, 1000 + 10 * i)
      holder.starved = true
      assert.is_false(holder:is_due(1000 + 10 * i + pause - 0.1))
      assert.is_true(holder:is_due(1000 + 10 * i + pause))
    end
    holder.starved = true
    holder:take(20, 20, 1050)
    holder.starved = true
    assert.is_true(holder:is_due(1050.5))
  end)
end)

describe("a rate limit that machines share", function()
  local world, host, machines, arrivals, warnings

  -- A machine whose clock is its own, that makes requests one after the other.
  local function machine(skew)
    local one = { sent = 0, next_at = 0 }
    one.limit = redis.new({ host = "x", port = 1, prefix = "p", fallback_share = 0.25 }, {
      name = "api", limits = { read = LIMIT, write = false },
      ask = host.ask, now = function() return world.time + skew end,
      report = function(line) warnings[#warnings + 1] = line end,
    })
    return one
  end

  before_each(function()
    world, machines, arrivals, warnings = { time = 1700000000 }, {}, {}, {}
    host = fake_redis(world)
    for i = 1, 20 do machines[i] = machine((i - 10) * 37.5) end
  end)

  -- Lets time pass in which machine number i wants a request every `every(i)` seconds; nil: none.
  local function run(seconds, every)
    local till = world.time + seconds
    while world.time < till do
      for i, one in ipairs(machines) do
        local period = every(i)
        if period and world.time >= one.next_at then
          -- who would have to wait comes again in the next step
          local ok, admitted = pcall(one.limit.admit, one.limit, "read", { deadline = 5 }, error)
          if ok and admitted then
            one.sent = one.sent + 1
            arrivals[#arrivals + 1] = world.time
            one.next_at = world.time + period
          end
        end
      end
      world.time = world.time + 0.005
    end
  end

  local function most_in_a_second()
    local most, first = 0, 1
    for last = 1, #arrivals do
      while arrivals[last] - arrivals[first] >= 1 do first = first + 1 end
      most = math.max(most, last - first + 1)
    end
    return most
  end

  local function rate_of(from, till)
    local count = 0
    for _, at in ipairs(arrivals) do
      if at >= from and at < till then count = count + 1 end
    end
    return count / (till - from)
  end

  it("is used by all of twenty machines that want more, and never exceeded", function()
    run(10, function() return 0 end)
    local asked, sent = host.asked, #arrivals
    run(20, function() return 0 end)
    assert.is_true(most_in_a_second() <= LIMIT, most_in_a_second() .. " in a second")
    local rate = rate_of(world.time - 20, world.time)
    assert.is_true(rate >= 0.95 * LIMIT, rate .. " a second")
    for i, one in ipairs(machines) do
      assert.is_true(one.sent > 60, "machine " .. i .. " sent " .. one.sent)
    end
    asked, sent = host.asked - asked, #arrivals - sent
    assert.is_true(asked <= sent / 10, asked .. " questions for " .. sent)
  end)

  it("goes to those who want it, and comes back, never exceeded", function()
    run(10, function(i) return i == 1 and 0 or i > 15 and 0.5 or nil end)
    assert.is_true(rate_of(world.time - 5, world.time) >= 0.8 * LIMIT)
    local before = machines[1].sent
    run(15, function(i) return i <= 4 and 0 or nil end)
    local since = machines[1].sent - before
    assert.is_true(since < 0.5 * 15 * LIMIT, "it kept " .. since)
    for i = 2, 4 do assert.is_true(machines[i].sent > 5 * 20, machines[i].sent) end
    run(25, function(i) return i == 7 and 0 or nil end)
    assert.is_true(rate_of(world.time - 5, world.time) >= 0.9 * LIMIT)
    assert.is_true(most_in_a_second() <= LIMIT, most_in_a_second() .. " in a second")
  end)

  it("makes few requests wait when there are few", function()
    local waited = 0
    local admit = machines[1].limit.admit
    for _, one in ipairs(machines) do
      function one.limit.admit(self, line, wire)
        return admit(self, line, wire, function()
          waited = waited + 1
          error "would wait"
        end)
      end
    end
    run(20, function() return 0.5 end)
    assert.is_true(waited <= 20, waited .. " waited")
    assert.is_true(#arrivals >= 20 * 20 / 0.5 - 40)
  end)

  it("is kept in part while Redis is gone, with one warning, and shared again after", function()
    run(5, function(i) return i <= 2 and 0 or nil end)
    host.gone = true
    run(20, function(i) return i <= 2 and 0 or nil end)
    assert.near(2 * 0.25 * LIMIT, rate_of(world.time - 5, world.time), 5)
    assert.equal(2, #warnings) -- one of each process
    assert.matches("Redis does not answer: connection refused", warnings[1], 1, true)
    host.gone = false
    run(10, function(i) return i <= 2 and 0 or nil end)
    assert.is_true(rate_of(world.time - 5, world.time) >= 0.9 * LIMIT)
    assert.is_true(rate_of(world.time - 5, world.time) <= LIMIT)
    assert.equal(2, #warnings)
  end)

  it("is not exceeded when Redis forgets who holds what, and is all used soon after", function()
    for count = 2, 20, 6 do
      local function every(i) return i <= count and 0 or nil end
      run(30, every)
      host.gone = true
      run(1.5, every)
      host.gone = false
      host.forget_all()
      run(15, every)
      host.forget_all()
      run(30, every)
      assert.is_true(most_in_a_second() <= LIMIT, count .. ": " .. most_in_a_second())
      local rate = rate_of(world.time - 10, world.time)
      assert.is_true(rate >= 0.95 * LIMIT, count .. ": " .. rate)
    end
  end)

  it("is kept in part while answers are none of its own, which no call hears of", function()
    local answers = { { 1000000, "1:1", 10 }, { 0.5, "1:1", 5 }, { -1, "1:1", 5 }, { 5 },
      { 5, "1:1", "due" }, { 5, {}, 5 }, { 5, "1:1", 0 / 0 }, { {}, "1:1", 5 }, {}, "OK", 5, true }
    for i, answer in ipairs(answers) do
      local wrong, sent = redis.new({ host = "x", port = 1, prefix = "p", fallback_share = 0.25 }, {
        name = "api", limits = { read = LIMIT, write = false },
        ask = function() return answer end, now = function() return world.time end,
        report = function(line) warnings[#warnings + 1] = line end,
      }), 0
      for _ = 1, 3 do
        while wrong:wait_of_repeat "read" == 0 and sent <= 3 * LIMIT do sent = sent + 1 end
        world.time = world.time + 2
      end
      assert.equal(3 * 0.25 * LIMIT, sent, "answer " .. i)
      assert.equal(i, #warnings)
    end
    assert.matches("not shared: Redis does not answer: its answer is wrong", warnings[1], 1, true)
  end)

  it("comes free when a machine dies", function()
    run(5, function(i) return i <= 2 and 0 or nil end)
    run(20, function(i) return i == 2 and 0 or nil end)
    assert.is_true(rate_of(world.time - 5, world.time) >= 0.9 * LIMIT)
    assert.is_true(most_in_a_second() <= LIMIT)
  end)
end)
