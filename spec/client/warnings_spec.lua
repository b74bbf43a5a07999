-- What is sent and not documented is told: beside the answer, in the error and in the events.

local fault = require "spec.support.fault"
local spherepay = require "spherepay"

local CUSTOMER = '{"id":"customer_1","type":"individual"}'
local NAME = {
  pointer = "/first_name",
  detail = 'is not a documented name; did you mean "firstName" in personalInformation?',
}

local function params()
  return {
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = { country = "USA" }, first_name = "Jane",
  }
end

describe("A client", function()
  local server, client, events

  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)

  before_each(function()
    server:clear()
    server:default({ "answer", body = CUSTOMER })
    events = {}
    client = spherepay.new {
      token = "key", base_url = server:url(),
      on_event = function(event) events[event.type] = event end,
    }
  end)

  after_each(function() client:close() end)

  it("tells of unknown names beside a success", function()
    local _, err, response = client.customer.create(params())
    assert.is_nil(err)
    assert.same({ NAME }, response.warnings)
    assert.same({ NAME }, events.request.warnings)
    assert.same({ NAME }, events.response.warnings)
  end)

  it("has an empty list when there is nothing to tell", function()
    local _, _, response = client.customer.get "customer_1"
    assert.same({}, response.warnings)
    assert.is_nil(events.request.warnings)
    assert.is_nil(events.response.warnings)
  end)

  it("tells of them in the error of a refusal, and in its line", function()
    server:default({ "answer", status = 422, body = '{"status":422,"detail":"No."}' })
    local _, err = client.customer.create(params())
    assert.same({ NAME }, err.warnings)
    assert.same({ NAME }, err.response.warnings)
    assert.same({ NAME }, events.error.warnings)
    assert.matches('note: /first_name is not a documented name; did you mean "firstName"',
      tostring(err), 1, true)
    assert.is_nil(tostring(err):find("Jane", 1, true))
  end)

  it("tells of them where something else is refused before anything is sent", function()
    local given = params()
    given.email = nil
    local _, err = client.customer.create(given)
    assert.equal("/email", err.errors[1].pointer)
    assert.same({ NAME }, err.warnings)
  end)

  it("refuses them with validate = \"strict\", of a call or of the client", function()
    local strict = spherepay.new { token = "k", base_url = server:url(), validate = "strict" }
    for _, err in ipairs {
      select(2, client.customer.create(params(), { validate = "strict" })),
      select(2, strict.customer.create(params())),
      select(2, strict.customer.update("customer_1", { addres = {} })),
    } do
      assert.equal("invalid", err.kind)
      assert.matches("is not a documented name; did you mean", err.errors[1].detail, 1, true)
    end
    assert.equal(0, #server:log())
    assert.is_table((strict.customer.create(params(), { validate = false })))
    strict:close()
  end)

  it("tells of filters and names in client:request too", function()
    local query = { emial = "jane.smith@example.com" }
    local _, err, response = client:request("GET", "/v2/customer", { query = query })
    assert.is_nil(err)
    assert.equal("/query/emial", response.warnings[1].pointer)
    _, err = client:request("GET", "/v2/customer", { query = query, validate = "strict" })
    assert.equal("invalid", err.kind)
    assert.matches('/query/emial is not a documented name; did you mean "email"?', tostring(err),
      1, true)
    _, _, response = client:request("GET", "/v2/customer", { query = query, validate = false })
    assert.same({}, response.warnings)
  end)

  it("shows no name that has not the form of a field's", function()
    local given = params()
    given.first_name, given["Jane Smith"] = nil, "x"
    local _, _, response = client.customer.create(given)
    assert.equal("/[redacted]", response.warnings[1].pointer)
    assert.equal("/[redacted]", events.request.warnings[1].pointer)
    local _, _, listed = client:request("POST", "/v2/customer", { json = given })
    assert.equal("/[redacted]", listed.warnings[1].pointer)
  end)

  it("says nothing with validate = false", function()
    local _, _, response = client.customer.create(params(), { validate = false })
    assert.same({}, response.warnings)
  end)

  it("sends no option that stands among the params", function()
    local given = params()
    given.idempotency_key = "k"
    local _, err = client.customer.create(given)
    assert.equal("invalid", err.kind)
    assert.matches("/idempotency_key is an option of the call", tostring(err), 1, true)
    assert.equal(0, #server:log())
  end)
end)
