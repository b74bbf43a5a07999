--- spherepay.sandbox.control, misbehave and log: misbehaviour, what was seen, reset.

local cjson = require("cjson")

local support = require("spec.support.sandbox")

local INDIVIDUAL = "v2-create-request-individual-minimal"

describe("sandbox control", function()
  local api
  before_each(function() api = support.handler() end)

  local function misbehave(order)
    return api.call("POST", "/_sandbox/misbehave", order, { authorization = false })
  end

  local function get()
    local status, _, response = api.call("GET", "/v2/customer")
    return status, response
  end

  local function create(key)
    return api.call("POST", "/v2/customer", support.sample(INDIVIDUAL),
      { ["idempotency-key"] = key })
  end

  local function total()
    local _, list = api.call("GET", "/v2/customer")
    return list.pagination.total
  end

  it("says which API it imitates", function()
    local _, about = api.call("GET", "/_sandbox/", nil, { authorization = false })
    assert.same({ sandbox = "spherepay", generation = "v2" }, about)
  end)

  it("misbehaves for the next answers only, order by order", function()
    misbehave { times = 2, status = 503 }
    misbehave { status = 429, retry_after = 2 }
    assert.equal(503, (get()))
    assert.equal(503, (get()))
    local status, response = get()
    assert.equal(429, status)
    assert.equal("2", response.headers["retry-after"])
    assert.equal("", response.body)
    assert.equal(200, (get()))
  end)

  it("sends a body, its type, headers and a date to retry at as told", function()
    misbehave {
      status = 502, body = "<html>Bad Gateway</html>", content_type = "text/html",
      headers = { ["X-Served-By"] = "proxy" }, retry_after = "Wed, 21 Oct 2026 07:28:00 GMT",
    }
    local status, response = get()
    assert.equal(502, status)
    assert.equal("<html>Bad Gateway</html>", response.body)
    assert.same({
      ["content-type"] = "text/html",
      ["x-served-by"] = "proxy",
      ["retry-after"] = "Wed, 21 Oct 2026 07:28:00 GMT",
    }, response.headers)
  end)

  it("sends JSON that is not the API's", function()
    misbehave { json = { hello = "world" } }
    local status, response = get()
    assert.equal(200, status)
    assert.equal('{"hello":"world"}', response.body)
  end)

  it("sends bodies and headers as large as told", function()
    misbehave { large = 5000 }
    misbehave { headers_large = 2500 }
    local _, response = get()
    assert.is_true(#response.body >= 5000)
    assert.is_table(cjson.decode(response.body))
    _, response = get()
    local bytes = 0
    for _, value in pairs(response.headers) do bytes = bytes + #value end
    assert.is_true(bytes >= 2500)
    assert.is_truthy(response.body:find("customers", 1, true))
  end)

  it("asks its host to wait, to cut and to drop, after processing", function()
    misbehave { delay = 0.5, cut = 10, drop = true }
    local _, _, response = create()
    assert.equal(201, response.status)
    assert.equal(0.5, response.delay)
    assert.equal(10, response.cut)
    assert.is_true(response.drop)
    assert.equal(1, total())
  end)

  it("does not process what it replaces, unless told to", function()
    misbehave { status = 500 }
    create()
    assert.equal(0, total())
    misbehave { status = 500, apply = true }
    assert.equal(500, (create()))
    assert.equal(1, total())
  end)

  it("counts an Idempotency-Key that came with a replaced answer", function()
    misbehave { status = 503 }
    assert.equal(503, (create("k")))
    assert.equal(409, (create("k")))
  end)

  it("plays a key used before, for a new one", function()
    misbehave { duplicate_key = true }
    local status, problem = create("fresh")
    assert.equal(409, status)
    assert.is_truthy(problem.detail:find("Idempotency-Key", 1, true))
    assert.equal(0, total())
  end)

  it("refuses orders it does not understand and names the field", function()
    for name, value in pairs { stauts = 500, status = "500", delay = 3601, large = -1, drop = 1 } do
      local status, answer = misbehave { [name] = value }
      assert.equal(400, status)
      assert.is_truthy(answer.error:find(name, 1, true))
    end
    assert.equal(400, (misbehave("no json")))
    assert.equal(200, (get()))
  end)

  it("shows what it has seen, without a value of any header but the key", function()
    api.call("POST", "/v2/customer?email=jane.smith%40example.com", "{}",
      { ["idempotency-key"] = "k1", ["x-app"] = "secret-app" })
    api.time = api.time + 1
    api.call("GET", "/v2/customer", nil, { authorization = false })
    local _, seen, response = api.call("GET", "/_sandbox/requests")
    assert.equal(2, seen.total)
    assert.same({
      number = 1, at = 1773089191.305, method = "POST", path = "/v2/customer", status = 422,
      header_names = { "authorization", "host", "idempotency-key", "x-app" },
      idempotency_key = "k1", authorized = true, body_bytes = 2,
    }, seen.requests[1])
    assert.is_false(seen.requests[2].authorized)
    assert.equal(401, seen.requests[2].status)
    assert.equal(1773089192.305, seen.requests[2].at)
    for _, secret in ipairs { "sandbox_key", "secret-app", "jane" } do
      assert.is_nil(response.body:find(secret, 1, true))
    end
  end)

  it("writes an empty list of requests as [] and leaves itself out of it", function()
    misbehave { status = 500, times = 0 }
    local _, _, response = api.call("GET", "/_sandbox/requests")
    assert.equal('{"requests":[],"total":0}', response.body)
  end)

  it("keeps the last ten thousand requests", function()
    for _ = 1, 10002 do api.call("GET", "/v2/customer/customer_none") end
    local _, seen = api.call("GET", "/_sandbox/requests")
    assert.equal(10002, seen.total)
    assert.equal(10000, #seen.requests)
    assert.equal(3, seen.requests[1].number)
    assert.equal(10002, seen.requests[10000].number)
  end)

  it("forgets everything on reset", function()
    create("k")
    misbehave { status = 500, times = 9 }
    assert.equal(200, (api.call("POST", "/_sandbox/reset")))
    assert.equal(0, total())
    assert.equal(201, (create("k")))
    local _, seen = api.call("GET", "/_sandbox/requests")
    assert.equal(2, seen.total)
  end)
end)
