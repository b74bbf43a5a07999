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
  local engine, driven, unexpected

  before_each(function()
    engine = fake_engine()
    driven = dispatcher.new(engine)
    unexpected = {}
    function driven.report(err) unexpected[#unexpected + 1] = tostring(err) end
  end)
  after_each(function() assert.same({}, unexpected) end)

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
    assert.equal(16, #order)
    for _ = 1, 100 do driven:step(0) end
    assert.equal(100, #order)
    for i = 1, 100 do assert.equal(i, order[i]) end
  end)

  it("runs the others when nobody waits for one of those that finished at once", function()
    for orphan = 1, 5 do
      local order, wanted = {}, {}
      for i = 1, 5 do
        local call = new_call()
        if i ~= orphan then
          driven:on_done(call, function() order[#order + 1] = i end)
          wanted[#wanted + 1] = i
        end
        engine:finish(call)
      end
      for i = 6, 8 do
        driven:after(0, function() order[#order + 1] = i end)
        wanted[#wanted + 1] = i
      end
      driven:step(0)
      assert.same(wanted, order)
      assert.is_true(driven:is_idle())
    end
  end)

  it("hands out the rest when a waiter steps", function()
    local order = {}
    for i = 1, 3 do
      local call = new_call()
      driven:on_done(call, function()
        if i == 1 then driven:step(5) end
        order[#order + 1] = i
      end)
      engine:finish(call)
    end
    driven:step(0)
    assert.same({ 2, 3, 1 }, order)
    assert.same({ 0, 0 }, engine.steps) -- what is due is not waited for
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

  it("tells the news of connections until there are no more, or it is closed", function()
    local news, told = { { "opened", 1 }, { "closed", 1 }, { "opened", 2 } }, {}
    function engine:take_news()
      assert(not self.closed, "a closed engine has no news")
      local item = table.remove(news, 1)
      if item then return item[1], item[2] end
    end
    driven.on_news = function(...) told[#told + 1] = { ... } end
    driven:step(0)
    assert.same({ { "opened", 1 }, { "closed", 1 }, { "opened", 2 } }, told)
    news = { { "closed", 2 }, { "opened", 3 } }
    driven.on_news = function(...)
      told[#told + 1] = { ... }
      driven:close()
    end
    driven:step(0)
    assert.same({ { "closed", 2 }, { "opened", 3 } }, { told[4], told[5] })
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

  it("keeps nobody waiting for a signal that is gone", function()
    driven:on_done(dispatcher.signal(), function() end)
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(driven.signals))
  end)

  -- The upload of a file: a call that tells how much of it has been sent.
  local function upload(sent)
    local call = { sent = sent }
    function call:uploaded()
      if self.sent then return self.sent, 10 end
    end
    function call:done() return self.is_done end
    return call
  end

  it("tells how much of each upload was sent, when a step has sent some", function()
    local told = {}
    local one, other, early = upload(0), upload(3), upload(nil)
    for name, call in pairs { one = one, other = other, early = early } do
      told[name] = {}
      driven:watch_upload(call, function(...) table.insert(told[name], { ... }) end)
    end
    for _, step in ipairs { { 0, 3 }, { 4, 3 }, { 4, 9 }, { 10, 9 } } do
      one.sent, other.sent = step[1], step[2]
      driven:step(0)
    end
    one.is_done, other.is_done, other.sent = true, true, 10
    driven:step(0)
    one.sent, early.sent = 11, 5 -- of whom nobody wants to know any more
    driven:step(0)
    assert.same({
      one = { { 4, 10 }, { 10, 10 } }, other = { { 3, 10 }, { 9, 10 }, { 10, 10 } }, early = {},
    }, told)
    assert.is_false(driven.uploads)
  end)

  it("has who is told of an upload raise, begin another one, or close it", function()
    local call, other, told = upload(1), upload(1), 0
    driven:watch_upload(call, function()
      driven:watch_upload(other, function() told = told + 1 end)
      error("in a function that is told", 0)
    end)
    driven:step(0)
    assert.same({ "in a function that is told" }, unexpected)
    unexpected = {}
    driven:step(0)
    assert.equal(1, told)
    local woken = false
    driven:on_done(dispatcher.signal(), function() woken = true end)
    driven:watch_upload(upload(1), function() driven:close() end)
    driven:step(0)
    assert.same({ true, true }, { woken, driven.closed })
  end)

  it("steps in C for a call while nobody else has something to be told", function()
    local call, asked = io.stdout, {}
    function engine.run(_, waited)
      asked[#asked + 1] = waited
      return true
    end
    assert.is_true(driven:run(call))
    assert.same({ call }, asked)
    local signal = dispatcher.signal()
    assert.is_false(driven:run(signal))
    local function is_asked() -- what stands for the call cannot say whether it is done
      return pcall(driven.run, driven, call)
    end
    for _, busy in ipairs { "on_retry", "may_repeat", "on_news", "uploads" } do
      driven[busy] = function() end
      assert.is_false(is_asked(), busy)
      driven[busy] = false
    end
    assert.is_true(is_asked())
    driven:after(3600, function() end)
    assert.is_false(is_asked())
    assert.same({ call, call }, asked)
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
