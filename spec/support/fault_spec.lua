-- Shows that the fault server does what it is told, and that it would catch a request sent twice
-- behind the caller's back. It says nothing about spherepay: the clients here are bare sockets and
-- the curl command. HTTP/2 and TLS have specs of their own in spec/support/fault/.

local fault = require("spec.support.fault")
local socket = require("socket")
local transfer = require("spec.support.fault.transfer")

local curl, EXIT = transfer.curl, transfer.EXIT
local SHORT = 0.2 -- seconds until curl gives up where it is to give up
local MEGABYTE = 1024 * 1024

local function get(path)
  return "GET " .. (path or "/") .. " HTTP/1.1\r\nHost: there\r\n\r\n"
end

local function connect(server)
  local sock = assert(socket.connect("127.0.0.1", server.port))
  sock:settimeout(5)
  return sock
end

-- Sends bytes on a new connection and reads until it ends, or for `seconds` when given.
local function exchange(server, bytes, seconds)
  local sock = connect(server)
  if seconds then sock:settimeout(seconds) end
  sock:send(bytes)
  local all, why, part = sock:receive("*a")
  sock:close()
  return all or part, why
end

local function behaviours_of(list)
  local names = {}
  for index, entry in ipairs(list) do names[index] = entry.behaviour end
  return names
end

local server

describe("the fault server", function()
  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() server:clear() end)

  it("answers with a plain 200 when told nothing", function()
    local text = exchange(server, get():gsub("\r\n\r\n", "\r\nConnection: close%0"), SHORT)
    assert.truthy(text:find("^HTTP/1.1 200 "))
    assert.truthy(text:find("\r\n\r\n{}$"))
  end)

  it("answers with the status, headers and body it is given, in the order of the script", function()
    server:default({ "answer", status = 404, keep_alive = false })
    server:script({
      { "answer", status = 503, headers = { ["Retry-After"] = "7" }, keep_alive = false },
      { "answer", body = "first second", headers = { { "A", "1" }, { "A", "2" } },
        keep_alive = false },
    })
    local first = exchange(server, get())
    assert.truthy(first:find("^HTTP/1.1 503 "))
    assert.truthy(first:find("\r\nRetry-After: 7\r\n", 1, true))
    local second = exchange(server, get())
    assert.truthy(second:find("\r\nA: 1\r\nA: 2\r\n", 1, true))
    assert.truthy(second:find("\r\n\r\nfirst second$"))
    assert.truthy(exchange(server, get()):find("^HTTP/1.1 404 "))
  end)

  it("answers in chunks", function()
    server:script({ { "answer", body = "hello", chunked = true, keep_alive = false } })
    assert.truthy(exchange(server, get()):find("\r\n\r\n5\r\nhello\r\n0\r\n\r\n$"))
  end)

  it("sends no body and no length with 204", function()
    server:script({ { "answer", status = 204, keep_alive = false } })
    local text = exchange(server, get())
    assert.falsy(text:find("Content-Length", 1, true))
    assert.truthy(text:find("\r\n\r\n$"))
  end)

  it("logs what arrived", function()
    local body = ("x"):rep(100000)
    curl(server, "-d hello -H 'Idempotency-Key: k1' " .. server:url("/a?b=c"))
    curl(server, "-X PATCH -H 'Transfer-Encoding: chunked' -d " .. body .. " " .. server:url())
    assert(server:wait({ requests = 2 }))
    local log = server:log()
    local first, second = log[1], log[2]
    assert.same({ "POST", "/a?b=c", "k1", 5, true, "1.1" }, {
      first.method, first.path, first.idempotency_key, first.body_length, first.complete,
      first.protocol,
    })
    assert.equal("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", first.body_sha1)
    assert.equal("application/x-www-form-urlencoded", first.headers["content-type"])
    assert.same({ "PATCH", #body, 2 }, { second.method, second.body_length, second.connection })
    assert.is_true(second.at >= first.at)
  end)

  it("logs a request that never came to its end as incomplete", function()
    exchange(server, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf", 0)
    assert(server:wait({ left = 1 }))
    local entry = server:log()[1]
    assert.same({ false, 4 }, { entry.complete, entry.body_length })
    assert.falsy(server:wait({ requests = 1, timeout = 0 }))
  end)

  it("tells in vain waits what there was", function()
    exchange(server, get(), 0)
    assert(server:wait({ closed = 1 }))
    local reached, why = server:wait({ closed = 2, timeout = 0.05 })
    assert.is_nil(reached)
    assert.truthy(why:find('"closed":1', 1, true))
  end)

  it("refuses behaviours and counts it does not know", function()
    assert.error_matches(function() server:script({ "explode" }) end, "unknown behaviour explode")
    assert.error_matches(function() server:default({ status = 1 }) end, "unknown behaviour")
    assert.error_matches(function() server:wait({ wishes = 3 }) end, "nothing is counted as wishes")
  end)

  it("tells of a behaviour that fails", function()
    server:script({ "refused_stream" })
    exchange(server, get())
    assert.error_matches(function() server:log() end, "needs HTTP/2")
  end)

  it("closes a connection when it is accepted", function()
    server:script({ "close_on_accept" })
    assert.equal("", (exchange(server, "")))
    assert.truthy(exchange(server, get(), SHORT):find("^HTTP/1.1 200 "))
  end)

  it("leaves a behaviour for a connection to the next connection", function()
    server:script({ "answer", "close_on_accept" })
    curl(server, server:url("/1") .. " " .. server:url("/2"))
    assert.same({ "answer", "answer" }, behaviours_of(server:log()))
    assert.equal(EXIT.EMPTY, curl(server, server:url()).exit)
  end)

  it("resets a connection when it is accepted, at once or after the first bytes", function()
    server:script({ "reset_on_accept", { "reset_on_accept", late = true } })
    local sock = socket.tcp()
    sock:connect("127.0.0.1", server.port) -- the reset may be there before it returns
    assert(server:wait({ closed = 1 }))
    sock:close()
    assert.equal(EXIT.RECEIVE, curl(server, server:url()).exit)
    for _, connection in ipairs(server:connections()) do
      assert.same({ "server", "rst" }, { connection.closed_by, connection.how })
    end
    assert.same({}, server:log())
  end)

  it("says nothing on an accepted connection", function()
    server:script({ "stall_on_accept" })
    local text, why = exchange(server, get(), SHORT)
    assert.same({ "", "timeout" }, { text, why })
    assert(server:wait({ left = 1 }))
    assert.same({}, server:log())
  end)

  it("reads a request and closes, or resets", function()
    server:script({ "read_all_and_close", "read_all_and_reset" })
    assert.equal(EXIT.EMPTY, curl(server, "-d x " .. server:url()).exit)
    assert.equal(EXIT.RECEIVE, curl(server, "-d x " .. server:url()).exit)
    local log = server:log()
    assert.same({ true, true }, { log[1].complete, log[2].complete })
    local ends = server:connections()
    assert.same({ "fin", "rst" }, { ends[1].how, ends[2].how })
  end)

  it("acts on the headers alone, while the body is still to come", function()
    server:script({ { "answer", status = 413, early = true } })
    local sock = connect(server)
    sock:send("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n")
    assert.truthy(sock:receive("*l"):find("413", 1, true))
    assert.is_false(server:log()[1].complete)
    sock:send("body")
    assert(server:wait({ requests = 1 }))
    sock:close()
  end)

  it("waits before it acts", function()
    server:script({ { "answer", delay = 0.1, keep_alive = false } })
    local began = socket.gettime()
    exchange(server, get())
    assert.is_true(socket.gettime() - began >= 0.09)
  end)

  it("answers half, and closes or resets", function()
    server:script({
      { "answer_half", body = "0123456789" }, { "answer_half", how = "rst" },
      { "answer_half", body = "0123456789", bytes = 9 },
    })
    local cut = curl(server, server:url())
    assert.same({ EXIT.PARTIAL, "01234" }, { cut.exit, cut.out })
    assert.equal(EXIT.RECEIVE, curl(server, server:url()).exit)
    assert.equal("012345678", curl(server, server:url()).out)
  end)

  it("stalls before the answer, in its headers and in its body", function()
    server:script({ "stall", "stall_headers", { "stall_body", body = "0123456789" } })
    assert.equal("", (exchange(server, get(), SHORT)))
    local headers = exchange(server, get(), SHORT)
    assert.truthy(headers:find("^HTTP/1.1 200 "))
    assert.falsy(headers:find("\r\n\r\n", 1, true))
    assert.truthy(exchange(server, get(), SHORT):find("\r\n\r\n01234$"))
    assert(server:wait({ left = 3 }))
  end)

  it("drips a body", function()
    server:script({ { "drip", body = "0123456789", bytes = 2, every = 0.02 } })
    local began = socket.gettime()
    assert.equal("0123456789", curl(server, server:url()).out)
    assert.is_true(socket.gettime() - began >= 0.08)
  end)

  it("drips headers", function()
    server:script({ { "drip", from = "head", total = 2, bytes = 10, every = 0.01 } })
    local began = socket.gettime()
    assert.equal("xx", curl(server, server:url()).out)
    assert.is_true(socket.gettime() - began >= 0.06)
  end)

  it("drips until the client has had enough", function()
    server:script({ "drip" })
    assert.equal(EXIT.TIMEOUT, curl(server, "-m " .. SHORT .. " " .. server:url()).exit)
    assert(server:wait({ left = 1 }))
  end)

  it("sends what is not HTTP", function()
    server:script({ "garbage", { "garbage", bytes = "SSH-2.0-x\r\n" } })
    assert.equal(EXIT.NOT_HTTP, curl(server, server:url()).exit)
    assert.equal("SSH-2.0-x\r\n", (exchange(server, get())))
  end)

  it("declares a wrong length", function()
    server:script({ "wrong_length", { "wrong_length", body = "0123456789", declared = 4 } })
    assert.equal(EXIT.TIMEOUT, curl(server, "-m " .. SHORT .. " " .. server:url()).exit)
    assert.equal("0123", curl(server, server:url()).out)
  end)

  it("storms with informational answers before the answer", function()
    server:script({ { "informational_storm", n = 50, status = 201 } })
    local text = exchange(server, get(), SHORT)
    local _, storms = text:gsub("HTTP/1.1 103 \r\n\r\n", "")
    assert.equal(50, storms)
    assert.truthy(text:find("HTTP/1.1 201 ", 1, true))
  end)

  it("sends headers of any size", function()
    server:script({ { "huge_headers", bytes = 20000, line = 1000 }, "huge_headers" })
    local text = exchange(server, get(), SHORT)
    assert.is_true(text:find("\r\n\r\n", 1, true) > 20000)
    local sock = connect(server)
    sock:send(get())
    assert.falsy(assert(sock:receive(MEGABYTE)):find("\r\n\r\n", 1, true))
    sock:close()
  end)

  it("sends bodies of any size", function()
    server:script({
      { "huge_body", bytes = 3000000 }, { "huge_body", bytes = 3000000, chunked = true },
    })
    assert.equal(3000000, #curl(server, server:url()).out)
    assert.equal(3000000, #curl(server, server:url()).out)
  end)

  it("notices a client that leaves in the middle of a huge body", function()
    server:script({ "huge_body" })
    local sock = connect(server)
    sock:send(get())
    sock:receive(1000)
    sock:close()
    assert(server:wait({ left = 1 }))
  end)

  it("sends bombs that a client decodes to what was asked for", function()
    for _, name in ipairs({ "gzip_bomb", "zstd_bomb" }) do
      server:script({ { name, bytes = MEGABYTE } })
      local out = curl(server, "--compressed " .. server:url()).out
      assert.equal(MEGABYTE, #out, name)
      assert.falsy(out:find("[^%z]"), name)
      assert(server:wait({ left = 1 }))
      assert.is_true(server:connections()[1].bytes_out < 3000, name)
      server:clear()
    end
  end)

  it("sends a brotli bomb of 64 MiB", function()
    server:script({ "brotli_bomb" })
    local pipe = io.popen("curl -s --compressed " .. server:url() .. " | wc -c")
    assert.equal(64 * MEGABYTE, pipe:read("*n"))
    pipe:close()
  end)

  it("redirects", function()
    server:script({ { "redirect", to = "/there" }, { "redirect", status = 308, to = "/next" } })
    assert.equal(200, curl(server, "-L " .. server:url("/here")).status)
    local log = server:log()
    assert.same({ "/here", "/there", "/next" }, { log[1].path, log[2].path, log[3].path })
  end)

  it("closes an idle connection after the answer and tells when", function()
    server:script({ "keep_alive_then_close_idle" })
    local sock = connect(server)
    sock:send(get())
    assert(server:wait({ closed = 1 }))
    local text = assert(sock:receive("*a"))
    assert.truthy(text:find("^HTTP/1.1 200 "))
    assert.falsy(text:find("Connection: close", 1, true))
    assert.equal("server", server:connections()[1].closed_by)
    sock:close()
  end)

  it("ends every connection when it is cleared", function()
    local sock = connect(server)
    assert(server:wait({ connections = 1 }))
    server:clear()
    assert.equal("closed", select(2, sock:receive(1)))
    sock:close()
    assert.same({}, server:connections())
  end)

  it("sees the request that bare libcurl sends twice when a kept connection dies", function()
    for _, how in ipairs({ "fin", "rst" }) do
      server:clear()
      server:script({ { "keep_alive_then_die", how = how } })
      local second = curl(server, "-d 1 " .. server:url("/first") .. " --next "
        .. transfer.REPORTING .. " -X PATCH -d 2 -H 'Idempotency-Key: k2' "
        .. server:url("/second"))
      assert.equal(200, second.status)
      local arrived = {}
      for index, entry in ipairs(server:log()) do
        arrived[index] = { entry.connection, entry.method, entry.path, entry.complete }
      end
      assert.same({
        { 1, "POST", "/first", true }, { 1, "PATCH", "/second", true },
        { 2, "PATCH", "/second", true },
      }, arrived)
      assert.equal("k2", server:log()[3].idempotency_key)
    end
  end)
end)

describe("the fault server as a process", function()
  it("leaves nothing behind when it is stopped", function()
    local one = fault.start({ tls = true })
    local port, file = one.port, one.ca_file
    one:stop()
    one:stop()
    assert.is_nil(socket.connect("127.0.0.1", port))
    assert.is_nil(io.open(file))
  end)

  it("goes when the one who started it goes", function()
    local pipe = io.popen([[lua5.4 -e '
      local server = require("spec.support.fault").start()
      print(server.port, server.ca_file)
      io.stdout:flush()
      os.exit(1, false)']])
    local port, file = pipe:read("*a"):match("(%d+)%s+(%S+)")
    pipe:close()
    local deadline = socket.gettime() + 5
    repeat
      local sock = socket.connect("127.0.0.1", tonumber(port))
      if sock then sock:close() end
    until not sock or socket.gettime() > deadline
    assert.is_nil(socket.connect("127.0.0.1", tonumber(port)))
    assert.is_nil(io.open(file))
  end)

  it("does not keep open what the spec had open when it was started", function()
    local first = fault.start()
    local sock = connect(first)
    assert(first:wait({ connections = 1 }))
    local second = fault.start()
    sock:close()
    assert(first:wait({ left = 1 }))
    first:stop()
    second:stop()
  end)

  it("names a port that refuses and one where connecting hangs", function()
    local refused = socket.tcp()
    assert.same({ nil, "connection refused" },
      { refused:connect("127.0.0.1", fault.refused_port()) })
    local port, close = fault.silent_port()
    local silent = socket.tcp()
    silent:settimeout(SHORT)
    assert.same({ nil, "timeout" }, { silent:connect("127.0.0.1", port) })
    close()
  end)
end)
