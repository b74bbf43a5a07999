local dispatcher = require "spherepay.async.dispatcher"

-- What stands for a call: a signal is a table, a call is not.
local function new_call()
  return coroutine.create(function() end)
end

-- An engine whose calls are done when the spec says so.
local function fake_engine()
  local engine = { finished = {}, steps = {}, closed = false }
  function engine:finish(call)
    self.finished[#self.finished + 1] = call
  end
  function engine:ready() return #self.finished end
  function engine:take() return table.remove(self.finished, 1) end
  function engine:take_retry() return table.remove(self.retries or {}, 1) end
  function engine:take_asking()
    local asks = table.remove(self.asking or {}, 1)
    if asks then return asks[1], asks[2] end
  end
  function engine:timeout() return self.due end
  function engine:step(seconds)
    self.steps[#self.steps + 1] = seconds or "for ever"
    return true
  end
  function engine.now() return require("spherepay.core").now() end
  function engine:cancel_all() self.cancelled = true end
  function engine:close() self.closed = true end
  return engine
end

describe("a dispatcher", function()
  local engine, driven

  before_each(function()
    engine = fake_engine()
    driven = dispatcher.new(engine)
  end)

  it("runs the waiter of a finished call once", function()
    local call, runs = new_call(), 0
    driven:on_done(call, function() runs = runs + 1 end)
    driven:step(0)
    assert.equal(0, runs)
    engine:finish(call)
    driven:step(0)
    driven:step(0)
    assert.equal(1, runs)
  end)

  it("leaves for the next step what a waiter finishes", function()
    local order = {}
    local first, second = new_call(), new_call()
    driven:on_done(first, function()
      order[#order + 1] = "first"
      engine:finish(second)
    end)
    driven:on_done(second, function() order[#order + 1] = "second" end)
    engine:finish(first)
    driven:step(0)
    assert.same({ "first" }, order)
    driven:step(0)
    assert.same({ "first", "second" }, order)
  end)

  it("takes one step more when something is left to do at once, and no third", function()
    driven:on_readable()
    assert.same({ 0 }, engine.steps)
    engine.due = 0.5
    driven:on_readable()
    assert.same({ 0, 0 }, engine.steps)
    engine.due = 0
    driven:on_readable()
    assert.same({ 0, 0, 0, 0 }, engine.steps)
  end)

  it("stops stepping when a waiter closes it", function()
    local call = new_call()
    driven:on_done(call, function() driven:close() end)
    engine:finish(call)
    engine.due = 0
    assert.is_true(driven:on_readable())
    assert.same({ 0 }, engine.steps)
  end)

  it("hands out some at a time, in the order in which they finished", function()
    local order = {}
    for i = 1, 100 do
      local call = new_call()
      driven:on_done(call, function() order[#order + 1] = i end)
      engine:finish(call)
    end
    driven:step(0)
    assert.is_true(#order > 0 and #order < 100)
    for _ = 1, 100 do driven:step(0) end
    assert.equal(100, #order)
    for i = 1, 100 do assert.equal(i, order[i]) end
  end)

  it("reports what each waiter raises, with where, and runs the others", function()
    local ran, told = 0, {}
    function driven.report(err, traceback) told[#told + 1] = { err, type(traceback) } end
    for i = 1, 3 do
      local call = new_call()
      driven:on_done(call, function()
        ran = ran + 1
        error("waiter " .. i, 0)
      end)
      engine:finish(call)
    end
    assert.is_true(driven:step(0))
    assert.same({ { "waiter 1", "string" }, { "waiter 2", "string" }, { "waiter 3", "string" } },
      told)
    assert.equal(3, ran)
  end)

  it("reports each back-off before the calls that are done", function()
    local seen = {}
    driven.on_retry = function(call) seen[#seen + 1] = call end
    engine.retries = { "one", "two" }
    driven:step(0)
    assert.same({ "one", "two" }, seen)
  end)

  it("answers each repeat that asks, before the calls that are done", function()
    local answered, order = {}, {}
    engine.asking = { { "one", "read" }, { "two", "write" } }
    function engine.admit(_, call, seconds) answered[#answered + 1] = { call, seconds } end
    driven.may_repeat = function(line)
      order[#order + 1] = line
      return line == "read" and 0 or 0.5
    end
    local call = new_call()
    driven:on_done(call, function() order[#order + 1] = "done" end)
    engine:finish(call)
    driven:step(0)
    assert.same({ { "one", 0 }, { "two", 0.5 } }, answered)
    assert.same({ "read", "write", "done" }, order)
  end)

  it("runs alarms when they are due, and does not wait beyond the first", function()
    local order = {}
    driven:after(3600, function() order[#order + 1] = "late" end)
    driven:after(0, function() order[#order + 1] = "now" end)
    driven:after(1800, function() end)
    driven:step()
    assert.same({ "now" }, order)
    assert.equal(0, engine.steps[1])
    assert.is_true(driven:timeout() > 1700 and driven:timeout() < 1801)
    driven:step(5)
    assert.equal(5, engine.steps[2])
  end)

  it("is idle when neither a call nor an alarm is there", function()
    assert.is_true(driven:is_idle())
    assert.is_false(driven:is_busy())
    engine.due = 10
    assert.is_false(driven:is_idle())
    assert.is_true(driven:is_busy())
    driven:after(1, function() end)
    assert.is_true(driven:timeout() <= 1)
    engine.due = nil
    assert.is_false(driven:is_idle())
    assert.is_false(driven:is_busy())
  end)

  it("runs no waiter that was forgotten", function()
    local call, runs = new_call(), 0
    driven:on_done(call, function() runs = runs + 1 end)
    driven:forget(call)
    engine:finish(call)
    driven:step(0)
    assert.equal(0, runs)
    assert.is_nil(next(driven.waiters))
  end)

  it("tells by an alarm that it is over, due or released", function()
    local due, released = driven:after(0, function() end), driven:after(3600, function() end)
    driven:step(0)
    assert.same({ true, nil }, { due.over, released.over })
    driven:close()
    assert.is_true(released.over)
  end)

  it("ends the wait for a signal when it is fired", function()
    local signal, runs = dispatcher.signal(), 0
    driven:on_done(signal, function() runs = runs + 1 end)
    assert.is_false(signal:done())
    driven:fire(signal)
    driven:fire(signal)
    assert.is_true(signal:done())
    assert.equal(1, runs)
  end)

  it("adds the way out to why there is no descriptor", function()
    function engine.pollfd() return nil, "there is none" end
    local fd, message = driven:pollfd()
    assert.is_nil(fd)
    assert.equal("there is none; the loops \"blocking\" and \"manual\" need none", message)
  end)

  describe("that is closed", function()
    it("cancels the calls and ends every other wait", function()
      local woken, call = {}, new_call()
      driven:on_done(call, function() woken.call = true end)
      driven:on_done(dispatcher.signal(), function() woken.signal = true end)
      driven:after(3600, function() woken.alarm = true end)
      function engine:cancel_all() self:finish(call) end
      driven:close()
      assert.same({ call = true, signal = true, alarm = true }, woken)
      assert.is_true(engine.closed)
      assert.is_true(driven:is_idle())
    end)

    it("closes the engine even when a waiter raises", function()
      local call, told = new_call(), {}
      function driven.report(err) told[#told + 1] = err end
      driven:on_done(call, function() error("in a waiter", 0) end)
      engine:finish(call)
      driven:close()
      assert.same({ "in a waiter" }, told)
      assert.is_true(engine.closed)
    end)
  end)
end)
