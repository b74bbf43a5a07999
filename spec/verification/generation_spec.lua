local generation = require("spherepay.verification.generation")
local policy = require("spherepay.verification.policy")

local OLD = { profile = "kyc", status = "rejected" }
local NEW = { profile = "kyc_profile_a", status = "rejected" }

local function problem(rule, version)
  return generation(assert(policy(rule)), version)
end

describe("spherepay.verification.generation", function()
  it("names the place of a name that the version does not have", function()
    assert.equal('/none/1/profile: "kyc" is a name of API v1, and the client speaks v2',
      problem({ none = { OLD } }, "v2"))
    assert.equal('/all/2/any/1/profile: "kyc_profile_a" is a name of API v2, and the client '
      .. "speaks v1", problem({ all = { { currency = "USD" }, { any = { NEW } } } }, "v1"))
    assert.matches("^/criterion: ", problem({ criterion = "ssn", state = "required" }, "v2"))
  end)

  it("has nothing against names of that version, or of both", function()
    assert.is_nil(problem({ none = { OLD } }, "v1"))
    assert.is_nil(problem({ none = { NEW } }, "v2"))
    for _, version in ipairs({ "v1", "v2" }) do
      assert.is_nil(problem({ criterion = "website", state = "required" }, version))
      assert.is_nil(problem({ currency = "USD" }, version))
      assert.is_nil(problem({ field = "kyc", equals = "approved" }, version))
    end
  end)

  it("does not look when unknown names may pass", function()
    assert.is_nil(problem({ none = { OLD }, allow_unknown = true }, "v2"))
  end)
end)
