-- The objects of the API, field by field, as the vendor documents them. Data: it requires nothing.
-- Params checks, array marks, personal fields, the sandbox's checks, the command line's arguments
-- and the editor's types are readings of it; rules across fields are code, where they are used.
-- Not a closed list: what is not here passes. What a document is silent about is absent here.
--
-- A field is { name, type, marks ... }. Types:
--   "string", "number", "integer", "boolean"
--   "email", "phone" (E.164), "country" (ISO 3166-1 alpha-3), "date" (YYYY-MM-DD),
--   "time" (ISO 8601)
--   "object" and "list", with `of`: the name of an object of the same version, or "string"
--   "meta" (an object of the platform's own), "document" (base64 text or spherepay.document_file)
--   none: the documents do not say
-- Marks:
--   enum          the closed list of values
--   open          the values that are known, of a list that is not closed
--   min, max      characters of a string; bounds of an integer
--   required      without it the API refuses a request
--   personal      a person's data, or a secret: never in a log
-- An object marked `personal` is personal with everything below it.
-- Sources: vendor docs, "Create a customer", "Update a customer", "Retrieve a customer", "List
-- customers", "Upload a document", "Create a business representative"; v1 "Customers".

-- One list from several.
local function joined(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, field in ipairs(list) do all[#all + 1] = field end
  end
  return all
end

local CUSTOMER_TYPES = { "individual", "business" }

-- ---- v2 ----------------------------------------------------------------------------------------

local ADDRESS = {
  { "line1", "string", personal = true },
  { "line2", "string", personal = true },
  { "city", "string", personal = true },
  { "state", "string", personal = true },
  { "postalCode", "string", personal = true },
  { "country", "country" },
}

local TYPE = { "type", "string", enum = CUSTOMER_TYPES, required = true }
local CONTACT = {
  { "email", "email", max = 254, required = true, personal = true },
  { "phone", "phone", required = true, personal = true },
}
local HOME = { "address", "object", of = "address", required = true, personal = true }
local PERSON = { "personalInformation", "object", of = "personal_information", personal = true }
local META = { "meta", "meta", personal = true }
local DETAILS = {
  "representationDetails", "object", of = "representation_details", personal = true,
}

local PROFILES = { "verificationProfiles", "list", of = "verification_profile" }
local STAMPS = { { "createdAt", "time" }, { "updatedAt", "time" } }

local v2 = {
  address = ADDRESS,

  -- Which words `type` takes has changed; registered and operating are the newest.
  business_address = joined({
    { "type", "string", open = { "registered", "operating" } },
  }, ADDRESS),

  personal_information = {
    { "firstName", "string", personal = true },
    { "middleName", "string", min = 1, max = 255, personal = true },
    { "lastName", "string", personal = true },
    { "dateOfBirth", "date", personal = true },
    { "taxIdentificationNumber", "string", personal = true },
    { "taxIdentificationNumberType", "string", min = 1, open = { "ssn", "itin", "cpf", "other" } },
    { "taxIdentificationNumberCountry", "country", min = 1 },
    { "taxIdentificationNumberDescription", "string", personal = true },
    { "gender", "string", enum = { "male", "female", "other" }, personal = true },
    { "countryOfBirth", "country", personal = true },
    { "nationality", "country", personal = true },
    { "residencyCountry", "country", personal = true },
    { "occupationSocCode", "string", min = 1, max = 20, personal = true },
    {
      "sourceOfFunds", "string", personal = true,
      enum = {
        "salary", "business_income", "investment_returns", "inheritance", "gift", "savings",
        "other",
      },
    },
  },

  -- Types and closed lists of most of these are not documented.
  business_information = {
    { "legalName", "string", personal = true },
    { "tradeName", "string", personal = true },
    { "description", "string", personal = true },
    { "entityType", "string" },
    { "naicsCode", "string" },
    { "website", "string", personal = true },
    { "incorporatedOn", "string" },
    { "identificationNumberType", "string" },
    { "identificationNumber", "string", personal = true },
    { "estimatedAnnualRevenueInUsd" },
    { "expectedMonthlyPaymentsInUsd" },
    { "accountPurpose", "string" },
    { "primarySourceOfFunds", "string" },
    { "regulatedActivities" },
  },

  individual = joined({ TYPE }, CONTACT, { HOME, PERSON, META }),

  -- A single address for a business comes from older pages.
  business = joined({ TYPE }, CONTACT, {
    { "addresses", "list", of = "business_address", required = true, personal = true },
    { "address", "object", of = "address", personal = true },
    {
      "businessInformation", "object", of = "business_information", required = true,
      personal = true,
    },
    META,
  }),

  -- Individuals only; `type` is immutable, and older pages asked for it.
  individual_update = {
    { "type", "string", enum = CUSTOMER_TYPES },
    { "address", "object", of = "address", personal = true },
    PERSON, META,
  },

  representation_details = {
    { "roles", "list", of = "string" },
    { "ownershipPercentage", "string" },
    { "isControlPerson", "boolean" },
    { "isSigner", "boolean" },
    { "relationshipEstablishedAt", "date" },
    { "title", "string" },
  },

  representative = joined({
    { "customerId", "string", required = true },
    { "type", "string", enum = { "individual" }, required = true },
  }, CONTACT, { HOME, PERSON, DETAILS }, {
    { "firstName", "string", personal = true },
    { "middleName", "string", min = 1, max = 255, personal = true },
    { "lastName", "string", personal = true },
    { "dateOfBirth", "date", personal = true },
  }),

  representative_update = {
    { "address", "object", of = "address", personal = true },
    PERSON, DETAILS,
  },

  -- The parts of a multipart form. Which document types fit whom: see `criteria`.
  document_upload = {
    { "target", "string", enum = { "customer", "business_representative" }, required = true },
    { "targetId", "string", required = true },
    {
      "documentType", "string", required = true,
      open = {
        "drivers", "id_card", "passport", "residence_permit", "liveness_report",
        "incorporation_cert", "shareholder_registry", "proof_of_address",
      },
    },
    { "file", "document", required = true, personal = true },
    { "country", "country" },
    { "side", "string", enum = { "front", "back" } },
    { "description", "string", personal = true },
  },

  code_send = { { "type", "string", enum = { "email", "phone" }, required = true } },
  code_verify = {
    { "type", "string", enum = { "email", "phone" }, required = true },
    { "code", "string", min = 1, max = 10, required = true, personal = true },
  },

  -- Page and limit are strings in the query and numbers in the answer.
  customer_filters = {
    { "page", "string" },
    { "limit", "string" },
    { "status", "string", open = { "incomplete", "pending", "approved", "rejected" } },
    { "type", "string", open = CUSTOMER_TYPES },
    { "email", "string", personal = true },
    { "search", "string", min = 1, max = 255, personal = true },
  },
  representative_filters = {
    { "page", "string" }, { "limit", "string" }, { "customerId", "string" },
  },

  -- Answers.

  customer = joined({
    { "id", "string" },
    { "type", "string", open = CUSTOMER_TYPES },
    { "email", "string", personal = true },
    { "phone", "string", personal = true },
    { "firstName", "string", personal = true },
    { "middleName", "string", personal = true },
    { "lastName", "string", personal = true },
    { "dateOfBirth", "date", personal = true },
    { "businessLegalName", "string", personal = true },
    { "businessTradeName", "string", personal = true },
    PERSON,
    { "tosStatus", "string", open = { "incomplete", "pending", "approved" } },
    PROFILES, META,
  }, STAMPS),

  verification_profile = {
    { "name", "string" },
    {
      "status", "string",
      open = { "incomplete", "pending", "approved", "rejected", "resubmission_required" },
    },
    { "criteria", "object", of = "profile_criteria" },
  },
  -- Older answers have the four lists in the profile itself.
  profile_criteria = {
    { "complete", "list", of = "string" },
    { "pending", "list", of = "string" },
    { "required", "list", of = "string" },
    { "errors", "list", of = "criterion_error" },
  },
  criterion_error = { { "name", "string" }, { "detail", "string" }, { "message", "string" } },

  customer_page = {
    { "customers", "list", of = "customer" }, { "pagination", "object", of = "pagination" },
  },
  pagination = {
    { "page", "integer" }, { "limit", "integer" }, { "total", "integer" },
    { "totalPages", "integer" }, { "hasNext", "boolean" }, { "hasPrevious", "boolean" },
  },

  representative_answer = joined({
    { "id", "string" },
    { "customerId", "string" },
    { "type", "string" },
    { "email", "string", personal = true },
    { "phone", "string", personal = true },
    { "address", "object", of = "address", personal = true },
    DETAILS, PROFILES,
  }, STAMPS),
  representative_page = {
    { "data", "list", of = "representative_answer" },
    { "pagination", "object", of = "pagination" },
  },

  document = {
    { "targetId", "string" }, { "target", "string" }, { "documentType", "string" },
    { "country", "string" }, { "side", "string" },
    { "description", "string", personal = true },
    { "fileName", "string", personal = true },
    { "fileSize", "number" }, { "mimeType", "string" }, { "createdAt", "time" },
  },

  -- Older answers call the address `link`.
  link = {
    { "url", "string", personal = true }, { "link", "string", personal = true },
    { "expiresAt", "time" },
  },
  code_sent = { { "customerId", "string" }, { "expiresAt", "time" } },
  code_verified = { { "customerId", "string" }, { "verifiedAt", "time" } },

  problem = {
    { "title", "string" }, { "status", "integer" }, { "detail", "string" }, { "code", "string" },
    { "correlationId", "string" }, { "errors", "list", of = "problem_item" },
  },
  problem_item = {
    { "detail", "string" }, { "pointer", "string" }, { "parameter", "string" },
    { "header", "string" },
  },

  -- Webhooks: the shape of 2026, and of v1.
  event = {
    { "id", "string" }, { "type", "string" }, { "createdAt", "time" }, { "data", "object" },
  },
}

-- ---- v1 ----------------------------------------------------------------------------------------

local OLD_TYPE = { "type", "string", enum = CUSTOMER_TYPES }

local OLD_PERSON = {
  { "firstName", "string", personal = true },
  { "lastName", "string", personal = true },
  { "dob", "object", of = "date_of_birth", personal = true },
  { "ssn", "string", personal = true },
  { "identityDocumentFront", "document", personal = true },
  { "identityDocumentBack", "document", personal = true },
  { "actingAsIntermediary", "boolean" },
  { "employmentStatus", "string", personal = true },
  { "expectedMonthlyPayments", "string", personal = true },
  { "mostRecentOccupation", "string", personal = true },
}

local OLD_CONTACT = {
  { "email", "string", personal = true },
  { "phoneNumber", "string", personal = true },
  { "address", "object", of = "address", personal = true },
}

-- What a body of v1 may hold, but for the one field that differs between create and update.
local OLD_FIELDS = joined({ OLD_TYPE, META }, {
  { "lookupKey", "string", personal = true },
  { "website", "string", personal = true },
}, OLD_CONTACT, {
  { "proofOfAddressDocument", "document", personal = true },
}, OLD_PERSON, {
  { "businessType", "string", enum = CUSTOMER_TYPES },
  { "ein", "string", personal = true },
  { "name", "string", personal = true },
  { "description", "string", personal = true },
  { "thirdParty", "boolean" },
  { "thirdPartyMessage", "string", personal = true },
  { "tosAccepted", "boolean" },
  { "ubos", "list", of = "owner" },
  { "incorporationDocument", "document", personal = true },
  { "shareholderDocument", "document", personal = true },
  { "statementOfFunds", "document", personal = true },
  { "expectedMonthlyPaymentsUsd", "number" },
  { "operatesInProhibitedCountries", "boolean" },
  {
    "highRiskActivities", "list", of = "string",
    enum = {
      "none_of_the_above", "adult_entertainment", "gambling", "hold_client_funds",
      "investment_activities", "lending_banking", "marijuana_or_related_services",
      "money_services", "operate_foreign_exchange_virtual_currencies_brokerage_otc",
      "safe_deposit_box_rentals", "third_party_payment_processing",
      "weapons_firearms_and_explosives",
    },
  },
  { "sourceOfFundsDescription", "string", personal = true },
  { "transmitsCustomerFunds", "boolean" },
  { "transmitsCustomerFundsDescription", "string" },
})

local REVENUE = "estimatedAnnualRevenueUsd"

local v1 = {
  address = {
    { "line1", "string", personal = true },
    { "line2", "string", personal = true },
    { "city", "string", personal = true },
    { "postalCode", "string", personal = true },
    { "state", "string", personal = true }, -- "two-letter", and "ISO 3166 subdivision code"
    { "country", "country" },
  },
  date_of_birth = {
    { "day", "integer", min = 1, max = 31, personal = true },
    { "month", "integer", min = 1, max = 12, personal = true },
    { "year", "integer", min = 1000, max = 9999, personal = true },
  },
  owner = joined(OLD_PERSON, { { "business", "string" } }, OLD_CONTACT),

  customer_create = joined(OLD_FIELDS, { { REVENUE, "number" } }),
  customer_update = joined(OLD_FIELDS, {
    {
      REVENUE, "string",
      enum = {
        "_0_99999", "_100000_999999", "_1000000_9999999", "_10000000_49999999",
        "_50000000_249999999", "_250000000_plus",
      },
    },
  }),

  -- Answers. Nearly every scalar can be null.
  customer = joined({ { "id", "string" }, OLD_TYPE, META }, {
    { "lookupKey", "string", personal = true },
    { "firstName", "string", personal = true },
    { "lastName", "string", personal = true },
    { "website", "string", personal = true },
    { "description", "string", personal = true },
    { "thirdParty", "boolean" },
    { "thirdPartyMessage", "string", personal = true },
    { "sourceOfFunds", "string", personal = true },
  }, OLD_CONTACT, {
    { "isProhibitedBusinessType", "boolean" },
    {
      "kyc", "string",
      open = { "incomplete", "pending", "additionalReviewRequired", "approved", "rejected" },
    },
    { "tos", "string", open = { "incomplete", "pending", "approved" } },
    { "msa", "string", open = { "incomplete", "pending", "approved", "declined", "voided" } },
    { "euAccountTos", "string", open = { "incomplete", "pending", "approved" } },
    { "operatingResidency", "string", open = { "incomplete", "approved", "rejected" } },
    { "additionalReviewRequiredReason", "string" },
    { "requirements", "list", of = "string" },
    { "kycRequirements", "list", of = "string" }, -- an older name
    { "ubos", "list", of = "owner_answer" },
    { "verificationLevels", "list", of = "verification_level" },
    { "wallets", "list" },
    { "bankAccounts", "list" },
    { "achPullUserIntentId", "string" },
    { "mock", "boolean" },
    { "created", "time" },
    { "updated", "time" },
  }),
  owner_answer = joined({
    { "id", "string" },
    { "requirements", "list", of = "string" },
    { "firstName", "string", personal = true },
    { "lastName", "string", personal = true },
  }, OLD_CONTACT, { { "created", "time" }, { "updated", "time" } }),
  verification_level = {
    { "name", "string", open = { "ach_pull" } },
    {
      "status", "string",
      open = {
        "approved", "pending", "retry", "document", "suspended", "rejected", "incomplete",
        "convereted_to_user", -- spelt that way by the vendor
      },
    },
    { "requirements", "list", of = "string" },
  },

  link = { { "url", "string", personal = true } },

  -- Under which name the list stands is not documented; sibling lists are called by their plural.
  customer_page = { { "customers", "list", of = "customer" } },

  event = {
    { "id", "string" }, { "name", "string" }, { "data", "object" },
    { "webhookRecords", "list", of = "webhook_record" },
    { "mock", "boolean" }, { "updated", "time" }, { "created", "time" },
  },
  webhook_record = {
    { "requestIds", "list", of = "string" }, { "webhook", "object", of = "webhook" },
  },
  webhook = {
    { "id", "string" }, { "url", "string", personal = true }, { "name", "string" },
    { "description", "string", personal = true }, { "events", "list", of = "string" },
    { "active", "boolean" }, { "status", "string" },
    { "secret", "string", personal = true }, { "signingSecret", "string", personal = true },
  },
}

return { v1 = v1, v2 = v2 }
