-- What an error says that a person can do about it.

local cjson = require "cjson"

local fault = require "spec.support.fault"
local hints = require "spherepay.http.hints"
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local function of(base_url, token, kind, raw, operation)
  return hints.of(kind, raw, { origin = hints.origin(base_url, token), operation = operation })
end

describe("A hint", function()
  it("names the environment where a key is refused", function()
    for _, status in ipairs { 401, 403 } do
      local raw = { status = status }
      assert.matches("is the key one of production%?.*environment",
        of("https://api.spherepay.co", "secret_0123", "auth", raw))
      assert.matches("is the key one of the sandbox%?.*environment",
        of("https://api.sandbox.spherepay.co", "secret_0123", "auth", raw))
      assert.matches("token, base_url and environment",
        of("https://proxy.example.com:8443/sphere", "secret_0123", "auth", raw), 1, true)
    end
  end)

  it("says so when a key looks like one of the other environment", function()
    local raw = { status = 403 }
    for _, key in ipairs { "sbx_0123", "sk_test_0123", "secret_sandbox_1" } do
      assert.matches("looks like one of the sandbox, and this is production: see the option "
        .. "environment", of("https://api.spherepay.co", key, "auth", raw), 1, true)
    end
    assert.matches("looks like one of production, and this is the sandbox",
      of("https://api.sandbox.spherepay.co:443", "sk_live_0123", "auth", raw), 1, true)
    assert.matches("is the key one of production",
      of("https://api.spherepay.co", "sk_live_0123", "auth", raw), 1, true)
    assert.is_nil(hints.key(function() end))
    assert.is_nil(hints.key "eyJhbGciOi")
  end)

  it("reads a host in capitals, with its port, and a URL without a path", function()
    local origin = hints.origin("https://API.SpherePay.co:443", "sk_live_1")
    assert.same({ host = "api.spherepay.co:443", is_plain = false, environment = "production",
      key = "production" }, origin)
    origin = hints.origin("http://127.0.0.1:8080/sphere", "0123")
    assert.same({ host = "127.0.0.1:8080", is_plain = true }, origin)
  end)

  it("asks for the environment of an id that is not there", function()
    local function missing(base_url, spec)
      spec.origin = hints.origin(base_url, "key")
      return hints.of("not_found", { status = 404 }, spec)
    end
    for base_url, place in pairs {
      ["https://api.spherepay.co"] = "production",
      ["https://api.sandbox.spherepay.co"] = "the sandbox",
      ["https://proxy.example.com"] = "this server",
    } do
      assert.equal("is it an id of " .. place .. ", made with a key of the same application?",
        missing(base_url, { id = "customer_1", operation = "get" }))
    end
    assert.is_nil(missing("https://api.spherepay.co", { operation = "get" }))
    assert.is_nil(hints.of("not_found", { status = 404 }, { id = "customer_1" })) -- no origin
    assert.is_nil(of("https://api.spherepay.co", "key", "server", { status = 500 }))
  end)

  it("takes no other answer for one of a port that speaks TLS", function()
    local text = "The plain HTTP request was sent to HTTPS port"
    local function hint(raw) return of("http://proxy.example.com", "key", "rejected", raw) end
    assert.matches("the server speaks TLS on this port: base_url must begin with https://",
      hint { status = 400, text = text }, 1, true)
    assert.is_nil(hint { status = 422, text = text })
    assert.is_nil(hint { status = 400, text = "something else" })
    assert.is_nil(hint { status = 400 })
  end)

  it("names ca_file, base_url and proxy for the complaints of libcurl", function()
    for complaint, option in pairs {
      ["SSL certificate problem: unable to get local issuer certificate"] = "ca_file",
      ["SSL certificate problem: self signed certificate"] = "ca_file",
      ["error:0A00010B:SSL routines::wrong version number"] = "does not speak TLS on this port",
      ["Could not resolve host: api.spherepay.com"] = "base_url",
      ["Failed to connect to h.example port 443: Couldn't connect to server"] = "a server listen",
      ["Failed to connect to 10.0.0.1 port 3128: Couldn't connect to server"] = "option proxy",
      ["Failed to connect to h.example port 443 via 10.0.0.1: Connection refused"] = "option proxy",
      ["Could not resolve proxy: p"] = "proxy",
    } do
      assert.matches(option, of("https://h.example", "k", "network",
        { kind = "network", message = complaint }), 1, true)
    end
    assert.matches("a server listen", of("http://[::1]:8080", "k", "network", { kind = "network",
      message = "Failed to connect to ::1 port 8080: Couldn't connect to server" }), 1, true)
    assert.is_nil(of("https://h.example", "k", "network", { kind = "network" }))
  end)

  it("says that a port speaks TLS", function()
    for _, body in ipairs {
      "<title>400 The plain HTTP request was sent to HTTPS port</title>",
      "Client sent an HTTP request to an HTTPS server.",
      "Reason: You're speaking plain HTTP to an SSL-enabled server port.",
    } do
      assert.equal("the server speaks TLS on this port: base_url must begin with https://",
        of("http://127.0.0.1:1", "k", "rejected", { status = 400, text = body }))
      assert.is_nil(of("https://h.example", "k", "rejected", { status = 400, text = body }))
    end
    for _, text in ipairs { "email is no email address", "http", "" } do
      assert.is_nil(of("http://127.0.0.1:1", "k", "rejected", { status = 400, text = text }))
    end
    for _, message in ipairs { "Empty reply from server", "Received HTTP/0.9 when not allowed" } do
      assert.matches("if the server speaks TLS",
        of("http://127.0.0.1:1", "k", "network", { kind = "network", message = message }), 1, true)
    end
  end)

  it("names the path that was meant, and the methods of a path", function()
    local function at(pattern, status, kind)
      return hints.of(kind, { status = status }, {
        origin = hints.origin("https://h.example", "k"), pattern = pattern,
      })
    end
    assert.equal("did you mean the path /v2/customer?", at("/v2/customers", 404, "not_found"))
    assert.equal("did you mean the path /v2/customer/{id}/tos-link?",
      at("/v2/customer/{id}/tos_link", 404, "not_found"))
    assert.is_nil(at("/v2/customer", 404, "not_found"))
    assert.is_nil(at("/v2/wallet", 404, "not_found"))
    assert.equal("documented there: GET, PATCH", at("/v2/customer/{id}", 405, "rejected"))
    assert.equal("documented there: GET, POST", at("/v1/customer/{id}", 405, "rejected"))
    assert.is_nil(at("/v2/wallet", 405, "rejected"))
  end)

  it("asks where something is created that is not there", function()
    assert.matches("base_url and api_version",
      of("https://h.example", "k", "not_found", { status = 404 }, "create"), 1, true)
    assert.is_nil(of("https://h.example", "k", "not_found", { status = 404 }, "get"))
  end)
end)

describe("The line of an error", function()
  it("has the host and the hint", function()
    local server = fault.start()
    server:default({ "answer", status = 403, body = cjson.encode {
      status = 403, detail = "Forbidden resource",
    } })
    local client = spherepay.new { token = "k", base_url = server:url() }
    local _, err = client.customer.get "customer_1"
    local host = server:url():match "//(.*)$"
    assert.equal(host, err.host)
    assert.equal("spherepay: auth: Forbidden resource; is the key one of this server? See the "
      .. "options token, base_url and environment (403, GET /v2/customer/{id} at " .. host .. ")",
      tostring(err))
    client:close()
    server:stop()
  end)

  it("says that a server speaks TLS on this port", function()
    local host = assert(sandbox.start {})
    local plain = host.tls_url:gsub("^https://localhost", "http://127.0.0.1")
    local client = spherepay.new { token = "k", base_url = plain }
    local _, err = client.customer.get "customer_1"
    assert.matches("the server speaks TLS on this port: base_url must begin with https://",
      tostring(err), 1, true)
    client:close()
    host.stop()
  end)

  it("looks at what a token function returns", function()
    local server = fault.start()
    server:default({ "answer", status = 401, body = "{}" })
    local client = spherepay.new {
      token = function() return "sbx_0123" end, base_url = server:url(),
    }
    client.origin.environment = "production" -- of a host that a spec cannot ask
    local _, err = client.customer.get "customer_1"
    assert.matches("the key looks like one of the sandbox", tostring(err), 1, true)
    assert.is_nil(tostring(err):find("sbx_0123", 1, true))
    client:close()
    server:stop()
  end)
end)
