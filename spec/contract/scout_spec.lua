-- Until a connection is up nobody knows whether it can be shared, so the first call goes ahead and
-- the others of a burst wait for it: not for long, and never beyond their own deadline.

local helper = require "spec.contract.helper"

describe("the first burst of a client", function()
  local server, client

  local function start(mode, options)
    server = helper.fault.start(mode)
    helper.clear(server)
    options = options or {}
    options.rate_limit = false
    client = helper.client(server, options)
  end
  after_each(function()
    client:close()
    server:stop()
  end)

  -- So many creates at once, each with a mark of its own.
  local function burst(count, opts)
    local fns = {}
    for i = 1, count do
      local params = { meta = { internalUserId = "usr_" .. i } }
      for key, value in pairs(helper.JANE) do params[key] = value end
      fns[i] = function() return client.customer.create(params, opts) end
    end
    return client:parallel(fns)
  end

  local function assert_each_once(results)
    local seen = {}
    for _, result in ipairs(results) do assert(result[1], result[2]) end
    for _, request in ipairs(server:log()) do
      local mark = request.body:match("usr_%d+")
      assert.is_nil(seen[mark], mark)
      seen[mark] = true
    end
    assert.equal(#results, #server:log())
  end

  -- How many streams the client opened before it had read the server's settings, of which it says
  -- that it has.
  local function opened_early()
    local count
    helper.step_until(client, function()
      count = server:connections()[1].opened_early
      return count
    end)
    return count
  end

  it("opens one connection when the server speaks HTTP/2", function()
    start { tls = true, h2 = true }
    assert_each_once(burst(50))
    assert.equal(1, #server:connections())
    assert.equal(1, client:stats().connections_opened)
  end)

  it("opens one again when the connection has gone", function()
    start { tls = true, h2 = true }
    server:script { helper.answer { keep_alive = false } }
    assert(client.customer.get(helper.ID))
    assert(server:wait { closed = 1 })
    helper.clear(server)
    assert_each_once(burst(20))
    assert.equal(1, #server:connections())
  end)

  it("opens one beside a connection that is to end with the answer that it still owes", function()
    start { tls = true, h2 = true }
    assert(client.customer.get(helper.ID))
    server:script { { "goaway_after_headers", linger = 1,
      body = ('{"id":"%s"}'):format(helper.ID) } }
    local results = client:parallel {
      function() return client.customer.get(helper.ID) end,
      function()
        client.loop.sleep(client.dispatcher, 0.3) -- until the GOAWAY has come
        return burst(20)
      end,
    }
    assert.equal(helper.ID, assert(results[1][1], results[1][2]).id)
    local others = assert(results[2][1], results[2][2])
    for _, result in ipairs(others) do assert(result[1], result[2]) end
    assert.equal(2, #server:connections())
  end)

  it("goes through a proxy over one tunnel", function()
    local address, stop = helper.start_proxy()
    start({ tls = true, h2 = true }, { proxy = "http://" .. address, max_retries = 0 })
    local results = burst(50)
    local _, tunnels = stop():gsub("CONNECT ", "")
    assert_each_once(results)
    assert.equal(1, tunnels)
  end)

  it("opens as many as it may when the server speaks HTTP/1", function()
    start({ tls = true }, { max_connections = 8 })
    server:default(helper.answer { delay = 0.05 })
    assert_each_once(burst(16))
    assert.equal(8, #server:connections())
  end)

  it("waits a moment for what the server says of itself, once the connection is up", function()
    start { tls = true, h2 = true }
    server:script { { "late_settings", wait = 0.03 } }
    server:default(helper.answer { delay = 0.1 }) -- which would say as well that it is there
    assert_each_once(burst(5))
    assert.equal(1, opened_early())
  end)

  it("does not wait long for what the server says of itself", function()
    start { tls = true, h2 = true }
    server:script { { "late_settings", wait = 1 } }
    assert_each_once(burst(5))
    assert.equal(5, opened_early())
  end)

  it("does not wait for an answer once the connection is up", function()
    start { tls = true, h2 = true }
    server:script { "stall" }
    local first = helper.start(client, "create")
    local results = burst(2, { deadline = 1.5 }) -- half of what a connection may take to come up
    assert(results[1][1] and results[2][1], tostring(results[1][2]))
    assert.is_false(first:is_done())
    first:cancel()
  end)

  it("goes on without the first when its connection does not come up", function()
    start({ tls = true, h2 = true }, { connect_timeout = 1, max_retries = 0 })
    server:script { "stall_on_accept" }
    local results, made = burst(5), 0
    for _, result in ipairs(results) do
      if result[1] then made = made + 1 else assert.equal("no", result[2].sent) end
    end
    assert.equal(4, made)
  end)

  it("waits for the first alone, and not for the second as well", function()
    start({ tls = true, h2 = true }, { connect_timeout = 2, max_retries = 0 })
    server:script { "stall_on_accept", "stall_on_accept" }
    local made = 0
    for _, result in ipairs(burst(4, { deadline = 1.9 })) do
      if result[1] then made = made + 1 end
    end
    assert.equal(2, made)
  end)

  it("ends those that wait for the first at their deadline", function()
    start({ tls = true, h2 = true }, { max_retries = 0 })
    server:script { "stall_on_accept", "stall_on_accept", "stall_on_accept", "stall_on_accept" }
    local first = helper.start(client, "get")
    client:step(0)
    local results = burst(3, { deadline = 0.3 })
    for _, result in ipairs(results) do
      assert.same({ "timeout", "no" }, { result[2].kind, result[2].sent }, tostring(result[2]))
    end
    assert.is_false(first:is_done())
    first:cancel()
  end)

  it("is not held when the first one fails", function()
    start({ tls = true, h2 = true }, { max_retries = 0, ca_file = false })
    for _, result in ipairs(burst(20)) do assert.equal("tls", result[2].kind) end
  end)
end)
