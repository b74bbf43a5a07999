--- spherepay.sandbox.representative: the owners of a business.

local support = require("spec.support.sandbox")

local PATH = "/v2/business-representative"

describe("sandbox business representatives", function()
  local api, owner
  before_each(function()
    api = support.handler { onboarding = "platform" }
    local _, customer = api.call("POST", "/v2/customer", {
      type = "business",
      email = "contact@acmecorp.example.com",
      phone = "+14155551234",
      addresses = { { type = "registered" }, { type = "operating" } },
      businessInformation = { legalName = "Acme Corporation Inc." },
    })
    owner = customer.id
  end)

  local function body()
    local sample = support.sample("v2-representative-create-request")
    sample.customerId = owner
    return sample
  end

  it("answers as the vendor's sample does, and gives it back", function()
    local status, created = api.call("POST", PATH, body())
    assert.equal(201, status)
    assert.same(support.steady(support.sample("v2-representative-get")), support.steady(created))
    assert.is_truthy(created.id:find("^associatedPerson_[a-z0-9]+$"))
    local again
    status, again = api.call("GET", PATH .. "/" .. created.id)
    assert.equal(200, status)
    assert.same(created, again)
  end)

  it("completes the criterion of the business", function()
    api.call("POST", PATH, body())
    local found = false
    for _, name in ipairs(api.profile(owner).criteria.complete) do
      found = found or name == "business_representatives"
    end
    assert.is_true(found)
  end)

  it("lists them under data, of one customer when asked", function()
    api.call("POST", PATH, body())
    local _, list = api.call("GET", PATH .. "?customerId=" .. owner)
    assert.same(support.steady(support.sample("v2-representative-list")), support.steady(list))
    local _, none, response = api.call("GET", PATH .. "?customerId=customer_none")
    assert.equal(0, none.pagination.total)
    assert.is_truthy(response.body:find('"data":[]', 1, true))
  end)

  it("names what is missing or wrong", function()
    local status, problem = api.call("POST", PATH, { representationDetails = { isSigner = "yes" } })
    assert.equal(422, status)
    local list = {}
    for i, item in ipairs(problem.errors) do list[i] = item.pointer end
    assert.equal("/customerId /type /email /phone /address /representationDetails/isSigner",
      table.concat(list, " "))
  end)

  it("answers 404 for an unknown customer or representative", function()
    local sample = body()
    sample.customerId = "customer_none"
    assert.equal(404, (api.call("POST", PATH, sample)))
    assert.equal(404, (api.call("GET", PATH .. "/associatedPerson_none")))
    assert.equal(404, (api.call("PATCH", PATH .. "/associatedPerson_none", "{}")))
    for _, name in ipairs { "face-verification-link", "submit-verification" } do
      assert.equal(404, (api.call("POST", PATH .. "/associatedPerson_none/" .. name)))
    end
  end)

  it("updates details one by one and completes their criteria", function()
    local sample = body()
    sample.representationDetails = { roles = { "ubo" }, title = "CEO" }
    local _, created = api.call("POST", PATH, sample)
    local status, updated = api.call("PATCH", PATH .. "/" .. created.id,
      { representationDetails = { isSigner = false } })
    assert.equal(200, status)
    assert.same({ roles = { "ubo" }, title = "CEO", isSigner = false },
      updated.representationDetails)
    local complete = table.concat(updated.verificationProfiles[1].criteria.complete, " ")
    assert.is_truthy(complete:find("is_signer title", 1, true))
    assert.equal(422, (api.call("PATCH", PATH .. "/" .. created.id, {
      personalInformation = { taxIdentificationNumber = "1" },
    })))
  end)

  it("has a link for the face, a submission without effect and a review", function()
    api = support.handler()
    local _, customer = api.call("POST", "/v2/customer", {
      type = "business", email = "contact@acmecorp.example.com", phone = "+14155551234",
      addresses = { { type = "registered" }, { type = "operating" } },
      businessInformation = { legalName = "Acme Corporation Inc." },
    })
    owner = customer.id
    local _, created = api.call("POST", PATH, body())
    local status, link = api.call("POST", PATH .. "/" .. created.id .. "/face-verification-link")
    assert.equal(200, status)
    api.call("GET", (link.url:match("//[^/]+(/.*)$")))
    local _, submitted = api.call("POST", PATH .. "/" .. created.id .. "/submit-verification")
    assert.same({ id = created.id }, submitted)
    local _, now = api.call("GET", PATH .. "/" .. created.id)
    assert.same({ "liveness_check" }, now.verificationProfiles[1].criteria.pending)
    api.call("POST", "/_sandbox/business-representative/" .. created.id .. "/review",
      { status = "approved" })
    _, now = api.call("GET", PATH .. "/" .. created.id)
    assert.equal("approved", now.verificationProfiles[1].status)
  end)
end)
