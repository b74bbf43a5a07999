-- Calls that are made while another one is being made: Lua may run a finalizer at any moment, and a
-- finalizer may do what it likes.

local core = require "spherepay.core"
local helper = require "spec.promises.helper"

-- Garbage whose finalizer runs `fn`.
local function litter(fn)
  if rawget(_G, "newproxy") then -- 5.1, LuaJIT
    getmetatable(newproxy(true)).__gc = fn -- luacheck: ignore 113
  else
    setmetatable({}, { __gc = fn })
  end
end

local function new_engine()
  return core.engine {
    token = helper.TOKEN, max_body = 1000000, max_headers = 100000, max_connections = 4,
    max_in_flight = 100, http_version = "1.1", min_tls = "1.2", rate_read = 0, rate_write = 0,
  }
end

local function answer(call)
  return call:answer(function(text) return text end, {}, {}, false)
end

describe("a call made by a finalizer, while another is made", function()
  local server, engine, pause, alive

  -- Garbage that does something only while the spec runs.
  local function litter_alive(fn)
    litter(function() if alive then fn() end end)
  end

  before_each(function()
    alive = true
    server = helper.fault.start()
    server:default { "answer", body = "fine" }
    engine = new_engine()
    pause = collectgarbage("setpause", 100) -- no pause between two collections
  end)

  after_each(function()
    alive = false
    collectgarbage("setpause", pause)
    engine:close()
    server:stop()
  end)

  it("takes nothing from it, nor its memory", function()
    local plan = engine:plan {
      method = "POST", headers = { "Content-Type: text/plain" }, repeat_as = "create",
      connect_timeout = 10, timeout = 10, max_retries = 0,
    }
    local wire = { plan = plan, url = server:url("/x"), body = "a body", deadline = 20 }
    local inside = { plan = plan, url = server:url("/never"), body = "another", deadline = 20 }
    local finalized = 0
    local function by_finalizer()
      finalized = finalized + 1
      assert(engine:submit(inside)):cancel()
    end
    for _ = 1, 300 do
      for _ = 1, 20 do litter_alive(by_finalizer) end
      local call = assert(engine:submit(wire))
      while not call:done() do assert(engine:step()) end
      assert.equal("fine", answer(call).body)
      repeat until not engine:take()
    end
    assert.is_true(finalized > 100)
    local arrived = server:log()
    assert.equal(300, #arrived)
    for _, entry in ipairs(arrived) do
      assert.equal("a body", entry.body)
      assert.equal("Bearer " .. helper.TOKEN, entry.headers.authorization)
      assert.equal("text/plain", entry.headers["content-type"])
    end
  end)

  it("is refused when the finalizer has closed the engine", function()
    local plan = engine:plan {
      method = "GET", headers = {}, repeat_as = "read", connect_timeout = 10, timeout = 10,
      max_retries = 0,
    }
    local wire = { plan = plan, url = server:url("/x"), deadline = 20 }
    litter_alive(function() engine:close() end)
    local ok, message
    for _ = 1, 10000 do
      ok, message = pcall(engine.submit, engine, wire)
      if not ok then break end
    end
    assert.is_false(ok)
    assert.matches("closed", message)
  end)
end)
