-- One attempt is one arrival at the server, whatever libcurl would rather do. Without the gate in
-- the core libcurl sends a request again by itself when a kept connection dies.

local helper = require "spec.contract.helper"

local MODES = {
  { name = "HTTP/1.1" },
  { name = "HTTP/1.1 over TLS", tls = true },
  { name = "HTTP/2 over TLS", tls = true, h2 = true },
}

-- Ends of a kept connection or stream that come after the request.
local ENDS = {
  ["when the connection is closed"] = { "read_all_and_close" },
  ["when the connection is reset"] = { "read_all_and_reset" },
}
local ENDS_OF_H2 = {
  ["after a GOAWAY that counts it in"] = { "goaway_after_headers", answer = false },
  ["when its stream is reset"] = { "rst_stream" },
  ["when its stream is reset and the connection closed"] = { "rst_stream", close = true },
  ["when its stream is reset after a GOAWAY"] = { "rst_stream", goaway = true },
  ["when its stream is reset after a GOAWAY, and the connection closed"] = {
    "rst_stream", goaway = true, close = true,
  },
  ["when the server breaks the protocol"] = { "break_protocol" },
  ["when the connection ends without a GOAWAY"] = { "h2_close" },
}

for _, mode in ipairs(MODES) do
  describe("a request over " .. mode.name, function()
    local server, client

    -- A server of its own for each: libcurl opens a connection to send again on, and the one before
    -- may still be about to accept it.
    before_each(function()
      server = helper.fault.start(mode)
      helper.clear(server)
    end)
    after_each(function()
      client:close()
      server:stop()
    end)

    -- A client whose connection is made already.
    local function warm(options)
      client = helper.client(server, options)
      assert(client.customer.get(helper.ID))
    end

    local function arrives_once(ending)
      for _, name in ipairs { "create", "update" } do
        helper.clear(server)
        warm { max_retries = 0 }
        server:script { ending }
        local customer, err = helper.CALLS[name](client)
        assert.is_nil(customer)
        assert.same({ "network", "maybe", true, 1 },
          { err.kind, err.sent, err.maybe_applied, #err.attempts }, name)
        assert.equal(2, #server:log(), name)
        assert.equal(server:log()[1].connection, server:log()[2].connection)
        client:close()
      end
    end

    for when, ending in pairs(ENDS) do
      it("arrives once " .. when, function() arrives_once(ending) end)
    end

    for when, ending in pairs(mode.h2 and ENDS_OF_H2 or {}) do
      it("arrives once " .. when, function() arrives_once(ending) end)
    end

    it("goes out on a new connection, in silence, when the kept one died idle", function()
      server:script { { "keep_alive_then_close_idle", body = helper.CUSTOMER } }
      warm()
      assert(server:wait { closed = 1 })
      local customer, err, response = client.customer.create(helper.JANE)
      assert.is_nil(err)
      assert.equal(helper.ID, customer.id)
      assert.equal(1, #response.attempts)
      assert.same({ 2, 2 }, { #server:log(), #server:connections() })
    end)

    if mode.h2 then
      it("goes out on a new connection when the kept one is being closed with a GOAWAY", function()
        warm()
        server:script { { "goaway_after_headers", linger = 0.3, body = helper.CUSTOMER } }
        local before = helper.start(client)
        helper.step_until(client, function() return server:wait { arrived = 2, timeout = 0 } end)
        for _ = 1, 3 do client:step(0.02) end
        local customer, err, response = client.customer.create(helper.JANE)
        assert.is_nil(err)
        assert.same({ helper.ID, 1 }, { customer.id, #response.attempts })
        assert.equal(helper.ID, (helper.finish(before)).id)
        assert.same({ 3, 2 }, { #server:log(), server:log()[3].connection })
      end)
    end

    it("is repeated by our own policy when it is an update, with a new key each time", function()
      warm()
      server:script { "read_all_and_close", { "answer", status = 503 } }
      local customer, _, response = client.customer.update(helper.ID, helper.CHANGE)
      local log = server:log()
      assert.equal(helper.ID, customer.id)
      assert.same({ "maybe", "yes", "yes" }, {
        response.attempts[1].sent, response.attempts[2].sent, response.attempts[3].sent,
      })
      assert.equal(4, #log)
      local second, third, fourth = log[2], log[3], log[4]
      assert.equal(second.body_sha1, third.body_sha1)
      assert.not_equal(second.idempotency_key, third.idempotency_key)
      assert.not_equal(third.idempotency_key, fourth.idempotency_key)
      assert.not_equal(second.idempotency_key, fourth.idempotency_key)
    end)

    it("is repeated by our own policy when it is a read, without a key", function()
      warm()
      server:script { "read_all_and_close" }
      local _, _, response = client.customer.get(helper.ID)
      assert.equal(2, #response.attempts)
      assert.equal(3, #server:log())
      assert.is_nil(server:log()[3].idempotency_key)
    end)

    it("does not follow a redirect", function()
      server:script { { "redirect", to = server:url("/v2/customer/elsewhere"), status = 307 } }
      client = helper.client(server)
      local _, err = client.customer.create(helper.JANE)
      assert.same({ "protocol", 307, "yes" }, { err.kind, err.status, err.sent })
      assert.equal(1, #server:log())
    end)
  end)
end
