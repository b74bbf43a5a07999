-- A kept connection is used again only when it is quiet: what waits on it was sent to nobody, and
-- must not become the answer to the next request.

local helper = require "spec.contract.helper"

local OTHER = "{\"id\":\"customer_other1\",\"type\":\"individual\"}"

local function whole(status, body)
  return ("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
    :format(status, #body, body)
end

-- What a server says although nobody asked, and whether it leaves then.
local STRAYS = {
  ["a whole answer"] = { whole("200 OK", OTHER) },
  ["an answer of an old timeout, and an end"] = {
    "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "fin",
  },
  ["a refusal"] = { whole("400 Bad Request", "{\"status\":400,\"detail\":\"no\"}") },
  ["a blank line"] = { "\r\n" },
  ["the end of chunks"] = { "0\r\n\r\n" },
  ["half a status line"] = { "HTTP/1.1 20" },
  ["an interim answer"] = { "HTTP/1.1 100 Continue\r\n\r\n" },
  ["one byte"] = { "x" },
  ["an end"] = { "", "fin" },
  ["a reset"] = { "", "rst" },
}

for _, mode in ipairs { { name = "HTTP/1.1" }, { name = "HTTP/1.1 over TLS", tls = true } } do
  describe("a connection kept over " .. mode.name, function()
    local server, client

    before_each(function()
      server = helper.fault.start(mode)
      helper.clear(server)
      client = helper.client(server, { rate_limit = false })
    end)
    after_each(function()
      client:close()
      server:stop()
    end)

    it("serves fifty calls, one after the other", function()
      for i = 1, 50 do
        local name = helper.NAMES[i % #helper.NAMES + 1]
        local customer, _, response = helper.CALLS[name](client)
        assert.equal(helper.ID, customer.id)
        assert.equal(i > 1, response.attempts[1].reused)
      end
      assert.equal(1, #server:connections())
    end)

    for what, stray in pairs(STRAYS) do
      it("is not used again with " .. what .. " on it", function()
        for _, name in ipairs(helper.NAMES) do
          helper.clear(server)
          client:close()
          client = helper.client(server)
          assert(client.customer.get(helper.ID))
          server:say(stray[1], stray[2])
          local customer, err, response = helper.CALLS[name](client)
          assert.is_nil(err, name)
          assert.same({ helper.ID, 1 }, { customer.id, #response.attempts })
          assert.same({ 2, 2 }, { #server:log(), server:log()[2].connection }, name)
        end
      end)
    end

    it("is not used again when an answer came with another behind it, at once", function()
      for _ = 1, 20 do
        client:close()
        client = helper.client(server)
        server:script { { "wire", bytes = whole("200 OK", helper.CUSTOMER),
          more = whole("200 OK", OTHER) } }
        assert(client.customer.get(helper.ID))
        assert.equal(helper.ID, (assert(client:request("GET", "/v2/x"))).id)
      end
    end)

    it("is replaced by a new one however many of them are not quiet", function()
      local calls = {}
      for i = 1, 8 do calls[i] = helper.start(client) end
      for i = 1, 8 do assert(helper.finish(calls[i])) end
      server:say("\r\n")
      for _ = 1, 10 do
        local customer, _, response = client.customer.create(helper.JANE)
        assert.equal(helper.ID, customer.id)
        assert.equal(1, #response.attempts)
      end
      local opened = #server:connections()
      assert(client.customer.create(helper.JANE))
      assert.equal(opened, #server:connections())
    end)
  end)
end

describe("a connection kept over HTTP/2", function()
  it("is used again although the server has said something", function()
    local server = helper.fault.start { tls = true, h2 = true }
    finally(function() server:stop() end)
    helper.clear(server)
    local client = helper.client(server)
    assert(client.customer.get(helper.ID))
    server:say("\0\0\8\6\0\0\0\0\0ping1234") -- a PING
    assert(client.customer.get(helper.ID))
    assert.equal(1, #server:connections())
    client:close()
  end)
end)

describe("HTTP/2 without TLS", function()
  it("serves calls one after the other, and at once", function()
    local server = helper.fault.start()
    finally(function() server:stop() end)
    helper.clear(server)
    local client = helper.client(server, { http_version = "2" })
    for _ = 1, 3 do
      for _, name in ipairs(helper.NAMES) do assert(helper.CALLS[name](client)) end
    end
    local tasks = {}
    for i = 1, 9 do tasks[i] = helper.start(client, helper.NAMES[i % 3 + 1]) end
    for _, task in ipairs(tasks) do assert(helper.finish(task)) end
    for _, request in ipairs(server:log()) do assert.equal("2", request.protocol) end
    assert.equal(18, #server:log())
    client:close()
  end)
end)
