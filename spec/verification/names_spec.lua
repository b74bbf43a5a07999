local criteria = require("spherepay.api.criteria")
local names = require("spherepay.verification.names")

describe("spherepay.verification.names", function()
  it("knows every profile and criterion of the vocabulary, and the owners of v1", function()
    for name in pairs(criteria.profiles) do assert.is_true(names.is_profile(name)) end
    for name in pairs(criteria.criteria) do assert.is_true(names.is_criterion(name)) end
    for _, name in ipairs({ "kyc", "tos", "ach_pull", "ubo_1", "ubo_12" }) do
      assert.is_true(names.is_profile(name))
    end
    for _, name in ipairs({ "ubo_0", "ubo_", "ubo_x", "xubo_1", "ubo_1x", "" }) do
      assert.is_false(names.is_profile(name))
    end
  end)

  it("knows what v1 may require, dotted within an object", function()
    for name in pairs(criteria.v1.requirements) do assert.is_true(names.is_criterion(name)) end
    assert.is_true(names.is_criterion("dob.year"))
    assert.is_false(names.is_criterion("address.planet"))
  end)

  it("tells whose name it is, and nothing of names that both versions have", function()
    assert.equal("v1", names.version_of("profile", "kyc"))
    assert.equal("v1", names.version_of("profile", "ubo_3"))
    assert.equal("v2", names.version_of("profile", "kyc_profile_a"))
    assert.equal("v1", names.version_of("criterion", "address.line1"))
    assert.equal("v2", names.version_of("criterion", "identity_document"))
    assert.is_nil(names.version_of("criterion", "website"))
    assert.is_nil(names.version_of("criterion", "dna_sample"))
    assert.is_nil(names.version_of("profile", "dna_sample"))
  end)

  it("has the statuses of a v1 profile in the words of both versions", function()
    assert.same({ "incomplete", "pending", "approved", "declined", "voided", "rejected" },
      names.statuses_of("msa"))
    assert.is_nil(names.statuses_of("kyc_profile_z"))
  end)

  it("knows the values of fields, and which field was meant", function()
    assert.same({ "incomplete", "pending", "approved" }, names.field({ "tosStatus" }))
    assert.same({ "male", "female", "other" }, names.field({ "personalInformation", "gender" }))
    assert.same({ "individual", "business" }, names.field({ "type" }))
    assert.is_nil((names.field({ "email" })))
    assert.same({ nil, "tosStaus", "tosStatus" }, { names.field({ "tosStaus" }) })
    assert.same({ nil, "gendr", "gender" }, { names.field({ "personalInformation", "gendr" }) })
    assert.same({ nil, "contry", "country" }, { names.field({ "address", "contry" }) })
    assert.same({ nil, "something_new" }, { names.field({ "something_new" }) })
    assert.same({}, { names.field({ "meta", "tosStaus" }) })
  end)

  it("has the currencies that some profile unlocks", function()
    assert.same({ "BRL", "EUR", "PIX", "USD" }, names.CURRENCIES)
  end)
end)
