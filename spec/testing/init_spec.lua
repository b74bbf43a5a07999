-- spherepay.testing: what a user's own specs are written with.

local spherepay = require "spherepay"

local JANE = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
}
local HERE = "^spec/testing/init_spec%.lua:%d+: "

local function raises(fn, text)
  local ok, message = pcall(fn)
  assert.is_false(ok)
  assert.is_truthy(tostring(message):find(HERE), message)
  assert.is_truthy(message:find(text, 1, true), message)
end

local function reasons(err)
  local list = {}
  for i, attempt in ipairs(err.attempts) do list[i] = attempt.reason end
  return list
end

describe("spherepay.testing.client", function()
  local client, fake

  before_each(function() client, fake = spherepay.testing.client() end)
  after_each(function() client:close() end)

  it("needs neither a token nor an address", function()
    local jane = assert(client.customer.create(JANE))
    assert.same(jane, (client.customer.get(jane.id)))
    assert.equal("POST", fake:requests()[1].method)
    assert.equal("jane.smith@example.com", fake:requests()[1].json.email)
    assert.is_nil(fake:requests()[1].headers.authorization)
  end)

  it("approves, rejects and sets", function()
    local jane = assert(client.customer.create(JANE))
    local can = spherepay.verification.can_transfer
    fake:approve(jane.id)
    assert.is_true((can(client.customer.get(jane.id), "USD")))
    assert.is_false((can(client.customer.get(jane.id), "BRL")))
    fake:approve(jane.id, "kyc_profile_b")
    assert.is_true((can(client.customer.get(jane.id), "BRL")))
    fake:reject(jane.id, { "identity_document" })
    local seen = assert(client.customer.get(jane.id))
    assert.is_false((can(seen, "USD")))
    assert.equal("rejected", seen.verificationProfiles[1].status)
    fake:status(jane.id, "resubmission_required")
    seen = assert(client.customer.get(jane.id))
    assert.equal("resubmission_required", seen.verificationProfiles[1].status)
  end)

  it("sets the state of one criterion", function()
    local jane = assert(client.customer.create(JANE))
    fake:set(jane.id, "source_of_funds", "required")
    local required = assert(client.customer.get(jane.id)).verificationProfiles[1].criteria.required
    assert.is_truthy(table.concat(required, " "):find("source_of_funds", 1, true))
  end)

  it("has v1 as well", function()
    local v1, older = spherepay.testing.client { api_version = "v1" }
    local one = assert(v1.customer.create { type = "individual" })
    older:approve(one.id)
    assert.is_true((spherepay.verification.can_transfer(v1.customer.get(one.id), "USD")))
    v1:close()
  end)

  it("waits an hour in no time", function()
    local jane = assert(client.customer.create(JANE))
    local found, err = client.customer.wait_until(jane.id, "approved", { deadline = 3600 })
    assert.is_nil(found)
    assert.equal("deadline", err.ended)
    assert.is_true(fake:now() > 3500 and fake:now() < 3700)
  end)

  it("lets a review end while somebody waits for it", function()
    local jane = assert(client.customer.create(JANE))
    local found
    client:spawn(function()
      found = client.customer.wait_until(jane.id, "approved", { deadline = 3600 })
    end)
    fake:advance(600)
    assert.is_nil(found)
    fake:approve(jane.id)
    fake:advance(600)
    assert.equal(jane.id, found.id)
  end)

  it("repeats what the core repeats, after its pauses", function()
    local jane = assert(client.customer.create(JANE))
    fake:fail_next(503, { times = 2 })
    local found, err, response = client.customer.get(jane.id)
    assert.is_nil(err)
    assert.equal(jane.id, found.id)
    assert.same({ "back_off", "back_off" }, {
      response.attempts[1].reason, response.attempts[2].reason,
    })
    assert.equal(3, #response.attempts)
    fake:fail_next(503)
    found, err = client.customer.create(JANE)
    assert.is_nil(found)
    assert.same({ "server", true, false }, { err.kind, err.maybe_applied, err.retryable })
    assert.same({ "maybe_applied" }, reasons(err))
  end)

  it("fails as it is told to", function()
    local function failed(status, opts)
      fake:reset()
      fake:fail_next(status, opts)
      local value, err = client.customer.create(JANE, { max_retries = 0 })
      assert.is_nil(value)
      return err
    end
    local err = failed(422, { code = "address/invalid", detail = "no such street" })
    assert.same({ "rejected", 422, "address/invalid" }, { err.kind, err.status, err.code })
    assert.is_truthy(tostring(err):find("no such street", 1, true), tostring(err))
    assert.same({}, client.customer.list().items)
    err = failed(400)
    assert.is_nil(err.code)
    assert.is_truthy(tostring(err):find("failed for a spec", 1, true), tostring(err))
    err = failed(599, { body = "<html>" })
    assert.same({ "server", 599 }, { err.kind, err.status })
    failed(503, { apply = true })
    assert.equal(1, #client.customer.list().items)
    failed(503, { apply = false })
    assert.same({}, client.customer.list().items)
    err = failed(503, { retry_after = "Sun, 06 Nov 2094 08:49:37 GMT" })
    assert.is_true(err.retry_after > 86400)
  end)

  it("sets a criterion with what is told of it, in one profile or in all", function()
    local jane = assert(client.customer.create(JANE))
    local function errors_of()
      return assert(client.customer.get(jane.id)).verificationProfiles[1].criteria.errors
    end
    fake:set(jane.id, "identity_document", "error", { detail = "blurred" })
    assert.same({ { name = "identity_document", detail = "blurred" } }, errors_of())
    fake:set(jane.id, "identity_document", "complete", { profile = "kyc_profile_a" })
    assert.same({}, errors_of())
    fake:set(jane.id, "own_words", "error", { allow_unknown = true })
    assert.equal("own_words", errors_of()[1].name)
    for _, state in ipairs { "complete", "pending", "required", "error", "absent" } do
      fake:set(jane.id, "identity_document", state)
    end
  end)

  it("tells all of what it was asked, and forgets it when it is reset", function()
    local jane = assert(client.customer.create(JANE))
    fake:advance(5)
    client.customer.list({ limit = 3 })
    local created, listed = fake:requests()[1], fake:requests()[2]
    assert.same({ "POST", "/v2/customer", 200 }, { created.method, created.path,
      created.status - created.status % 100 })
    assert.equal(JANE.email, require("cjson").decode(created.body).email)
    assert.same({ "GET", "/v2/customer", "limit=3", 200 }, { listed.method, listed.path,
      listed.query, listed.status })
    assert.is_nil(listed.json)
    assert.is_true(listed.at >= created.at + 5)
    listed.path = nil
    assert.equal("/v2/customer", fake:requests()[2].path)
    fake:reset()
    assert.same({}, fake:requests())
    assert.is_nil((client.customer.get(jane.id)))
    assert.is_true(fake:now() >= 5)
  end)

  it("waits as long as a Retry-After says", function()
    fake:fail_next(429, { retry_after = 7 })
    local before = fake:now()
    assert(client.customer.create(JANE))
    assert.is_true(fake:now() - before >= 7)
    fake:fail_next(429, { retry_after = 1.5, times = 9 })
    local _, err = client.customer.list()
    assert.equal(1.5, err.retry_after)
    fake:reset()
    fake:fail_next(429, { retry_after = 3600 })
    _, err = client.customer.create(JANE)
    assert.same({ "rate_limited", 3600 }, { err.kind, err.retry_after })
    assert.same({ "retry_after_too_long" }, reasons(err))
  end)

  it("uses another key for a repeat that may have arrived, as the core does", function()
    fake:fail_next(429)
    assert(client.customer.create(JANE))
    local seen = fake:requests()
    assert.equal(2, #seen)
    assert.not_equal(seen[1].headers["idempotency-key"], seen[2].headers["idempotency-key"])
  end)

  it("ends a slow call by its times", function()
    local jane = assert(client.customer.create(JANE))
    fake:slow_next(31, 9)
    local before = fake:now()
    local _, err = client.customer.get(jane.id, { timeout = 30, deadline = 45 })
    assert.equal("timeout", err.kind)
    assert.is_true(fake:now() - before <= 45.01)
    fake:reset()
    local other = assert(client.customer.create(JANE))
    fake:slow_next(5)
    before = fake:now()
    assert(client.customer.get(other.id))
    assert.equal(5, fake:now() - before)
  end)

  it("ends a call whose time is over by what it was doing then", function()
    local jane = assert(client.customer.create(JANE))
    fake:fail_next(503)
    fake:slow_next(60)
    local _, err = client.customer.get(jane.id, { deadline = 10 })
    assert.same({ "timeout", nil }, { err.kind, err.status })
    assert.equal(2, #err.attempts)
    fake:reset()
    fake:fail_next(429, { retry_after = 7, times = 9 })
    _, err = client.customer.get("customer_1", { deadline = 5, max_retries = 5 })
    assert.same({ "rate_limited", 429 }, { err.kind, err.status })
    assert.equal(1, #err.attempts)
  end)

  it("loses the connection", function()
    fake:drop_next()
    local _, err = client.customer.create(JANE)
    assert.same({ "network", "maybe", true }, { err.kind, err.sent, err.maybe_applied })
    assert.equal(1, #fake:requests())
  end)

  it("keeps the rate limit by its clock", function()
    local limited, its = spherepay.testing.client { rate_limit = { read = 2, write = 100 } }
    local jane = assert(limited.customer.create(JANE))
    local before = its:now()
    for _ = 1, 6 do assert(limited.customer.get(jane.id)) end
    local took = its:now() - before
    assert.is_true(took >= 2 and took < 3)
    assert(limited.customer.get(jane.id))
    assert(limited.customer.get(jane.id))
    local _, err = limited.customer.get(jane.id, { deadline = 0.2 })
    assert.same({ "rate_limited", "no" }, { err.kind, err.sent })
    limited:close()
  end)

  it("cancels what is under way when it is closed", function()
    fake:slow_next(20)
    local task = client:spawn(function() return client.customer.create(JANE) end)
    fake:advance(1)
    client:close()
    local ok, value, err = task:join()
    assert.same({ true, nil }, { ok, value })
    assert.same({ "cancelled", true }, { err.kind, err.maybe_applied })
  end)

  it("opens links as the person whom they were sent to", function()
    local jane = assert(client.customer.create(JANE))
    local link = assert(client:request("POST", "/v2/customer/" .. jane.id .. "/tos-link"))
    fake:open(link.link or link.url)
    assert.not_equal("incomplete", assert(client.customer.get(jane.id)).tosStatus)
    raises(function() fake:open "http://localhost/_sandbox/open/none" end, "no such link")
  end)

  it("tells on_event of each attempt", function()
    local events = {}
    local watched, its = spherepay.testing.client {
      on_event = function(event) events[#events + 1] = event.type end,
    }
    its:fail_next(503)
    local _, err = watched.customer.get "customer_0"
    assert.equal("not_found", err.kind)
    assert.same({ "request", "attempt", "retry", "attempt", "error" }, events)
    watched:close()
  end)

  it("has spent no time on networks", function()
    local _, _, response = client.customer.get(assert(client.customer.create(JANE)).id)
    assert.same({ dns = 0, connect = 0, tls = 0, first_byte = 0, total = 0, reused = false },
      response.timings)
  end)

  it("works in a loop of one's own, whose ticks take no time", function()
    local own = spherepay.testing.client { loop = "manual" }
    local jane
    own:spawn(function() jane = spherepay.check(own.customer.create(JANE)) end)
    for _ = 1, 3 do own:step(0) end
    assert.is_string(jane.id)
    own:close()
  end)

  it("raises at the spec's line for a mistake", function()
    local jane = assert(client.customer.create(JANE))
    raises(function() fake:approve "customer_0" end, "no such customer")
    raises(function() fake:approve() end, "takes the id of a customer")
    raises(function() fake.approve(jane.id) end, "with a colon")
    raises(function() fake:approve(jane.id, "kyc_profile_x") end, "profile")
    raises(function() fake:status(jane.id, "aproved") end, "no such status")
    raises(function() fake:set(jane.id, "identity_documnt", "error") end, "identity_document")
    raises(function() fake:set(jane.id, "identity_document", "bad") end, "takes a state")
    raises(function() fake:reject(jane.id, "identity_document") end, "a list of criteria")
    for _, status in ipairs { 200, 399, 600, 400.5, "503" } do
      raises(function() fake:fail_next(status) end, "from 400 to 599")
    end
    raises(function() fake:fail_next(503, { retry = 5 }) end, "no option retry")
    for _, opts in ipairs { { retry_after = -1 }, { retry_after = "1" }, { times = 0 },
      { times = 1.5 }, { code = 5 }, { body = {} }, { apply = "yes" } } do
      raises(function() fake:fail_next(503, opts) end, "fake:fail_next takes")
    end
    raises(function() fake:drop_next(1.5) end, "whole number")
    fake:slow_next(3600)
    raises(function() fake:slow_next "5" end, "seconds")
    raises(function() fake:slow_next(3601) end, "fake: delay must be from 0 to 3600")
    raises(function() fake:advance(-1) end, "seconds, 0 or more")
    raises(function() spherepay.testing.client { loop = "luv" } end, "blocking")
    raises(function() spherepay.testing.client { timout = 5 } end, "timeout")
    raises(function() spherepay.testing.client "token" end, "tables of options")
  end)
end)

describe("spherepay.testing.error", function()
  it("makes an error as a call returns it", function()
    local err = spherepay.testing.error { kind = "timeout" }
    assert.same({ "timeout", "maybe", true }, { err.kind, err.sent, err.retryable })
    assert.is_truthy(tostring(err):find "^spherepay: timeout: ")
    err = spherepay.testing.error { kind = "rejected", code = "validation/failed", status = 400 }
    assert.same({ "validation/failed", 400, "yes" }, { err.code, err.status, err.sent })
  end)

  it("takes every field that an error has", function()
    local fields = {
      kind = "server", message = "m", status = 503, code = "c", errors = {}, request_id = "r",
      retryable = true, sent = "yes", maybe_applied = true, attempts = {}, retry_after = 2,
      idempotency_key = "k", method = "GET", path = "/v2/customer", pattern = "/v2/customer",
      raw = "{}", response = {}, warnings = {}, ended = {}, customer = {},
    }
    local err = spherepay.testing.error(fields)
    for name, value in pairs(fields) do assert.same(value, err[name], name) end
  end)

  it("makes one of every kind", function()
    for _, kind in ipairs(require("spherepay.errors").KINDS) do
      assert.equal(kind, spherepay.testing.error({ kind = kind }).kind)
    end
  end)

  it("raises at the spec's line for an unknown kind or field", function()
    raises(function() spherepay.testing.error { kind = "timout" } end, 'did you mean "timeout"?')
    raises(function() spherepay.testing.error { kind = "timeout", stauts = 5 } end, "status")
    raises(function() spherepay.testing.error "timeout" end, "takes a table")
  end)
end)
