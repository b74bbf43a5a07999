-- `spherepay.check`, which takes the place of `assert`.

local errors = require "spherepay.errors"
local helper = require "spec.contract.helper"
local spherepay = require "spherepay"

local check = spherepay.check

local function raised(...)
  local given, count = { ... }, select("#", ...)
  local unpack = table.unpack or unpack -- luacheck: ignore 113 143
  local ok, message = pcall(function() check(unpack(given, 1, count)) end)
  assert.is_false(ok)
  return message
end

describe("spherepay.check", function()
  it("returns what it is given when the first value is one", function()
    local response = { status = 200 }
    local results = { n = select("#", check(1, nil, response)), check(1, nil, response) }
    assert.same({ n = 3, 1, nil, response }, results)
    assert.same({ 0 }, { check(0) })
    assert.equal("", check "")
  end)

  it("raises an error of the library as one line, at the line that called it", function()
    local err = errors.new { kind = "timeout", method = "GET", path = "/v2/customer" }
    local message = raised(nil, err)
    assert.matches("^spec/options/check_spec.lua:%d+: spherepay: timeout: ", message)
    assert.is_truthy(message:find(tostring(err), 1, true))
    assert.is_nil(message:find "\n")
  end)

  it("raises a text as one line, without a secret", function()
    local message = raised(false, "no such\nthing")
    assert.matches("^spec/options/check_spec.lua:%d+: no such thing$", message)
    assert.is_nil(raised(nil, "secret_0123456789abcdef"):find("0123456789", 1, true))
  end)

  it("says when it is given no error, or one without a text", function()
    assert.matches("there is no value, and no error that says why$", raised())
    assert.matches("there is no value, and no error that says why$", raised(nil))
    assert.matches("an error that is a table$", raised(nil, {}))
    assert.matches("an error that is a boolean$", raised(nil, true))
    assert.matches(": 5$", raised(nil, 5))
    local own = setmetatable({}, { __tostring = function() return "a\nkey sk_live_0123456789" end })
    local message = raised(nil, own)
    assert.matches("a key ", message, 1, true)
    assert.is_nil(message:find("0123456789", 1, true))
  end)

  it("tells a script that ends with it what happened, on every Lua", function()
    local out, code = helper.child [[
      local spherepay = require "spherepay"
      local client = spherepay.new { token = "k", base_url = "http://127.0.0.1:1", max_retries = 0 }
      spherepay.check(client.customer.get "customer_1")
    ]]
    assert.matches("stdin:3: spherepay: network: ", out)
    assert.equal(1, code)
  end)
end)
