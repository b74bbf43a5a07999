-- client.customer.merge_meta: which two requests it makes, byte for byte, and what it answers.

local cjson = require "cjson"
local core = require "spherepay.core"
local samples = require "spec.support.samples"
local served = require "spec.support.served"
local spherepay = require "spherepay"

local ID = "customer_1ab2c3d4"

local function customer_with(meta, extra)
  return '{"id":"' .. ID .. '","type":"individual"' .. (extra or "") .. ',"meta":' .. meta .. "}"
end

describe("client.customer.merge_meta", function()
  local server, client

  setup(function()
    server = served.start()
    client = server:client()
  end)
  teardown(function() server:stop() end)

  -- Merges into a customer with this meta, and returns the meta that is written.
  local function written(meta, changes, with)
    server:answers { customer_with(meta), customer_with '{"from":"the server"}' }
    local customer = assert((with or client).customer.merge_meta(ID, changes))
    assert.equal("the server", customer.meta.from)
    assert.equal(2, #server:requests())
    return server:requests()[2].body
  end

  it("gets the customer, updates it with the whole meta, and returns what that answers", function()
    server:answers { customer_with '{"a":"1"}', customer_with '{"a":"1","b":"2"}' }
    local customer, err, response = client.customer.merge_meta(ID, { b = "2" })
    local read, write = server:requests()[1], server:requests()[2]
    assert.is_nil(err)
    assert.same({ a = "1", b = "2" }, customer.meta)
    assert.equal(200, response.status)
    assert.equal("GET /v2/customer/" .. ID, read.method .. " " .. read.path)
    assert.equal("PATCH /v2/customer/" .. ID, write.method .. " " .. write.path)
    assert.same({ meta = { a = "1", b = "2" } }, cjson.decode(write.body))
  end)

  it("updates with POST in v1, out of its envelope", function()
    server:answers {
      samples.text "api/v1-update-response.json", samples.text "api/v1-update-response.json",
    }
    local v1 = server:client { api_version = "v1" }
    local id = samples.customer("v1-update-response").id
    assert.equal("pending", v1.customer.merge_meta(id, { more = true }).kyc)
    local write = server:requests()[2]
    assert.equal("POST /v1/customer/" .. id, write.method .. " " .. write.path)
    assert.same({ meta = { key = "value", more = true } }, cjson.decode(write.body))
  end)

  it("replaces a key, and leaves every kind of value in the others as it was", function()
    for _, nulls in ipairs { "drop", "keep" } do
      local with = server:client { nulls = nulls }
      for _, pair in ipairs {
        '"kept":null', '"kept":true', '"kept":false', '"kept":""', '"kept":1.5', '"kept":[null]',
        '"kept":9007199254740992', '"kept":-9007199254740991', '"kept":{"a":{}}',
      } do
        assert.equal('{"meta":{' .. pair .. "}}", written("{" .. pair .. "}", {}, with))
        local body = written("{" .. pair .. ',"new":"old"}', { new = "new" }, with)
        assert.truthy(body:find(pair, 1, true))
        assert.truthy(body:find('"new":"new"', 1, true))
      end
    end
  end)

  it("sends what is not named digit for digit and bracket for bracket", function()
    for _, member in ipairs {
      '"discordId":175928847299117063', '"odd":9007199254740993', '"long":123456789012345678901',
      '"as":1.50', '"as":1e2', '"as":-0', '"as":0.1000000000000000055511151231257827',
      '"tags":[]', '"list":[1,{"a":[]}]', '"errors":{}', '"a":{"b":{"c":[[],{}]}}',
      '"note":"hi \\ud83d"', '"note":"\\u00e9\\/"', '"\\u0061b":1', '"note": [ "x" ] ',
    } do
      assert.equal('{"meta":{' .. member:gsub(" $", "") .. ',"x":"y"}}',
        written("{" .. member .. "}", { x = "y" }))
    end
  end)

  it("keeps the order in which the server had them", function()
    assert.equal('{"meta":{"z":1,"a":2,"m":3,"k":4}}',
      written('{"z":1,"a":2,"b":0,"m":3}', { k = 4, b = spherepay.null }))
  end)

  it("sends the last of keys that the server has twice", function()
    assert.equal('{"meta":{"b":1,"a":[3],"x":1}}',
      written('{"a":[2],"b":1,"a":[3]}', { x = 1 }))
    assert.equal('{"meta":{"b":1}}', written('{"a":2,"b":1,"a":3}', { a = spherepay.null }))
  end)

  it("does so in v1, within its envelope", function()
    local customer = customer_with '{"id":9007199254740993}'
    local answer = '{"ok":true,"data":{"customer":' .. customer .. "}}"
    server:answers { answer, answer }
    assert(server:client { api_version = "v1" }.customer.merge_meta(ID, { a = 1 }))
    assert.equal('{"meta":{"id":9007199254740993,"a":1}}', server:requests()[2].body)
  end)

  it("takes a key away for spherepay.null", function()
    assert.equal('{"meta":{"b":"2"}}', written('{"a":"1","b":"2"}', { a = spherepay.null }))
    assert.equal('{"meta":{}}', written('{"a":"1"}', { a = spherepay.null }))
    assert.equal('{"meta":{}}', written('{"a":"1"}', { a = spherepay.null, b = spherepay.null }))
  end)

  it("can set false", function()
    assert.equal('{"meta":{"a":false}}', written('{"a":true}', { a = false }))
  end)

  it("begins with nothing when the customer has no meta", function()
    server:answers { '{"id":"' .. ID .. '"}', customer_with "{}" }
    assert(client.customer.merge_meta(ID, { a = 1 }))
    assert.equal('{"meta":{"a":1}}', server:requests()[2].body)
    assert.equal('{"meta":{"a":1}}', written("null", { a = 1 }))
  end)

  it("begins with nothing when the meta is an empty array", function()
    assert.equal('{"meta":{"a":1}}', written("[]", { a = 1 }))
  end)

  it("writes nothing over a meta that is something else", function()
    for _, meta in ipairs { '["a"]', '"text"', "5", "false" } do
      server:answer(200, customer_with(meta))
      local customer, err = client.customer.merge_meta(ID, { a = 1 })
      assert.is_nil(customer)
      assert.same({ "protocol", "no" }, { err.kind, err.sent })
      assert.truthy(tostring(err):find("meta is no object", 1, true))
      assert.equal(1, #server:requests())
    end
  end)

  it("does not change the table it is given", function()
    local changes = { a = spherepay.null, b = 1 }
    written('{"a":1,"c":2}', changes)
    assert.same({ a = spherepay.null, b = 1 }, changes)
  end)

  it("sends nothing when the id or a value cannot be sent", function()
    for place, call in pairs {
      ["/id"] = { "../customer_1", { a = 1 } },
      ["/meta/a"] = { ID, { a = {} } },
      ["/meta"] = { ID, { "a" } },
    } do
      server:answer(200, customer_with "{}")
      local customer, err = client.customer.merge_meta(call[1], call[2])
      assert.is_nil(customer)
      assert.equal("invalid", err.kind)
      assert.equal(place, err.errors[1].pointer)
      assert.same({}, server:requests())
    end
  end)

  it("refuses a business of v2 in the vendor's words, after the read", function()
    local business = samples.text "api/v2-get-business-from-schema-examples.json"
    local id = samples.customer("v2-get-business-from-schema-examples").id
    server:answer(200, business)
    local customer, err = client.customer.merge_meta(id, { a = 1 })
    assert.is_nil(customer)
    assert.equal("invalid", err.kind)
    assert.equal("no", err.sent)
    assert.truthy(tostring(err):find("business data goes through the KYC link", 1, true))
    assert.equal(1, #server:requests())
    assert(client.customer.merge_meta(id, { a = 1 }, { validate = false }))
    assert.equal("PATCH", server:requests()[3].method)
  end)

  it("updates a customer of a type that nobody has heard of", function()
    server:answer(200, '{"id":"' .. ID .. '","type":"trust"}')
    assert(client.customer.merge_meta(ID, { a = 1 }))
    assert.equal('{"meta":{"a":1}}', server:requests()[2].body)
  end)

  it("returns the error of a read that fails, and does not write", function()
    server:answer(404, samples.text "api/v2-error-404-problem.json")
    local customer, err = client.customer.merge_meta(ID, { a = 1 })
    assert.is_nil(customer)
    assert.equal("not_found", err.kind)
    assert.equal("GET", err.method)
    assert.equal(404, err.response.status)
    assert.equal(1, #server:requests())
  end)

  it("sends the caller's idempotency key with the update only", function()
    server:answer(200, customer_with "{}")
    assert(client.customer.merge_meta(ID, { a = 1 }, { idempotency_key = "key_1" }))
    assert.is_nil(server:requests()[1].idempotency_key)
    assert.equal("key_1", server:requests()[2].idempotency_key)
  end)

  it("ends both calls by one deadline", function()
    server:answer(200, "{}")
    server.server:script { { "answer", delay = 1, body = customer_with "{}" }, "stall" }
    local began = core.now()
    local _, err = client.customer.merge_meta(ID, { a = 1 }, { deadline = 1.5 })
    assert.equal("timeout", err.kind)
    assert.equal("PATCH", err.method)
    assert.is_true(core.now() - began < 2.4) -- with one for each it would be 2.5
  end)

  it("raises for wrong use", function()
    for message, call in pairs {
      ["with a dot"] = function() client.customer:merge_meta(ID, {}) end,
      ["an id (a string)"] = function() client.customer.merge_meta(5, {}) end,
      ["a table of changes"] = function() client.customer.merge_meta(ID, "a") end,
      ["deadline"] = function() client.customer.merge_meta(ID, {}, { deadlin = 1 }) end,
    } do
      local ok, problem = pcall(call)
      assert.is_false(ok)
      assert.truthy(problem:find(message, 1, true), problem)
      assert.truthy(problem:find("merge_meta_spec.lua", 1, true), problem)
    end
  end)
end)
