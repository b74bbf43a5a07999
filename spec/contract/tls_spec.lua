-- TLS and proxies: whom the client trusts, what it shows of itself, and that the bundle of
-- certificates is read once per client and not once per connection.

local helper = require "spec.contract.helper"
local certificate = require "spherepay.sandbox.certificate"
local core = require "spherepay.core"
local shell = require "spherepay.sandbox.shell"

local SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

describe("TLS", function()
  local server, client

  setup(function() server = helper.fault.start { tls = true, h2 = true } end)
  teardown(function() server:stop() end)
  before_each(function()
    helper.clear(server)
    server:tls {}
  end)
  after_each(function()
    if client then client:close() end
    client = nil
  end)

  -- One get with these options: the customer's id, or the error's kind and `sent`.
  local function try(options, opts)
    if client then client:close() end
    client = helper.client(server, options)
    local customer, err = client.customer.get(helper.ID, opts)
    if customer then return customer.id end
    return err.kind, err.sent, err
  end

  local function is_refused(options)
    local kind, sent, err = try(options)
    assert.same({ "tls", "no" }, { kind, sent })
    assert.same({ 1, false }, { #err.attempts, err.retryable })
    assert.equal(0, #server:log())
  end

  it("trusts the authority in ca_file, and nobody else", function()
    assert.equal(helper.ID, try())
    helper.clear(server)
    is_refused { ca_file = SYSTEM_BUNDLE }
    is_refused { ca_file = false }
  end)

  -- "trusted" or the kind of the error, when the system's directory of certificates is `system`.
  local function where_the_system_trusts(system, library, options)
    return (helper.child(([[
      local client = require("spherepay").new { token = %q, base_url = %q, max_retries = 0, %s }
      local customer, err = client.customer.get(%q)
      io.write(customer and "trusted" or err.kind)
    ]]):format(helper.TOKEN, server:url(), options, helper.ID), {
      preload = library,
      env = "SP_TRUST_OF=" .. SYSTEM_BUNDLE:match("^.*/") .. " SP_TRUST_IN=" .. system .. "/",
    }))
  end

  it("trusts nobody whom the system trusts beside them", function()
    local library, dir = helper.library("other_trust.c"), shell.read("mktemp -d")
    finally(function() shell.run("rm -rf " .. dir .. " " .. library) end)
    assert(certificate.make(dir))
    assert.equal(0, shell.run(("cd %s && mkdir system others && cp %s system/%s && cp ca.pem others"
      .. " && openssl rehash system others"):format(dir, server.ca_file,
      SYSTEM_BUNDLE:match("[^/]*$"))))
    local function try_with(options)
      return where_the_system_trusts(dir .. "/system", library, options:gsub("DIR", dir))
    end

    assert.equal("trusted", try_with(""))
    assert.equal("tls", try_with("ca_file = 'DIR/ca.pem'"))
    assert.equal("tls", try_with("ca_path = 'DIR/others'"))
    assert.equal("tls", try_with("ca_file = 'DIR/ca.pem', ca_path = 'DIR/others'"))
  end)

  it("trusts the authorities in ca_path, a directory of hashed names", function()
    local dir = shell.read("mktemp -d")
    finally(function() shell.run("rm -rf " .. dir) end)
    is_refused { ca_file = false, ca_path = dir }
    assert.equal(0, shell.run(("cp %s %s/authority.pem && openssl rehash %s"):format(
      server.ca_file, dir, dir)))
    assert.equal(helper.ID, try { ca_file = false, ca_path = dir })
  end)

  it("refuses a certificate that is expired, for another host, or of a stranger", function()
    for _, kind in ipairs { "expired", "wrong_host", "untrusted" } do
      server:tls { certificate = kind }
      is_refused()
    end
  end)

  it("shows the client's certificate when the server wants one", function()
    server:tls { client = "require" }
    local shown = { client_cert = server.client_cert, client_key = server.client_key }
    assert.equal(helper.ID, try(shown))
    -- in TLS 1.3 the refusal comes after the handshake, when the request may be on its way
    local kind, _, err = try()
    assert.same({ "tls", 1 }, { kind, #err.attempts })
    assert.equal(1, #server:log())
  end)

  it("cannot begin without the files it is told to use", function()
    is_refused { ca_file = "/nowhere/ca.pem" }
    is_refused { client_cert = "/nowhere/client.pem" }
  end)

  it("accepts the key that is pinned, alone or among others, and no other", function()
    local other = "sha256//" .. ("A"):rep(43) .. "="
    assert.equal(helper.ID, try { pinned_public_key = server.pin })
    assert.equal(helper.ID, try { pinned_public_key = other .. ";" .. server.pin })
    helper.clear(server)
    is_refused { pinned_public_key = other }
  end)

  it("is 1.2 at least, and 1.3 when that is asked for", function()
    assert.equal(helper.ID, try { min_tls = "1.3" })
    assert.equal("1.3", server:connections()[1].tls)
    helper.clear(server)
    server:tls { max_version = "1.2" }
    is_refused { min_tls = "1.3" }
    assert.equal(helper.ID, try { min_tls = "1.2" })
  end)

  it("speaks HTTP/2 when the server has it, unless told otherwise", function()
    try()
    try { http_version = "2" }
    try { http_version = "1.1" }
    local log = server:log()
    assert.same({ "2", "2", "1.1" }, { log[1].protocol, log[2].protocol, log[3].protocol })
    client = helper.client(server)
    local _, _, response = client.customer.get(helper.ID)
    local timings = response.timings
    client:close()
    assert.is_true(timings.connect > 0 and timings.tls > timings.connect, timings.tls)
    assert.is_true(timings.first_byte > timings.tls and timings.total >= timings.first_byte)
  end)

  it("reads the bundle once, not for each connection", function()
    for _, fault in ipairs(core.libcurl_faults()) do
      if fault.name == "broad_trust" then return end -- what it does about that costs this
    end
    local bundle = os.tmpname()
    assert.equal(0, shell.run(("cat %s > %s"):format(server.ca_file, bundle)))
    server:default(helper.answer { keep_alive = false })
    client = helper.client(server, {
      ca_file = bundle, http_version = "1.1", max_connections = 1, rate_limit = false,
    })
    assert(client.customer.get(helper.ID))
    os.remove(bundle)
    for _ = 1, 3 do assert(client.customer.get(helper.ID)) end
    assert.equal(4, #server:connections())
  end)
end)

describe("http_version 2", function()
  it("is refused before sending, or becomes 1.1, where the server has nothing else", function()
    local server = helper.fault.start { tls = true }
    helper.clear(server)
    local client = helper.client(server, { http_version = "2" })
    finally(function()
      client:close()
      server:stop()
    end)
    local _, err, response = client.customer.get(helper.ID)
    if err then -- newer libcurl
      assert.equal("no", err.sent)
    else
      assert.equal("1.1", response.timings.http_version)
    end
  end)
end)

describe("a proxy", function()
  local server, client

  setup(function() server = helper.fault.start { tls = true, h2 = true } end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)

  it("carries a tunnel, and sees neither the token nor the request", function()
    local address, stop = helper.start_proxy()
    client = helper.client(server, { proxy = "http://jane:passw0rd@" .. address })
    local customer, err = client.customer.create(helper.JANE)
    assert.is_nil(err)
    assert.equal(helper.ID, customer.id)
    client:close()
    local log = stop()
    assert.truthy(log:find("^CONNECT 127%.0%.0%.1:" .. server.port))
    assert.truthy(log:find("Proxy-Authorization: Basic amFuZTpwYXNzdzByZA==", 1, true))
    assert.is_nil(log:find(helper.TOKEN, 1, true))
    assert.is_nil(log:lower():find("\nauthorization:", 1, true))
    assert.is_nil(log:lower():find("idempotency", 1, true))
    assert.is_nil(server:log()[1].headers["proxy-authorization"])
  end)

  it("that refuses means that nothing was sent, and its password is in no error", function()
    local refusing = helper.fault.start()
    finally(function() refusing:stop() end)
    refusing:default { "answer", status = 407, keep_alive = false }
    client = helper.client(server, {
      proxy = "http://jane:passw0rd@127.0.0.1:" .. refusing.port, max_retries = 0,
    })
    local _, err = client.customer.create(helper.JANE)
    assert.same({ "network", "no", false }, { err.kind, err.sent, err.maybe_applied })
    assert.is_nil(err.status)
    assert.is_nil(tostring(err):find("passw0rd", 1, true))
    assert.equal("CONNECT", refusing:log()[1].method)
    client:close()
  end)

  it("gets nothing that is not encrypted: plain http to loopback goes there directly", function()
    local proxy, target = helper.fault.start(), helper.fault.start()
    finally(function()
      proxy:stop()
      target:stop()
    end)
    helper.clear(target)
    client = helper.client(target, { proxy = proxy:url() })
    assert(client.customer.get(helper.ID))
    client:close()
    local script = ([[
      local client = require("spherepay").new { token = "t", base_url = "%s", proxy = "env" }
      print(client.customer.get("%s").id)
    ]]):format(target:url(), helper.ID)
    local all = ("all_proxy=%s http_proxy=%s https_proxy=%s"):format(proxy:url(), proxy:url(),
      proxy:url())
    local out = helper.child(script, { env = "-u no_proxy -u NO_PROXY " .. all })
    assert.equal(helper.ID .. "\n", out)
    assert.equal(0, #proxy:log())
    assert.equal(2, #target:log())
  end)

  it("of the environment is used only when that is asked for", function()
    local script = ([[
      local spherepay = require "spherepay"
      for _, proxy in ipairs { "none", "env" } do
        local client = spherepay.new {
          token = "t", base_url = "%s", ca_file = "%s", max_retries = 0,
          proxy = proxy == "env" and "env" or nil,
        }
        local customer, err = client.customer.get("customer_sample1")
        print(customer and "answered" or err.kind .. " " .. err.sent)
      end
    ]]):format(server:url(), server.ca_file)
    local nowhere = "http://127.0.0.1:" .. helper.fault.refused_port()
    local out = helper.child(script, {
      env = "-u no_proxy -u NO_PROXY https_proxy=" .. nowhere .. " all_proxy=" .. nowhere,
    })
    assert.equal("answered\nnetwork no\n", out)
    out = helper.child(script, { env = "no_proxy=127.0.0.1 https_proxy=" .. nowhere })
    assert.equal("answered\nanswered\n", out)
  end)

  describe("of https", function()
    local dir

    setup(function()
      dir = shell.read "mktemp -d"
      assert(certificate.make(dir))
    end)
    teardown(function() shell.run("rm -rf " .. dir) end)

    local function through(words, options)
      local files = dir .. "/server.pem " .. dir .. "/server.key "
      local address, stop = helper.start_proxy(files .. words)
      options.proxy, options.max_retries = "https://" .. address, 0
      client = helper.client(server, options)
      local customer, err = client.customer.create(helper.JANE)
      client:close()
      stop()
      return customer, err
    end

    it("is trusted by proxy_ca_file", function()
      assert(through("", { proxy_ca_file = dir .. "/ca.pem" }))
    end)

    it("is not trusted by ca_file, and the error names the other option", function()
      local _, err = through("", {})
      assert.same({ "tls", "no" }, { err.kind, err.sent }, err.message)
      assert.truthy(err.hint:find("proxy_ca_file", 1, true), err.hint)
      assert.is_nil(err.hint:find("option ca_file", 1, true), err.hint)
    end)

    it("does not lend its trust to the server", function()
      local customer, err = through("", {
        proxy_ca_file = dir .. "/ca.pem", ca_file = dir .. "/ca.pem",
      })
      assert.is_nil(customer)
      assert.equal("no", err.sent)
      assert.equal(0, #server:log())
    end)

    it("has to speak min_tls", function()
      local _, err = through("old", { proxy_ca_file = dir .. "/ca.pem", min_tls = "1.3" })
      assert.same({ "tls", "no" }, { err.kind, err.sent }, err.message)
    end)
  end)
end)
