local cjson = require("cjson")
local v1 = require("spherepay.verification.v1")

describe("spherepay.verification.v1", function()
  it("knows a v1 customer by any of its status fields, requirements or levels", function()
    for _, customer in ipairs({
      { kyc = "approved" }, { tos = "pending" }, { msa = "voided" }, { euAccountTos = "pending" },
      { operatingResidency = "approved" }, { requirements = {} }, { kycRequirements = {} },
      { verificationLevels = {} },
    }) do
      assert.is_true(v1.is(customer))
    end
  end)

  it("takes a customer with verificationProfiles for v2, whatever else it has", function()
    assert.is_false(v1.is({ kyc = "approved", verificationProfiles = {} }))
    assert.is_false(v1.is({}))
    assert.is_true(v1.is({ kyc = "approved", verificationProfiles = cjson.null }))
  end)

  it("says in v2's words what has an evident equivalent and passes the rest through", function()
    assert.equal("pending", v1.status("additionalReviewRequired"))
    assert.equal("rejected", v1.status("declined"))
    assert.equal("converted_to_user", v1.status("convereted_to_user"))
    assert.equal("approved", v1.status("approved"))
    assert.equal("voided", v1.status("voided"))
    assert.equal("unknown", v1.status(nil))
    assert.equal("unknown", v1.status(cjson.null))
  end)

  it("has a status in the words of v1 as well as of v2", function()
    local customer = { kyc = "additionalReviewRequired" }
    assert.is_true(v1.has_status(customer, "kyc", nil, "additionalReviewRequired"))
    assert.is_true(v1.has_status(customer, "kyc", nil, "pending"))
    assert.is_false(v1.has_status(customer, "kyc", nil, "approved"))
    assert.is_false(v1.has_status(customer, "tos", nil, "approved"))
  end)

  it("asks all levels of one name", function()
    local function levels(...)
      local list = {}
      for i, status in ipairs({ ... }) do list[i] = { name = "ach_pull", status = status } end
      return { verificationLevels = list }
    end
    assert.is_true(v1.has_status(levels("approved"), "ach_pull", nil, "approved"))
    assert.is_false(v1.has_status(levels("approved", "retry"), "ach_pull", nil, "approved"))
    assert.is_false(v1.has_status(levels(), "ach_pull", nil, "approved"))
  end)

  it("needs a field and a level of the same name to agree", function()
    local customer = { kyc = "approved", tos = "approved",
      verificationLevels = { { name = "kyc", status = "retry" } } }
    assert.is_false(v1.has_status(customer, "kyc", nil, "approved"))
    customer.verificationLevels[1].status = "approved"
    assert.is_true(v1.has_status(customer, "kyc", nil, "approved"))
  end)

  it("reads nothing off a customer that is not v1", function()
    assert.is_false(v1.has_status({ ubos = { { requirements = { "ssn" } } } }, "ubo_1", 1,
      "incomplete"))
    assert.is_false(v1.requires({ ubos = { { requirements = { "ssn" } } } }, "ssn"))
  end)

  it("reads an owner's status off what is required of the owner", function()
    assert.equal("incomplete", v1.ubo_status({ requirements = { "ssn" } }))
    assert.equal("unknown", v1.ubo_status({ requirements = {} }))
    assert.is_true(v1.has_status({ kyc = "pending", ubos = { {}, { requirements = { "ssn" } } } },
      "ubo_2", 2, "incomplete"))
    local lacks_nothing = { kyc = "pending", ubos = { { requirements = {} } } }
    assert.is_false(v1.has_status(lacks_nothing, "ubo_1", 1, "incomplete"))
    assert.is_false(v1.has_status(lacks_nothing, "ubo_1", 1, "approved"))
    assert.is_true(v1.has_status(lacks_nothing, "ubo_1", 1, "unknown"))
  end)

  it("finds a requirement with the customer, an owner or a level", function()
    assert.is_true(v1.requires({ requirements = { "ssn" } }, "ssn"))
    assert.is_true(v1.requires({ kycRequirements = { "ssn" } }, "ssn"))
    assert.is_true(v1.requires({ kyc = "pending", ubos = { { requirements = { "ssn" } } } }, "ssn"))
    assert.is_true(v1.requires({ verificationLevels = { { requirements = { "ssn" } } } }, "ssn"))
    assert.is_false(v1.requires({ ubos = { cjson.null }, verificationLevels = 3 }, "ssn"))
  end)
end)
