-- Which failures are tried again, how often, and after how long. The decision has a spec of its own
-- in C with every case; this one shows that real faults reach it and that its verdict is obeyed.

local helper = require "spec.contract.helper"

local AT_ONCE = 8 -- calls that begin in one step, and so each on a connection of its own
local SOON = { ["retry-after-ms"] = "1" }

describe("a call that fails", function()
  local server, client

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)
  after_each(function() client:close() end)

  local function new(options)
    client = helper.client(server, options)
    return client.customer
  end

  it("is tried again after 408, 429, 500, 502, 503 and 504", function()
    for _, status in ipairs { 408, 429, 500, 502, 503, 504 } do
      helper.clear(server)
      server:script { { "answer", status = status, headers = SOON } }
      local customer, _, response = new().get(helper.ID)
      assert.equal(helper.ID, customer and customer.id, status)
      assert.same({ 2, status, 200 },
        { #response.attempts, response.attempts[1].status, response.attempts[2].status })
      client:close()
    end
  end)

  it("is not tried again after another status", function()
    for _, status in ipairs { 301, 400, 401, 403, 404, 409, 422, 501, 505, 599 } do
      helper.clear(server)
      server:script { { "answer", status = status } }
      local _, err = new().get(helper.ID)
      assert.same({ status, 1, false }, { err.status, #err.attempts, err.retryable })
      assert.equal(1, #server:log(), status)
      client:close()
    end
  end)

  it("is tried again after a lost connection, half an answer and a time-out", function()
    server:script {
      "close_on_accept", { "answer_half", body = helper.CUSTOMER }, "stall",
    }
    local customer, _, response = new({ timeout = 0.4, max_retries = 3 }).get(helper.ID)
    assert.equal(helper.ID, customer.id)
    local kinds = {}
    for index, attempt in ipairs(response.attempts) do kinds[index] = attempt.kind or "none" end
    assert.same({ "network", "network", "timeout", "none" }, kinds)
  end)

  it("is not tried again when the answer makes no sense", function()
    server:script { "garbage" }
    local _, err = new().get(helper.ID)
    assert.same({ "protocol", 1 }, { err.kind, #err.attempts })
  end)

  it("is tried twice more at most, unless told otherwise", function()
    server:default { "answer", status = 503, headers = SOON }
    local _, err = new().get(helper.ID)
    assert.same({ 3, "server", "max_retries" }, { #err.attempts, err.kind, err.attempts[3].reason })
    _, err = client.customer.get(helper.ID, { max_retries = 1 })
    assert.equal(2, #err.attempts)
    _, err = client.customer.get(helper.ID, { max_retries = 0 })
    assert.equal(1, #err.attempts)
    assert.equal(3 + 2 + 1, #server:log())
    client:close()
    _, err = new({ max_retries = 0 }).get(helper.ID)
    assert.same({ 1, true }, { #err.attempts, err.retryable })
  end)

  it("waits a random while, up to 250 ms and then 500 ms, if the server does not say", function()
    server:default { "answer", status = 503 }
    local _, err = new().get(helper.ID)
    local first, second, third = err.attempts[1], err.attempts[2], err.attempts[3]
    assert.same({ "back_off", "back_off", "max_retries" },
      { first.reason, second.reason, third.reason })
    assert.is_true(first.wait >= 0 and first.wait < 0.25)
    assert.is_true(second.wait >= 0 and second.wait < 0.5)
    assert.is_nil(third.wait)
    assert.is_true(second.at > first.at + first.took + first.wait - 0.001)
    assert.is_true(third.at > second.at + second.took + second.wait - 0.001)
  end)

  local function waits(headers, from, to)
    server:script { { "answer", status = 503, headers = headers } }
    local took, results = helper.timed(client.customer.get, helper.ID)
    assert.is_truthy(results[1], tostring(results[2]))
    assert.is_true(took >= from and took < 10, took)
    local attempt = results[3].attempts[1]
    assert.equal("retry_after", attempt.reason)
    assert.is_true(attempt.wait >= from and attempt.wait < to, attempt.wait)
  end

  it("waits as long as the server asks, in seconds", function()
    new()
    waits({ ["Retry-After"] = "1" }, 1, 2)
  end)

  it("waits as long as the server asks, in milliseconds", function()
    new()
    waits({ ["Retry-After-Ms"] = "400", ["Retry-After"] = "30" }, 0.4, 1.4)
  end)

  it("waits until a date by the server's own clock", function()
    new()
    waits({
      Date = "Fri, 01 Mar 2030 10:00:00 GMT", ["Retry-After"] = "Fri, 01 Mar 2030 10:00:01 GMT",
    }, 1, 2)
  end)

  it("comes back on new connections, and not all at once, when many are told to wait", function()
    new { rate_limit = false }
    local told = {
      "keep_alive_then_close_idle", status = 429, headers = { ["Retry-After"] = "1" },
      delay_close = 1.1, -- a keep-alive timeout of much the same length
    }
    local acts, fns, waits_of = {}, {}, {}
    for i = 1, AT_ONCE do
      acts[i], fns[i] = told, function() return client.customer.create(helper.JANE) end
    end
    server:script(acts)
    for _, result in ipairs(client:parallel(fns)) do
      assert(result[1], result[2])
      waits_of[result[3].attempts[1].wait] = true
      assert.is_true(result[3].attempts[1].wait >= 1)
    end
    local first = next(waits_of)
    assert.truthy(next(waits_of, first), "all waited for " .. first)
    local old = {}
    for i, request in ipairs(server:log()) do
      local answered = old[request.connection]
      if i <= AT_ONCE then old[request.connection] = request.at end
      -- one that was idle for less than half the wait may be used again
      assert.is_true(i <= AT_ONCE or not answered or request.at - answered < 700)
    end
  end)

  it("takes a date in the past and nonsense for no wait", function()
    new()
    server:script {
      { "answer", status = 503, headers = { ["Retry-After"] = "Fri, 01 Mar 2019 10:00:00 GMT" } },
      { "answer", status = 503, headers = { ["Retry-After"] = "-7 fortnights" } },
    }
    local took, results = helper.timed(client.customer.get, helper.ID)
    assert.is_truthy(results[1])
    assert.is_true(took < 10)
  end)

  it("gives up at once when the server asks for more than a minute", function()
    server:script { { "answer", status = 429, headers = { ["Retry-After"] = "61" } } }
    local took, results = helper.timed(new({ deadline = 600 }).get, helper.ID)
    local err = results[2]
    assert.is_true(took < 10)
    assert.same({ "rate_limited", 1, 61, true, "retry_after_too_long" },
      { err.kind, #err.attempts, err.retry_after, err.retryable, err.attempts[1].reason })
  end)

  it("gives up at once when the wait does not fit in the deadline", function()
    server:script { { "answer", status = 503, headers = { ["Retry-After"] = "35" } } }
    local took, results = helper.timed(new({ deadline = 30 }).get, helper.ID)
    local err = results[2]
    assert.is_true(took < 10)
    assert.same({ "server", 1, 35, true, "deadline" },
      { err.kind, #err.attempts, err.retry_after, err.retryable, err.attempts[1].reason })
    assert.truthy(tostring(err):find("retry after 35 s", 1, true))
  end)

  it("is repeated whatever it is while nobody listens, because nothing was sent", function()
    client = helper.spherepay.new {
      token = helper.TOKEN, base_url = "http://127.0.0.1:" .. helper.fault.refused_port(),
    }
    for _, name in ipairs(helper.NAMES) do
      local _, err = helper.CALLS[name](client)
      assert.same({ "network", "no", false, 3, true },
        { err.kind, err.sent, err.maybe_applied, #err.attempts, err.retryable }, name)
    end
  end)
end)

describe("the retry budget of a client", function()
  local server, client

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)
  after_each(function() client:close() end)

  local function gets(count)
    local started, errs = {}, {}
    for index = 1, count do started[index] = helper.start(client) end
    for index = 1, count do
      local _, err = helper.finish(started[index])
      errs[index] = err
    end
    return errs
  end

  it("pays 14 for a retry; when it is spent failures come back at once", function()
    client = helper.client(server, { max_retries = 1 })
    assert.equal(500, client:stats().retry_budget)
    server:default { "answer", status = 503, headers = SOON }
    local refused = 0
    for _, err in ipairs(gets(40)) do
      assert.equal("server", err.kind)
      if err.attempts[1].reason == "budget" then
        refused = refused + 1
        assert.same({ 1, true }, { #err.attempts, err.retryable })
      end
    end
    assert.equal(40 - math.floor(500 / 14), refused)
    assert.equal(500 % 14, client:stats().retry_budget)
    assert.equal(math.floor(500 / 14), client:stats().retries)
    server:default(helper.answer())
    assert(client.customer.get(helper.ID))
    assert.equal(500 % 14 + 1, client:stats().retry_budget)
  end)

  it("is read and set by those who share it between processes", function()
    client = helper.client(server)
    local engine = client.dispatcher.engine
    assert.same({ 500, 7, 7 }, { engine:retry_budget(), engine:retry_budget(7),
      engine:retry_budget() })
    assert.equal(7, client:stats().retry_budget)
  end)

  it("pays 5 for a retry after 429, and gets back what a successful call paid", function()
    client = helper.client(server, { max_retries = 1 })
    server:script { { "answer", status = 429, headers = SOON } }
    assert(client.customer.get(helper.ID))
    assert.equal(500, client:stats().retry_budget)
    server:default { "answer", status = 429, headers = SOON }
    client.customer.get(helper.ID)
    assert.equal(495, client:stats().retry_budget)
  end)
end)
