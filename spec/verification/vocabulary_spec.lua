-- The words of the vendor's documentation. That they equal criteria.json is criteria_spec.lua.

local vocabulary = require("spherepay.verification.vocabulary")

describe("spherepay.verification.vocabulary", function()
  it("lets only approved transfer", function()
    for _, status in ipairs(vocabulary.statuses) do
      assert.equal(status == "approved", vocabulary.status_semantics[status].can_transfer)
    end
  end)

  it("knows what the individual profiles unlock and leaves the others open", function()
    for name, profile in pairs(vocabulary.profiles) do
      local documented = name == "kyc_profile_a" or name == "kyc_profile_b"
      assert.equal(documented, profile.unlocks ~= nil, name)
    end
  end)
end)
