-- What the vendor's documentation says about each criterion, as data: to whom it applies, how it
-- is met and how sure that is. With vocabulary.lua it is spec/fixtures/criteria.json in Lua.
-- It is not code, and it is not a closed list: the API sends names that are not here.
--
-- A field that is absent is one the documentation is silent about. `basis` is "documented" when a
-- page says so, "example_only" when only a sample shows it, "name_match" when it is our reading of
-- the names. In the notes "seed 002" is the vendor's OpenAPI description of GET /v2/customer/{id},
-- "stored copy" a copy of a page of docs.spherepay.co.

local vocabulary = require("spherepay.verification.vocabulary")

local CREATE = "POST /v2/customer"
local UPLOAD = "POST /v2/document"
local ANY_PERSON = "POST /v2/customer; PATCH /v2/customer/{id} (individuals only); POST "
  .. "/v2/business-representative; PATCH /v2/business-representative/{id}"
local REPRESENTATIVE = "POST /v2/business-representative; PATCH /v2/business-representative/{id}"
local INDIVIDUAL = "POST /v2/customer; PATCH /v2/customer/{id} (individuals only)"
local AT_CREATION = "POST /v2/customer; POST /v2/business-representative"
local OTP = "POST /v2/customer/{id}/otp-send then /otp-verify"
local ENUM_ONLY = "Only in the enum; no documentType value for it in any stored copy of the upload "
  .. "reference."
local COMPLIANCE = "Falls under the 'related compliance fields' of businessInformation; exact "
  .. "request key not shown in any stored copy."
local IN_SAMPLE = "Create sample with this field yields the criterion in complete."
local FROM_DOCUMENT = "legacy (2025) docs; not in the seed 002 enum. Current KYC page: extracted "
  .. "automatically from the identity document. Representatives take it at the top level of the "
  .. "body."

local criteria = {
  account_purpose = {
    applies_to = { "business", "individual" }, applies_to_basis = "mixed",
    satisfied_by = {
      kind = "field", path = "businessInformation.accountPurpose", endpoint = CREATE,
      basis = "documented",
    },
    note = "A third-party summary of the KYC page says EEA individuals are asked for "
      .. "accountPurpose too; its request path is not in the stored copies.",
  },
  account_purpose_description = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" },
    note = "Presumably free text when account_purpose is 'other'; request key not shown in any "
      .. "stored copy.",
  },
  address_of_residence = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = {
      kind = "field", path = "address", endpoint = INDIVIDUAL, basis = "name_match",
    },
    note = "legacy (2025) docs; not in the seed 002 enum. Same meaning as residential_address.",
  },
  bank_statement_document = {
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  business_representatives = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", endpoint = "POST /v2/business-representative", basis = "documented",
    },
    note = "Every >=25% owner must be registered (or the largest owner / a control person). Not a "
      .. "field of the customer body.",
  },
  compliance_screening_explanation = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" }, note = COMPLIANCE,
  },
  corporate_resolution_document = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  country_of_birth = {
    applies_to = { "individual", "representative" }, applies_to_basis = "inferred",
    satisfied_by = {
      kind = "field", path = "personalInformation.countryOfBirth", endpoint = ANY_PERSON,
      basis = "name_match",
    },
    note = "ISO 3166-1 alpha-3.",
  },
  date_of_birth = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = {
      kind = "field", path = "personalInformation.dateOfBirth", endpoint = INDIVIDUAL,
      basis = "name_match",
    },
    note = FROM_DOCUMENT,
  },
  description = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.description", endpoint = CREATE,
      basis = "documented",
    },
  },
  email_address = {
    applies_to = { "individual", "business", "representative" }, applies_to_basis = "documented",
    satisfied_by = { kind = "field", path = "email", endpoint = AT_CREATION, basis = "documented" },
    note = "Not in the PATCH body of current docs, so it is set at creation.",
  },
  email_verification = {
    applies_to = { "individual", "representative" }, applies_to_basis = "example_only",
    satisfied_by = { kind = "otp", path = "type=email", endpoint = OTP, basis = "documented" },
    note = "OTP endpoints exist for customers only; none documented for representatives although "
      .. "an early-2026 representative sample lists this criterion.",
  },
  entity_type = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.entityType", endpoint = CREATE,
      basis = "documented",
    },
    note = "Sample value: corporation. Full enum not in the stored copies.",
  },
  entity_type_description = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" },
    note = "Presumably free text when entity_type is 'other'; request key not shown in any stored "
      .. "copy.",
  },
  estimated_annual_revenue = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.estimatedAnnualRevenueInUsd", endpoint = CREATE,
      basis = "documented",
    },
  },
  expected_monthly_payments = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.expectedMonthlyPaymentsInUsd", endpoint = CREATE,
      basis = "documented",
    },
  },
  financial_statements_document = {
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  first_name = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = {
      kind = "field", path = "personalInformation.firstName", endpoint = INDIVIDUAL,
      basis = "name_match",
    },
    note = FROM_DOCUMENT,
  },
  flow_of_funds_document = {
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  identification_document = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = {
      kind = "document", document_type = { "passport", "id_card", "drivers", "residence_permit" },
      endpoint = UPLOAD, basis = "name_match",
    },
    note = "legacy (2025) docs; not in the seed 002 enum. Same meaning as identity_document.",
  },
  identification_number = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.identificationNumber", endpoint = CREATE,
      basis = "documented",
    },
    note = "Sent with identificationNumberType (sample: ein).",
  },
  identity_document = {
    applies_to = { "individual", "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "document", document_type = { "passport", "id_card", "drivers", "residence_permit" },
      endpoint = UPLOAD, basis = "documented",
    },
    note = "country (issuing, alpha-3) required; side=front|back for two-sided documents. 2025 "
      .. "docs used drivers_license instead of drivers.",
  },
  identity_verification = {
    applies_to = { "individual", "representative" }, applies_to_basis = "example_only",
    satisfied_by = {},
    note = "Late-2025/early-2026 docs; not in the seed 002 enum. How it is met is not stated in "
      .. "the stored copies (the submit-verification step existed at that time).",
  },
  incorporated_on = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.incorporatedOn", endpoint = CREATE,
      basis = "documented",
    },
    note = "Date YYYY-MM-DD in the sample.",
  },
  incorporation_articles_document = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  incorporation_cert_document = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "document", document_type = { "incorporation_cert" }, endpoint = UPLOAD,
      basis = "documented",
    },
    note = "Guides write incorporation_certificate, the API reference enum says "
      .. "incorporation_cert: prefer the enum.",
  },
  is_control_person = {
    applies_to = { "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "representationDetails.isControlPerson", endpoint = REPRESENTATIVE,
      basis = "example_only",
    },
    note = IN_SAMPLE,
  },
  is_dao = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" }, note = COMPLIANCE,
  },
  is_signer = {
    applies_to = { "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "representationDetails.isSigner", endpoint = REPRESENTATIVE,
      basis = "example_only",
    },
    note = IN_SAMPLE,
  },
  kyb_b_approval = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "review", basis = "name_match" }, note = "See kyc_b_approval.",
  },
  kyc_a_approval = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = { kind = "review", basis = "name_match" },
    note = "Late-2025/early-2026 docs; not in the seed 002 enum. By its name the review step of "
      .. "profile A.",
  },
  kyc_b_approval = {
    applies_to = { "individual" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "review", basis = "name_match" },
    note = "Only in the enum; by its name the review outcome of profile B. Nothing for the client "
      .. "to submit is documented.",
  },
  last_name = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = {
      kind = "field", path = "personalInformation.lastName", endpoint = INDIVIDUAL,
      basis = "name_match",
    },
    note = FROM_DOCUMENT,
  },
  legal_name = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.legalName", endpoint = CREATE,
      basis = "documented",
    },
  },
  liveness_check = {
    applies_to = { "individual", "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "link", document_type = { "liveness_report" },
      endpoint = "POST /v2/customer/{id}/face-verification-link or POST "
        .. "/v2/business-representative/{id}/face-verification-link",
      basis = "documented",
    },
    note = "Sphere-Managed model. The overview says a face link OR an uploaded liveness report "
      .. "passes the check.",
  },
  liveness_report_document = {
    applies_to = { "individual", "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "document", document_type = { "liveness_report" }, endpoint = UPLOAD,
      basis = "documented",
    },
    note = "Platform-Managed model. Upload only when this criterion is listed in required. No "
      .. "side/country.",
  },
  master_service_agreement = {
    applies_to = { "business" }, applies_to_basis = "documented", satisfied_by = {},
    note = "Early-2026 overview says businesses sign TOS plus a merchant service agreement; no v2 "
      .. "endpoint for it found.",
  },
  middle_name = {
    applies_to = { "individual", "representative" }, applies_to_basis = "inferred",
    satisfied_by = {
      kind = "field", path = "personalInformation.middleName", endpoint = ANY_PERSON,
      basis = "name_match",
    },
    note = "1-255 chars. For representatives the newest sample puts middleName at the top level.",
  },
  money_services_description = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" }, note = COMPLIANCE,
  },
  naics_code = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.naicsCode", endpoint = CREATE,
      basis = "documented",
    },
  },
  nationality = {
    applies_to = { "individual", "representative" }, applies_to_basis = "inferred",
    satisfied_by = {
      kind = "field", path = "personalInformation.nationality", endpoint = ANY_PERSON,
      basis = "name_match",
    },
    note = "ISO 3166-1 alpha-3.",
  },
  occupation_soc_code = {
    applies_to = { "individual", "representative" }, applies_to_basis = "inferred",
    satisfied_by = {
      kind = "field", path = "personalInformation.occupationSocCode", endpoint = ANY_PERSON,
      basis = "name_match",
    },
    note = "6-digit SOC code, 1-20 chars, e.g. 15-1132, checked against a supported list.",
  },
  operates_in_prohibited_countries = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" },
    note = "Falls under the 'related compliance fields' of businessInformation; exact request key "
      .. "not shown in any stored copy. v1 has a body field operatesInProhibitedCountries.",
  },
  operating_address = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "addresses[type=operating]", endpoint = CREATE, basis = "documented",
    },
    note = "Older docs called the two types physical and mailing.",
  },
  ownership_percentage = {
    applies_to = { "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "representationDetails.ownershipPercentage", endpoint = REPRESENTATIVE,
      basis = "example_only",
    },
    note = "Create sample with this field yields the criterion in complete. Value is a string such "
      .. "as \"50\".",
  },
  participates_in_regulated_financial_activity = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" }, note = COMPLIANCE,
  },
  phone_number = {
    applies_to = { "individual", "business", "representative" }, applies_to_basis = "documented",
    satisfied_by = { kind = "field", path = "phone", endpoint = AT_CREATION, basis = "documented" },
    note = "E.164. Not in the PATCH body of current docs.",
  },
  phone_verification = {
    applies_to = { "individual", "representative" }, applies_to_basis = "example_only",
    satisfied_by = { kind = "otp", path = "type=phone", endpoint = OTP, basis = "documented" },
    note = "See email_verification.",
  },
  photo_id = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = {
      kind = "document", document_type = { "passport", "id_card", "drivers", "residence_permit" },
      endpoint = UPLOAD, basis = "name_match",
    },
    note = "legacy (2025) docs; not in the seed 002 enum. Appears beside identification_document; "
      .. "the difference is not documented.",
  },
  proof_of_address = {
    applies_to = { "individual" }, applies_to_basis = "example_only",
    satisfied_by = {
      kind = "document", document_type = { "proof_of_address" }, endpoint = UPLOAD,
      basis = "name_match",
    },
    note = "legacy (2025) docs; not in the seed 002 enum. Same meaning as "
      .. "proof_of_address_document; see the caveat there for individuals.",
  },
  proof_of_address_document = {
    applies_to = { "business", "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "document", document_type = { "proof_of_address" }, endpoint = UPLOAD,
      basis = "documented",
    },
    note = "The KYC overview also asks individuals for it by upload, yet the upload reference does "
      .. "not list proof_of_address for individuals.",
  },
  proof_of_nature_of_business_document = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  registered_address = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "addresses[type=registered]", endpoint = CREATE, basis = "documented",
    },
    note = "Older docs called the two types physical and mailing.",
  },
  registration_number = {
    applies_to = { "business" }, applies_to_basis = "inferred", satisfied_by = {},
    note = "Only in the enum; nothing says how it differs from identification_number.",
  },
  regulated_activities = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.regulatedActivities", endpoint = CREATE,
      basis = "documented",
    },
  },
  regulated_activities_description = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" }, note = COMPLIANCE,
  },
  regulated_activity_document = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  regulated_financial_activity_description = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" }, note = COMPLIANCE,
  },
  relationship_established_at = {
    applies_to = { "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "representationDetails.relationshipEstablishedAt",
      endpoint = REPRESENTATIVE, basis = "example_only",
    },
    note = IN_SAMPLE,
  },
  residential_address = {
    applies_to = { "individual", "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "address", endpoint = ANY_PERSON, basis = "documented",
    },
    note = "Whole object: line1, city, country at least; state/postalCode expected.",
  },
  sex = {
    applies_to = { "individual", "representative" }, applies_to_basis = "inferred",
    satisfied_by = {
      kind = "field", path = "personalInformation.gender", endpoint = ANY_PERSON,
      basis = "name_match",
    },
    note = "Criterion is called sex, the request field gender (male|female|other); the link is by "
      .. "meaning only.",
  },
  shareholder_registry_document = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "document", document_type = { "shareholder_registry" }, endpoint = UPLOAD,
      basis = "documented",
    },
  },
  source_of_funds = {
    applies_to = { "business", "individual" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.primarySourceOfFunds", endpoint = CREATE,
      basis = "documented",
    },
    note = "Individual path: personalInformation.sourceOfFunds (enum salary, business_income, "
      .. "investment_returns, inheritance, gift, savings, other).",
  },
  source_of_funds_description = {
    applies_to = { "business" }, applies_to_basis = "inferred",
    satisfied_by = { kind = "field", endpoint = CREATE, basis = "name_match" },
    note = "Presumably free text when source_of_funds is 'other'; request key not shown in any "
      .. "stored copy.",
  },
  source_of_funds_document = {
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  tax_identification_number = {
    applies_to = { "individual", "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "personalInformation.taxIdentificationNumber", endpoint = ANY_PERSON,
      basis = "documented",
    },
    note = "Number, type and country must be sent together and require address; description too "
      .. "when type is other. Never echoed back.",
  },
  terms_of_service = {
    applies_to = { "individual", "business", "representative" }, applies_to_basis = "mixed",
    satisfied_by = {
      kind = "link", endpoint = "POST /v2/customer/{id}/tos-link", basis = "documented",
    },
    note = "Sphere-Managed only; Platform-Managed integrations skip it. Response key is link, not "
      .. "url. Documented for customers; for representatives it only shows up in an early-2026 "
      .. "sample, with no endpoint of their own.",
  },
  title = {
    applies_to = { "representative" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "representationDetails.title", endpoint = REPRESENTATIVE,
      basis = "example_only",
    },
    note = IN_SAMPLE,
  },
  trade_name = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.tradeName", endpoint = CREATE,
      basis = "documented",
    },
  },
  w8_ben_document = {
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  w8_ben_e_document = {
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  w9_document = {
    satisfied_by = { kind = "document", endpoint = UPLOAD, basis = "name_match" }, note = ENUM_ONLY,
  },
  website = {
    applies_to = { "business" }, applies_to_basis = "documented",
    satisfied_by = {
      kind = "field", path = "businessInformation.website", endpoint = CREATE, basis = "documented",
    },
  },
}

return {
  profiles = vocabulary.profiles,
  statuses = vocabulary.statuses,
  status_semantics = vocabulary.status_semantics,
  tos_statuses = vocabulary.tos_statuses,
  document_types = vocabulary.document_types,
  v1 = vocabulary.v1,
  criteria = criteria,
}
