-- What the workers of one nginx know together of customers, in a dictionary.

local cache = require "spherepay.gate.cache"
local errors = require "spherepay.errors"
local fake_ngx = require "spec.support.fake_ngx"
local record = require "spherepay.gate.record"

local CUSTOMER, NOBODY = { customer = { status = "approved" }, covers = {}, facts = {} }, nil

describe("spherepay.gate.cache", function()
  local world, one, other

  before_each(function()
    world = fake_ngx.new()
    NOBODY = record.of_nobody()
    local function new()
      return cache.new { host = world.ngx, dict = world.dict, prefix = "gate:",
        now = world.ngx.now }
    end
    one, other = new(), new() -- of two workers
  end)

  for place, whom in pairs { l = "somebody known", d = "who has not been seen" } do
    describe("a failure with " .. whom, function()
      it("answers for a second, or for as long as the server asked, up to half a minute", function()
        for asked, kept in pairs { [0] = 1, [0.2] = 1, [7] = 7, [30] = 30, [3600] = 30 } do
          one:fail("a", place, "me", errors.new { kind = "rate_limited", retry_after = asked })
          local err = other:failure("a", place)
          assert.same({ "rate_limited", true }, { err.kind, err.retryable })
          assert.near(kept, err.retry_after, 0.001)
          assert.matches("the last look at this customer failed", tostring(err), 1, true)
          assert.is_nil(other:failure("b", place))
          world.pass(kept - 0.1)
          assert.near(0.1, other:failure("a", place).retry_after, 0.01)
          world.pass(0.2)
          assert.is_nil(other:failure("a", place))
        end
        one:fail("a", place, "me", errors.new { kind = "network" })
        assert.near(1, one:failure("a", place).retry_after, 0.001)
      end)

      it("is over when the clock was set back by more than two clocks differ", function()
        one:fail("a", place, "me", errors.new { kind = "network", retry_after = 30 })
        world.set_clock(-1.9)
        assert.near(31.9, one:failure("a", place).retry_after, 0.01)
        world.set_clock(-2.1)
        assert.is_nil(one:failure("a", place))
        assert.is_nil(world.dict:get("gate:" .. place .. "a"))
        one:fail("a", place, "me", errors.new { kind = "network" }) -- of a second
        world.set_clock(-2.1)
        assert.is_nil(one:failure("a", place))
      end)

      it("takes the place of the lock, and gives it free at its end", function()
        assert.is_true(one:lock("a", place, "me", 5))
        assert.is_nil(one:failure("a", place)) -- who looks has not failed
        one:fail("a", place, "me", errors.new { kind = "network" })
        one:unlock("a", place, "me")
        assert.equal("network", one:failure("a", place).kind)
        assert.is_false(other:lock("a", place, "you", 5))
        world.pass(1.1)
        assert.is_true(other:lock("a", place, "you", 5))
      end)
    end)

    describe("the lock of " .. whom, function()
      it("is had by one, until that one gives it back or does not renew it", function()
        assert.is_true(one:lock("a", place, "me", 5))
        assert.is_true(one:lock("b", place, "me", 5))
        assert.is_false(other:lock("a", place, "you", 5))
        other:unlock("a", place, "you")
        other:renew("a", place, "you", 500)
        assert.is_false(other:lock("a", place, "you", 5))
        world.pass(4.9)
        one:renew("a", place, "me", 5)
        world.pass(4.9)
        assert.is_false(other:lock("a", place, "you", 5))
        assert.is_true(other:lock("b", place, "you", 5))
        one:unlock("a", place, "me")
        assert.is_true(other:lock("a", place, "you", 5))
        world.pass(5.1)
        one:renew("a", place, "you", 5) -- too late
        assert.is_true(one:lock("a", place, "me", 5))
      end)

      it("is had by everybody while there is no room to remember it", function()
        world.dict.full = true
        assert.is_true(one:lock("a", place, "me", 5))
        assert.is_true(other:lock("a", place, "you", 5))
      end)
    end)
  end

  describe("what was seen", function()
    it("is read with its time by every worker, until it is of no use", function()
      assert.is_nil(one:read "a")
      assert.is_true(one:write("a", NOBODY, 1234.5, 10, one:generation "a"))
      local seen, at = other:read "a"
      assert.same({ NOBODY.customer, 1234.5 }, { seen.customer, at })
      assert.is_nil(other:read "b")
      world.pass(10.1)
      assert.is_nil(other:read "a")
    end)

    it("is kept for an hour of one who exists", function()
      one:write("a", CUSTOMER, 1234.5, 10, one:generation "a")
      world.pass(3599.5)
      assert.equal("approved", other:read("a").customer.status)
      world.pass(1)
      assert.is_nil(other:read "a")
      one:write("a", CUSTOMER, 1234.5, 7200, one:generation "a")
      world.pass(7199)
      assert.is_table(other:read "a")
    end)

    it("says when there was no room", function()
      world.dict.full = true
      local ok, message = one:write("a", NOBODY, 1, 10, one:generation "a")
      assert.same({ nil, "no memory" }, { ok, message })
    end)
  end)

  -- A fleet has a text of this machine and one of Redis, and asks which is better.
  it("takes the later of two texts of a fleet, and none of before the forgetting", function()
    local now_called = one:forget "a"
    local function text(generation, at) return record.encode(NOBODY, at, generation .. " ") end
    local old, new, newer = text("before", 9), text(now_called, 5), text(now_called, 6)
    local answers
    function world.dict.latest(_, _, seconds, is_better)
      assert.equal(3600, seconds)
      answers = { is_better(new), is_better(old), is_better(newer, new), is_better(new, newer),
        is_better(new, new), is_better(new, old), is_better(old, new) }
      return newer
    end
    assert.equal(6, select(2, one:read "a"))
    assert.same({ true, false, true, false, false, true, false }, answers)
  end)

  describe("a customer who is forgotten", function()
    it("is not known, whatever a look brings that was under way", function()
      local before = one:generation "a"
      assert.equal(before, one:generation "b")
      one:write("a", CUSTOMER, 1, 10, before)
      one:write("b", CUSTOMER, 1, 10, before)
      local after = other:forget "a"
      assert.is_not.equal(before, after)
      assert.same({ after, before }, { (one:generation "a"), (one:generation "b") })
      assert.is_nil(one:read "a")
      one:write("a", CUSTOMER, 2, 10, before)
      assert.is_nil(other:read "a")
      one:write("a", CUSTOMER, 3, 10, after)
      assert.equal(3, select(2, other:read "a"))
      assert.is_table(one:read "b")
    end)

    it("is remembered as forgotten for an hour", function()
      local after = one:forget "a"
      world.pass(3599.5)
      assert.equal(after, other:generation "a")
      world.pass(1)
      assert.equal(other:generation "b", other:generation "a")
    end)

    it("has not failed, and who looks keeps the lock", function()
      for _, place in ipairs { "l", "d" } do
        one:fail("a", place, "me", errors.new { kind = "network" })
        one:lock("b", place, "me", 5)
        other:forget "a"
        other:forget "b"
        assert.is_nil(one:failure("a", place))
        assert.is_false(other:lock("b", place, "you", 5))
      end
    end)

    it("is told apart by a name, of which nothing is asked before anybody was forgotten", function()
      local get, asked = world.dict.get, {}
      function world.dict.get(self, key)
        asked[#asked + 1] = key
        return get(self, key)
      end
      assert.equal("0", (one:generation "a"))
      assert.same({ "gate:e" }, asked)
      local name = one:forget "a"
      assert.equal(name, (other:generation "a"))
      assert.equal("0", (other:generation "b"))
    end)

    it("has changed, and nobody else, whoever was forgotten beside", function()
      local generation, count = one:generation "a"
      assert.is_false(one:has_changed("a", generation, count))
      other:forget "b"
      assert.is_false(one:has_changed("a", generation, count))
      other:forget "a"
      assert.is_true(one:has_changed("a", generation, count))
      generation, count = one:generation "a"
      assert.is_false(one:has_changed("a", generation, count))
    end)

    it("has changed also when the dictionary has lost how many were forgotten", function()
      local generation, count = one:generation "a"
      world.dict:delete "gate:e"
      assert.is_false(one:has_changed("a", generation, count))
      local name = one:forget "a"
      assert.is_true(one:has_changed("a", generation, count))
      assert.equal(name, (one:generation "a"))
    end)
  end)

  describe("the lock of who has not been seen", function()
    it("stands where what is seen will be, which takes its place", function()
      local place = one:place(false)
      assert.is_true(one:lock("a", place, "me", 1))
      assert.is_nil(other:read "a")
      assert.is_true(one:write("a", NOBODY, 5, 60, "0"))
      assert.is_false(other:lock("a", place, "you", 1))
      one:unlock("a", place, "me")
      assert.equal(5, select(2, other:read "a"))
    end)

    it("leaves no failure where somebody else has seen something since", function()
      one:lock("a", "d", "me", 1)
      world.pass(2)
      other:write("a", NOBODY, 5, 60, "0")
      one:fail("a", "d", "me", errors.new { kind = "network" })
      assert.equal(5, select(2, one:read "a"))
    end)

    it("is not there in a fleet, which reads records in ways of its own", function()
      world.dict.latest = world.dict.get
      assert.equal("l", one:place(false))
    end)
  end)
end)
