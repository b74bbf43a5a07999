-- What is checked is what is sent, whatever metatable the params have and whichever Lua runs.

local served = require "spec.support.served"

local ID = "customer_1ab2c3d4"

local function jane()
  return {
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
  }
end

-- A view of a table that cannot be changed, down to the last table in it.
local function view(of)
  return setmetatable({}, {
    __index = function(_, name)
      return type(of[name]) == "table" and view(of[name]) or of[name]
    end,
    __newindex = function() error("read only") end,
    __pairs = function(self) return function(_, name)
      local following = next(of, name)
      return following, following ~= nil and self[following] or nil
    end end,
    __metatable = "locked",
  })
end

describe("params", function()
  local server, client

  setup(function()
    server = served.start()
    client = server:client()
  end)
  teardown(function() server:stop() end)

  it("that are views are sent as what they show", function()
    local checked, unchecked = jane(), jane()
    checked.meta = { a = "1" }
    unchecked.meta = { a = "1", list = { "x", "y" }, deep = { b = {} } }
    for sent, params in pairs {
      ['"meta":{"a":"1"}'] = checked,
      ['"meta":{"a":"1","deep":{"b":{}},"list":["x","y"]}'] = unchecked,
    } do
      server:answer(201, '{"id":"' .. ID .. '"}')
      local opts = { validate = params == checked }
      assert(client.customer.create(params, opts))
      assert(client.customer.create(view(params), opts))
      local requests = server:requests()
      assert.equal(requests[1].body, requests[2].body)
      assert.truthy(requests[2].body:find(sent, 1, true))
    end
  end)

  it("that only inherit are empty, and are refused as that", function()
    server:answer(201, '{"id":"' .. ID .. '"}')
    local created, err = client.customer.create(setmetatable({}, { __index = jane() }))
    assert.is_nil(created)
    assert.equal("invalid", err.kind)
    assert.same({}, server:requests())
  end)

  it("that change when they are read again are sent as they were checked", function()
    local reads = 0
    local params = jane()
    params.meta = setmetatable({}, { __pairs = function()
      reads = reads + 1
      return next, { n = reads }
    end })
    server:answer(201, '{"id":"' .. ID .. '"}')
    assert(client.customer.create(params))
    assert.truthy(server:requests()[1].body:find('"meta":{"n":1}', 1, true))
  end)

  it("with a string that is not UTF-8 are invalid, and its place is named", function()
    server:answer(200, '{"id":"' .. ID .. '"}')
    local params = jane()
    params.personalInformation = { firstName = "Jos\233" }
    for pointer, call in pairs {
      ["/personalInformation/firstName"] = function() return client.customer.create(params) end,
      ["/meta/note"] = function()
        return client.customer.update(ID, { meta = { note = ("\195\169"):sub(1, 1) } })
      end,
      ["/query/search"] = function()
        return client:request("GET", "/v2/x", { query = { search = "Jos\233" } })
      end,
      ["/search"] = function() return client.customer.list { search = "Jos\233" } end,
      ["/path"] = function() return client:request("GET", "/v2/x/Jos%E9") end,
      ["/list/1"] = function()
        return client:request("POST", "/v2/x", { json = { list = { "a", "\255" } } })
      end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("invalid", err.kind)
      assert.equal(pointer, err.errors[1].pointer)
      assert.is_nil(tostring(err):find "[\128-\255]")
    end
    assert.same({}, server:requests())
  end)

  it("may hold control characters beside arrays that are marked", function()
    server:answer(200, '{"id":"' .. ID .. '"}')
    local spherepay = require "spherepay"
    assert(client:request("POST", "/v2/x", {
      json = { a = "\1" .. "1\1", list = spherepay.empty_array },
    }))
    assert.equal('{"a":"\\u00011\\u0001","list":[]}', server:requests()[1].body)
  end)
end)
