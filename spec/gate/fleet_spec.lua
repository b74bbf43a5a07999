local fake_ngx = require "spec.support.fake_ngx"
local fleet = require "spherepay.gate.fleet"

describe("spherepay.gate.fleet", function()
  local world, commands, answer, shared

  -- That of a worker.
  local function new()
    return fleet.new {
      host = world.ngx, dict = world.dict, prefix = "spherepay:",
      run = function(...)
        commands[#commands + 1] = table.concat({ ... }, " ")
        return answer(...)
      end,
    }
  end

  before_each(function()
    world, commands, answer = fake_ngx.new(), {}, function() return "OK" end
    world.ngx.null = {}
    shared = new()
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
    answer = function() return nil, "timeout" end
    assert.is_truthy(shared:get "a")
    answer = function() return "z" end
    world.set_clock(-3600)
    assert.equal("z", shared:get "a")
  end)

  it("takes an answer that no command of its own has for none", function()
    shared:set("a", "x", 60)
    for _, wrong in ipairs { { "y" }, {}, true, false } do
      world.pass(1.1)
      answer = function() return wrong end
      assert.equal("x", shared:get "a")
      assert.same({ false, "exists" }, { shared:add("a", "you", 60) })
    end
    assert.equal(1, #world.logged)
    assert.matches("Redis does not answer: its answer is wrong", world.logged[1][2], 1, true)
  end)

  it("keeps itself what Redis said, unless what it has is better", function()
    local function is_better(own, other) return own == "best" and other == "good" end
    shared:set("d", "old", 60)
    answer = function() return "new" end
    assert.equal("new", shared:latest("d", 60, is_better))
    assert.equal("new", world.dict:get "d")
    shared:set("d", "best", 60)
    answer = function() return "good" end
    assert.equal("best", shared:latest("d", 60, is_better))
    assert.equal("best", world.dict:get "d")
    answer = function() return world.ngx.null end
    assert.is_nil(shared:latest("d", 60, is_better))
    assert.is_nil(world.dict:get "d")
    answer = function() return nil, "OOM" end
    shared:keep("d", "best", 60)
    world.pass(1.1)
    answer = function() return world.ngx.null end
    assert.equal("best", shared:latest("d", 60, function(own, other)
      return own == "best" and other == nil
    end))
    shared:keep("d", "best", 60) -- Redis takes it now, and has lost it
    assert.is_nil(shared:latest("d", 60, is_better))
    answer = function() return "else" end
    assert.equal("else", shared:get "d")
    assert.is_nil(world.dict:get "d")
  end)

  it("goes by its own word until Redis has heard it, and tells it when it answers", function()
    answer = function() return nil, "READONLY" end
    shared:tell("g", "mine", 60)
    shared:tell("h", "too", 60)
    answer = function(command) return command == "get" and "theirs" or nil, "READONLY" end
    world.pass(1.1)
    assert.equal("mine", shared:get "g")
    world.pass(1.1)
    assert.equal("theirs", shared:get "i")
    answer, commands = function() return "OK" end, {}
    for _ = 1, 2000 do
      world.turn()
      world.pass(0.001)
    end
    table.sort(commands)
    assert.equal(2, #commands)
    assert.matches("^set spherepay:g mine PX 5[5-8]%d%d%d$", commands[1])
    assert.matches("^set spherepay:h too PX 5[5-8]%d%d%d$", commands[2])
    answer = function() return "later" end
    assert.equal("later", shared:get "g")
    assert.is_nil(world.runs[1])
  end)

  it("tells it although no timer could be had at first", function()
    local at = world.ngx.timer.at
    answer = function() return nil, "READONLY" end
    world.ngx.timer.at = function() return nil, "too many pending timers" end
    shared:tell("g", "mine", 60)
    world.ngx.timer.at = at
    shared:tell("h", "too", 60)
    answer, commands = function() return "OK" end, {}
    for _ = 1, 2000 do
      world.turn()
      world.pass(0.001)
    end
    assert.equal(2, #commands)
  end)

  it("owes nothing that was said anew since", function()
    answer = function() return nil, "timeout" end
    shared:tell("g", "first", 60)
    world.pass(1.1)
    answer, commands = function() return "OK" end, {}
    shared:tell("g", "second", 60)
    for _ = 1, 2000 do
      world.turn()
      world.pass(0.001)
    end
    assert.same({ "set spherepay:g second PX 60000" }, commands)
  end)

  it("owes nothing that was taken back since", function()
    answer = function() return nil, "READONLY" end
    shared:tell("b", "open", 60)
    world.pass(1.1)
    assert.equal("open", shared:get "b")
    shared:delete "b"
    assert.is_nil(shared:get "b")
    answer, commands = function() return "OK" end, {}
    for _ = 1, 2000 do
      world.turn()
      world.pass(0.001)
    end
    assert.same({}, commands)
  end)

  it("owes it for no longer than it is to be known, whoever pays", function()
    answer = function() return nil, "READONLY" end
    shared:tell("b", "open", 60)
    world.pass(20)
    answer, commands = function() return "OK" end, {}
    new():get "b"
    assert.matches("^set spherepay:b open PX 40000$", commands[1])
  end)

  it("owes what was said in init_by_lua, where there is no timer", function()
    answer = function() return nil, "API disabled in the current context" end
    local at = world.ngx.timer.at
    world.ngx.timer.at = function() error "no request" end
    shared:tell("g", "first", 60)
    world.ngx.timer.at = at
    answer, commands = function() return "OK" end, {}
    local of_worker = new()
    of_worker:get "other"
    for _ = 1, 2000 do
      world.turn()
      world.pass(0.001)
    end
    assert.equal("set spherepay:g first PX", table.concat(commands, "\n"):match "set.-PX")
  end)

  it("owes what other workers of the machine owed", function()
    answer = function() return nil, "READONLY" end
    shared:tell("g", "mine", 60)
    shared:tell("h", "paid since", 60)
    world.dict:delete "owed:h"
    for i = #world.runs, 1, -1 do world.kill_run(world.runs[i]) end
    local other = fleet.new {
      host = world.ngx, dict = world.dict, prefix = "spherepay:", run = shared.run,
    }
    answer, commands = function() return "OK" end, {}
    other:get "i"
    for _ = 1, 2000 do
      world.turn()
      world.pass(0.001)
    end
    assert.equal(2, #commands)
    assert.matches("^set spherepay:g mine PX %d+$", commands[2])
    assert.equal(1, world.dict:llen "owing")
  end)

  it("tells Redis again what that has lost", function()
    shared:tell("g", "mine", 60)
    answer = function() return "theirs" end
    assert.equal("theirs", shared:told("g", 60))
    answer, commands = function() return world.ngx.null end, {}
    assert.equal("theirs", shared:told("g", 60))
    assert.same({ "get spherepay:g", "set spherepay:g theirs PX 60000 NX" }, commands)
    commands = {}
    assert.is_nil(shared:told("h", 60))
    assert.same({ "get spherepay:h" }, commands)
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
