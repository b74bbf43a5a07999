local json = require("spherepay.http.json")
local spherepay = require("spherepay")
local transport = require("spherepay.sandbox.transport")

local JANE = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
}

local function control(sandbox, path, body)
  local answer = sandbox:handle {
    method = "POST", path = "/_sandbox/" .. path, headers = {}, body = json.encode(body),
  }
  assert(answer.status < 300, answer.body)
end

describe("a client of a sandbox in its process", function()
  local client, sandbox

  before_each(function()
    client, sandbox = transport.client({ token = "key" }, { token = "key" })
  end)

  after_each(function() client:close() end)

  it("creates, gets and updates without a server", function()
    local created = assert(client.customer.create(JANE))
    local updated = assert(client.customer.update(created.id, { meta = { n = 2 ^ 53 } }))
    local found, err, response = client.customer.get(created.id)
    assert.is_nil(err)
    assert.same(updated, found)
    assert.equal(200, response.status)
    assert.equal(response.headers["Content-Type"], response.headers["content-type"])
    assert.equal(3, client:stats().calls)
  end)

  it("gives the values that the core gives", function()
    local created = assert(client.customer.create(JANE))
    local profile = created.verificationProfiles[1]
    assert.equal("[]", json.encode(profile.criteria.errors))
    local meta = { a = spherepay.null, n = 5 }
    local updated = assert(client.customer.update(created.id, { meta = meta }))
    assert.same({ n = 5 }, updated.meta)
    assert.equal("5", tostring(updated.meta.n))
  end)

  it("merges into a meta", function()
    local created = assert(client.customer.create(JANE))
    assert(client.customer.update(created.id, { meta = { a = "1", b = "2" } }))
    local merged = assert(client.customer.merge_meta(created.id, { b = spherepay.null, c = "3" }))
    assert.same({ a = "1", c = "3" }, merged.meta)
  end)

  it("has the client's checks and the API's errors", function()
    local _, err = client.customer.create { type = "individual" }
    assert.equal("invalid", err.kind)
    assert.equal(0, client:stats().calls)
    _, err = client.customer.get "customer_0"
    assert.equal("not_found", err.kind)
    _, err = client.customer.create({ type = "person" }, { validate = false })
    assert.equal("rejected", err.kind)
  end)

  it("counts what is under way, what waits for its turn or backs off, and what is done", function()
    local limited, fake = spherepay.testing.client({ rate_limit = false, max_in_flight = 2 }, {})
    finally(function() limited:close() end)
    local id = assert(limited.customer.create(JANE)).id
    local function counted()
      local stats = limited:stats()
      return { stats.calls, stats.done, stats.in_flight, stats.waiting, stats.attempts,
        stats.retries }
    end
    fake:slow_next(3, 3)
    local tasks = {}
    for i = 1, 5 do tasks[i] = limited:spawn(function() return limited.customer.get(id) end) end
    assert.same({ 6, 1, 0, 5, 1, 0 }, counted())
    limited:step(1)
    assert.same({ 6, 1, 2, 3, 1, 0 }, counted())
    for _, task in ipairs(tasks) do assert(task:join()) end
    assert.same({ 6, 6, 0, 0, 6, 0 }, counted())
    fake:fail_next(503, { retry_after = 5 })
    local again = limited:spawn(function() return limited.customer.get(id) end)
    limited:step(1)
    assert.same({ 7, 6, 0, 1, 7, 1 }, counted())
    assert(again:join())
    assert.same({ 7, 7, 0, 0, 8, 1 }, counted())
    local left = limited:stats()
    assert.same({ 0, 0, 0, 0, 0, 0 }, { left.reused, left.bytes_in, left.bytes_out,
      left.connections_opened, left.connections_suspected, left.streams_repeated })
  end)

  it("moves a customer through a review", function()
    local created = assert(client.customer.create(JANE))
    control(sandbox, "customer/" .. created.id .. "/review", { status = "approved" })
    local found = assert(client.customer.get(created.id))
    assert.is_true(spherepay.verification.can_transfer(found, "USD"))
    assert(client.customer.wait_until(created.id, "approved", { deadline = 5 }))
  end)

  it("misbehaves as it is told", function()
    control(sandbox, "misbehave", { times = 1, status = 503, body = "<html>" })
    local _, err = client.customer.create(JANE)
    assert.equal("server", err.kind)
    assert.same({ true, false }, { err.maybe_applied, err.retryable })
    control(sandbox, "misbehave", { times = 1, drop = true })
    _, err = client.customer.get "customer_0"
    assert.same({ "network", "maybe", true }, { err.kind, err.sent, err.retryable })
    control(sandbox, "misbehave", { times = 1, delay = 40 })
    _, err = client.customer.get "customer_0"
    assert.equal("timeout", err.kind)
    control(sandbox, "misbehave", { times = 1, status = 429, retry_after = 7 })
    _, err = client.customer.create(JANE)
    assert.same({ "rate_limited", 7, false }, { err.kind, err.retry_after, err.maybe_applied })
  end)

  it("works in parallel, in get_many and in other generations", function()
    local v1 = transport.client({ token = "key", api_version = "v1" }, { generation = "v1" })
    local one = assert(v1.customer.create { type = "individual" })
    local results = v1:parallel {
      function() return v1.customer.get(one.id) end,
      function() return v1.customer.get "customer_0" end,
    }
    assert.equal(one.id, results[1][1].id)
    assert.equal("not_found", results[2][2].kind)
    local seen = 0
    for _, found in v1.customer.get_many { one.id, one.id } do seen = seen + (found and 1 or 0) end
    assert.equal(2, seen)
    v1:close()
  end)

  it("is refused by a sandbox that wants another key", function()
    local stranger = transport.client({ token = function() return "other" end }, { token = "key" })
    local _, err = stranger.customer.get "customer_0"
    assert.equal("auth", err.kind)
    stranger:close()
  end)
end)
