-- The classes of badssl.com, made here: what is wrong with a server's certificate or its TLS is
-- refused before a byte of the request leaves, and the reason is named. What the system's TLS
-- library lets pass is in SECURITY.md, and here as well.

local await = require("spec.support.nginx").await
local helper = require "spec.contract.helper"
local classes = require "spec.support.tls.classes"
local tls_server = require "spec.support.tls.server"

describe("a server", function()
  local server

  setup(function() server = tls_server.start(classes) end)
  teardown(function() server:stop() end)

  local function create(index)
    local client = helper.spherepay.new {
      token = helper.TOKEN, base_url = server:url(index), ca_file = server.ca_file,
      max_retries = 2,
    }
    local customer, err = client.customer.create(helper.JANE)
    client:close()
    return customer, err
  end

  for index, class in ipairs(classes) do
    it("with " .. class.name .. (class.refused and " is refused" or " is asked"), function()
      local before = server:arrived()
      local customer, err = create(index)
      if not class.refused then
        assert.is_nil(err)
        assert.equal(helper.ID, customer.id)
        -- nginx writes its log after it has answered: not into the next case
        assert.is_true(await(function() return server:arrived() ~= before end))
        return
      end
      assert.is_nil(customer)
      assert.same({ "tls", "no", false, 1 }, { err.kind, err.sent, err.retryable, #err.attempts },
        tostring(err))
      assert.truthy(tostring(err):find(class.refused), tostring(err))
      assert.equal(before, server:arrived())
    end)
  end
end)

describe("a server that wants to know the client", function()
  local server, stranger

  setup(function()
    server, stranger = helper.fault.start { tls = true }, helper.fault.start { tls = true }
  end)
  teardown(function()
    server:stop()
    stranger:stop()
  end)
  before_each(function()
    helper.clear(server)
    -- in TLS 1.3 the refusal comes when the request may be on its way: see kinds_spec.lua
    server:tls { client = "require", max_version = "1.2" }
  end)

  local function create(options)
    local client = helper.client(server, options)
    local customer, err = client.customer.create(helper.JANE)
    client:close()
    return customer, err
  end

  local function is_refused(options, words)
    local customer, err = create(options)
    assert.is_nil(customer)
    assert.same({ "tls", "no", 1 }, { err.kind, err.sent, #err.attempts }, tostring(err))
    assert.truthy(tostring(err):find(words, 1, true), tostring(err))
    assert.equal(0, #server:log())
  end

  it("takes the certificate that it knows", function()
    assert(create { client_cert = server.client_cert, client_key = server.client_key })
  end)

  it("refuses one that is missing", function()
    is_refused({}, "handshake failure")
  end)

  it("refuses that of a stranger, and one that has expired", function()
    is_refused({ client_cert = stranger.client_cert, client_key = stranger.client_key },
      "refused the client's certificate")
    is_refused({ client_cert = server.stale_cert, client_key = server.client_key },
      "refused the client's certificate")
  end)

  it("does not see one whose key is another", function()
    is_refused({ client_cert = server.client_cert, client_key = stranger.client_key },
      "client")
  end)
end)

describe("a server that changes between two connections", function()
  local server, client

  setup(function() server = helper.fault.start { tls = true, h2 = true } end)
  teardown(function() server:stop() end)
  before_each(function()
    server:clear()
    server:tls {}
    server:default(helper.answer { keep_alive = false })
  end)
  after_each(function() client:close() end)

  -- A client that is known to the server, with a session that could be resumed.
  local function acquainted(options)
    options.http_version = "1.1"
    client = helper.client(server, options)
    assert(client.customer.get(helper.ID))
    assert(client.customer.get(helper.ID))
    assert.equal(2, #server:connections())
  end

  local function is_refused(words)
    local _, err = client.customer.create(helper.JANE)
    assert.same({ "tls", "no", 1 }, { err.kind, err.sent, #err.attempts }, tostring(err))
    assert.truthy(tostring(err):find(words, 1, true), tostring(err))
    assert.equal(2, #server:log())
  end

  it("is asked with another certificate for the key that is pinned", function()
    acquainted { pinned_public_key = server.pin }
    server:tls {}
    assert(client.customer.create(helper.JANE))
  end)

  it("is asked with another key that the authority vouches for, when none is pinned", function()
    acquainted {}
    server:tls { key = "new" }
    assert(client.customer.create(helper.JANE))
  end)

  it("is refused with another key than those that are pinned", function()
    local backup = "sha256//" .. ("A"):rep(43) .. "="
    acquainted { pinned_public_key = server.pin .. ";" .. backup }
    server:tls { key = "new" }
    is_refused "public key"
  end)

  it("is refused with a certificate that is wrong now", function()
    for kind, words in pairs {
      expired = "expired", wrong_host = "no alternative", untrusted = "local issuer",
    } do
      if client then client:close() end
      server:clear()
      server:tls {}
      server:default(helper.answer { keep_alive = false })
      acquainted {}
      server:tls { certificate = kind }
      is_refused(words)
    end
  end)
end)
