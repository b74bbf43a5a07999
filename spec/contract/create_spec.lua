-- A create is never made twice by the client: it is repeated only when it provably never arrived or
-- was refused with 429; else the error says that it may have happened, under which key.

local helper = require "spec.contract.helper"

local UUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"
local SOON = { ["retry-after-ms"] = "1" }

describe("a create", function()
  local server, client

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    helper.clear(server)
    client = helper.client(server, { timeout = 2 })
  end)
  after_each(function() client:close() end)

  it("carries a random UUID as its key, another one each time", function()
    client.customer.create(helper.JANE)
    client.customer.create(helper.JANE)
    local log = server:log()
    assert.truthy(log[1].idempotency_key:find(UUID))
    assert.truthy(log[2].idempotency_key:find(UUID))
    assert.not_equal(log[1].idempotency_key, log[2].idempotency_key)
  end)

  it("is not repeated when it may have arrived: the error has its key and its attempts", function()
    local faults = {
      { "read_all_and_close" }, { "read_all_and_reset" }, { "stall" },
      { "answer_half", body = helper.CUSTOMER }, { "answer", status = 408, headers = SOON },
      { "answer", status = 500, headers = SOON }, { "answer", status = 502, headers = SOON },
      { "answer", status = 503, headers = SOON }, { "answer", status = 504, headers = SOON },
    }
    for _, fault in ipairs(faults) do
      local what = fault[1] .. tostring(fault.status)
      helper.clear(server)
      client:close() -- its kept connection is on its way to be dropped
      client = helper.client(server, { timeout = 2 })
      server:script { fault }
      local customer, err = client.customer.create(helper.JANE, { timeout = 1 })
      assert.is_nil(customer)
      assert(server:wait { arrived = 1 })
      assert.same({ true, false, 1 }, { err.maybe_applied, err.retryable, #err.attempts }, what)
      assert.equal("maybe_applied", err.attempts[1].reason, what)
      assert.equal(server:log()[1].idempotency_key, err.idempotency_key, what)
      assert.equal(1, #server:log(), what)
      assert.truthy(tostring(err):find("may have been applied", 1, true), what)
    end
  end)

  it("is repeated after 429, with a new key, because the old one has been seen", function()
    server:script { { "answer", status = 429, headers = SOON } }
    local customer, _, response = client.customer.create(helper.JANE)
    local log = server:log()
    assert.equal(helper.ID, customer.id)
    assert.same({ 2, 2 }, { #response.attempts, #log })
    assert.not_equal(log[1].idempotency_key, log[2].idempotency_key)
    assert.truthy(log[2].idempotency_key:find(UUID))
    assert.equal(log[1].body_sha1, log[2].body_sha1)
  end)

  it("that is refused is not repeated, and not in doubt", function()
    server:script { { "answer", status = 422 } }
    local _, err = client.customer.create(helper.JANE)
    assert.same({ "rejected", false, 1 }, { err.kind, err.maybe_applied, #server:log() })
  end)

  it("is sent once when repeats are switched off", function()
    server:script { { "answer", status = 429, headers = SOON } }
    local _, err = client.customer.create(helper.JANE, { max_retries = 0 })
    assert.same({ "rate_limited", false, true, 1 },
      { err.kind, err.maybe_applied, err.retryable, #server:log() })
  end)

  it("carries the caller's own key as it is given", function()
    client.customer.create(helper.JANE, { idempotency_key = "order-4711" })
    assert.equal("order-4711", server:log()[1].idempotency_key)
  end)

  it("with a key of the caller's is not repeated once the server has seen that key", function()
    server:script { { "answer", status = 429, headers = SOON } }
    local _, err = client.customer.create(helper.JANE, { idempotency_key = "order-4711" })
    assert.same({ "rate_limited", 1, "own_key", "order-4711" },
      { err.kind, #server:log(), err.attempts[1].reason, err.idempotency_key })
  end)

  it("by client:request is as careful: any POST may create something", function()
    server:script { "read_all_and_close" }
    local _, err = client:request("POST", "/v2/customer/customer_sample1/tos-link")
    assert.same({ true, 1 }, { err.maybe_applied, #server:log() })
  end)
end)

describe("a create whose connection cannot be made", function()
  local server, client

  setup(function() server = helper.fault.start { tls = true } end)
  teardown(function() server:stop() end)
  before_each(function()
    helper.clear(server)
    client = helper.client(server, { timeout = 2 })
  end)
  after_each(function() client:close() end)

  it("is repeated, because nothing was sent, with the same key, because nobody saw it", function()
    server:script { "close_on_accept", "close_on_accept" }
    local customer, err, response =
      client.customer.create(helper.JANE, { idempotency_key = "order-4711" })
    assert.is_nil(err)
    assert.equal(helper.ID, customer.id)
    assert.same({ "no", "no", "yes" }, {
      response.attempts[1].sent, response.attempts[2].sent, response.attempts[3].sent,
    })
    assert.same({ 1, "order-4711" }, { #server:log(), server:log()[1].idempotency_key })
  end)

  it("tells the key it would have carried", function()
    server:default { "close_on_accept" }
    local _, err = client.customer.create(helper.JANE, { max_retries = 0 })
    assert.same({ "no", false, true }, { err.sent, err.maybe_applied, err.retryable })
    assert.truthy(err.idempotency_key:find(UUID))
  end)
end)

describe("an update", function()
  local server, client

  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    helper.clear(server)
    client = helper.client(server)
  end)
  after_each(function() client:close() end)

  it("is repeated after whatever is transient, because it sets absolute values", function()
    server:script { "read_all_and_close", { "answer", status = 500, headers = SOON } }
    local customer, _, response = client.customer.update(helper.ID, helper.CHANGE)
    assert.equal(helper.ID, customer.id)
    assert.equal(3, #response.attempts)
  end)

  it("may have been applied when the last attempt leaves it open", function()
    server:default { "read_all_and_close" }
    local _, err = client.customer.update(helper.ID, helper.CHANGE)
    assert.same({ 3, true, true }, { #err.attempts, err.maybe_applied, err.retryable })
  end)

  it("may have been applied by an earlier attempt although the last one was refused", function()
    server:script { "read_all_and_close", { "answer", status = 400 } }
    local _, err = client.customer.update(helper.ID, helper.CHANGE)
    assert.same({ 2, "rejected", true }, { #err.attempts, err.kind, err.maybe_applied })
  end)

  it("is sent once when repeats are switched off", function()
    server:script { { "answer", status = 503, headers = SOON } }
    local _, err = client.customer.update(helper.ID, helper.CHANGE, { max_retries = 0 })
    assert.same({ 1, "server", true }, { #server:log(), err.kind, err.maybe_applied })
  end)

  it("with a key of the caller's is not repeated once the server may have seen it", function()
    server:script { "read_all_and_close" }
    local _, err = client.customer.update(helper.ID, helper.CHANGE, { idempotency_key = "k1" })
    assert.same({ 1, "own_key", true },
      { #server:log(), err.attempts[1].reason, err.maybe_applied })
  end)

  it("that learns that its key is used has arrived before", function()
    local used = { status = 400, detail = "This Idempotency-Key was already used" }
    local body = "{\"status\":400,\"detail\":\"" .. used.detail .. "\"}"
    server:script { "read_all_and_close", { "answer", status = 400, body = body } }
    local _, err = client.customer.update(helper.ID, helper.CHANGE)
    assert.same({ "conflict", 400, true, 2 },
      { err.kind, err.status, err.maybe_applied, #err.attempts })
  end)

  it("whose first attempt is told that the key is used was refused", function()
    local body = "{\"status\":400,\"detail\":\"This Idempotency-Key was already used\"}"
    server:script { { "answer", status = 400, body = body } }
    local _, err = client.customer.update(helper.ID, helper.CHANGE, { idempotency_key = "k1" })
    assert.same({ "rejected", false }, { err.kind, err.maybe_applied })
  end)

  it("of v1 is a POST, and repeated all the same", function()
    client:close()
    client = helper.client(server, { api_version = "v1" })
    local body = "{\"ok\":true,\"data\":{\"customer\":" .. helper.CUSTOMER .. "}}"
    server:script { "read_all_and_close", { "answer", body = body } }
    local customer = client.customer.update(helper.ID, { meta = { a = "b" } })
    assert.equal(helper.ID, customer.id)
    assert.same({ "POST", "POST" }, { server:log()[1].method, server:log()[2].method })
  end)
end)
