-- Shows what the fault server does with TLS; the clients are the curl and openssl commands.

local fault = require("spec.support.fault")
local transfer = require("spec.support.fault.transfer")

local curl, EXIT = transfer.curl, transfer.EXIT
local SHORT = 0.2 -- seconds until curl gives up where it is to give up

local server

describe("the fault server with TLS", function()
  setup(function() server = fault.start({ tls = true, h2 = true }) end)
  teardown(function() server:stop() end)
  before_each(function() server:clear() end)

  it("offers HTTP/2 and falls back on HTTP/1.1", function()
    assert.equal("2", curl(server, server:url()).version)
    assert.equal("1.1", curl(server, "--http1.1 " .. server:url()).version)
    assert(server:wait({ closed = 2 }))
    local connections = server:connections()
    local first, second = connections[1], connections[2]
    assert.same({ "h2", "1.3", "http/1.1" }, { first.alpn, first.tls, second.alpn })
  end)

  it("reads many requests of one HTTP/2 connection, headers indexed and Huffman coded", function()
    local value = ("a-long-value~"):rep(30) .. "\195\169"
    local urls = server:url("/1") .. " " .. server:url("/2") .. " " .. server:url("/3")
    assert.equal(200, curl(server, "-H 'Trace: " .. value .. "' " .. urls).status)
    for index, entry in ipairs(server:log()) do
      assert.same({ "/" .. index, value, 1, index * 2 - 1 },
        { entry.path, entry.headers.trace, entry.connection, entry.stream })
    end
    assert.equal(3, #server:log())
  end)

  it("shows certificates that are wrong", function()
    for _, kind in ipairs({ "expired", "wrong_host", "untrusted" }) do
      server:tls({ certificate = kind })
      assert.equal(EXIT.CERTIFICATE, curl(server, server:url()).exit, kind)
    end
    server:tls({})
    assert.equal(0, curl(server, server:url()).exit)
    assert.equal(1, #server:log())
    assert.error_matches(function() server:tls({ certificate = "odd" }) end, "unknown kind")
  end)

  it("requires a client's certificate", function()
    server:tls({ client = "require" })
    assert.not_equal(0, curl(server, server:url()).exit)
    local shown = "--cert " .. server.client_cert .. " --key " .. server.client_key .. " "
    assert.equal(200, curl(server, shown .. server:url()).status)
    server:tls({})
  end)

  it("speaks TLS 1.2 only", function()
    server:tls({ max_version = "1.2" })
    assert.equal(0, curl(server, server:url()).exit)
    assert.equal(EXIT.TLS, curl(server, "--tlsv1.3 " .. server:url()).exit)
    assert(server:wait({ closed = 2 }))
    assert.equal("1.2", server:connections()[1].tls)
    server:tls({})
  end)

  it("has a key that can be pinned", function()
    assert.equal(0, curl(server, "--pinnedpubkey " .. server.pin .. " " .. server:url()).exit)
    local other = "sha256//" .. ("A"):rep(43) .. "="
    assert.equal(EXIT.PIN, curl(server, "--pinnedpubkey " .. other .. " " .. server:url()).exit)
  end)

  it("fails the handshake, and hangs in it", function()
    server:script({ "tls_handshake_fail", "stall_on_accept" })
    local failed = curl(server, "-S " .. server:url())
    assert.equal(EXIT.TLS, failed.exit)
    assert.truthy(failed.out:find("handshake failure", 1, true))
    assert.equal(EXIT.TIMEOUT, curl(server, "-m " .. SHORT .. " " .. server:url()).exit)
  end)

  it("cuts an answer short without a TLS goodbye", function()
    server:script({ { "tls_truncate", body = "0123456789", until_close = true } })
    local pipe = io.popen("printf 'GET / HTTP/1.1\\r\\n\\r\\n' | openssl s_client -quiet -ign_eof "
      .. "-connect 127.0.0.1:" .. server.port .. " -CAfile " .. server.ca_file .. " 2>&1")
    local text = pipe:read("*a")
    pipe:close()
    assert.truthy(text:find("\r\n\r\n01234", 1, true))
    assert.truthy(text:find("unexpected eof", 1, true))
  end)

  -- Has sent a request, and says goodbye when the pipe is closed. Not every curl does, and in TLS
  -- 1.3 nobody but the peer sees that it is one.
  local function goodbye_sayer()
    local pipe = io.popen("exec openssl s_client -tls1_2 -quiet -no_ign_eof -connect 127.0.0.1:"
      .. server.port .. " -CAfile " .. server.ca_file .. " >/dev/null 2>&1", "w")
    pipe:write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    pipe:flush()
    return pipe
  end

  it("tells which bytes came after a mark, and that a close_notify was among them", function()
    server:script({ "stall" })
    local pipe = goodbye_sayer()
    assert(server:wait({ arrived = 1 }))
    pipe:close()
    assert(server:wait({ left = 1 }))
    local since = server:connections()[1].since_mark
    assert.same({ "handshake", "alert" }, { since.records[1], since.records[#since.records] })
    server:mark()
    since = server:connections()[1].since_mark
    assert.same({ 0, 0 }, { since.bytes, #since.records })
  end)

  it("sees the close_notify of a connection marked while it was idle", function()
    server:script({ { "stall", early = true } })
    local pipe = goodbye_sayer()
    assert(server:wait({ arrived = 1 }))
    server:mark()
    pipe:close()
    assert(server:wait({ left = 1 }))
    assert.same({ "alert" }, server:connections()[1].since_mark.records)
  end)
end)
