-- Header blocks of every shape, whole and broken, from the server and from a proxy before TLS, on
-- clients that go on after each: an answer or an error comes, and the process lives. The value of
-- this spec is in its run with the sanitizers.

local errors = require "spherepay.errors"
local helper = require "spec.contract.helper"

local LONG = ("A"):rep(3000)
local BODY = helper.CUSTOMER

-- A whole answer around the header lines in `lines`.
local function whole(lines, status)
  return "HTTP/1.1 " .. (status or "200 OK") .. "\r\n" .. lines .. "Content-Length: " .. #BODY
    .. "\r\nConnection: close\r\n\r\n" .. BODY
end

local SHAPES = {
  whole(""),
  whole(" folded: first\r\n"),
  whole("\tfolded: first\r\n"),
  whole(" A: " .. LONG .. "\r\n"),
  whole(" \r\n"),
  whole("\t\r\n \r\n"),
  whole("X: 1\r\n " .. LONG .. "\r\n\t" .. LONG .. "\r\n"),
  whole("X:\r\n \r\n 2\r\n"),
  whole("X-" .. LONG .. ": 1\r\n"),
  whole("no colon\r\n folded\r\n"),
  whole(": no name\r\n folded\r\n"),
  whole("X: \0\1\127\255\r\n"),
  whole("X\0Y: 1\r\n"),
  whole("X: 1\n folded\n"),
  whole("X: 1\r folded\r\n"),
  whole(("X: 1\r\n"):rep(2000)),
  whole("X: 1\r\n" .. (" 2\r\n"):rep(2000)),
  whole("Connection: close\r\nConnection: close\r\n"),
  whole("Content-Encoding: gzip\r\n folded\r\n"),
  whole("Retry-After: 1\r\n 2\r\n", "429 Slow"),
  whole("", "503 " .. LONG),
  whole("", "200"),
  whole("", "099 Odd"),
  whole("", "1000 Odd"),
  "HTTP/1.1 200 OK\r\n folded: " .. LONG .. "\r\n\r\n",
  "HTTP/1.1 200 OK\r\n folded: " .. LONG,
  "HTTP/1.1 200 OK\r\n\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 200 OK",
  "HTTP/1.1 ",
  "HTTP/",
  "H",
  "",
  "\r\n\r\n",
  " folded: before the status line\r\n\r\n",
  "HTTP/1.0 200 OK\r\n folded\r\n\r\n{}",
  "HTTP/2 200 OK\r\n folded\r\n\r\n{}",
  "HTTP/3 200 OK\r\n\r\n{}",
  "HTTP/9.9 200 OK\r\n\r\n{}",
  ("HTTP/1.1 103 Early Hints\r\n folded: " .. LONG .. "\r\n\r\n"):rep(20) .. whole(" f: 1\r\n"),
  ("HTTP/1.1 103 Early Hints\r\nX: 1\r\n folded\r\n\r\n"):rep(2000) .. whole(" f: 1\r\n"),
  ("HTTP/1.1 100 Continue\r\n\r\n"):rep(2000) .. whole(""),
  ("HTTP/1.1 100 Continue\r\n\r\n"):rep(100) .. "HTTP/1.1 100 Contin",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n folded\r\n\r\njunk",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n trailer: folded\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\n"
    .. "X: 1\r\n 2\r\n\r\n",
  "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\n realm=x\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 302 Go\r\nLocation: /x\r\n folded\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 204 No\r\n folded\r\n\r\n",
  "HTTP/1.1 304 No\r\n folded\r\n\r\n",
}

-- The second order puts other shapes one after the other.
local function in_both_orders(visit)
  for _, shape in ipairs(SHAPES) do visit(shape) end
  for i = #SHAPES, 1, -1 do
    visit(SHAPES[i])
    visit(SHAPES[(i * 7) % #SHAPES + 1])
  end
end

local function ends_well(server, client, shape)
  server:script { { "wire", bytes = shape, close = "fin" } }
  local value, err = client:request("GET", "/v2/x")
  assert.is_true(value ~= nil or errors.is(err))
end

local LIMITS = { max_retries = 0, rate_limit = false, timeout = 10 }

describe("a header block of any shape", function()
  local server, client

  after_each(function()
    client:close()
    server:stop()
  end)

  for _, mode in ipairs { { name = "HTTP/1.1" }, { name = "HTTP/1.1 over TLS", tls = true } } do
    it("from a server with " .. mode.name .. " does no harm to the process", function()
      server = helper.fault.start(mode)
      client = helper.client(server, LIMITS)
      in_both_orders(function(shape) ends_well(server, client, shape) end)
      server:script { helper.answer() }
      assert.equal(helper.ID, (client.customer.get(helper.ID)).id)
    end)
  end

  it("from a proxy, as its answer to CONNECT, does no harm to the process", function()
    server = helper.fault.start {}
    client = helper.spherepay.new {
      token = helper.TOKEN, base_url = "https://api.example.com", proxy = server:url(),
      max_retries = 0, rate_limit = false, timeout = 10,
    }
    in_both_orders(function(shape)
      server:script { { "wire", bytes = shape, close = "fin" } }
      local value, err = client:request("GET", "/v2/x")
      assert.is_nil(value)
      assert.equal("no", err.sent)
    end)
    assert.equal("CONNECT", server:log()[1].method)
  end)
end)

describe("the known faults of the libcurl that runs", function()
  local core = require "spherepay.core"

  it("are told with what the core does about each", function()
    for _, fault in ipairs(core.libcurl_faults()) do
      assert.truthy(fault.name:find("^[%l_%d]+$"))
      assert.truthy(#fault.what > 0 and #fault.remedy > 0)
    end
  end)

  it("are all those of its version", function()
    local major, minor, patch = core.versions:match("^libcurl/(%d+)%.(%d+)%.(%d+)")
    local version = tonumber(major) * 10000 + tonumber(minor) * 100 + tonumber(patch)
    local found = {}
    for _, fault in ipairs(core.libcurl_faults()) do found[fault.name] = fault end
    local header, twice = found.stale_header, found.session_twice
    assert.equal(version < 80101, header ~= nil)
    assert.equal(version < 80800, twice ~= nil)
    assert.same({}, { found.idle_bytes.since, found.idle_bytes["until"] })
    if header then assert.same({ "7.83.0", "8.1.1" }, { header.since, header["until"] }) end
    if twice then assert.same({ nil, "8.8.0" }, { twice.since, twice["until"] }) end
  end)
end)
