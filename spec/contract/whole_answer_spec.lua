-- An answer is the whole answer or an error: what is cut, wherever it is cut and however its end
-- would have shown, is a failure of the network, and never a success.

local helper = require "spec.contract.helper"

local FULL_BUDGET = 500
local METHODS = { "GET", "PATCH", "POST" }
local BODY = helper.CUSTOMER
local JSON = "Content-Type: application/json\r\n"

-- What comes of a cell: kind, sent, and by method: maybe_applied, attempts (of two at most).
local function ends(kind, sent, applied, attempts)
  return {
    GET = { kind, sent, false, attempts[1] },
    PATCH = { kind, sent, applied, attempts[2] },
    POST = { kind, sent, applied, attempts[3] },
  }
end

local OK = {}
for _, method in ipairs(METHODS) do OK[method] = { "ok", nil, nil, 1 } end
local UNSEEN = ends("network", "maybe", true, { 2, 2, 1 }) -- no final status came
local CUT = ends("network", "yes", true, { 2, 2, 1 }) -- it did, and the rest did not
local GARBLED = ends("protocol", "yes", true, { 1, 1, 1 })
local MISSING = ends("not_found", "yes", false, { 1, 1, 1 })

local function head(status, lines)
  return "HTTP/1.1 " .. status .. "\r\n" .. JSON .. (lines or "") .. "\r\n"
end

local function with_length(status, body, length)
  return head(status, ("Content-Length: %d\r\n"):format(length or #body)) .. body
end

-- A whole body after lines in which "#" is its length.
local function says(lines)
  return head("200 OK", lines:gsub("#", tostring(#BODY)) .. "\r\n") .. BODY
end

local CHUNKED = "Transfer-Encoding: chunked\r\n"
local CHUNK = ("%x\r\n%s\r\n"):format(#BODY, BODY)

local function packed(status, bytes)
  return head(status, ("Content-Encoding: gzip\r\nContent-Length: %d\r\n"):format(#bytes)) .. bytes
end

local function gzip_of(text)
  local pipe = assert(io.popen("printf %s '" .. text .. "' | gzip -9nc"))
  local bytes = pipe:read("*a")
  pipe:close()
  return bytes
end

local GZIP = gzip_of(BODY)

-- Each: the name, what is sent before the end, what comes of it; what does over TLS, where the
-- end is cut (no close_notify).
local CELLS = {
  { "nothing", "", UNSEEN },
  { "half a status line", "HTTP/1.1 20", UNSEEN },
  { "a status line without its end", "HTTP/1.1 200 OK", UNSEEN },
  { "a status line", "HTTP/1.1 200 OK\r\n", CUT },
  { "half a field", "HTTP/1.1 200 OK\r\n" .. JSON .. "Content-Le", CUT },
  { "half a field of a 404", "HTTP/1.1 404 No\r\n" .. JSON .. "Content-Le", CUT },
  { "half a field of a 422", "HTTP/1.1 422 No\r\n" .. JSON .. "Content-Le", CUT },
  { "fields without the blank line", "HTTP/1.1 200 OK\r\n" .. JSON, CUT },
  { "an interim status without its end", "HTTP/1.1 100 Continue\r\n", UNSEEN },
  { "an interim status", "HTTP/1.1 100 Continue\r\n\r\n", UNSEEN },
  { "two interim statuses", "HTTP/1.1 103 Hints\r\nX: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    UNSEEN },
  { "another protocol", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\njunk",
    UNSEEN },
  { "a length and no body", with_length("200 OK", "", #BODY), CUT },
  { "a length and half a body", with_length("200 OK", BODY:sub(1, 9), #BODY), CUT },
  { "a length and all but a byte", with_length("200 OK", BODY:sub(1, -2), #BODY), CUT },
  { "a length and all", with_length("200 OK", BODY), OK },
  { "a length and half the body of a 404", with_length("404 No", "{", 20), CUT },
  { "a length and all of a 404", with_length("404 No", "{}"), MISSING },
  { "a length of nothing", with_length("200 OK", ""), OK },
  { "chunks and none", head("200 OK", CHUNKED), CUT },
  { "half a chunk", head("200 OK", CHUNKED) .. CHUNK:sub(1, 20), CUT },
  { "chunks without the last", head("200 OK", CHUNKED) .. CHUNK, CUT },
  { "half the last chunk", head("200 OK", CHUNKED) .. CHUNK .. "0\r\n", CUT },
  { "the last chunk and half a trailer", head("200 OK", CHUNKED) .. CHUNK .. "0\r\nX: ", CUT },
  { "all chunks", head("200 OK", CHUNKED) .. CHUNK .. "0\r\n\r\n", OK },
  { "all until the close", head("200 OK", "Connection: close\r\n") .. BODY, OK, tls = CUT },
  { "nothing until the close", head("200 OK", "Connection: close\r\n"), OK, tls = CUT },
  { "all of HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n" .. BODY, OK, tls = CUT },
  { "a length twice and all", says("Content-Length: #\r\nContent-Length: #"), OK },
  { "a list of one length and all", says("Content-Length: #, #"), OK },
  { "lengths that differ", says("Content-Length: 9\r\nContent-Length: #"), GARBLED },
  { "a list of lengths that differ", says("Content-Length: #, 9"), GARBLED },
  { "a length with more behind it", says("Content-Length: # 9"), GARBLED },
  { "a length with a sign", says("Content-Length: +#"), GARBLED },
  { "a length in hexadecimal", says("Content-Length: 0x#"), GARBLED },
  { "a length beyond all numbers", says("Content-Length: 99999999999999999999"), GARBLED },
  { "a length in HTTP/1.0 and half", "HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\n{", CUT },
  { "a 404 until the close", head("404 No", "Connection: close\r\n"), MISSING, tls = CUT },
  { "no content", "HTTP/1.1 204 No\r\n\r\n", OK },
  { "gzip and all", packed("200 OK", GZIP), OK },
  { "a part that says so", with_length("206 Partial", BODY), GARBLED },
  { "gzip and none of it", packed("200 OK", ""), GARBLED },
  { "gzip cut after 4 bytes", packed("200 OK", GZIP:sub(1, 4)), GARBLED },
  { "gzip cut after 10 bytes", packed("200 OK", GZIP:sub(1, 10)), GARBLED },
  { "gzip cut after 12 bytes", packed("200 OK", GZIP:sub(1, 12)), GARBLED },
  { "gzip without its trailer", packed("200 OK", GZIP:sub(1, -9)), GARBLED },
  { "gzip without its last byte", packed("200 OK", GZIP:sub(1, -2)), GARBLED },
  { "gzip with more behind it", packed("200 OK", GZIP .. "x"), GARBLED },
}

local CELLS_OF_H2 = {
  { "nothing, and an error of the connection", { status = false, ending = "frame" }, UNSEEN },
  { "an interim status", { interim = 103, status = false, ending = "frame" }, UNSEEN },
  { "an interim status, and an end", { interim = 103, status = false, ending = "fin" }, UNSEEN },
  { "headers", { ending = "frame" }, CUT },
  { "headers, and an end", { ending = "fin" }, CUT },
  { "headers of a 404", { status = 404, ending = "frame" }, CUT },
  { "half a body", { body = BODY:sub(1, 9), ending = "frame" }, CUT },
  { "half a body, and an end", { body = BODY:sub(1, 9), ending = "fin" }, CUT },
  { "all of a length", { body = BODY, length = #BODY, finish = true, ending = "frame" }, OK },
  { "half of a length", { body = BODY:sub(1, 9), length = #BODY, ending = "frame" }, CUT },
  { "a body that is closed, and an end", { body = BODY, ending = "fin" }, CUT },
  { "the end of the stream, and a GOAWAY", { body = BODY, finish = true, ending = "goaway" }, OK },
  { "the end of the stream, and an end", { body = BODY, finish = true, ending = "fin" }, OK },
  { "the end of the stream, and an error", { body = BODY, finish = true, ending = "frame" }, OK },
}

-- Starts one call in a client of its own.
local function start(server, act, path, method)
  act.path = path
  server:script { act, act }
  local started = {
    client = helper.client(server, { max_retries = 1, rate_limit = false, timeout = 20 }),
  }
  local opts = method ~= "GET" and { json = { meta = {} } } or nil
  started.client:spawn(function()
    local value, err, response = started.client:request(method, path, opts)
    started.got = value and { "ok", nil, nil, #response.attempts }
      or { err.kind, err.sent, err.maybe_applied, #err.attempts }
  end)
  return started
end

-- All cells at once, each in a client of its own: what takes time is the wait before a retry.
local function start_all(server, cells, act_of)
  local calls = {}
  for at, cell in ipairs(cells) do
    for _, method in ipairs(METHODS) do
      local call = start(server, act_of(cell), ("/v2/cell/%d/%s"):format(at, method), method)
      call.name = cell[1] .. ", " .. method
      call.wanted = (server.scheme == "https" and cell.tls or cell[3])[method]
      calls[#calls + 1] = call
    end
  end
  return calls
end

local function finish_all(calls)
  local till, busy = helper.now() + 30, true
  while busy do
    assert(helper.now() < till, "waited in vain")
    busy = false
    for _, call in ipairs(calls) do
      if not call.got then call.client:step(0.0002) end
      busy = busy or not call.got
    end
  end
end

local function run(server, cells, act_of)
  local calls, wrong = start_all(server, cells, act_of), {}
  finish_all(calls)
  for _, call in ipairs(calls) do
    local got, wanted = call.got, call.wanted
    for i = 1, 4 do
      if got[i] ~= wanted[i] then
        wrong[#wrong + 1] = ("%s: %s %s %s %s"):format(call.name, tostring(got[1]),
          tostring(got[2]), tostring(got[3]), tostring(got[4]))
        break
      end
    end
    if got[4] == 2 and call.client:stats().retry_budget >= FULL_BUDGET then
      wrong[#wrong + 1] = call.name .. ": the retry was given back"
    end
    call.client:close()
  end
  assert.same({}, wrong)
end

describe("an answer that is cut", function()
  local server

  after_each(function() server:stop() end)

  for _, mode in ipairs { { name = "HTTP/1" }, { name = "HTTP/1 over TLS", tls = true } } do
    it("is an error of the network over " .. mode.name, function()
      server = helper.fault.start(mode)
      run(server, CELLS, function(cell) return { "wire", bytes = cell[2], close = "fin" } end)
    end)
  end

  it("is an error of the network over HTTP/2", function()
    server = helper.fault.start { tls = true, h2 = true }
    run(server, CELLS_OF_H2, function(cell)
      local act = { "h2_part" }
      for key, value in pairs(cell[2]) do act[key] = value end
      return act
    end)
  end)
end)

describe("a body over TLS that ends with its connection", function()
  it("is whole when the peer has said goodbye", function()
    local server = helper.fault.start { tls = true }
    local pipe = io.popen(("echo $$; exec env -u LUA_PATH -u LUA_CPATH -u LD_PRELOAD lua5.4"
      .. " spec/support/tls_goodbye.lua '%s' '%s'"):format(server.key, server.cert))
    local pid, port = pipe:read("*l"), pipe:read("*l")
    finally(function()
      os.execute("kill " .. pid)
      pipe:close()
      server:stop()
    end)
    local client = helper.spherepay.new {
      token = helper.TOKEN, base_url = "https://127.0.0.1:" .. port, ca_file = server.ca_file,
    }
    for _ = 1, 2 do
      local customer, err = client.customer.get(helper.ID)
      assert.is_nil(err)
      assert.equal(helper.ID, customer.id)
    end
    client:close()
  end)
end)
