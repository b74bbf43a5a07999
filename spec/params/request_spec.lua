local request = require "spherepay.params.request"

-- pointer -> detail
local function told(...)
  local found = {}
  for _, each in ipairs(request.unknown(...) or {}) do found[each.pointer] = each.detail end
  return found
end

describe("A request of a documented endpoint", function()
  it("is told of filters that nobody documents", function()
    local found = told("GET", "/v2/customer", { emial = "a@example.com", Status = "approved" })
    assert.matches('did you mean "email"?', found["/query/emial"], 1, true)
    assert.matches('did you mean "status"?', found["/query/Status"], 1, true)
    found = told("GET", "/v2/business-representative", { customer_id = "customer_1" })
    assert.matches('did you mean "customerId"?', found["/query/customer_id"], 1, true)
  end)

  it("is told of a value that looks misspelt, and not of a new one", function()
    local found = told("GET", "/v2/customer", { status = "aproved", type = "Individual" })
    assert.matches('did you mean "approved"?', found["/query/status"], 1, true)
    assert.matches('did you mean "individual"?', found["/query/type"], 1, true)
    assert.same({}, told("GET", "/v2/customer", { status = "resubmission_required" }))
  end)

  it("is told of names in its body", function()
    local found = told("POST", "/v2/customer", nil, { type = "individual", first_name = "Jane" })
    assert.matches('"firstName" in personalInformation', found["/first_name"], 1, true)
    found = told("POST", "/v2/customer/{id}/otp-send", nil, { kind = "email" })
    assert.is_string(found["/kind"])
    found = told("POST", "/v1/customer", nil, { phone_number = "+14155550123" })
    assert.matches('"phoneNumber"', found["/phone_number"], 1, true)
  end)

  it("is told nothing when everything is documented", function()
    local query = { page = 1, limit = 10, status = "approved", type = "business",
      email = "jane.smith@example.com", search = "Jane" }
    assert.is_nil(request.unknown("GET", "/v2/customer", query))
    assert.is_nil(request.unknown("GET", "/v2/customer", nil))
    assert.is_nil(request.unknown("POST", "/v2/customer/{id}/otp-verify", nil,
      { type = "email", code = "123456" }))
    assert.is_nil(request.unknown("POST", "/v2/customer/{id}/tos-link", nil, nil))
  end)

  it("is told nothing where the documents say nothing", function()
    assert.is_nil(request.unknown("GET", "/v1/customer", { anything = 1 }))
    assert.is_nil(request.unknown("GET", "/v2/wallet", { anything = 1 }))
    assert.is_nil(request.unknown("POST", "/v2/customer", nil, { first_name = "no type" }))
    assert.is_nil(request.unknown("POST", "/v2/customer", nil, "text"))
    assert.is_nil(request.unknown("GET", "/", { a = 1 }))
  end)
end)
