-- The answer of a call, as the core hands it over: once, and with nothing of another call in it,
-- although the memory of a call that is over serves the next.

local core = require "spherepay.core"
local core_call = require "spec.support.core_call"
local helper = require "spec.contract.helper"

-- An engine, and a way to have one request answered by the behaviour `act`.
local function with_server(fn)
  local server = helper.fault.start()
  local engine = core.engine {
    max_body = 1000000, max_headers = 100000, max_connections = 1, max_in_flight = 10,
    http_version = "1.1", min_tls = "1.2", rate_read = 0, rate_write = 0,
  }
  local function call(act)
    server:script { act }
    return assert(core_call.begin(engine, { url = server:url() }))
  end
  local ok, message = pcall(fn, engine, call, server)
  engine:close()
  server:stop()
  if not ok then error(message, 0) end
end

local function finish(engine, call)
  while not call:done() do assert(engine:step()) end
  return call
end

local answer = core_call.finish

describe("the answer of a call", function()
  it("is not to be had before the call is done, nor twice", function()
    with_server(function(engine, call)
      local made = call { "answer", body = '"one"' }
      assert.has_error(function() answer(made) end)
      assert.equal("one", answer(finish(engine, made)).body)
      assert.has_error(function() answer(made) end)
      assert.has_error(function() made:attempts() end)
    end)
  end)

  it("leaves a call that is done, and that no cancelling harms", function()
    with_server(function(engine, call)
      local first = finish(engine, call { "answer", body = '"one"' })
      answer(first)
      local second = call { "answer", body = '"two"' }
      first:cancel()
      assert.is_true(first:done())
      assert.equal("spherepay.call (done)", tostring(first))
      assert.equal("two", answer(finish(engine, second)).body)
    end)
  end)

  it("takes the call out of its engine, whether it has been handed out or not", function()
    with_server(function(engine, call)
      local first = finish(engine, call { "answer", body = '"one"' })
      assert.equal(1, engine:ready())
      answer(first)
      assert.equal(0, engine:ready())
      assert.is_nil(engine:take())
      local second = finish(engine, call { "answer", body = '"two"' })
      assert.equal(second, engine:take())
      assert.equal("two", answer(second).body)
      local stats = engine:stats()
      assert.same({ 2, 2, 0, 0 }, { stats.calls, stats.done, stats.waiting, stats.in_flight })
    end)
  end)

  it("comes to a request without a token, too", function()
    with_server(function(engine, _, server)
      server:script { { "answer", body = '"one"' } }
      local made = assert(core_call.begin(engine, { url = server:url(), headers = { "X-A: b" } }))
      assert.equal("one", answer(finish(engine, made)).body)
      local headers = server:log()[1].headers
      assert.same({ "b", nil }, { headers["x-a"], headers.authorization })
      server:stop()
      made = assert(core_call.begin(engine, { url = server:url() }))
      assert.equal("network", answer(finish(engine, made)).kind)
    end)
  end)

  it("is the caller's alone once its call has been taken", function()
    with_server(function(engine, call)
      local taken = setmetatable({}, { __mode = "k" })
      for _ = 1, 3 do finish(engine, call { "answer", body = '"one"' }) end
      for _ = 1, 2 do taken[engine:take()] = true end
      collectgarbage()
      collectgarbage()
      assert.is_nil(next(taken))
      assert.equal("one", answer(engine:take()).body)
    end)
  end)

  it("holds nothing of the call whose memory it took over", function()
    with_server(function(engine, call)
      local long = ("long "):rep(2000)
      local first = answer(finish(engine, call {
        "answer", body = '"' .. long .. '"', headers = { { "X-First", "1" } },
      }))
      assert.equal(long, first.body)
      local second = answer(finish(engine, call { "answer", body = '"short"' }))
      assert.equal("short", second.body)
      assert.is_nil(second.trace:headers()["x-first"])
      local third = answer(finish(engine, call { "read_all_and_close" }))
      assert.equal("network", third.kind)
      assert.is_nil(third.body)
      assert.is_nil(third.status)
      assert.same({}, third.trace:headers())
      assert.equal("1", first.trace:headers()["x-first"])
    end)
  end)

  it("has a trace that outlives the engine", function()
    local raw
    with_server(function(engine, call)
      raw = answer(finish(engine, call { "answer", body = '"one"', headers = { { "X-A", "b" } } }))
    end)
    collectgarbage()
    collectgarbage()
    assert.equal("b", raw.trace:headers()["X-A"])
    assert.equal(1, raw.trace:count())
    local attempt = raw.trace:attempts()[1]
    assert.same({ 200, "yes" }, { attempt.status, attempt.sent })
    assert.is_true(attempt.timings.total > 0)
    assert.not_equal(raw.trace:attempts(), raw.trace:attempts())
  end)
end)
