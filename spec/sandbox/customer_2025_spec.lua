--- The v2 customer endpoints in the shapes of 2025: older criteria, some inline, errors A and B.

local support = require("spec.support.sandbox")

local INDIVIDUAL = "v2-create-request-individual-2025-mid"

describe("sandbox of 2025", function()
  local api
  before_each(function() api = support.handler { generation = "v2-2025" } end)

  it("has criteria inline in the second profile and none in the third", function()
    local customer = api.create(INDIVIDUAL)
    local a, b, c = customer.verificationProfiles[1], customer.verificationProfiles[2],
      customer.verificationProfiles[3]
    assert.equal("kyc_profile_a", a.name)
    assert.same({
      "terms_of_service", "date_of_birth", "proof_of_address", "identification_document",
    }, a.criteria.required)
    assert.equal("kyc_profile_b", b.name)
    assert.is_nil(b.criteria)
    assert.same(a.criteria.required, b.required)
    assert.same(a.criteria.complete, b.complete)
    assert.same({ name = "kyc_profile_c", status = "incomplete" }, c)
  end)

  it("has exactly the keys of the vendor's sample", function()
    local customer = api.create(INDIVIDUAL)
    local sample = support.sample("v2-get-legacy-inline-criteria")
    for name in pairs(sample) do assert.is_not_nil(customer[name], name) end
    for name in pairs(customer) do assert.is_not_nil(sample[name], name) end
    for i, profile in ipairs(sample.verificationProfiles) do
      for name in pairs(profile) do
        assert.is_not_nil(customer.verificationProfiles[i][name], name)
      end
    end
  end)

  it("says message, not detail, in the errors of a profile", function()
    local id = api.create(INDIVIDUAL).id
    api.call("POST", "/_sandbox/customer/" .. id .. "/review", {
      status = "resubmission_required",
      errors = { { name = "identification_document", detail = "ID DOCS IS BLURRY" } },
    })
    local sample = support.sample("v2-get-legacy-inline-criteria")
    assert.same(sample.verificationProfiles[1].criteria.errors, api.profile(id).criteria.errors)
  end)

  it("wants no email and no phone, but an address", function()
    assert.equal(201, (api.call("POST", "/v2/customer",
      { type = "individual", address = { state = "CA", country = "USA" } })))
    local status, value = api.call("POST", "/v2/customer", { type = "individual" })
    assert.equal(400, status)
    assert.same(support.steady(support.sample("v2-error-400-legacy-field")), support.steady(value))
  end)

  it("refuses the placeholders of the vendor's page field by field", function()
    local status, value = api.call("POST", "/v2/customer",
      support.sample("v2-create-request-legacy-placeholder"))
    assert.equal(400, status)
    assert.is_string(value.error.type[1])
    assert.is_string(value.error.address[1])
  end)

  it("takes a tax number without its country, and a business with one address", function()
    assert.equal(201, (api.call("POST", "/v2/customer", support.sample(INDIVIDUAL))))
    local status, customer = api.call("POST", "/v2/customer",
      support.sample("v2-create-request-business-2026-02-partial"))
    assert.equal(201, status)
    assert.equal("kyb_profile_b", customer.verificationProfiles[2].name)
    assert.is_table(customer.verificationProfiles[2].complete)
  end)

  it("answers an unknown customer and a broken body as the samples do", function()
    local status, value = api.call("GET", "/v2/customer/customer_none")
    assert.equal(404, status)
    assert.same(support.steady(support.sample("v2-error-404-legacy")), support.steady(value))
    status, value = api.call("POST", "/v2/customer", "{")
    assert.equal(400, status)
    assert.same(support.steady(support.sample("v2-error-legacy-bad-request")),
      support.steady(value))
  end)

  it("wants the address with any personalInformation on update", function()
    local id = api.create(INDIVIDUAL).id
    local status, value = api.call("PATCH", "/v2/customer/" .. id,
      { personalInformation = { gender = "male" } })
    assert.equal(400, status)
    assert.same({ address = { "Required" } }, value.error)
    status, value = api.call("PATCH", "/v2/customer/" .. id, {
      address = { line1 = "123 Main St", city = "Anytown", country = "USA" },
      personalInformation = { dateOfBirth = "1990-04-15" },
    })
    assert.equal(200, status)
    assert.same({ "terms_of_service", "proof_of_address", "identification_document" },
      value.verificationProfiles[1].criteria.required)
  end)

  it("updates a business too", function()
    local id = api.create("v2-create-request-business-2026-02-partial").id
    assert.equal(200, (api.call("PATCH", "/v2/customer/" .. id,
      { businessInformation = { legalName = "Acme" } })))
  end)
end)
