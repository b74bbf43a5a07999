local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local fault = require "spec.support.fault"
local spherepay = require "spherepay"

describe("the loop cqueues", function()
  local server, client

  before_each(function()
    server = fault.start()
    server:default({ "answer", body = '{"id":"customer_1"}' })
    client = spherepay.new { token = "sandbox_key", base_url = server:url(), loop = "cqueues" }
  end)

  after_each(function()
    client:close()
    server:stop()
  end)

  local function get()
    return assert(client.customer.get("customer_1"))
  end

  it("lets a controller end when nothing is under way, and start again", function()
    local controller, done = cqueues.new(), 0
    for _ = 1, 3 do
      controller:wrap(function()
        get()
        done = done + 1
      end)
      assert(controller:loop())
      assert.equal(0, controller:count())
    end
    assert.equal(3, done)
    assert.equal(2, client:stats().reused)
  end)

  it("serves two controllers in turns", function()
    server:default({ "answer", body = '{"id":"customer_1"}', delay = 0.02 })
    local first, second, done = cqueues.new(), cqueues.new(), 0
    for _, controller in ipairs { first, second } do
      for _ = 1, 3 do
        controller:wrap(function()
          get()
          done = done + 1
        end)
      end
    end
    while not (first:empty() and second:empty()) do
      assert(first:step(0.005))
      assert(second:step(0.005))
    end
    assert.equal(6, done)
  end)

  it("goes on in one controller when another is dropped with calls in flight", function()
    server:script({ "stall", "stall" })
    do
      local dropped = cqueues.new()
      for _ = 1, 2 do dropped:wrap(function() client.customer.get("customer_1") end) end
      repeat assert(dropped:step(0.01)) until server:wait({ arrived = 2, timeout = 0 })
    end
    for _ = 1, 3 do collectgarbage() end
    local controller, customer = cqueues.new(), nil
    controller:wrap(function()
      customer = get()
      client:close()
    end)
    assert(controller:loop())
    assert.equal("customer_1", customer.id)
  end)

  it("lets a task wait for what else cqueues offers", function()
    local controller, order = cqueues.new(), {}
    controller:wrap(function()
      local ready, is_ready = condition.new(), false
      local task = client:spawn(function()
        while not is_ready do ready:wait() end
        cqueues.sleep(0.001)
        get()
        order[#order + 1] = "task"
        return "done"
      end)
      order[#order + 1] = "beside it"
      is_ready = true
      ready:signal()
      local ok, result = task:join()
      order[#order + 1] = tostring(ok) .. " " .. result
    end)
    assert(controller:loop())
    assert.same({ "beside it", "task", "true done" }, order)
  end)

  it("lets a task go on that was started before the controller", function()
    local calls = 0
    local task = client:spawn(function()
      for _ = 1, 3 do
        get()
        calls = calls + 1
      end
    end)
    local controller, joined = cqueues.new(), nil
    controller:wrap(function() joined = task:join() end)
    assert(controller:loop())
    assert.is_true(joined)
    assert.equal(3, calls)
  end)

  it("lets an error of the host's coroutine out of its controller", function()
    local controller, done = cqueues.new(), 0
    for i = 1, 3 do
      controller:wrap(function()
        get()
        if i == 2 then error("thrown by the host", 0) end
        done = done + 1
      end)
    end
    local failures = 0
    while not controller:empty() do
      local ok, message = controller:step(1)
      if not ok then
        failures = failures + 1
        assert.equal("thrown by the host", message)
      end
    end
    assert.equal(1, failures)
    assert.equal(2, done)
  end)

  it("is woken from a sleep when the client is closed", function()
    local controller, began = cqueues.new(), cqueues.monotime()
    controller:wrap(function() client.loop.sleep(client.dispatcher, 3600) end)
    controller:wrap(function()
      cqueues.sleep(0.01)
      client:close()
    end)
    assert(controller:loop())
    assert.is_true(cqueues.monotime() - began < 5)
  end)
end)
