-- What a client takes at most: calls in flight, connections, bytes of a body and of headers,
-- counted by us after decoding.

local helper = require "spec.contract.helper"

local KIB = 1024

describe("the bounds of a client", function()
  local server, client

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)
  after_each(function() client:close() end)

  local function get_all(count)
    local fns = {}
    for index = 1, count do
      fns[index] = function() return client:request("GET", "/v2/customer/" .. index) end
    end
    return client:parallel(fns)
  end

  it("of calls in flight let the others wait, in order", function()
    client = helper.client(server, { max_in_flight = 1, rate_limit = false })
    for _, result in ipairs(get_all(20)) do assert.is_nil(result[2]) end
    for index, entry in ipairs(server:log()) do
      assert.equal("/v2/customer/" .. index, entry.path)
    end
    assert.equal(1, #server:connections())
  end)

  it("of calls in flight are never passed", function()
    server:default(helper.answer { delay = 0.05 })
    client = helper.client(server, { max_in_flight = 3, rate_limit = false })
    local most, tasks = 0, {}
    for index = 1, 12 do tasks[index] = helper.start(client) end
    assert.equal(12, client:stats().waiting)
    helper.step_until(client, function()
      most = math.max(most, client:stats().in_flight)
      return tasks[12]:is_done()
    end)
    assert.equal(3, most)
    for _, task in ipairs(tasks) do assert.is_nil(select(2, helper.finish(task))) end
    assert.equal(0, client:stats().waiting)
  end)

  it("of connections are never passed", function()
    server:default(helper.answer { delay = 0.02 })
    client = helper.client(server, { max_connections = 4, rate_limit = false })
    for _, result in ipairs(get_all(40)) do assert.is_nil(result[2]) end
    assert.equal(40, #server:log())
    assert.equal(4, #server:connections())
  end)

  it("of a place in the queue hold for a call that is tried again", function()
    client = helper.client(server, { max_in_flight = 1 })
    server:script { { "answer", status = 503, headers = { ["retry-after-ms"] = "50" } } }
    local first, second = helper.start(client), helper.start(client)
    local _, err = helper.finish(second)
    assert.is_nil(err)
    assert.is_false(first:is_done()) -- its back-off holds no place
    _, err = helper.finish(first)
    assert.is_nil(err)
  end)

  local function body_of(size)
    local start, tail = "{\"id\":\"" .. helper.ID .. "\",\"pad\":\"", "\"}"
    return start .. ("x"):rep(size - #start - #tail) .. tail
  end

  it("of a body are exact", function()
    client = helper.client(server, { max_body = 10 * KIB, max_retries = 0 })
    server:script {
      { "answer", body = body_of(10 * KIB) },
      { "answer", body = body_of(10 * KIB + 1) },
      { "answer", body = body_of(10 * KIB + 1), chunked = true },
      { "answer", body = body_of(10 * KIB + 1), status = 404 },
    }
    assert(client.customer.get(helper.ID))
    for _ = 1, 3 do
      local _, err = client.customer.get(helper.ID)
      assert.same({ "protocol", "yes", false }, { err.kind, err.sent, err.retryable })
      assert.truthy(tostring(err):find("larger than max_body", 1, true))
    end
  end)

  it("of a body count what is decoded: bombs go off in vain", function()
    client = helper.client(server, { max_body = 100 * KIB })
    local why = {
      gzip = "larger than max_body", brotli = "an encoding nobody asked for",
      zstd = "an encoding nobody asked for",
    }
    for _, coding in ipairs { "gzip", "brotli", "zstd" } do
      server:script { { coding .. "_bomb" } }
      local _, err = client.customer.get(helper.ID)
      assert.equal("protocol", err.kind, coding)
      assert.truthy(tostring(err):find(why[coding], 1, true), coding)
      assert.is_nil(err.response.body)
      assert.is_true(client:stats().bytes_in < 200 * KIB, coding)
    end
    assert.equal(3, #server:log()) -- a bomb is not asked for again
    for _, entry in ipairs(server:log()) do
      assert.truthy(entry.headers["accept-encoding"]:find("gzip", 1, true))
    end
  end)

  it("of headers count every block, interim ones too", function()
    client = helper.client(server, { max_headers = 8 * KIB })
    server:script {
      { "huge_headers", bytes = 6 * KIB, line = KIB, body = helper.CUSTOMER },
      { "huge_headers", bytes = 8 * KIB, line = KIB, body = helper.CUSTOMER },
      { "informational_storm", n = 1000 },
    }
    assert(client.customer.get(helper.ID))
    for _ = 1, 2 do
      local _, err = client.customer.get(helper.ID)
      assert.equal("protocol", err.kind)
      assert.truthy(tostring(err):find("larger than max_headers", 1, true))
    end
    assert.equal(3, #server:log())
  end)

  it("of JSON's depth make an answer unreadable, and nothing worse", function()
    client = helper.client(server)
    server:script { { "answer", body = ("["):rep(100000) .. ("]"):rep(100000) } }
    local _, err = client.customer.get(helper.ID)
    assert.equal("protocol", err.kind)
    assert(client.customer.get(helper.ID))
  end)
end)

describe("the bounds of a client over HTTP/2", function()
  it("hold for bombs and for headers", function()
    local server = helper.fault.start { tls = true, h2 = true }
    finally(function() server:stop() end)
    local client = helper.client(server, { max_body = 100 * KIB, max_headers = 8 * KIB })
    server:script {
      { "gzip_bomb" }, { "huge_headers", bytes = 8 * KIB, line = KIB },
      { "huge_headers", bytes = 1024 * KIB }, { "informational_storm", n = 1000 },
    }
    for index = 1, 4 do
      local _, err = client.customer.get(helper.ID)
      assert.equal("protocol", err.kind, index)
      assert.truthy(tostring(err):find("larger than max_", 1, true), tostring(err))
    end
    assert.equal(4, #server:log())
    server:default(helper.answer())
    assert(client.customer.create(helper.JANE, { max_retries = 0 }))
    client:close()
  end)

  local FLOOD = { "huge_headers", bytes = 1024 * KIB, path = "/v2/customer/flooded" }

  -- A megabyte of headers ends the connection by the rules of HTTP/2 libraries.
  it("of headers are told of by no call but the one they came for", function()
    local server = helper.fault.start { tls = true, h2 = true }
    finally(function() server:stop() end)
    local client = helper.client(server, { max_headers = 8 * KIB })
    server:default(helper.answer())
    assert(client.customer.get(helper.ID))
    server:script {
      { "stall", path = "/v2/customer" }, { "stall", path = "/v2/customer/" .. helper.ID },
      FLOOD, FLOOD, FLOOD,
    }
    local create, update = helper.start(client, "create"), helper.start(client, "update")
    helper.step_until(client, function() return server:wait { arrived = 3, timeout = 0 } end)
    local flooded = client:spawn(function()
      return client:request("GET", "/v2/customer/flooded")
    end)

    assert((helper.finish(update))) -- it is made again
    local _, err = helper.finish(create)
    assert.same({ "network", "maybe", true }, { err.kind, err.sent, err.maybe_applied })
    _, err = helper.finish(flooded)
    assert.equal("protocol", err.kind)
    assert.truthy(tostring(err):find("larger than max_headers", 1, true), tostring(err))
    client:close()
  end)
end)
