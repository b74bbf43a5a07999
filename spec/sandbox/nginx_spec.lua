--- spherepay.sandbox.nginx, worker and certificate: the sandbox behind a real nginx.

local socket = require("socket")

local nginx = require("spherepay.sandbox.nginx")
local shell = require("spherepay.sandbox.shell")
local support = require("spec.support.sandbox")

local TOKEN = "sandbox_key"

local function curl(host, words)
  return shell.read("curl -sS --max-time 10 --cacert " .. shell.quote(host.ca_file)
    .. " -H 'Authorization: Bearer " .. TOKEN .. "' " .. words .. " 2>&1")
end

-- The whole answer as it comes, by a socket of our own.
local function raw(host, text)
  local connection = assert(socket.connect("127.0.0.1", host.port))
  connection:settimeout(10)
  connection:send(text)
  local answer, problem, part = connection:receive("*a")
  connection:close()
  return answer or part, problem
end

local function exists(path)
  return shell.run("test -e " .. shell.quote(path)) == 0
end

local function is_running(pid)
  return shell.read("ps -o stat= -p " .. pid):find("^[^Z]") ~= nil
end

describe("sandbox behind nginx", function()
  local host
  setup(function() host = support.start { token = TOKEN } end)
  teardown(function() host.stop() end)
  before_each(function() host.reset() end)

  it("creates, gets and updates a customer", function()
    local status, created, headers = host.call("POST", "/v2/customer",
      support.sample("v2-create-request-individual-tax-id"))
    assert.equal(201, status)
    assert.equal("application/json", headers["content-type"])
    local path = "/v2/customer/" .. created.id
    assert.equal(200, (host.call("PATCH", path, { meta = { a = "b" } })))
    local _, customer = host.call("GET", path)
    assert.same({ a = "b" }, customer.meta)
    host.review(created.id, { status = "approved" })
    _, customer = host.call("GET", path)
    assert.equal("approved", customer.verificationProfiles[1].status)
  end)

  it("takes no order from a page of another site", function()
    local order = " -o /dev/null -w '%{http_code}' -d '{}' " .. host.url .. "/_sandbox/reset"
    assert.equal("403", curl(host, "-H 'Origin: https://example.com'" .. order))
    assert.equal("403", curl(host, "-H 'Host: sandbox.example.com'" .. order))
    assert.equal("200", curl(host, "-H 'Origin: " .. host.url .. "'" .. order))
    assert.equal("200", curl(host, order))
  end)

  it("accepts its token and no other", function()
    assert.equal(403, (host.call("GET", "/v2/customer", nil, { authorization = "Bearer x" })))
    assert.equal(200, (host.call("GET", "/v2/customer")))
  end)

  it("speaks TLS with HTTP/2 and HTTP/1.1, trusted by its own CA only", function()
    local url = shell.quote(host.tls_url .. "/v2/customer")
    local format = " -o /dev/null -w '%{http_version} %{http_code}' "
    assert.equal("2 200", curl(host, format .. url))
    assert.equal("1.1 200", curl(host, "--http1.1 " .. format .. url))
    assert.equal("2 200", curl(host, format .. (url:gsub("localhost", "127.0.0.1"))))
    assert.not_equal(0, shell.run("curl -sS -o /dev/null " .. url .. " 2>/dev/null"))
  end)

  it("answers a TLS client that is not curl", function()
    local ssl = require("ssl")
    local connection = assert(socket.connect("127.0.0.1", host.tls_port))
    connection = assert(ssl.wrap(connection, {
      mode = "client", protocol = "tlsv1_2", verify = "peer", cafile = host.ca_file,
    }))
    connection:sni("localhost")
    assert.is_true(connection:dohandshake())
    connection:send("GET /_sandbox/ HTTP/1.0\r\n\r\n")
    assert.is_truthy(connection:receive("*l"):find("200", 1, true))
    connection:close()
  end)

  it("makes links that lead back to where the request came from", function()
    local _, created = host.call("POST", "/v2/customer",
      support.sample("v2-create-request-individual-tax-id"))
    local path = "/v2/customer/" .. created.id
    local _, plain = host.call("POST", path .. "/tos-link")
    assert.equal(host.url .. "/", plain.link:sub(1, #host.url + 1))
    local secure = curl(host, "-X POST " .. shell.quote(host.tls_url .. path .. "/tos-link"))
    assert.is_truthy(secure:find(host.tls_url .. "/_sandbox/open/", 1, true))
    assert.equal(200, (host.call("GET", (plain.link:sub(#host.url + 1)))))
    local _, customer = host.call("GET", path)
    assert.equal("approved", customer.tosStatus)
  end)

  it("takes a document that does not fit in memory buffers", function()
    local _, created = host.call("POST", "/v2/customer",
      support.sample("v2-create-request-individual-tax-id"))
    local bytes = 2 * 1024 * 1024
    local head = '--xyz\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    local status, value = host.call("POST", "/v2/document", table.concat {
      head:format("target", "customer"), head:format("targetId", created.id),
      head:format("documentType", "passport"), head:format("country", "USA"),
      '--xyz\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\n',
      "Content-Type: application/pdf\r\n\r\n%PDF-", string.rep("x", bytes - 5),
      "\r\n--xyz--\r\n",
    }, { ["content-type"] = "multipart/form-data; boundary=xyz" })
    assert.equal(201, status)
    assert.equal(bytes, value.fileSize)
  end)

  it("shows connections, protocols and paths as they arrived", function()
    host.call("GET", "/v2/customer?search=a%20b")
    curl(host, "-o /dev/null " .. shell.quote(host.tls_url .. "/v2/customer/a%2Fb"))
    local seen = host.requests()
    assert.equal("/v2/customer", seen[1].path)
    assert.equal("HTTP/1.1", seen[1].protocol)
    assert.equal("/v2/customer/a%2Fb", seen[2].path)
    assert.equal("HTTP/2.0", seen[2].protocol)
    assert.not_equal(seen[1].connection, seen[2].connection)
    assert.is_true(seen[1].authorized)
  end)

  it("keeps connections open", function()
    local url = shell.quote(host.url .. "/v2/customer")
    curl(host, "-o /dev/null " .. url .. " -o /dev/null " .. url)
    local seen = host.requests()
    assert.equal(seen[1].connection, seen[2].connection)
  end)

  describe("misbehaving", function()
    local GET = "GET /v2/customer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      .. "Authorization: Bearer " .. TOKEN .. "\r\n\r\n"

    it("cuts the body after so many bytes and closes", function()
      host.misbehave { cut = 5 }
      local answer = raw(host, GET)
      local length = tonumber(answer:match("Content%-Length: (%d+)"))
      assert.equal('{"cus', answer:match("\r\n\r\n(.*)$"))
      assert.is_true(length > 5)
    end)

    it("sends the header block alone when nothing of the body is to come", function()
      host.misbehave { cut = 0 }
      local answer = raw(host, GET)
      assert.is_truthy(answer:find("^HTTP/1.1 200 "))
      assert.equal("", answer:match("\r\n\r\n(.*)$"))
    end)

    it("drops the connection without a byte", function()
      host.misbehave { drop = true }
      assert.equal("", (raw(host, GET)))
    end)

    it("lets a client wait", function()
      host.misbehave { delay = 0.2 }
      local before = socket.gettime()
      assert.is_truthy(raw(host, GET):find("^HTTP/1.1 200 "))
      assert.is_true(socket.gettime() - before >= 0.19)
    end)

    it("sends large bodies, large headers, HTML and Retry-After", function()
      host.misbehave { large = 1000000 }
      host.misbehave { headers_large = 100000 }
      host.misbehave { status = 502, body = "<html>", content_type = "text/html" }
      host.misbehave { status = 429, retry_after = 3 }
      assert.is_true(#raw(host, GET) > 1000000)
      assert.is_true(#raw(host, GET):match("^(.-)\r\n\r\n") > 100000)
      assert.is_truthy(raw(host, GET):find("Content-Type: text/html\r\n", 1, true))
      local limited = raw(host, GET)
      assert.is_truthy(limited:find("^HTTP/1.1 429 "))
      assert.is_truthy(limited:lower():find("retry-after: 3\r\n", 1, true))
    end)
  end)

  it("survives what is not HTTP and logs nothing but the time of day, path and status", function()
    raw(host, "garbage\r\n\r\n")
    host.call("GET", "/v2/customer?email=jane.smith%40example.com")
    local log = shell.read_file(host.dir .. "/access.log") .. host.error_log()
    assert.is_truthy(log:find("GET /v2/customer 200", 1, true))
    for _, secret in ipairs { TOKEN, "jane", "Bearer" } do
      assert.is_nil(log:find(secret, 1, true))
    end
    assert.equal("", host.error_log())
  end)

  it("keeps its token in no file and its directory to itself", function()
    local found = shell.run("grep -rqs " .. TOKEN .. " " .. shell.quote(host.dir))
    assert.equal(1, found)
    local mode = shell.read("ls -ld " .. shell.quote(host.dir)):sub(1, 10)
    assert.equal("drwx------", mode)
  end)
end)

describe("sandbox host", function()
  it("leaves nothing behind when stopped, and may be stopped again", function()
    local host = assert(nginx.start {})
    assert.is_true(is_running(host.pid))
    host.stop()
    host.stop()
    assert.is_false(is_running(host.pid))
    assert.is_false(exists(host.dir))
    assert.is_nil(socket.connect("127.0.0.1", host.port))
    assert.equal("", host.error_log())
  end)

  it("runs beside others, each with a state of its own", function()
    local one, two = support.start { tls = false }, support.start { generation = "v1" }
    local _, created = one.call("POST", "/v2/customer",
      support.sample("v2-create-request-individual-minimal"))
    assert.equal(404, (two.call("GET", "/v2/customer/" .. created.id)))
    assert.equal(200, (two.call("GET", "/v1/customer")))
    assert.is_nil(one.tls_url)
    one.stop()
    assert.equal(200, (two.call("GET", "/v1/customer")))
    two.stop()
    assert.is_false(exists(one.dir) or exists(two.dir))
  end)

  it("passes its options on", function()
    local host = support.start { tls = false, onboarding = "platform", otp_code = "42", seed = 3 }
    local _, created = host.call("POST", "/v2/customer",
      support.sample("v2-create-request-individual-minimal"))
    local path = "/v2/customer/" .. created.id
    host.call("POST", path .. "/otp-send", { type = "email" })
    local status = host.call("POST", path .. "/otp-verify", { type = "email", code = "42" })
    host.stop()
    assert.equal(200, status)
    assert.equal(6, #created.verificationProfiles[1].criteria.required
      + #created.verificationProfiles[1].criteria.complete)
  end)

  it("says why when there is no usable nginx or the sandbox does not start", function()
    local host, message = nginx.start { nginx = "/no/such/nginx" }
    assert.is_nil(host)
    assert.is_truthy(message:find("nginx", 1, true))
    host, message = nginx.start { generation = "v9" }
    assert.is_nil(host)
    assert.is_truthy(message:find("generation must be", 1, true))
  end)
end)
