-- The client keeps the vendor's limit by itself: reads and writes each through a bucket of their
-- own, exact at the server. Real seconds must pass here.

local helper = require "spec.promises.helper"

local SECOND = 1000 -- of the server's clock

-- The most arrivals that any one second at the server held.
local function most_in_a_second(log)
  local most, first = 0, 1
  for last = 1, #log do
    while log[last].at - log[first].at >= SECOND do first = first + 1 end
    most = math.max(most, last - first + 1)
  end
  return most
end

describe("the rate limit", function()
  local server, client

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)
  after_each(function() client:close() end)

  -- Makes `count` calls at once; how long they took, and their errors by kind.
  local function at_once(count, name)
    local fns, kinds = {}, {}
    for index = 1, count do fns[index] = function() return helper.CALLS[name](client) end end
    local took, results = helper.timed(client.parallel, client, fns)
    for _, result in ipairs(results[1]) do
      local kind = result[2] and result[2].kind or "none"
      kinds[kind] = (kinds[kind] or 0) + 1
    end
    return took, kinds
  end

  it("lets 100 reads a second through, exactly, and 500 at once in 4 to 5 seconds", function()
    client = helper.client(server)
    local took, kinds = at_once(500, "get")
    assert.same({ none = 500 }, kinds)
    assert.is_true(took >= 4 and took < 5, took)
    local log = server:log()
    assert.equal(500, #log)
    assert.equal(100, most_in_a_second(log))
  end)

  it("counts creates and updates together, and reads apart from them", function()
    client = helper.client(server, { rate_limit = { read = 100, write = 20 } })
    local reads
    local fns = { function() reads = at_once(100, "get") end }
    for index = 1, 30 do
      local name = index % 2 == 0 and "create" or "update"
      fns[#fns + 1] = function() assert(helper.CALLS[name](client)) end
    end
    local took, results = helper.timed(client.parallel, client, fns)
    for _, result in ipairs(results[1]) do assert.is_nil(result.raised, result[2]) end
    assert.is_true(reads < 0.9, reads)
    assert.is_true(took >= 1 and took < 2, took)
    local writes = {}
    for _, entry in ipairs(server:log()) do
      if entry.method ~= "GET" then writes[#writes + 1] = entry end
    end
    assert.equal(30, #writes)
    assert.equal(20, most_in_a_second(writes))
  end)

  it("holds while answers are slow", function()
    client = helper.client(server, { rate_limit = { read = 20 }, max_connections = 100 })
    server:default(helper.answer { delay = 0.4 })
    at_once(50, "get")
    local log = server:log()
    assert.equal(50, #log)
    assert.is_true(most_in_a_second(log) <= 20)
  end)

  it("counts each attempt of a call", function()
    client = helper.client(server, { rate_limit = { read = 2 } })
    server:script {
      { "answer", status = 503, headers = { ["retry-after-ms"] = "1" } },
      { "answer", status = 503, headers = { ["retry-after-ms"] = "1" } },
    }
    local took = helper.timed(client.customer.get, helper.ID)
    assert.is_true(took >= 1 and took < 2, took)
    assert.equal(2, most_in_a_second(server:log()))
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
    client = helper.client(server, { rate_limit = { read = 5 }, deadline = 0.5 })
    local took, kinds = at_once(12, "get")
    assert.same({ none = 5, rate_limited = 7 }, kinds)
    assert.is_true(took < 0.4, took)
    local _, err = client.customer.get(helper.ID)
    assert.same({ "rate_limited", "no", true, 0 },
      { err.kind, err.sent, err.retryable, #err.attempts })
    assert.is_nil(err.status)
    assert.equal(5, #server:log())
  end)

  it("can be switched off, for both or for one", function()
    client = helper.client(server, { rate_limit = false })
    assert.is_true((at_once(250, "get")) < 0.9)
    assert.equal(250, #server:log())
    client:close()
    client = helper.client(server, { rate_limit = { read = false, write = 1 }, deadline = 0.3 })
    local _, kinds = at_once(150, "get")
    assert.same({ none = 150 }, kinds)
    _, kinds = at_once(2, "update")
    assert.same({ none = 1, rate_limited = 1 }, kinds)
  end)
end)
