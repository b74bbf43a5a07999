-- The words of verification in the vendor's documentation, as data: profiles and what they unlock,
-- statuses, document types, and the names v1 uses. The criteria themselves are in criteria.lua.
-- It is not code, and it is not a closed list: the API sends names that are not here.
--
-- A field that is absent is one the documentation is silent about.

return {
  profiles = {
    kyc_profile_a = { kind = "kyc", unlocks = { "USD", "EUR" }, owner = "individual" },
    kyb_profile_a = { kind = "kyb", owner = "business" },
    ubo_kyc_profile_a = { kind = "ubo_kyc", owner = "representative" },
    kyc_profile_b = { kind = "kyc", unlocks = { "BRL", "PIX" }, owner = "individual" },
    kyb_profile_b = { kind = "kyb", owner = "business" },
    kyb_profile_c = { kind = "kyb", owner = "business" },
    kyc_profile_c = { kind = "kyc", owner = "individual" },
    ubo_kyc_profile_c = { kind = "ubo_kyc", owner = "representative" },
  },
  statuses = { "incomplete", "pending", "approved", "rejected", "resubmission_required" },
  status_semantics = {
    incomplete = {
      can_transfer = false, terminal = false,
      meaning = "Something is still missing; the criteria say what.",
    },
    pending = {
      can_transfer = false, terminal = false,
      meaning = "Everything is there and SpherePay is looking at it.",
    },
    approved = { can_transfer = true, meaning = "Transfers are open." },
    rejected = { can_transfer = false, meaning = "SpherePay refused what was supplied." },
    resubmission_required = { can_transfer = false, terminal = false },
  },
  tos_statuses = { "incomplete", "pending", "approved" },
  document_types = {
    individual = { "drivers", "id_card", "passport", "residence_permit", "liveness_report" },
    business = { "incorporation_cert", "shareholder_registry", "proof_of_address" },
    representative = {
      "drivers", "id_card", "passport", "residence_permit", "proof_of_address", "liveness_report",
    },
    -- Names that older pages use for the same things.
    former = { drivers_license = "drivers", incorporation_certificate = "incorporation_cert" },
  },
  v1 = {
    kyc = { "incomplete", "pending", "additionalReviewRequired", "approved", "rejected" },
    tos = { "incomplete", "pending", "approved" },
    msa = { "incomplete", "pending", "approved", "declined", "voided" },
    euAccountTos = { "incomplete", "pending", "approved" },
    operatingResidency = { "incomplete", "approved", "rejected" },
    verificationLevels = {
      names = { "ach_pull" },
      statuses = {
        "approved", "pending", "retry", "document", "suspended", "rejected", "incomplete",
        "convereted_to_user",
      },
    },
    -- A requirement is met by the field of its name (see fields); here is what differs.
    requirements = {
      customerIdentityDocument = {
        fields = { "identityDocumentFront", "identityDocumentBack" }, basis = "name_match",
        note = "Send identityDocumentBack only when the document has a second side.",
      },
      ssn = { basis = "example_only" }, -- a sample sends it, and it is no longer required
      ["address.line1"] = { basis = "name_match" },
      ["address.city"] = { basis = "name_match" },
      ["address.state"] = { basis = "name_match" },
      ["address.postalCode"] = { basis = "name_match" },
      ["address.country"] = { basis = "name_match" },
      -- Part of a date cannot be sent.
      ["dob.day"] = { fields = { "dob" }, basis = "name_match" },
      ["dob.month"] = { fields = { "dob" }, basis = "name_match" },
      ["dob.year"] = { fields = { "dob" }, basis = "name_match" },
      ubos = {
        basis = "name_match",
        note = "The list of all owners, each with everything that is known of them.",
      },
      estimatedAnnualRevenueUsd = {
        basis = "name_match", note = "An update takes a range, such as _100000_999999.",
      },
    },
  },
}
