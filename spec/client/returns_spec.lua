-- What every call returns: a value, nil and the response; or nil and an error, and nothing more.

local fault = require "spec.support.fault"
local spherepay = require "spherepay"
local transport = require "spherepay.sandbox.transport"

local JANE = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { city = "Chicago", country = "USA" },
}
local CUSTOMER = '{"id":"customer_1","type":"individual"}'

-- Each call, made as `call(client, id)`.
local CALLS = {
  create = function(client) return client.customer.create(JANE) end,
  get = function(client, id) return client.customer.get(id) end,
  update = function(client, id) return client.customer.update(id, { meta = { a = 1 } }) end,
  merge_meta = function(client, id) return client.customer.merge_meta(id, { a = 1 }) end,
  wait_until = function(client, id)
    return client.customer.wait_until(id, function() return true end, { deadline = 1 })
  end,
  request = function(client, id)
    return client:request("GET", "/v2/customer/" .. spherepay.escape(id))
  end,
}

local function count(...)
  return select("#", ...), ...
end

-- Asks that `call` fails with two values.
local function fails(kind, call, client, id)
  local returned, value, err = count(call(client, id or "customer_1"))
  assert.equal(2, returned)
  assert.is_nil(value)
  assert.equal(kind, err.kind, tostring(err))
  return err
end

describe("A call", function()
  local server, client

  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)

  before_each(function()
    server:clear()
    server:default({ "answer", body = CUSTOMER })
    client = spherepay.new { token = "key", base_url = server:url(), max_retries = 0 }
  end)

  after_each(function() client:close() end)

  for name, call in pairs(CALLS) do
    it(name .. " returns three values when it succeeds", function()
      local returned, value, err, response = count(call(client, "customer_1"))
      assert.equal(3, returned)
      assert.equal("customer_1", value.id)
      assert.is_nil(err)
      assert.equal(200, response.status)
    end)

    it(name .. " returns two when the server refuses, with the response in the error", function()
      server:default({ "answer", status = 422, body = '{"status":422,"code":"no/no"}' })
      local err = fails("rejected", call, client)
      assert.equal(422, err.response.status)
      assert.equal("string", type(err.response.headers["content-length"]))
    end)

    it(name .. " returns two when a success cannot be read", function()
      server:default({ "answer", status = 200, body = "{" })
      assert.equal(200, fails("protocol", call, client).response.status)
    end)

    it(name .. " returns two when nothing came", function()
      local nobody = spherepay.new { token = "k", base_url = "http://127.0.0.1:1", max_retries = 0 }
      -- a wait looks again until its deadline
      local err = fails(name == "wait_until" and "timeout" or "network", call, nobody)
      assert.is_nil(err.response)
      nobody:close()
    end)

    it(name .. " returns two when the client is closed", function()
      client:close()
      assert.is_nil(fails("closed", call, client).response)
    end)

    it(name .. " returns two in the client of an in-process sandbox", function()
      local testing = transport.client { token = "key" }
      if name == "create" then
        assert.equal(3, (count(call(testing))))
      else
        assert.equal(404, fails("not_found", call, testing).response.status)
      end
    end)
  end

  it("with data that cannot be sent returns two", function()
    fails("invalid", function() return client.customer.create {} end)
    fails("invalid", function() return client.customer.get "no id" end)
    fails("invalid", function() return client.customer.update("customer_1", { email = "x" }) end)
    fails("invalid", function() return client.customer.merge_meta("no id", {}) end)
    fails("invalid", function() return client:request("GET", "no path") end)
    fails("invalid", function()
      return client.customer.get("customer_1", { headers = { ["X-A"] = "\n" } })
    end)
  end)

  it("of which a function of parallel makes one gives a list of two", function()
    server:default({ "answer", status = 404, body = "{}" })
    local results = client:parallel { function() return client.customer.get "customer_1" end }
    assert.equal(2, results[1].n)
    assert.equal("not_found", results[1][2].kind)
  end)

  it("has a header that came several times once, in the order in which it came", function()
    server:default({ "answer", body = CUSTOMER, headers = {
      { "X-Seen", "first" }, { "X-Other", "1" }, { "x-seen", "second" }, { "X-SEEN", "third" } } })
    local _, _, response = client.customer.get "customer_1"
    assert.equal("first, second, third", response.headers["x-seen"])
    assert.equal("1", response.headers["x-other"])
  end)

  it("of get_many has its response in the error", function()
    server:default({ "answer", status = 404, body = "{}" })
    for id, value, err, response in client.customer.get_many { "customer_1" } do
      assert.equal("customer_1", id)
      assert.is_nil(value)
      assert.equal(404, err.response.status)
      assert.is_nil(response)
    end
  end)
end)

describe("Other functions that can fail", function()
  it("return two values as well", function()
    fails("invalid", function() return spherepay.document_file "/nowhere/passport.png" end)
    fails("invalid", function() return spherepay.verification.policy { currency = 5 } end)
  end)
end)
