-- The client keeps the vendor's limit by itself: reads and writes each through a bucket of their
-- own. Real seconds must pass here; how many, on a busy machine, is not asserted, only that nothing
-- arrives before its time. That any one second is kept exactly is shown in spec/core/rate_spec.c.

local helper = require "spec.contract.helper"
local socket = require "socket"

local SECOND = 1000 -- of the server's clock

-- A moment of the server's clock that is over: when it saw a connection that it has noted by now.
local function moment_of(server)
  local before = #server:connections()
  local peer = assert(socket.connect("127.0.0.1", server.port))
  repeat until #server:connections() > before
  peer:close()
  return server:connections()[before + 1].opened
end

-- Requires that after `began` each second's `rate` came no sooner than that second.
local function assert_in_time(log, began, rate)
  for index, entry in ipairs(log) do
    local soonest = began + math.floor((index - 1) / rate) * SECOND
    assert.is_true(entry.at >= soonest, ("the %dth after %d ms"):format(index, entry.at - began))
  end
end

describe("the rate limit", function()
  local server, client

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)
  after_each(function() client:close() end)

  -- Makes `count` calls at once; their errors by kind.
  local function at_once(count, name, opts)
    local fns, kinds = {}, {}
    for index = 1, count do fns[index] = function() return helper.CALLS[name](client, opts) end end
    for _, result in ipairs(client:parallel(fns)) do
      local kind = result[2] and result[2].kind or "none"
      kinds[kind] = (kinds[kind] or 0) + 1
    end
    return kinds
  end

  it("lets 100 reads a second through", function()
    client = helper.client(server)
    local began = moment_of(server)
    assert.same({ none = 500 }, at_once(500, "get"))
    local log = server:log()
    assert.equal(500, #log)
    assert_in_time(log, began, 100)
  end)

  it("counts creates and updates together, and reads apart from them", function()
    client = helper.client(server, { rate_limit = { read = 100, write = 20 } })
    local reads, began = nil, moment_of(server)
    -- They would have to wait longer than they may if they stood behind the writes.
    local fns = { function() reads = at_once(100, "get", { deadline = 0.9 }) end }
    for index = 1, 30 do
      local name = index % 2 == 0 and "create" or "update"
      fns[#fns + 1] = function() assert(helper.CALLS[name](client)) end
    end
    for _, result in ipairs(client:parallel(fns)) do assert.is_nil(result.raised, result[2]) end
    assert.is_nil(reads.rate_limited)
    local writes = {}
    for _, entry in ipairs(server:log()) do
      if entry.method ~= "GET" then writes[#writes + 1] = entry end
    end
    assert.equal(30, #writes)
    assert_in_time(writes, began, 20)
  end)

  it("holds while answers are slow", function()
    client = helper.client(server, { rate_limit = { read = 20 }, max_connections = 100 })
    server:default(helper.answer { delay = 0.4 })
    local began = moment_of(server)
    at_once(50, "get")
    local log = server:log()
    assert.equal(50, #log)
    assert_in_time(log, began, 20)
  end)

  it("counts each attempt of a call", function()
    client = helper.client(server, { rate_limit = { read = 2 } })
    server:script {
      { "answer", status = 503, headers = { ["retry-after-ms"] = "1" } },
      { "answer", status = 503, headers = { ["retry-after-ms"] = "1" } },
    }
    local began = moment_of(server)
    assert(client.customer.get(helper.ID))
    assert.equal(3, #server:log())
    assert_in_time(server:log(), began, 2)
  end)

  it("keeps those that wait in order", function()
    client = helper.client(server, { rate_limit = { read = 10 } })
    local fns = {}
    for index = 1, 15 do
      fns[index] = function() return client:request("GET", "/v2/customer/" .. index) end
    end
    client:parallel(fns)
    for index, entry in ipairs(server:log()) do
      if index > 10 then assert.equal("/v2/customer/" .. index, entry.path) end
    end
  end)

  it("refuses at once what cannot have its turn before the deadline: nothing is sent", function()
    client = helper.client(server, { rate_limit = { read = 5 }, deadline = 0.9, loop = "manual" })
    server:default { "stall" }
    local refused = {}
    for _ = 1, 12 do
      client:spawn(function() refused[#refused + 1] = select(2, client.customer.get(helper.ID)) end)
    end
    client:step(0)
    assert.equal(7, #refused)
    for _, err in ipairs(refused) do
      assert.same({ "rate_limited", "no", true, 0 },
        { err.kind, err.sent, err.retryable, #err.attempts })
      assert.is_nil(err.status)
    end
    client:run()
    assert.equal(5, #server:log())
  end)

  it("can be switched off, for both or for one", function()
    client = helper.client(server, { rate_limit = false })
    -- A limit would refuse a third hundred, which it cannot let go in time.
    assert.is_nil(at_once(250, "get", { deadline = 1.9 }).rate_limited)
    client:close()
    client = helper.client(server, { rate_limit = { read = false, write = 1 }, deadline = 0.9 })
    assert.is_nil(at_once(150, "get").rate_limited)
    assert.same({ none = 1, rate_limited = 1 }, at_once(2, "update"))
  end)
end)
