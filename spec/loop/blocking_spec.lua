local fault = require "spec.support.fault"
local spherepay = require "spherepay"

describe("the blocking loop", function()
  local server, client

  before_each(function()
    server = fault.start()
    server:default({ "answer", body = '{"id":"customer_1"}' })
    client = spherepay.new { token = "sandbox_key", base_url = server:url(), loop = "blocking" }
  end)

  after_each(function()
    client:close()
    server:stop()
  end)

  it("makes a call anywhere, also in a coroutine of the host's", function()
    local customer
    coroutine.wrap(function() customer = client.customer.get("customer_1") end)()
    assert.equal("customer_1", customer.id)
  end)

  it("lets the calls of tasks go on while another call blocks", function()
    local order = {}
    server:script({ { "answer", body = "{}", delay = 0.1, path = "/v2/customer" } })
    client:spawn(function()
      client:request("GET", "/v2/document")
      order[#order + 1] = "the task's"
    end)
    client:request("GET", "/v2/customer")
    order[#order + 1] = "the main one"
    assert.same({ "the task's", "the main one" }, order)
  end)

  it("does not work while it waits", function()
    server:script { { "answer", body = "{}", delay = 0.4 } }
    local before = os.clock()
    client:request("GET", "/v2/customer")
    assert.is_true(os.clock() - before < 0.2, os.clock() - before)
  end)

  it("tells its loop of a client once, and takes leave once", function()
    local told, real = {}, client.loop
    client.loop = setmetatable({
      attach = function(...) told[#told + 1] = "attach" return real.attach(...) end,
      detach = function(...) told[#told + 1] = "detach" return real.detach(...) end,
    }, { __index = real })
    for _ = 1, 2 do client:request("GET", "/v2/customer") end
    client:close()
    client:close()
    assert.same({ "attach", "detach" }, told)
  end)

  it("raises instead of waiting for what no call can end", function()
    local task = client:spawn(function() coroutine.yield() end)
    local ok, message = pcall(task.join, task)
    assert.is_false(ok)
    assert.truthy(message:find("waits for something that is no call", 1, true))
  end)

  it("sleeps, and wakes who sleeps when the client is closed", function()
    local began, woken = os.time(), false
    client:spawn(function()
      client.loop.sleep(client.dispatcher, 3600)
      woken = true
    end)
    client.loop.sleep(client.dispatcher, 0.01)
    assert.is_false(woken)
    client:close()
    assert.is_true(woken)
    assert.is_true(os.time() - began < 5)
  end)
end)
