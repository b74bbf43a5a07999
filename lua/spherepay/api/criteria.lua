-- The words of verification in the vendor's documents, as data: profiles and what they unlock,
-- statuses, document types, what v1 calls things, and how each criterion is met: for whom, by what,
-- in which call, and how sure that is. It requires nothing.
-- It is not code, and it is not a closed list: the API sends names that are not here. What the
-- documents are silent about is absent.
--
-- A criterion has an entry for each kind of customer whom the criterion is known for. Of an entry:
--
--   kind            what it takes
--   path            the field of a body that holds it
--   call, next      names of `endpoints`: the call for somebody who exists, and the one that
--                   follows; absent when there is none
--   params          what they send as it stands; `{id}` is the id of the customer or representative
--   fields          what the caller fills in; `next_fields` in the call that follows
--   answer          the member of the answer that is the link
--   document_types  what may be uploaded, preferred first
--   locks           it cannot be changed once it is under review
--   basis           "documented", "example_only" (only a sample shows it), "name_match" (the names
--                   fit) or "unknown"
--   note            a sentence for the person who has to do it; that of a criterion is for all

local OF_CUSTOMER = { target = "customer", targetId = "{id}" }
local OF_REPRESENTATIVE = { target = "business_representative", targetId = "{id}" }

local IDENTITY_TYPES = { "passport", "id_card", "drivers", "residence_permit" }
local IDENTITY_FIELDS = { "documentType", "country", "file" }
local TAX_FIELDS = {
  "personalInformation.taxIdentificationNumber",
  "personalInformation.taxIdentificationNumberType",
  "personalInformation.taxIdentificationNumberCountry",
}

local BUSINESS_DATA = "The business fills it in on the page behind the link. If the link is "
  .. "refused because something is still required, ask SpherePay, which also advises against "
  .. "mixing the page and other calls for one customer."
local ASK_HOW = "How to supply it is not documented: ask SpherePay."
local CONTACT = "It is given when the customer is created and cannot be updated: ask SpherePay."
local NO_CODES = "Codes are sent to customers, not to representatives: ask SpherePay."
local NO_TYPE = "How this document is uploaded is not documented: ask SpherePay how to hand it in."
local BOTH_SIDES = "The country is where it was issued, in three letters. Of a document with two "
  .. "sides upload both, with side front and back."
local COUNTRY = "Three letters, such as USA."
local FROM_DOCUMENT = "SpherePay may also read it from the identity document."
local AT_CREATION = "It is given when the representative is created; SpherePay may also read it "
  .. "from the identity document, otherwise ask SpherePay."
local LIVENESS = "The customer opens the link and shows the face to the camera."
local SPHERE_DECIDES = "SpherePay decides; there is nothing to send."
local YOUR_REPORT = "Upload the report of your own liveness check."
local TERMS = "The customer opens the link and accepts the terms."

local TERMS_LINK = {
  kind = "link", call = "customer.tos_link", answer = "link", basis = "documented", note = TERMS,
}

-- What a business is asked for. Its data cannot be updated; the hosted page asks for it.
local function of_business(path, basis)
  return {
    kind = "link", path = path, call = "customer.kyc_link", answer = "url",
    basis = basis or "documented",
    note = BUSINESS_DATA,
  }
end

-- A field of a person's personalInformation.
local function of_person(name, note)
  local path = "personalInformation." .. name
  return {
    note = note,
    individual = {
      kind = "field", path = path, call = "customer.update", basis = "name_match",
    },
    representative = {
      kind = "field", path = path, call = "representative.update", basis = "name_match",
    },
  }
end

-- A name or a date of birth: representatives have it beside personalInformation, at creation.
local function of_identity(name)
  return {
    individual = {
      kind = "field", path = "personalInformation." .. name, call = "customer.update",
      basis = "name_match", locks = true, note = FROM_DOCUMENT,
    },
    representative = { kind = "field", path = name, basis = "name_match", note = AT_CREATION },
  }
end

-- A member of representationDetails.
local function of_representative(name, note)
  return {
    representative = {
      kind = "field", path = "representationDetails." .. name, call = "representative.update",
      basis = "example_only", note = note,
    },
  }
end

-- A criterion whose field is not known: a business still has the link.
local function unnamed()
  return { business = of_business(nil, "name_match") }
end

-- A document whose documentType is not known.
local function untyped()
  local entry = { kind = "document", basis = "name_match", note = NO_TYPE }
  return { individual = entry, business = entry, representative = entry }
end

local function identity(basis)
  return {
    individual = {
      kind = "document", document_types = IDENTITY_TYPES, fields = IDENTITY_FIELDS,
      call = "document.upload", params = OF_CUSTOMER, basis = basis, note = BOTH_SIDES,
    },
    representative = {
      kind = "document", document_types = IDENTITY_TYPES, fields = IDENTITY_FIELDS,
      call = "document.upload", params = OF_REPRESENTATIVE, basis = basis, note = BOTH_SIDES,
    },
    business = {
      kind = "document", basis = "unknown",
      note = "A business has no identity document to upload: ask SpherePay.",
    },
  }
end

local function one_type(name, target, basis, note)
  return {
    kind = "document", document_types = { name }, call = "document.upload",
    params = { target = target.target, targetId = "{id}", documentType = name },
    fields = { "file" }, basis = basis or "documented", note = note,
  }
end

local function contact(path)
  local entry = { kind = "field", path = path, basis = "documented", note = CONTACT }
  return { individual = entry, representative = entry, business = of_business(path) }
end

local function code(contact_type)
  local entry = {
    kind = "otp", path = "type=" .. contact_type, params = { type = contact_type },
    call = "customer.send_code", next = "customer.verify_code", next_fields = { "code" },
    basis = "documented",
    note = "The customer reads the code that arrives and tells it to you.",
  }
  return {
    individual = entry,
    business = entry,
    representative = { kind = "otp", basis = "unknown", note = NO_CODES },
  }
end

local function review()
  local entry = { kind = "review", basis = "name_match", note = SPHERE_DECIDES }
  return { individual = entry, business = entry, representative = entry }
end

local criteria = {
  account_purpose = {
    business = of_business("businessInformation.accountPurpose"),
    individual = { kind = "unknown", basis = "unknown", note = ASK_HOW },
  },
  account_purpose_description = unnamed(),
  address_of_residence = {
    note = "The whole address: at least line1, city and country.",
    individual = {
      kind = "field", path = "address", call = "customer.update", basis = "name_match",
    },
    representative = {
      kind = "field", path = "address", call = "representative.update", basis = "name_match",
    },
  },
  bank_statement_document = untyped(),
  business_representatives = {
    business = {
      kind = "representative", call = "representative.create", basis = "documented",
      params = { customerId = "{id}", type = "individual" },
      fields = { "email", "phone", "address" },
      note = "Register everybody who owns a quarter or more; without one, the largest owner or a "
        .. "manager in control.",
    },
  },
  compliance_screening_explanation = unnamed(),
  corporate_resolution_document = untyped(),
  country_of_birth = of_person("countryOfBirth", COUNTRY),
  date_of_birth = of_identity("dateOfBirth"),
  description = { business = of_business("businessInformation.description") },
  email_address = contact("email"),
  email_verification = code("email"),
  entity_type = { business = of_business("businessInformation.entityType") },
  entity_type_description = unnamed(),
  estimated_annual_revenue = {
    business = of_business("businessInformation.estimatedAnnualRevenueInUsd"),
  },
  expected_monthly_payments = {
    business = of_business("businessInformation.expectedMonthlyPaymentsInUsd"),
  },
  financial_statements_document = untyped(),
  first_name = of_identity("firstName"),
  flow_of_funds_document = untyped(),
  identification_document = identity("name_match"),
  identification_number = { business = of_business("businessInformation.identificationNumber") },
  identity_document = identity("documented"),
  identity_verification = {
    individual = { kind = "unknown", basis = "unknown", note = ASK_HOW },
    representative = { kind = "unknown", basis = "unknown", note = ASK_HOW },
  },
  incorporated_on = { business = of_business("businessInformation.incorporatedOn") },
  incorporation_articles_document = untyped(),
  incorporation_cert_document = { business = one_type("incorporation_cert", OF_CUSTOMER) },
  is_control_person = of_representative("isControlPerson"),
  is_dao = unnamed(),
  is_signer = of_representative("isSigner"),
  kyb_b_approval = review(),
  kyc_a_approval = review(),
  kyc_b_approval = review(),
  last_name = of_identity("lastName"),
  legal_name = { business = of_business("businessInformation.legalName") },
  liveness_check = {
    individual = {
      kind = "link", document_types = { "liveness_report" }, call = "customer.face_link",
      answer = "url", basis = "documented", note = LIVENESS,
    },
    representative = {
      kind = "link", document_types = { "liveness_report" }, call = "representative.face_link",
      answer = "url", basis = "documented", note = LIVENESS,
    },
  },
  liveness_report_document = {
    individual = one_type("liveness_report", OF_CUSTOMER, nil, YOUR_REPORT),
    representative = one_type("liveness_report", OF_REPRESENTATIVE, nil, YOUR_REPORT),
  },
  master_service_agreement = {
    business = {
      kind = "unknown", basis = "unknown",
      note = "The agreement is signed with SpherePay, not in a call: ask SpherePay.",
    },
  },
  middle_name = of_person("middleName"),
  money_services_description = unnamed(),
  naics_code = { business = of_business("businessInformation.naicsCode") },
  nationality = of_person("nationality", COUNTRY),
  occupation_soc_code = of_person("occupationSocCode", "A code of the SOC list, such as 15-1132."),
  operates_in_prohibited_countries = unnamed(),
  operating_address = { business = of_business("addresses[type=operating]") },
  ownership_percentage = of_representative("ownershipPercentage", "A string, such as \"50\"."),
  participates_in_regulated_financial_activity = unnamed(),
  phone_number = contact("phone"),
  phone_verification = code("phone"),
  photo_id = identity("name_match"),
  proof_of_address = {
    individual = one_type("proof_of_address", OF_CUSTOMER, "name_match"),
    business = one_type("proof_of_address", OF_CUSTOMER, "name_match"),
    representative = one_type("proof_of_address", OF_REPRESENTATIVE, "name_match"),
  },
  proof_of_address_document = {
    individual = {
      kind = "unknown", basis = "unknown",
      note = "Whether an individual may upload a proof of address is not documented: ask "
        .. "SpherePay.",
    },
    business = one_type("proof_of_address", OF_CUSTOMER),
    representative = one_type("proof_of_address", OF_REPRESENTATIVE),
  },
  proof_of_nature_of_business_document = untyped(),
  registered_address = { business = of_business("addresses[type=registered]") },
  registration_number = { business = { kind = "unknown", basis = "unknown", note = ASK_HOW } },
  regulated_activities = { business = of_business("businessInformation.regulatedActivities") },
  regulated_activities_description = unnamed(),
  regulated_activity_document = untyped(),
  regulated_financial_activity_description = unnamed(),
  relationship_established_at = of_representative("relationshipEstablishedAt",
    "A date written as YYYY-MM-DD."),
  residential_address = {
    note = "The whole address: at least line1, city and country.",
    individual = {
      kind = "field", path = "address", call = "customer.update", basis = "documented",
    },
    representative = {
      kind = "field", path = "address", call = "representative.update", basis = "documented",
    },
  },
  sex = of_person("gender", "One of male, female and other."),
  shareholder_registry_document = { business = one_type("shareholder_registry", OF_CUSTOMER) },
  source_of_funds = {
    business = of_business("businessInformation.primarySourceOfFunds"),
    individual = {
      kind = "field", path = "personalInformation.sourceOfFunds", call = "customer.update",
      basis = "name_match", note = "One of salary, business_income, investment_returns, "
        .. "inheritance, gift, savings and other.",
    },
    representative = {
      kind = "field", path = "personalInformation.sourceOfFunds", call = "representative.update",
      basis = "name_match", note = "One of salary, business_income, investment_returns, "
        .. "inheritance, gift, savings and other.",
    },
  },
  source_of_funds_description = unnamed(),
  source_of_funds_document = untyped(),
  tax_identification_number = {
    note = "Number, type and country go together with the address; of the type other send a "
      .. "description too.",
    individual = {
      kind = "field", path = TAX_FIELDS[1], fields = TAX_FIELDS, call = "customer.update",
      basis = "documented", locks = true,
    },
    representative = {
      kind = "field", path = TAX_FIELDS[1], fields = TAX_FIELDS, call = "representative.update",
      basis = "documented",
    },
  },
  terms_of_service = {
    individual = TERMS_LINK,
    business = TERMS_LINK,
    representative = {
      kind = "link", basis = "unknown",
      note = "Representatives have no link to the terms of their own: ask SpherePay.",
    },
  },
  title = of_representative("title"),
  trade_name = { business = of_business("businessInformation.tradeName") },
  w8_ben_document = untyped(),
  w8_ben_e_document = untyped(),
  w9_document = untyped(),
  website = { business = of_business("businessInformation.website") },
}

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

  criteria = criteria,
}
