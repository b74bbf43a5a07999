local auto = require "spherepay.loop.auto"
local cqueues = require "cqueues"
local fault = require "spec.support.fault"
local spherepay = require "spherepay"

describe("the loop auto", function()
  local server, client

  before_each(function()
    server = fault.start()
    server:default({ "answer", body = '{"id":"customer_1"}', delay = 0.05 })
    client = spherepay.new { token = "sandbox_key", base_url = server:url() }
  end)

  after_each(function()
    client:close()
    server:stop()
  end)

  it("is what a client outside of nginx has", function()
    assert.equal(auto, client.loop)
  end)

  it("blocks inside a controller where no descriptor can be watched, and tasks go on", function()
    client.dispatcher.pollfd = function() return nil, "no descriptor" end
    local controller, results = cqueues.new(), nil
    controller:wrap(function()
      local task = client:spawn(function() return client.customer.get("customer_1") end)
      results = client:parallel {
        function() return client.customer.get("customer_1") end,
        function() return select(2, task:join()) end,
      }
    end)
    assert(controller:loop())
    assert.equal("customer_1", results[1][1].id)
    assert.equal("customer_1", results[2][1].id)
    assert(client.customer.get("customer_1"))
  end)

  it("blocks at first, and lets a controller go on that is started later", function()
    assert(client.customer.get("customer_1"))
    if not client:pollfd() then return end
    local controller, order = cqueues.new(), {}
    controller:wrap(function()
      assert(client.customer.get("customer_1"))
      order[#order + 1] = "call"
    end)
    controller:wrap(function()
      cqueues.sleep(0.001)
      order[#order + 1] = "beside it"
    end)
    assert(controller:loop())
    assert(client.customer.get("customer_1"))
    assert.same({ "beside it", "call" }, order)
  end)

  it("does not load cqueues by itself", function()
    local loaded = package.loaded.cqueues
    package.loaded.cqueues = nil
    finally(function() package.loaded.cqueues = loaded end)
    assert(client.customer.get("customer_1"))
    assert.is_nil(package.loaded.cqueues)
  end)
end)
