local complaints = require "spherepay.gate.complaints"
local counters = require "spherepay.gate.counters"
local errors = require "spherepay.errors"
local fake_ngx = require "spec.support.fake_ngx"

describe("what a gate has done", function()
  local world

  before_each(function() world = fake_ngx.new() end)

  local function new(module)
    return module.new { host = world.ngx, dict = world.dict, prefix = "gate:" }
  end

  describe("is counted", function()
    it("over all workers, once a second", function()
      local one, other = new(counters), new(counters)
      for _ = 1, 3 do one:add "hits" end
      other:add "misses"
      assert.equal("", world.dict:text())
      for _ = 1, 3 do
        world.pass(1.1)
        world.turn()
      end
      local stats = new(counters):read()
      assert.same({ 3, 1, 0 }, { stats.hits, stats.misses, stats.denied })
    end)

    it("each by its name, with what it means", function()
      local one, meanings, expected = new(counters), {}, {}
      for name, meaning in pairs {
        hits = "checks that were answered from what is known",
        stale = "hits that were older than ttl",
        misses = "checks that began a look",
        joins = "checks that waited for a look that somebody else began",
        looks = "questions to SpherePay",
        looks_failed = "looks without an answer",
        abandoned = "looks for which nobody waited any more",
        breaker_opened = "times that SpherePay was left alone from",
        allowed = "checks of customers who may pass",
        denied = "checks of customers who may not",
        unavailable = "checks without a decision",
        passed_open = "requests that passed without a decision, as the gate fails open",
        passed_dry = "requests that passed although the gate would have refused them (dry_run)",
        forgotten = "customers that were forgotten",
        put = "customers that were put",
      } do
        meanings[#meanings + 1] = { name, meaning }
        expected[name] = #meanings
        for _ = 1, #meanings do one:note(name) end
      end
      assert.same(expected, one:read())
      assert.same(expected, one:read()) -- what was added is not added again
      local text = counters.prometheus(one:read(), {})
      for i, each in ipairs(meanings) do
        local name = "spherepay_gate_" .. each[1] .. "_total"
        assert.matches(("# HELP %s %s\n# TYPE %s counter\n%s %d\n"):format(name, each[2], name,
          name, i), text, 1, true)
      end
    end)

    it("a second after the first, and then a second after the next", function()
      local one = new(counters)
      for round = 1, 3 do
        one:add "hits"
        world.turn() -- in which the timer begins
        world.pass(0.9)
        world.turn()
        assert.equal(2 * (round - 1), world.dict:get "gate:shits" or 0)
        one:add "hits"
        world.pass(0.2)
        world.turn()
        assert.equal(2 * round, world.dict:get "gate:shits" or 0)
      end
    end)

    it("at once when the worker has no timers", function()
      world.no_timers = true
      new(counters):add "hits"
      assert.equal(1, new(counters):read().hits)
    end)

    it("although nginx drops a timer", function()
      local one = new(counters)
      local at = world.ngx.timer.at
      world.ngx.timer.at = function() return true end
      one:add "hits"
      world.ngx.timer.at = at
      for _ = 1, 8 do
        world.pass(1)
        one:add "hits"
        world.turn()
      end
      assert.is_true(new(counters):read().hits >= 6)
    end)

    it("in the format of Prometheus", function()
      local one = new(counters)
      one:add "denied"
      local text = counters.prometheus(one:read(), { open = { help = "an example", value = 1 } })
      assert.matches("# HELP spherepay_gate_denied_total checks of customers who may not\n"
        .. "# TYPE spherepay_gate_denied_total counter\nspherepay_gate_denied_total 1\n", text, 1,
        true)
      assert.matches("# TYPE spherepay_gate_open gauge\nspherepay_gate_open 1\n", text, 1, true)
    end)
  end)

  describe("is complained of", function()
    it("once a second and reason over all workers, with a count and no text of the API", function()
      local workers = { new(complaints), new(complaints) }
      local function fail(times, fields)
        for i = 1, times do
          fields.message = "Jane Smith's token"
          workers[i % 2 + 1]:add(errors.new(fields))
        end
      end
      fail(100, { kind = "rate_limited", status = 429 })
      fail(50, { kind = "network" })
      world.pass(1.1)
      fail(10, { kind = "rate_limited", status = 429 })
      local lines = {}
      for i, line in ipairs(world.logged) do lines[i] = line[2] end
      assert.same({
        "spherepay: rate_limited: 1 look of the gate failed (429)",
        "spherepay: network: 1 look of the gate failed",
        "spherepay: rate_limited: 100 looks of the gate failed (429)",
      }, lines)
    end)

    it("once a second by each worker when the dictionary is full", function()
      local worker = new(complaints)
      world.dict.full = true
      for _ = 1, 2 do
        for _ = 1, 50 do
          worker:add(errors.new { kind = "network" })
          worker:add_lost()
        end
        world.pass(1.1)
      end
      local lines = {}
      for i, line in ipairs(world.logged) do lines[i] = line[2] end
      local failed = "spherepay: network: 1 look of the gate failed"
      local lost = "spherepay: the dictionary has no room: 1 record of the gate is lost"
      assert.same({ failed, lost, failed, lost }, lines)
    end)
  end)
end)
