-- What is too large for any server is refused before anything is sent, with the limit in the words.

local fault = require "spec.support.fault"
local spherepay = require "spherepay"

local MEGABYTE = 1048576

describe("A request", function()
  local server

  setup(function() server = fault.start {} end)
  teardown(function() server:stop() end)

  local function client(given)
    given = given or {}
    given.base_url, given.token = server:url(), given.token or "key_of_this_spec"
    return spherepay.new(given)
  end

  local function expect_refused(place, limit, err)
    assert.equal("invalid", err.kind)
    assert.equal("no", err.sent)
    assert.is_false(err.retryable)
    assert.equal(0, #err.attempts)
    assert.equal(place, err.errors[1] and err.errors[1].pointer)
    assert.matches("at most " .. limit .. " bytes", tostring(err), 1, true)
    assert.is_true(#tostring(err) < 1000)
    assert.equal(0, #server:log())
  end

  it("with a path of 9 MB is refused", function()
    local _, err = client():request("GET", "/v2/" .. ("x"):rep(9 * MEGABYTE))
    expect_refused("/path", 8192, err)
  end)

  it("with a query of more than 1 MB is refused", function()
    local query = { search = ("x"):rep(MEGABYTE) }
    local _, err = client():request("GET", "/v2/customer", { query = query })
    expect_refused("/query", 65536, err)
    _, err = client():request("GET", "/v2/customer", { query = { [("x"):rep(MEGABYTE)] = true } })
    expect_refused("/query", 65536, err)
  end)

  it("with a header of more than 1 MB, or many of them, is refused", function()
    local headers = { ["X-A"] = ("x"):rep(MEGABYTE) }
    local _, err = client().customer.get("customer_1", { headers = headers })
    expect_refused("/headers/X-A", 16384, err)
    headers = {}
    for i = 1, 10 do headers["X-" .. i] = ("x"):rep(10000) end
    _, err = client().customer.get("customer_1", { headers = headers })
    expect_refused("/headers", 65536, err)
  end)

  it("with a token of more than 1 MB is refused, wherever the token comes from", function()
    local token = ("x"):rep(MEGABYTE + 1)
    local _, err = client({ token = token }).customer.get "customer_1"
    expect_refused(nil, 16384, err)
    _, err = client({ token = function() return token end }).customer.get "customer_1"
    expect_refused(nil, 16384, err)
  end)

  it("with an empty step in its path is refused", function()
    for _, path in ipairs {
      "/v2/customer/" .. spherepay.escape "", "/v2/customer/" .. spherepay.escape "" .. "/tos-link",
      "/v2/customer/%2e", "/v2/customer/..", "/v2/customer/", "//v2/customer",
    } do
      local _, err = client():request("GET", path)
      assert.same({ "invalid", "no", "/path" }, { err.kind, err.sent, err.errors[1].pointer })
      assert.equal(0, #server:log())
    end
  end)

  it("just below the limits is sent", function()
    server:default { "answer", body = '{"id":"customer_1"}' }
    local one = client { token = ("x"):rep(16384), max_retries = 0 }
    local headers = {}
    for i = 1, 3 do headers["X-" .. i] = ("x"):rep(16384) end
    local value, err = one:request("GET", "/" .. ("x"):rep(8000), {
      headers = headers, query = { search = ("x"):rep(65000) },
    })
    assert.equal("customer_1", value and value.id, tostring(err))
  end)
end)
