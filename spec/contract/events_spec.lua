-- What `on_event` is told and when, that no secret and nothing personal is in it, what
-- `client:stats()` counts, and the headers that a caller may add.

local cjson = require "cjson"
local helper = require "spec.contract.helper"

local SOON = { ["retry-after-ms"] = "100" }

describe("on_event", function()
  local server, client, told, news -- of calls, and of connections

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    helper.clear(server)
    told, news = {}, {}
    client = helper.client(server, {
      on_event = function(event)
        local list = event.type == "connection" and news or told
        event.when = helper.now()
        list[#list + 1] = event
      end,
    })
  end)
  after_each(function() client:close() end)

  local function types()
    local list = {}
    for index, event in ipairs(told) do list[index] = event.type end
    return list
  end

  it("is told of the request, its attempt and the response, with where the time went", function()
    client.customer.get(helper.ID)
    assert.same({ "request", "attempt", "response" }, types())
    for _, event in ipairs(told) do
      assert.same({ "GET", "/v2/customer/{id}", "get" },
        { event.method, event.pattern, event.operation })
    end
    local attempt, response = told[2], told[3]
    assert.same({ 1, 200, "yes" }, { attempt.attempt, attempt.status, attempt.sent })
    assert.is_nil(attempt.kind)
    assert.same({ 200, 1 }, { response.status, response.attempts })
    for _, event in ipairs { attempt, response } do
      local timings = event.timings
      for _, name in ipairs { "dns", "connect", "tls", "first_byte", "total" } do
        assert.is_true(timings[name] >= 0 and timings[name] < 10, name)
      end
      assert.is_true(timings.total > 0)
      assert.same({ false, "1.1" }, { timings.reused, timings.http_version })
    end
    client.customer.get(helper.ID)
    assert.is_true(told[#told].timings.reused)
  end)

  local function states(connection)
    local list = {}
    for _, event in ipairs(news) do
      if event.connection == connection then list[#list + 1] = event.state end
    end
    return list
  end

  it("is told of connections: opened, reused and closed", function()
    server:script { helper.answer(), helper.answer { keep_alive = false } }
    for _ = 1, 3 do assert(client.customer.get(helper.ID)) end
    assert.same({ "opened", "reused", "closed" }, states(1))
    assert.same({ "opened" }, states(2))
    assert.is_nil(news[1].method)
  end)

  it("is told of a connection that resumes the session of another", function()
    local secure = helper.fault.start { tls = true }
    finally(function() secure:stop() end)
    secure:default(helper.answer { keep_alive = false })
    client:close()
    client = helper.client(secure, {
      on_event = function(event)
        if event.type == "connection" then table.insert(news, event) end
      end,
    })
    for _ = 1, 2 do assert(client.customer.get(helper.ID)) end
    secure:tls { max_version = "1.2" } -- of which there is no session yet
    for _ = 1, 2 do assert(client.customer.get(helper.ID)) end
    -- a newer libcurl lets the other side end TLS before it closes
    local till = helper.now() + 5
    while not states(4)[3] and helper.now() < till do client:step(0.05) end
    assert.same({
      { "opened", "closed" }, { "opened", "resumed", "closed" },
      { "opened", "closed" }, { "opened", "resumed", "closed" },
    }, { states(1), states(2), states(3), states(4) })
  end)

  it("is told of a connection that is suspected", function()
    assert(client.customer.get(helper.ID))
    server:freeze()
    client.customer.get(helper.ID, { timeout = 0.2, max_retries = 0 })
    assert(client.customer.get(helper.ID))
    assert.same({ "opened", "reused", "suspect", "closed" }, states(1))
  end)

  it("is told of each attempt and each wait, and why", function()
    server:script {
      { "answer", status = 503, headers = SOON }, "read_all_and_close",
    }
    client.customer.update(helper.ID, helper.CHANGE)
    assert.same({ "request", "attempt", "retry", "attempt", "retry", "attempt", "response" },
      types())
    local first, wait, second, again = told[2], told[3], told[4], told[5]
    assert.same({ 1, 503, "yes", "retry_after" },
      { first.attempt, first.status, first.sent, first.reason })
    assert.same({ 2, "retry_after" }, { wait.attempt, wait.reason })
    assert.is_true(wait.wait >= 0.1)
    assert.same({ 2, "network", "maybe", "back_off" },
      { second.attempt, second.kind, second.sent, second.reason })
    assert.same({ 3, "back_off" }, { again.attempt, again.reason })
    assert.same({ 3, 200 }, { told[7].attempts, told[7].status })
  end)

  it("is told of a wait when it begins", function()
    server:script { { "answer", status = 503, headers = { ["retry-after-ms"] = "300" } } }
    client.customer.get(helper.ID)
    local wait, attempt = told[3], told[4]
    assert.equal("retry", wait.type)
    assert.is_true(attempt.when - wait.when >= 0.29)
  end)

  it("is told of an error", function()
    server:script { { "answer", status = 404, body = "{\"status\":404,\"detail\":\"no\","
      .. "\"correlationId\":\"28c61e885c6e5eaa78c1a2183a9b883c\"}" } }
    client.customer.get(helper.ID)
    local err = told[3]
    assert.same({ "error", "not_found", 404, "yes", 1, "28c61e885c6e5eaa78c1a2183a9b883c" },
      { err.type, err.kind, err.status, err.sent, err.attempts, err.request_id })
  end)

  it("is told of an error that no answer came with", function()
    server:script { "read_all_and_close" }
    client.customer.create(helper.JANE)
    local err = told[#told]
    assert.same({ "error", "network", "maybe" }, { err.type, err.kind, err.sent })
    assert.is_true(err.timings.total > 0)
    assert.equal("maybe_applied", told[2].reason)
  end)

  it("is told of a call that the client itself ends before an attempt", function()
    client:close()
    client = helper.client(server, {
      rate_limit = { read = 1 }, on_event = function(event) told[#told + 1] = event end,
    })
    client.customer.get(helper.ID)
    told = {}
    client.customer.get(helper.ID, { deadline = 0.1 })
    assert.same({ "request", "error" }, types())
    assert.same({ "rate_limited", "no", 0 }, { told[2].kind, told[2].sent, told[2].attempts })
  end)

  it("is never told an id, a name, an email, the token, a key or a link", function()
    local body = "{\"id\":\"customer_secretid\",\"email\":\"jane.smith@example.com\",\"link\":"
      .. "\"https://onboard.example.com/sbx_token\"}"
    server:script {
      { "answer", body = body }, { "answer", body = body },
      { "answer", status = 422, body = "{\"status\":422,\"detail\":\"jane.smith@example.com is "
        .. "taken by customer_secretid\",\"errors\":[{\"detail\":\"Jane Smith\"}]}" },
      "read_all_and_close",
    }
    client.customer.create(helper.JANE, { idempotency_key = "my-own-key" })
    client.customer.get("customer_secretid")
    client.customer.update("customer_secretid", {
      personalInformation = { firstName = "Jane", lastName = "Smith" }, meta = { a = "usr_9912" },
    }, { validate = false })
    client:request("GET", "/v2/customer/customer_secretid/kyc-link", {
      query = { email = "jane.smith@example.com" },
    })
    assert.is_true(#told > 12)
    local text = cjson.encode(told):lower()
    for _, secret in ipairs {
      "secretid", "jane", "smith", "4155550123", "wacker", helper.TOKEN, "secret_", "my-own-key",
      "sbx_token", "usr_9912", "127.0.0.1",
    } do
      assert.is_nil(text:find(secret, 1, true), secret)
    end
  end)

  it("may raise, and no call notices", function()
    client:close()
    client = helper.client(server, { on_event = function() error("a hook that fails") end })
    server:script { { "answer", status = 503, headers = SOON } }
    local customer, err, response = client.customer.get(helper.ID)
    assert.is_nil(err)
    assert.same({ helper.ID, 2 }, { customer.id, #response.attempts })
  end)

  it("may make calls of its own", function()
    local inner
    client:close()
    client = helper.client(server, {
      on_event = function(event)
        if event.type == "retry" and not inner then inner = client.customer.get(helper.ID) end
      end,
    })
    server:script { { "answer", status = 503, headers = SOON } }
    assert(client.customer.get(helper.ID))
    assert.equal(helper.ID, inner.id)
  end)

  it("is told of calls that run beside each other, each of its own", function()
    server:script { { "answer", status = 503, headers = SOON } }
    client:parallel {
      function() return client.customer.get(helper.ID) end,
      function() return client.customer.update(helper.ID, helper.CHANGE) end,
    }
    local count = {}
    for _, event in ipairs(told) do
      local key = event.method .. " " .. event.type
      count[key] = (count[key] or 0) + 1
    end
    assert.same({ 1, 1, 1, 1 }, {
      count["GET request"], count["PATCH request"], count["GET response"], count["PATCH response"],
    })
    assert.equal(3, count["GET attempt"] + count["PATCH attempt"])
    assert.equal(1, (count["GET retry"] or 0) + (count["PATCH retry"] or 0))
  end)
end)

describe("client:stats()", function()
  it("counts calls, attempts, retries, reuse and bytes, and what is under way", function()
    local server = helper.fault.start()
    finally(function() server:stop() end)
    helper.clear(server)
    local client = helper.client(server)
    local before = client:stats()
    assert.same({ 0, 0, 0, 0, 0, 0, 0, 0, 0, 500 }, {
      before.calls, before.done, before.attempts, before.retries, before.reused, before.bytes_in,
      before.bytes_out, before.in_flight, before.waiting, before.retry_budget,
    })
    server:script { helper.answer(), { "answer", status = 503, headers = SOON } }
    client.customer.get(helper.ID)
    client.customer.update(helper.ID, helper.CHANGE)
    local after = client:stats()
    assert.same({ 2, 2, 3, 1, 2 },
      { after.calls, after.done, after.attempts, after.retries, after.reused })
    local sent = 0
    for _, connection in ipairs(server:connections()) do sent = sent + connection.bytes_in end
    assert.equal(sent, after.bytes_out)
    assert.is_true(after.bytes_in > 3 * #"HTTP/1.1 200 OK" and after.bytes_in < 2000)
    server:default { "stall" }
    local task = helper.start(client)
    helper.step_until(client, function() return client:stats().in_flight == 1 end)
    task:cancel()
    assert.same({ 3, 0 }, { client:stats().calls, client:stats().in_flight })
    client:close()
    assert.equal(3, client:stats().calls)
  end)
end)

describe("the headers of a request", function()
  it("are those of the library and those that the caller adds", function()
    local server = helper.fault.start()
    finally(function() server:stop() end)
    helper.clear(server)
    local client = helper.client(server, { app = "shop/1.0" })
    local trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.customer.create(helper.JANE, {
      traceparent = trace, headers = { ["X-Tenant"] = "blue", ["X-Empty"] = "" },
    })
    local headers = server:log()[1].headers
    assert.same({ trace, "blue", "", "Bearer " .. helper.TOKEN, "application/json", "v2" }, {
      headers.traceparent, headers["x-tenant"], headers["x-empty"], headers.authorization,
      headers["content-type"], headers["api-version"],
    })
    assert.truthy(headers["user-agent"]:find("^spherepay%-lua/.* shop/1%.0$"))
    assert.is_nil(headers.expect)
    client.customer.get(helper.ID)
    headers = server:log()[2].headers
    assert.same({}, { headers.traceparent, headers["x-tenant"], headers["content-type"] })
    client:close()
  end)
end)
