local fake_ngx = require "spec.support.fake_ngx"
local fleet = require "spherepay.gate.fleet"

describe("spherepay.gate.fleet", function()
  local world, commands, answer, shared

  before_each(function()
    world, commands, answer = fake_ngx.new(), {}, function() return "OK" end
    world.ngx.null = {}
    shared = fleet.new {
      host = world.ngx, dict = world.dict, prefix = "spherepay:",
      run = function(...)
        commands[#commands + 1] = table.concat({ ... }, " ")
        return answer(...)
      end,
    }
  end)

  it("asks Redis, and writes to the machine's own dictionary as well", function()
    assert.is_true(shared:set("a", "x", 2.5))
    assert.is_true(shared:add("l", "me", 1))
    shared:delete "a"
    assert.same({ "set spherepay:a x PX 2500", "set spherepay:l me PX 1000 NX", "del spherepay:a" },
      commands)
    assert.is_nil(world.dict:get "a")
    answer = function() return "7" end
    assert.equal(7, shared:get "g")
    answer = function() return world.ngx.null end
    assert.is_nil(shared:get "g")
    assert.same({ false, "exists" }, { shared:add("l", "you", 1) })
    answer = function() return 3 end
    assert.equal(3, shared:incr("n", 1, 0, 30))
    assert.equal(1, world.dict:get "n")
  end)

  it("answers from the machine's own while Redis does not, and tries again", function()
    shared:set("a", "x", 60)
    answer = function() return nil, "connection refused" end
    commands = {}
    for _ = 1, 5 do assert.equal("x", shared:get "a") end
    assert.is_true(shared:add("l", "me", 60))
    assert.same({ false, "exists" }, { shared:add("l", "you", 60) })
    assert.equal(2, shared:incr("n", 1, 1))
    assert.equal(1, #commands)
    assert.equal(1, #world.logged)
    assert.matches("the gate is alone: Redis does not answer: connection refused",
      world.logged[1][2], 1, true)
    world.pass(1.1)
    answer = function() return "y" end
    assert.equal("y", shared:get "a")
  end)

  it("takes a phase in which no call can wait for no failure of Redis", function()
    shared:set("a", "x", 60)
    answer = function() error("API disabled in the context of log_by_lua*", 0) end
    assert.equal("x", shared:get "a")
    assert.equal(0, #world.logged)
    answer = function() return "y" end
    assert.equal("y", shared:get "a")
  end)
end)
