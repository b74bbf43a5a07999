-- The vendor's sample payloads, each with the report it must lead to. A sample file that holds
-- profiles and is not in the table fails, so that a new one gets its expectation.

local samples = require("spec.support.samples")
local verification = require("spherepay.verification")

-- ready, the report in a line, the criteria of the next steps ("-" where none is named)
local INCOMPLETE = {
  "not ready: kyc_profile_a is incomplete (4 of 6 criteria complete)",
  "identity_document liveness_report_document",
}
local IN_2025 = {
  "not ready: kyc_profile_a is incomplete (4 of 11 criteria complete)",
  "terms_of_service email_verification phone_verification liveness_check identity_document "
    .. "identity_verification kyc_a_approval",
}
local NOTHING_LISTED = { "not ready: kyc_profile_a is incomplete (0 of 0 criteria complete)", "-" }
local REPRESENTATIVE = {
  "not ready: ubo_kyc_profile_a is incomplete (9 of 12 criteria complete)",
  "identity_document liveness_report_document proof_of_address_document",
}
local NEW_IN_V1 = {
  "not ready: kyc is incomplete, tos is incomplete (0 of 2 criteria complete)",
  "ssn - customerIdentityDocument",
}

local EXPECTED = {
  ["v1-create-response"] = NEW_IN_V1,
  ["v1-get-response"] = NEW_IN_V1,
  ["v1-update-response"] = {
    "not ready: kyc is pending, tos is incomplete (0 of 1 criteria complete)",
    "- customerIdentityDocument",
  },
  ["v1-customer-object-approved"] = {
    "ready: kyc is approved, tos is approved (5 of 5 criteria complete)", "",
  },
  ["v2-create-response-empty-criteria-partial"] = NOTHING_LISTED,
  ["v2-create-response-legacy"] = {
    "not ready: kyc_profile_a is incomplete, kyc_profile_b is incomplete "
      .. "(0 of 17 criteria complete)",
    "email_address first_name last_name date_of_birth terms_of_service photo_id "
      .. "identification_document proof_of_address residential_address",
  },
  ["v2-get-business-from-schema-examples"] = INCOMPLETE,
  ["v2-get-individual-2025-11"] = IN_2025,
  ["v2-get-individual-from-schema-examples"] = INCOMPLETE,
  ["v2-get-individual-incomplete"] = INCOMPLETE,
  ["v2-get-individual-staging-2026-03"] = INCOMPLETE,
  ["v2-get-individual-tos-status"] = INCOMPLETE,
  ["v2-get-legacy-inline-criteria"] = {
    "not ready: kyc_profile_a is incomplete, kyc_profile_b is incomplete, "
      .. "kyc_profile_c is approved (0 of 18 criteria complete)",
    "identification_document first_name last_name tax_identification_number email_address "
      .. "address_of_residence date_of_birth terms_of_service proof_of_address",
  },
  ["v2-list-response-2025-11"] = IN_2025,
  ["v2-list-response"] = INCOMPLETE,
  ["v2-patch-response-empty-criteria-2025"] = NOTHING_LISTED,
  ["v2-patch-response"] = INCOMPLETE,
  ["v2-profile-status-reference-2026"] = {
    "not ready: kyc_profile_a is incomplete (4 of 9 criteria complete)",
    "terms_of_service liveness_check identity_document identity_verification kyc_a_approval",
  },
  ["v2-representative-get-2026-01-overlap"] = {
    "not ready: kyc_profile_a is incomplete (3 of 10 criteria complete)",
    "email_address terms_of_service email_verification phone_verification liveness_check "
      .. "identity_document identity_verification",
  },
  ["v2-representative-get"] = REPRESENTATIVE,
  ["v2-representative-list"] = REPRESENTATIVE,
}

local function criteria_of(steps)
  local names = {}
  for i, step in ipairs(steps) do names[i] = step.criterion or "-" end
  return table.concat(names, " ")
end

-- Whether a body has profiles anywhere, found without the code that unwraps envelopes.
local function holds_profiles(body)
  if type(body) ~= "table" then return false end
  if body.verificationProfiles or body.kyc then return true end
  for _, value in pairs(body) do
    if holds_profiles(value) then return true end
  end
  return false
end

describe("the vendor's samples", function()
  for _, name in ipairs(samples.names()) do
    local body = samples.fixture("api/" .. name .. ".json")
    if holds_profiles(body) then
      it(name .. " leads to the report it must", function()
        local expected = assert(EXPECTED[name], "no report is expected of " .. name)
        local customers = samples.customers_in(body)
        assert.equal(1, #customers)
        assert.equal(expected[1], tostring(verification.evaluate(customers[1])))
        assert.equal(expected[2], criteria_of(verification.next_steps(customers[1])))
      end)
    end
  end

  it("are all there", function()
    for name in pairs(EXPECTED) do assert.is_table(samples.customer(name)) end
  end)
end)
