-- The fake beside the core: the same faults, told to a sandbox in this process and to one behind a
-- real server, end a call in the same way.

local sandboxes = require "spec.support.sandbox"
local spherepay = require "spherepay"

local JANE = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
}

local CALLS = {
  create = function(client) return client.customer.create(JANE) end,
  get = function(client, id) return client.customer.get(id) end,
  update = function(client, id) return client.customer.update(id, { meta = { n = 1 } }) end,
}

-- What a caller sees, without the times.
local function summary(value, err, response)
  local came = err or response
  local attempts = {}
  for i, attempt in ipairs(came.attempts) do
    attempts[i] = { attempt.status or attempt.kind, attempt.sent, attempt.reason }
  end
  if value then return { success = true, attempts = attempts } end
  return {
    kind = err.kind, status = err.status, sent = err.sent, retryable = err.retryable,
    maybe_applied = err.maybe_applied, retry_after = err.retry_after, attempts = attempts,
  }
end

describe("spherepay.testing and the core", function()
  local host, real, real_id, client, fake, id

  setup(function()
    host = sandboxes.start()
    real = spherepay.new { token = "sandbox_key", base_url = host.url, max_retries = 1 }
    client, fake = spherepay.testing.client { max_retries = 1 }
    real_id = assert(real.customer.create(JANE)).id
    id = assert(client.customer.create(JANE)).id
  end)

  teardown(function()
    real:close()
    client:close()
    host.stop()
  end)

  for _, case in ipairs {
    { "get", { status = 503, times = 1 } },
    { "get", { status = 503, times = 2 } },
    { "update", { status = 500, times = 2 } },
    { "create", { status = 500, times = 1 } },
    { "create", { status = 408, times = 1 } },
    { "create", { status = 429, times = 2, retry_after = 0 } },
    { "create", { status = 429, times = 1, retry_after = 0 } },
    { "get", { status = 429, times = 1, retry_after = 3600 } },
    { "get", { status = 404, times = 1 } },
    { "update", { status = 422, times = 1 } },
    { "create", { drop = true, times = 1 } },
    { "get", { drop = true, times = 1 } },
    { "create", { cut = 5, times = 1 } },
    { "update", { drop = true, times = 2 } },
    { "create", { duplicate_key = true, times = 1 } },
  } do
    local order = {}
    for name, value in pairs(case[2]) do order[#order + 1] = name .. " " .. tostring(value) end
    table.sort(order)
    it("end " .. case[1] .. " alike after " .. table.concat(order, ", "), function()
      host.misbehave(case[2])
      fake:handle {
        method = "POST", path = "/_sandbox/misbehave", headers = {},
        body = require("spherepay.sandbox.json").encode(case[2]),
      }
      local expected = summary(CALLS[case[1]](real, real_id))
      assert.same(expected, summary(CALLS[case[1]](client, id)))
    end)
  end
end)

describe("The core's decision about an attempt", function()
  local core = require "spherepay.core"

  local function decide(with)
    local case = { repeat_as = "read", attempt = 1, max_retries = 2, status = 503, sent = "yes",
      now = 784111772, time_left = 60, random = 0.5, budget = 100 }
    for name, value in pairs(with) do case[name] = value or nil end
    return core.retry(case)
  end

  it("leaves a budget that a success fills again, up to what there is at most", function()
    local full = core.retry_budget()
    assert.same({ 500, 8, 13, full }, { full, core.retry_budget(7, 0), core.retry_budget(7, 5) + 1,
      core.retry_budget(full, 14) })
  end)

  it("depends on each of the things that it is told", function()
    local found = decide {}
    assert.same({ true, "back_off", true, false },
      { found.again, found.reason, found.retryable, found.maybe_applied })
    assert.is_true(found.wait > 0 and found.cost > 0)
    assert.equal(100 - found.cost, found.budget)
    assert.is_nil(found.retry_after)
    for name, with in pairs {
      retries_used_up = { attempt = 3 }, ["retries_used_up "] = { max_retries = 0 },
      budget_used_up = { budget = 0 }, deadline = { time_left = 0.001 },
    } do
      found = decide(with)
      assert.is_false(found.again, name)
      assert.is_string(found.reason, name)
      assert.equal(0, found.wait, name)
    end
    assert.is_true(decide({ random = 0.9 }).wait > decide({ random = 0.1 }).wait)
    assert.is_true(decide({ attempt = 2 }).wait > decide({ attempt = 1 }).wait)
  end)

  it("is another for what may have created something", function()
    local found = decide { repeat_as = "create" }
    assert.same({ false, false, true, "maybe_applied" },
      { found.again, found.retryable, found.maybe_applied, found.reason })
    found = decide { repeat_as = "create", kind = "network", status = false, sent = "no" }
    assert.same({ true, false }, { found.again, found.maybe_applied })
    found = decide { repeat_as = "create", kind = "network", status = false, sent = "maybe" }
    assert.same({ false, true }, { found.again, found.maybe_applied })
    found = decide { repeat_as = "create", kind = false, status = 429 }
    assert.is_true(found.again)
    found = decide { repeat_as = "create", kind = false, status = 429, own_key = true }
    assert.is_false(found.again and found.maybe_applied)
  end)

  it("counts a date from now, or from the date of the answer", function()
    local date = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert.equal(5, decide({ retry_after = date }).retry_after)
    assert.equal(9, decide({ retry_after = date, date = "Sun, 06 Nov 1994 08:49:28 GMT" })
      .retry_after)
    assert.equal(7, decide({ retry_after = "7" }).retry_after)
    assert.is_true(decide({ retry_after = "7" }).wait >= 7)
  end)
end)
