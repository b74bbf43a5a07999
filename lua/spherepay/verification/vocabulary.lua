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
      meaning = "initial; criteria.required lists what is outstanding",
    },
    pending = {
      can_transfer = false, terminal = false,
      meaning = "everything supplied, SpherePay is reviewing",
    },
    approved = { can_transfer = true, meaning = "profile may be used for its transfers" },
    rejected = { can_transfer = false, meaning = "could not be approved on what was submitted" },
    resubmission_required = {
      can_transfer = false, terminal = false,
      note = "only in the seed 002 enum; prose pages still list four statuses; can_transfer false "
        .. "because only approved is documented as allowing transfers",
    },
  },
  tos_statuses = { "incomplete", "pending", "approved" },
  document_types = {
    individual = { "drivers", "id_card", "passport", "residence_permit", "liveness_report" },
    business = { "incorporation_cert", "shareholder_registry", "proof_of_address" },
    representative = {
      "drivers", "id_card", "passport", "residence_permit", "proof_of_address", "liveness_report",
    },
    retired_or_guide_only = {
      drivers_license = "2025 reference", directors_registry = "business, until early 2026",
      incorporation_certificate = "guides only",
    },
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
      note = "the last value is spelt that way in the source; accept converted_to_user as well",
    },
    requirements = {
      customerIdentityDocument = {
        path = "identityDocumentFront / identityDocumentBack", basis = "name_match",
      },
      ssn = {
        path = "ssn", basis = "example_only",
        note = "sending ssn in the update sample removes it from requirements",
      },
      ["address.line1"] = { path = "address.line1", basis = "name_match" },
      ["address.city"] = { path = "address.city", basis = "name_match" },
      ["address.state"] = { path = "address.state", basis = "name_match" },
      ["address.postalCode"] = { path = "address.postalCode", basis = "name_match" },
      ["address.country"] = { path = "address.country", basis = "name_match" },
    },
    verificationLevels_requirements = {},
  },
}
