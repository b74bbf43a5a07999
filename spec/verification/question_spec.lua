local cjson = require("cjson")
local question = require("spherepay.verification.question")

local function compile(head, rule)
  local made = { problems = {} }
  local holds, text = question.compile[head](made, "/here", rule)
  return holds, text, made
end

local function problem(head, rule)
  local holds, _, made = compile(head, rule)
  assert.is_nil(holds)
  assert.equal(1, #made.problems)
  return made.problems[1].pointer .. ": " .. made.problems[1].detail
end

describe("spherepay.verification.question", function()
  it("puts each question into words", function()
    local words = {
      ["kyc_profile_a is approved"] = { "profile",
        { profile = "kyc_profile_a", status = "approved" } },
      ["photo_id is complete"] = { "criterion", { criterion = "photo_id", state = "complete" } },
      ["USD may be transferred"] = { "currency", { currency = "usd" } },
      ['type equals "business"'] = { "field", { field = "type", equals = "business" } },
      ["a.b is one of 1, true"] = { "field", { field = "a.b", one_of = { 1, true } } },
      ["email exists"] = { "field", { field = "email", exists = true } },
      ["email does not exist"] = { "field", { field = "email", exists = false } },
    }
    for expected, given in pairs(words) do
      local holds, text = compile(given[1], given[2])
      assert.is_function(holds)
      assert.equal(expected, text)
    end
  end)

  it("names the neighbour of a misspelt status, state or currency", function()
    assert.equal('/here/status: "aproved" is not known here; did you mean "approved"?',
      problem("profile", { profile = "kyc_profile_a", status = "aproved" }))
    assert.equal('/here/state: "compleet" is not known here; did you mean "complete"?',
      problem("criterion", { criterion = "photo_id", state = "compleet" }))
    assert.equal('/here/currency: "UDS" is not known here; did you mean "USD"?',
      problem("currency", { currency = "UDS" }))
  end)

  it("accepts every status that the documentation has for a profile", function()
    for profile, statuses in pairs({
      kyb_profile_b = { "incomplete", "pending", "approved", "rejected", "resubmission_required" },
      kyc = { "incomplete", "pending", "additionalReviewRequired", "approved", "rejected" },
      msa = { "voided", "declined", "rejected" },
      ach_pull = { "retry", "convereted_to_user", "converted_to_user" },
      ubo_1 = { "incomplete" },
    }) do
      for _, status in ipairs(statuses) do
        assert.is_function((compile("profile", { profile = profile, status = status })))
      end
    end
  end)

  it("refuses a profile or criterion name that nobody documents", function()
    assert.equal('/here/profile: "kyc_profle_a" is not documented; did you mean "kyc_profile_a"? '
      .. "(a new name needs allow_unknown = true)",
      problem("profile", { profile = "kyc_profle_a", status = "approved" }))
    assert.equal('/here/criterion: "quite_another_thing" is not documented '
      .. "(a new name needs allow_unknown = true)",
      problem("criterion", { criterion = "quite_another_thing", state = "complete" }))
  end)

  it("wants exactly one test of a field", function()
    assert.matches("needs one of equals, one_of, exists", problem("field", { field = "a" }), 1,
      true)
    assert.matches("needs one of equals, one_of, exists",
      problem("field", { field = "a", equals = 1, exists = true }), 1, true)
  end)

  it("refuses tests that could never be meant", function()
    assert.matches("/here/equals: ", problem("field", { field = "a", equals = cjson.null }), 1,
      true)
    assert.matches("/here/exists: ", problem("field", { field = "a", exists = "yes" }), 1, true)
    assert.matches("/here/one_of: ", problem("field", { field = "a", one_of = {} }), 1, true)
    assert.matches("/here/one_of/2: ", problem("field", { field = "a", one_of = { 1, {} } }), 1,
      true)
    assert.matches("/here/field: ", problem("field", { field = "a..b", exists = true }), 1, true)
    assert.matches("/here/profile: ", problem("profile", { profile = "", status = "approved" }), 1,
      true)
  end)
end)
