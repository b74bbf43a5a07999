--- spherepay.sandbox.v1 and v1_check: the v1 customer endpoints.

local cjson = require("cjson")

local support = require("spec.support.sandbox")

describe("sandbox v1", function()
  local api
  before_each(function() api = support.handler { generation = "v1" } end)

  local function create(body)
    local status, value = api.call("POST", "/v1/customer", body)
    assert.equal(200, status)
    return value.data.customer
  end

  local function requirements(id)
    local _, value = api.call("GET", "/v1/customer/" .. id)
    return table.concat(value.data.customer.requirements, " "), value.data.customer
  end

  it("answers create, get and update as the vendor's samples do", function()
    local status, value = api.call("POST", "/v1/customer", support.sample("v1-create-request"))
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v1-create-response")), support.steady(value))
    local path = "/v1/customer/" .. value.data.customer.id
    status, value = api.call("GET", path)
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v1-get-response")), support.steady(value))
    status, value = api.call("POST", path, support.sample("v1-update-request"))
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v1-update-response")), support.steady(value))
  end)

  it("writes every documented array as []", function()
    local _, _, response = api.call("POST", "/v1/customer", support.sample("v1-create-request"))
    for _, name in ipairs { "ubos", "wallets", "bankAccounts", "verificationLevels" } do
      assert.is_truthy(response.body:find('"' .. name .. '":[]', 1, true), name)
    end
    assert.is_truthy(response.body:find('"meta":{}', 1, true))
  end)

  it("takes the smallest bodies of the vendor's guides", function()
    create(support.sample("v1-create-request-minimal-individual"))
    create(support.sample("v1-create-request-minimal-business-address"))
    local business = create(support.sample("v1-create-request-minimal-business"))
    assert.equal("Shape Co", business.firstName)
    assert.equal(cjson.null, business.lastName)
  end)

  it("shrinks requirements as fields arrive and moves kyc to pending", function()
    local id = create(support.sample("v1-create-request-minimal-individual")).id
    assert.equal("customerIdentityDocument ssn firstName lastName email phoneNumber dob"
      .. " address.line1 address.city address.postalCode", (requirements(id)))
    local body = support.sample("v1-create-request")
    body.ssn, body.type = "111-11-1111", nil
    api.call("POST", "/v1/customer/" .. id, body)
    local left, customer = requirements(id)
    assert.equal("customerIdentityDocument", left)
    assert.equal("pending", customer.kyc)
  end)

  it("keeps a business incomplete until its owners lack nothing", function()
    local person = support.sample("v1-create-request")
    person.type = nil
    local body = {
      type = "business", name = "Shape Co", email = "shapeco@test.com", phoneNumber = "+1",
      ein = "1",
      incorporationDocument = "eA==", shareholderDocument = "eA==", address = person.address,
      ubos = { person },
    }
    local business = create(body)
    assert.equal("incomplete", business.kyc)
    assert.same({}, business.requirements)
    assert.same({ "customerIdentityDocument", "ssn" }, business.ubos[1].requirements)
    assert.equal("John", business.ubos[1].firstName)
    person.ssn, person.identityDocumentFront = "111-11-1111", "eA=="
    local _, value = api.call("POST", "/v1/customer/" .. business.id, { ubos = { person } })
    assert.equal("pending", value.data.customer.kyc)
  end)

  it("keeps what an update does not send, of the address too", function()
    local body = support.sample("v1-create-request")
    local id = create(body).id
    local path = "/v1/customer/" .. id
    local status, value = api.call("POST", path, { address = { city = "Chicago" } })
    assert.equal(200, status)
    local address = value.data.customer.address
    assert.equal("Chicago", address.city)
    assert.equal(body.address.line1, address.line1)
    assert.equal(body.address.country, address.country)
    value = select(2, api.call("POST", path, { address = cjson.null }))
    assert.equal(cjson.null, value.data.customer.address.line1)
  end)

  it("takes the consent of a business in an update", function()
    local id = create(support.sample("v1-create-request-minimal-business")).id
    local _, value = api.call("POST", "/v1/customer/" .. id, { tosAccepted = true })
    assert.equal("approved", value.data.customer.tos)
  end)

  it("asks nothing of owners after the hosted page", function()
    local id = create { type = "business", name = "Shape Co", ubos = { { firstName = "Jane" } } }.id
    local _, value = api.call("POST", "/v1/customer/" .. id .. "/kycLink", "{}")
    api.call("GET", (value.data.url:match("//[^/]+(/.*)$")))
    local _, customer = requirements(id)
    assert.same({}, customer.ubos[1].requirements)
    assert.equal("pending", customer.kyc)
  end)

  it("never gives the ssn or a document back", function()
    local body = support.sample("v1-create-request")
    body.ssn, body.identityDocumentFront = "111-11-1111", "c2VjcmV0"
    local _, _, response = api.call("POST", "/v1/customer", body)
    assert.is_nil(response.body:find("111-11-1111", 1, true))
    assert.is_nil(response.body:find("c2VjcmV0", 1, true))
  end)

  it("answers errors in its own shape", function()
    local status, value = api.call("GET", "/v1/customer/customer_none")
    assert.equal(404, status)
    assert.equal("customer/not-found", value.error)
    for name in pairs(support.sample("v1-error")) do assert.is_not_nil(value[name], name) end
    for name in pairs(value) do assert.is_not_nil(support.sample("v1-error")[name], name) end
    assert.is_false(value.ok)
    assert.equal(cjson.null, value.data)
  end)

  local WRONG = {
    { "customer/missing-data", {} },
    { "customer/wrong-data-structure", { type = "person" } },
    { "customer/wrong-data-structure", { type = "individual", dob = "1990-01-15" } },
    { "customer/wrong-data-structure", { type = "individual", dob = { day = 1 } } },
    { "customer/wrong-data-structure", { type = "individual", email = "x" } },
    { "customer/wrong-data-structure", { type = "business", ubos = { "John" } } },
    { "customer/wrong-data-structure", { type = "business", highRiskActivities = { "x" } } },
    { "customer/wrong-data-structure", { type = "business", estimatedAnnualRevenueUsd = "1" } },
    { "address/invalid", { type = "individual", address = { country = "US" } } },
    { "address/invalid", { type = "individual", address = { state = "Illinois" } } },
  }
  for _, case in ipairs(WRONG) do
    it("refuses with " .. case[1] .. ": " .. cjson.encode(case[2]), function()
      local status, value = api.call("POST", "/v1/customer", case[2])
      assert.equal(400, status)
      assert.equal(case[1], value.error)
    end)
  end

  it("takes the revenue as a number on create and as a band on update", function()
    local id = create { type = "business", estimatedAnnualRevenueUsd = 1000000 }.id
    local path = "/v1/customer/" .. id
    assert.equal(200, (api.call("POST", path, { estimatedAnnualRevenueUsd = "_0_99999" })))
    assert.equal(400, (api.call("POST", path, { estimatedAnnualRevenueUsd = 5 })))
  end)

  it("refuses to update a customer who has passed", function()
    local id = create(support.sample("v1-create-request")).id
    local _, verdict = api.call("POST", "/_sandbox/customer/" .. id .. "/review",
      { status = "approved" })
    assert.equal("approved", verdict.kyc)
    assert.equal(400, (api.call("POST", "/v1/customer/" .. id, { website = "x" })))
    assert.equal(400, (api.call("POST", "/_sandbox/customer/" .. id .. "/review",
      { status = "resubmission_required" })))
  end)

  it("has links for the terms and for the documents", function()
    local id = create(support.sample("v1-create-request")).id
    for _, name in ipairs { "tosLink", "kycLink" } do
      local status, value = api.call("POST", "/v1/customer/" .. id .. "/" .. name, "{}")
      assert.equal(200, status)
      assert.equal(200, (api.call("GET", (value.data.url:match("//[^/]+(/.*)$")))))
    end
    local left, customer = requirements(id)
    assert.equal("", left)
    assert.equal("approved", customer.tos)
    assert.equal("pending", customer.kyc)
    assert.equal(404, (api.call("POST", "/v1/customer/customer_none/tosLink", "{}")))
  end)

  it("lists customers and marks those made with mock=true", function()
    api.call("POST", "/v1/customer?mock=true", support.sample("v1-create-request"))
    local status, value = api.call("GET", "/v1/customer")
    assert.equal(200, status)
    assert.is_true(value.data.customers[1].mock)
  end)

  it("stands beside v2 in the generation v1 and nowhere else", function()
    assert.equal(200, (api.call("GET", "/v2/customer")))
    local status, problem = api.call("GET", "/v2/customer/customer_none")
    assert.equal(404, status)
    assert.equal("resource/not-found", problem.code)
    status, problem = support.handler().call("GET", "/v1/customer")
    assert.equal(404, status)
    assert.equal("resource/not-found", problem.code)
  end)
end)
