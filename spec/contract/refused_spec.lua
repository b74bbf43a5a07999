-- A server of HTTP/2 says which requests it has not worked on: those above the last stream that a
-- GOAWAY names, and those whose streams it refuses. They are sent again, and arrive once.

local helper = require "spec.contract.helper"

local REFUSALS = {
  ["whose stream is refused"] = { "refused_stream" },
  ["that a GOAWAY leaves out"] = { "leave_out", linger = 0.02 },
  ["that a GOAWAY leaves out before the connection closes"] = { "leave_out", linger = 0.2 },
}

describe("a request", function()
  local server, client, mark

  before_each(function()
    server = helper.fault.start { tls = true, h2 = true }
    helper.clear(server)
    mark = 0
  end)
  after_each(function()
    client:close()
    server:stop()
  end)

  local function create(opts)
    local params = { meta = {} }
    for key, value in pairs(helper.JANE) do params[key] = value end
    mark = mark + 1
    params.meta.internalUserId = "usr_" .. mark
    return client.customer.create(params, opts)
  end

  -- How often the server worked on each create, by the mark in its body.
  local function worked_on()
    local counts = {}
    for _, request in ipairs(server:log()) do
      local name = request.behaviour == "answer" and request.body
        and request.body:match("usr_%d+")
      if name then counts[name] = (counts[name] or 0) + 1 end
    end
    return counts
  end

  for which, refusal in pairs(REFUSALS) do
    it(which .. " is sent again and arrives once, on a kept connection", function()
      client = helper.client(server, { max_retries = 0 })
      assert(client.customer.get(helper.ID))
      server:script { refusal }
      local customer, err, response = create()
      assert.is_nil(err)
      assert.same({ helper.ID, 1 }, { customer.id, #response.attempts })
      assert.same({ usr_1 = 1 }, worked_on())
    end)

    it(which .. " is sent again and arrives once, on a new connection", function()
      client = helper.client(server, { max_retries = 0 })
      server:script { refusal }
      assert(create())
      assert.same({ usr_1 = 1 }, worked_on())
    end)

    it(which .. " is the only one of many that is sent again", function()
      client = helper.client(server, { max_retries = 0 })
      assert(client.customer.get(helper.ID))
      server:script { helper.answer(), helper.answer(), refusal }
      local fns, wanted = {}, {}
      for i = 1, 10 do
        fns[i], wanted["usr_" .. i] = create, 1
      end
      for _, result in ipairs(client:parallel(fns)) do assert(result[1], result[2]) end
      assert.same(wanted, worked_on())
    end)
  end

  for which, refusal in pairs(REFUSALS) do
    it(which .. " is sent again and arrives once without TLS, too", function()
      server:stop()
      server = helper.fault.start {}
      helper.clear(server)
      client = helper.client(server, { max_retries = 0, http_version = "2" })
      server:script { helper.answer(), refusal }
      for i = 1, 2 do
        local customer, err, response = create()
        assert.is_nil(err)
        assert.same({ helper.ID, 1 }, { customer.id, #response.attempts })
        assert.equal(i - 1, client:stats().streams_repeated)
      end
      assert.same({ usr_1 = 1, usr_2 = 1 }, worked_on())
    end)
  end

  it("is sent again through a proxy, and arrives once", function()
    local address, stop = helper.start_proxy()
    client = helper.client(server, { proxy = "http://" .. address })
    server:script { { "refused_stream" } }
    local customer, err = create()
    stop()
    assert.is_nil(err)
    assert.equal(helper.ID, customer.id)
    assert.same({ usr_1 = 1 }, worked_on())
  end)

  it("has nothing of a proxy's counted in its answer", function()
    local address, stop = helper.start_proxy()
    local bytes = {}
    for i, proxy in ipairs { "http://" .. address, false } do
      client = helper.client(server, { proxy = proxy or nil })
      assert(client.customer.get(helper.ID))
      bytes[i] = client:stats().bytes_in
      client:close()
    end
    stop()
    assert.equal(bytes[2], bytes[1])
  end)

  for _, act in ipairs { "read_all_and_close", "read_all_and_reset" } do
    it("has no answer in what a proxy said before it went out: " .. act, function()
      local address, stop = helper.start_proxy()
      client = helper.client(server, { proxy = "http://" .. address })
      server:script { act }
      local customer, err = create()
      stop()
      assert.is_nil(customer)
      assert.same({ "network", "maybe" }, { err.kind, err.sent })
      assert.is_nil(err.status)
      assert.equal(1, #server:log())
    end)
  end

  -- How often the server read each request and did not leave it out, by its key.
  local function arrivals()
    local counts = {}
    for _, request in ipairs(server:log()) do
      local key = request.behaviour == "read_all_and_close" and request.idempotency_key
      if key then counts[key] = (counts[key] or 0) + 1 end
    end
    return counts
  end

  -- Of several on one connection that ends, libcurl cannot tell the server of all that it was told.
  it("that was refused once is not taken for refused where it arrives", function()
    for _ = 1, 10 do
      client = helper.client(server, { max_retries = 0 })
      helper.clear(server)
      server:default { "read_all_and_close" }
      server:script { { "answer" }, { "answer" }, { "leave_out", ping = true } }
      local fns = {}
      for i = 1, 12 do fns[i] = create end
      local results, counts = client:parallel(fns), arrivals()
      for _, result in ipairs(results) do
        local err = result[2]
        local count = err and counts[err.idempotency_key] or 0
        assert.is_true(count <= 1, count .. " arrived")
        assert.is_true(count == 0 or err.sent == "maybe", "sent: " .. (err and err.sent or "yes"))
      end
      client:close()
    end
  end)

  it("that came after a GOAWAY is sent again and arrives once", function()
    client = helper.client(server, { max_retries = 0 })
    server:script { { "goaway_before" } }
    assert(create())
    assert.same({ usr_1 = 1 }, worked_on())
  end)

  it("that is refused each time fails as not sent, and can be tried again", function()
    client = helper.client(server, { max_retries = 0 })
    server:default { "refused_stream" }
    local customer, err = create()
    assert.is_nil(customer)
    assert.same({ "network", "no", false, true },
      { err.kind, err.sent, err.maybe_applied, err.retryable })
    assert.truthy(err.message:find("REFUSED_STREAM", 1, true), err.message)
    local tried = #server:log()
    assert.is_true(tried > 1 and tried < 20, tostring(tried))
  end)

  it("carries the same key again, for nobody has seen it", function()
    client = helper.client(server)
    server:script { { "refused_stream" } }
    assert(create())
    local log = server:log()
    assert.equal(2, #log)
    assert.equal(log[1].idempotency_key, log[2].idempotency_key)
  end)
end)
