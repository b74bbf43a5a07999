local cjson = require("cjson")
local policy = require("spherepay.verification").policy
local samples = require("spec.support.samples")

local RULE = {
  all = {
    { any = { { profile = "kyc_profile_a", status = "incomplete" }, { currency = "USD" } } },
    { at_least = 1, of = { { field = "type", one_of = { "individual", "business" } } } },
    { none = { { criterion = "identity_document", state = "error" } } },
    { field = "meta.tier", exists = false },
  },
}

describe("verification.policy", function()
  it("answers with a boolean", function()
    local gate = assert(policy({ currency = "USD" }))
    local customer = samples.customer("v2-get-individual-incomplete")
    assert.is_false(gate:check(customer))
    customer.verificationProfiles[1].status = "approved"
    assert.is_true(gate:check(customer))
  end)

  it("says no to what is no customer, even when the rule is a negation", function()
    local gate = assert(policy({ none = { { profile = "kyc_profile_a", status = "rejected" } } }))
    for _, value in ipairs({ 1, "x", true, cjson.null, print }) do
      assert.is_false(gate:check(value))
    end
    assert.is_false(gate:check(nil))
    assert.is_true(gate:check({}))
  end)

  it("gives a bad rule back as an error with every place", function()
    local gate, err = policy({ all = { { currency = "UDS" },
      { profile = "kyc_profile_a", status = "aproved" } } })
    assert.is_nil(gate)
    assert.equal("invalid", err.kind)
    assert.equal("/all/1/currency", err.errors[1].pointer)
    assert.equal("/all/2/status", err.errors[2].pointer)
    assert.matches('did you mean "approved"?', tostring(err), 1, true)
  end)

  it("makes no garbage", function()
    local gate = assert(policy(RULE))
    local customers = {
      samples.customer("v2-get-individual-incomplete"),
      samples.customer("v2-get-legacy-inline-criteria"),
      samples.customer("v1-update-response"),
    }
    local function checks()
      for i = 1, 1000 do gate:check(customers[i % 3 + 1]) end
    end
    local jit = rawget(_G, "jit")
    if jit then jit.off() end -- a trace is memory, too, but not garbage of a check
    collectgarbage()
    collectgarbage("stop")
    checks() -- a collection shrinks the stack, and the first check grows it again
    local before = collectgarbage("count")
    checks()
    local after = collectgarbage("count")
    collectgarbage("restart")
    if jit then jit.on() end
    -- KiB of a thousand checks; once in a while LuaJIT takes 200 bytes for something of its own
    assert.is_true(after - before < 1, after - before)
  end)

  it("does not touch the customer", function()
    local customer = samples.customer("v2-get-legacy-inline-criteria")
    assert(policy(RULE)):check(customer)
    assert.same(samples.customer("v2-get-legacy-inline-criteria"), customer)
  end)

  it("reads as its rule", function()
    assert.equal("all of\n  USD may be transferred\n  none of\n    email exists",
      tostring(assert(policy({ all = {
        { currency = "USD" }, { none = { { field = "email", exists = true } } },
      } }))))
  end)

  describe("about a name that nobody documents", function()
    -- Where a rule may stand, and the place of its name there.
    local WRAPPED = {
      [""] = function(rule) return rule end,
      ["/none/1"] = function(rule) return { none = { rule } } end,
      ["/any/2"] = function(rule) return { any = { { currency = "USD" }, rule } } end,
      ["/of/1"] = function(rule) return { at_least = 1, of = { rule } } end,
      ["/all/1/none/1/any/1"] = function(rule)
        return { all = { { none = { { any = { rule } } } } } }
      end,
    }
    local MISSPELT = {
      ["/criterion"] = { { criterion = "identity_documnt", state = "error" }, "identity_document" },
      ["/profile"] = { { profile = "kyc_profle_a", status = "rejected" }, "kyc_profile_a" },
      ["/status"] = { { profile = "kyc_profile_a", status = "rejectd" }, "rejected" },
      ["/state"] = { { criterion = "identity_document", state = "eror" }, "error" },
      ["/currency"] = { { currency = "UDS" }, "USD" },
      ["/equals"] = { { field = "tosStatus", equals = "aproved" }, "approved" },
      ["/one_of/2"] = { { field = "type", one_of = { "business", "indivdual" } }, "individual" },
      ["/field"] = { { field = "tosStaus", equals = "approved" }, "tosStatus" },
    }

    for place, wrapped in pairs(WRAPPED) do
      it("is an error that names the place and the neighbour, at " .. place, function()
        for pointer, case in pairs(MISSPELT) do
          local gate, err = policy(wrapped(case[1]))
          assert.is_nil(gate)
          assert.equal("invalid", err.kind)
          assert.equal(1, #err.errors)
          assert.equal(place .. pointer, err.errors[1].pointer)
          assert.matches(('did you mean "%s"?'):format(case[2]), err.errors[1].detail, 1, true)
        end
      end)
    end

    it("is an error when the name is only written otherwise", function()
      for pointer, rule in pairs({
        ["/profile"] = { profile = "KYC_PROFILE_A", status = "approved" },
        ["/status"] = { profile = "kyc_profile_a", status = "Approved" },
        ["/criterion"] = { criterion = "identityDocument", state = "error" },
        ["/state"] = { criterion = "identity_document", state = "Error" },
        ["/equals"] = { field = "type", equals = "Individual" },
      }) do
        local gate, err = policy({ none = { rule } })
        assert.is_nil(gate)
        assert.equal("/none/1" .. pointer, err.errors[1].pointer)
      end
    end)

    it("is an error when no name is near, and says how a new one passes", function()
      local gate, err = policy({ criterion = "dna_sample", state = "error" })
      assert.is_nil(gate)
      assert.matches("allow_unknown = true", err.errors[1].detail, 1, true)
    end)

    it("names the criterion that a document serves", function()
      for given, meant in pairs({ passport = "identity_document", id_card = "identity_document",
        incorporation_cert = "incorporation_cert_document" }) do
        local _, err = policy({ criterion = given, state = "complete" })
        assert.matches(('did you mean "%s"?'):format(meant), err.errors[1].detail, 1, true)
      end
    end)

    it("lets new names pass when that is said, at the top of the rule or as an option", function()
      local rules = {
        { criterion = "dna_sample", state = "error" },
        { profile = "kyc_profile_d", status = "frozen" },
        { currency = "gbp" },
      }
      local nobody = { verificationProfiles = {} }
      for _, rule in ipairs(rules) do
        assert.is_nil((policy({ all = { rule } })))
        local given = { all = { rule }, allow_unknown = true }
        assert.is_false(assert(policy(given)):check(nobody))
        assert.is_false(assert(policy({ all = { rule } }, { allow_unknown = true })):check(nobody))
      end
      local gate = assert(policy(rules[2], { allow_unknown = true }))
      assert.is_true(gate:check({ verificationProfiles = {
        { name = "kyc_profile_d", status = "frozen" } } }))
    end)

    it("takes allow_unknown at the top alone, and only true or false", function()
      local _, err = policy({ all = { { currency = "USD", allow_unknown = true } } })
      assert.equal("/all/1/allow_unknown", err.errors[1].pointer)
      _, err = policy({ currency = "USD", allow_unknown = "yes" })
      assert.equal("/allow_unknown", err.errors[1].pointer)
      assert.has_error(function() policy({ currency = "USD" }, { alow_unknown = true }) end)
    end)

    it("does not concern what some document mentions", function()
      for _, name in ipairs({ "photo_id", "kyc_a_approval", "identification_document", "ssn",
        "customerIdentityDocument", "address.line1", "createUserIntent", "phoneNumber", "ein",
        "incorporationDocument", "website" }) do
        assert(policy({ criterion = name, state = "absent" }))
      end
      for name, status in pairs({ kyc = "additionalReviewRequired", tos = "approved",
        msa = "voided", operatingResidency = "rejected", ach_pull = "convereted_to_user",
        ubo_2 = "incomplete", ubo_kyc_profile_c = "resubmission_required" }) do
        assert(policy({ profile = name, status = status }))
      end
      assert(policy({ field = "meta.anything.at.all", equals = "x" }))
      assert(policy({ field = "something_new", exists = true }))
    end)

    it("is an error when a status is one that the profile never has", function()
      for name, status in pairs({ kyc_profile_a = "additionalReviewRequired", tos = "voided",
        kyc = "resubmission_required" }) do
        local gate, err = policy({ none = { { profile = name, status = status } } })
        assert.is_nil(gate)
        assert.equal("/none/1/status", err.errors[1].pointer)
      end
      local _, err = policy({ profile = "kyc_profile_a", status = "additionalReviewRequired" })
      assert.matches('did you mean "pending"?', err.errors[1].detail, 1, true)
    end)

    it("knows every name of the samples", function()
      for _, name in ipairs(samples.names()) do
        for _, customer in ipairs(samples.customers_in(samples.fixture("api/" .. name .. ".json")))
        do
          for _, profile in ipairs(require("spherepay.verification").profiles(customer)) do
            local said = profile.raw_status or profile.status
            assert(policy({ profile = profile.name, status = said }))
            for _, list in ipairs({ profile.complete, profile.pending, profile.required }) do
              for _, criterion in ipairs(list) do
                assert(policy({ criterion = criterion, state = "absent" }))
              end
            end
          end
        end
      end
    end)
  end)
end)
