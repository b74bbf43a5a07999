-- What bad servers get: one error of the right kind, and a client that works on.

local fault = require "spec.support.fault"
local spherepay = require "spherepay"

local CUSTOMER = '{"id":"customer_1","type":"individual","verificationProfiles":[]}'

describe("a client whose server", function()
  local server, client

  setup(function()
    server = fault.start {}
  end)

  teardown(function()
    server:stop()
  end)

  before_each(function()
    server:clear()
    server:default { "answer", body = CUSTOMER }
    client = spherepay.new { token = "key", base_url = server:url(), max_retries = 0,
      max_body = 65536, max_headers = 16384 }
  end)

  after_each(function()
    client:close()
  end)

  -- One bad answer, an error of that kind, and then a call that works.
  local function expect(kind, behaviour)
    server:script { behaviour }
    local customer, err = client.customer.get "customer_1"
    assert.is_nil(customer)
    assert.equal(kind, err.kind, tostring(err))
    assert.equal("customer_1", assert(client.customer.get "customer_1").id)
    return err
  end

  it("answers HTML gets protocol for a 200 and server for a 502", function()
    local html = { ["Content-Type"] = "text/html" }
    local err = expect("protocol", { "answer", body = "<html>hello</html>", headers = html })
    assert.equal(200, err.status)
    assert.equal("<html>hello</html>", err.raw)
    err = expect("server", { "answer", status = 502, body = "<html>Bad</html>", headers = html })
    assert.equal(502, err.status)
    assert.is_true(err.retryable)
  end)

  it("answers an empty 500 gets server", function()
    local err = expect("server", { "answer", status = 500, body = "" })
    assert.equal(500, err.status)
    assert.matches("empty body", err.message)
  end)

  it("answers JSON that is no customer gets protocol", function()
    for _, body in ipairs { "[]", "12", "null", '"customer_1"', "{}", '{"id":5}', "" } do
      expect("protocol", { "answer", body = body })
    end
  end)

  it("sends a body larger than max_body gets protocol", function()
    local err = expect("protocol", { "huge_body", bytes = 1048576 })
    assert.equal("the response body is larger than max_body", err.message)
    assert.equal(200, err.response.status)
  end)

  it("sends headers larger than max_headers gets protocol", function()
    local err = expect("protocol", { "huge_headers", bytes = 100000 })
    assert.equal("the response headers are larger than max_headers", err.message)
  end)

  it("sends what is not HTTP gets protocol", function()
    expect("protocol", "garbage")
  end)

  it("redirects gets protocol, and is not followed", function()
    local err = expect("protocol", { "redirect", to = server:url "/elsewhere" })
    assert.matches("redirects are not followed", err.message)
    for _, seen in ipairs(server:log()) do assert.equal("/v2/customer/customer_1", seen.path) end
  end)

  it("closes without an answer gets network, sent maybe", function()
    local err = expect("network", "read_all_and_close")
    assert.equal("maybe", err.sent)
  end)

  it("breaks off in the body gets network, sent yes", function()
    local err = expect("network", { "answer_half", body = CUSTOMER })
    assert.equal("yes", err.sent)
  end)

  it("takes longer than timeout gets timeout", function()
    server:script { "stall" }
    local _, err = client.customer.get("customer_1", { timeout = 0.2 })
    assert.equal("timeout", err.kind)
    assert.equal("maybe", err.sent)
    assert(client.customer.get "customer_1")
  end)

  it("is gone gets network, sent no", function()
    local gone = spherepay.new { token = "key", max_retries = 0,
      base_url = "http://127.0.0.1:" .. fault.refused_port() }
    local _, err = gone.customer.create({ type = "individual" }, { validate = false })
    assert.equal("network", err.kind)
    assert.equal("no", err.sent)
    assert.is_true(err.retryable)
    assert.is_false(err.maybe_applied)
    gone:close()
  end)

  it("has a name nobody knows gets network, sent no", function()
    local nowhere = spherepay.new { token = "key", max_retries = 0,
      base_url = "https://no-such-host.invalid" }
    local _, err = nowhere.customer.get "customer_1"
    assert.equal("network", err.kind)
    assert.equal("no", err.sent)
    nowhere:close()
  end)

  it("gets the headers, the body and the key that were meant", function()
    assert.equal("customer_1", assert(client.customer.create({ type = "individual", meta = {} },
      { validate = false, headers = { ["X-Trace"] = "abc", ["X-Empty"] = "" } })).id)
    local seen = server:log()[1]
    assert.equal("POST", seen.method)
    assert.equal("/v2/customer", seen.path)
    assert.equal("Bearer key", seen.headers.authorization)
    assert.equal("application/json", seen.headers["content-type"])
    assert.equal("abc", seen.headers["x-trace"])
    assert.equal("", seen.headers["x-empty"])
    assert.is_nil(seen.headers.expect)
    assert.matches("^spherepay%-lua/", seen.headers["user-agent"])
    assert.matches("^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$", seen.idempotency_key)
    assert.equal(36, #seen.idempotency_key)
  end)

  it("gets large bodies at once, without a wait for 100-continue", function()
    assert(client.customer.update("customer_1", { meta = { x = ("x"):rep(3000000) } }))
    assert.is_nil(server:log()[1].headers.expect)
  end)
end)

describe("a client over TLS", function()
  local server

  setup(function()
    server = fault.start { tls = true, h2 = true }
    server:default { "answer", body = CUSTOMER }
  end)

  teardown(function()
    server:stop()
  end)

  local function new(options)
    options.token, options.base_url, options.max_retries = "key", server:url(), 0
    return spherepay.new(options)
  end

  it("gets tls, sent no, when the certificate is not trusted", function()
    local client = new {}
    local _, err = client.customer.get "customer_1"
    assert.equal("tls", err.kind)
    assert.equal("no", err.sent)
    assert.is_false(err.retryable)
    assert.equal(0, #server:log())
    client:close()
  end)

  it("speaks HTTP/2 when the server has it, on one kept connection", function()
    local client = new { ca_file = server.ca_file }
    for _ = 1, 3 do
      local customer, err, response = client.customer.get "customer_1"
      assert.equal("customer_1", customer and customer.id, tostring(err))
      assert.equal("2", response.timings.http_version)
    end
    assert.equal(2, client:stats().reused)
    client:close()
  end)

  it("speaks HTTP/1.1 when told", function()
    local client = new { ca_file = server.ca_file, http_version = "1.1" }
    local _, _, response = client.customer.get "customer_1"
    assert.equal("1.1", response.timings.http_version)
    client:close()
  end)
end)
