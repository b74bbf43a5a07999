local collect = require "spec.support.collect"
local core = require "spherepay.core"
local fault = require "spec.support.fault"
local spherepay = require "spherepay"

describe("the manual loop", function()
  local server, client

  before_each(function()
    server = fault.start()
    server:default({ "answer", body = '{"id":"customer_1"}' })
    client = spherepay.new { token = "sandbox_key", base_url = server:url(), loop = "manual" }
  end)

  after_each(function()
    client:close()
    server:stop()
  end)

  local function get()
    return assert(client.customer.get("customer_1"))
  end

  -- Steps until `is_over()`.
  local function drive(is_over)
    for _ = 1, 1000 do
      if is_over() then return end
      client:step(0.01)
    end
    error("it did not end")
  end

  it("goes on with a call whose back-off the caller was told of", function()
    client:close()
    local told = {}
    client = spherepay.new {
      token = "sandbox_key", base_url = server:url(), loop = "manual",
      on_event = function(event)
        if event.type == "retry" then told[#told + 1] = event.reason end
      end,
    }
    local unsure = { "answer", status = 503, headers = { ["retry-after-ms"] = "30" } }
    server:script { unsure, unsure }
    local found
    coroutine.wrap(function() found = get() end)()
    drive(function() return found end)
    assert.equal("customer_1", found.id)
    assert.same({ "retry_after", "retry_after" }, told)
  end)

  it("raises for a call outside a coroutine, and for parallel there", function()
    for _, fn in ipairs { get, function() client:parallel { get } end } do
      local ok, message = pcall(fn)
      assert.is_false(ok)
      assert.truthy(message:find("made in a coroutine, such as that of client:spawn", 1, true))
    end
  end)

  it("begins no attempt when the deadline has passed before the first step", function()
    local value, err
    client:spawn(function()
      value, err = client.customer.get("customer_1", { deadline = 0.05 })
    end)
    local until_s = core.now() + 0.1
    repeat until core.now() > until_s
    drive(function() return err end)
    assert.is_nil(value)
    assert.same({ "timeout", "no", 0 }, { err.kind, err.sent, #err.attempts })
    assert.equal(0, #server:connections())
  end)

  it("yields until a step wakes the coroutine", function()
    local customer
    local thread = coroutine.create(function() customer = get() end)
    assert(coroutine.resume(thread))
    assert.is_nil(customer)
    drive(function() return customer end)
    assert.equal("dead", coroutine.status(thread))
  end)

  it("does not wait in a step unless it is told to", function()
    server:default("stall")
    client:spawn(function() client.customer.get("customer_1") end)
    local began = core.now()
    for _ = 1, 100 do client:step() end
    assert.is_true(core.now() - began < 5)
    began = core.now()
    client:step(0.05)
    client:step(0.05)
    assert.is_true(core.now() - began >= 0.04)
  end)

  it("stays asleep when the host resumes its coroutine for reasons of its own", function()
    local customer
    local thread = coroutine.create(function() customer = get() end)
    for _ = 1, 3 do assert(coroutine.resume(thread)) end
    assert.is_nil(customer)
    drive(function() return customer end)
  end)

  it("reports what the coroutines of the host raise, and lets none of it out of a step", function()
    local woken, told = 0, {}
    client:close()
    client = spherepay.new {
      token = "sandbox_key", base_url = server:url(), loop = "manual",
      on_error = function(err, traceback) told[#told + 1] = { err, traceback } end,
    }
    for _ = 1, 3 do
      coroutine.wrap(function()
        get()
        error("thrown by the host", 0)
      end)()
      coroutine.wrap(function()
        get()
        woken = woken + 1
      end)()
    end
    drive(function() return client:timeout() == nil end)
    assert.equal(3, woken)
    assert.equal(3, #told)
    for _, each in ipairs(told) do
      assert.equal("thrown by the host", each[1])
      assert.matches("manual_spec.lua:%d+", each[2])
    end
  end)

  it("does not miss a coroutine that its host has closed", function()
    local close = rawget(coroutine, "close") -- Lua 5.4
    if not close then return end
    local thread = coroutine.create(get)
    assert(coroutine.resume(thread))
    close(thread)
    drive(function() return client:timeout() == nil end)
  end)

  it("is collected together with the coroutines that wait on it", function()
    server:default("stall")
    local seen = setmetatable({}, { __mode = "v" })
    do
      local lost = spherepay.new {
        token = "sandbox_key", base_url = server:url(), loop = "manual", on_error = function() end,
      }
      seen.client, seen.engine = lost, lost.dispatcher.engine
      coroutine.wrap(function() lost.customer.get("customer_1") end)()
      lost:spawn(function() lost.customer.get("customer_1") end)
      lost:step(0)
    end
    collect()
    assert.is_nil(seen.client)
    assert.is_nil(seen.engine)
  end)
end)
