--- The life of verification profiles: which criteria there are, when each is met, how a profile
-- moves from incomplete to pending by itself and to its end when a review says so.
-- Which criteria a real profile asks for is decided by SpherePay and differs between integrations;
-- the lists here are those of the vendor's samples and of the documented ways to meet a criterion.
-- Works on a subject: a customer or representative with `kind`, `fields`, `done`, `tos_status` and
-- `profiles`. Of a profile `told` holds the states that somebody has set by hand.

local json = require("spherepay.sandbox.json")

local profiles = {}

local BUSINESS = {
  "email_address", "phone_number", "legal_name", "trade_name", "description", "entity_type",
  "naics_code", "website", "incorporated_on", "identification_number",
  "estimated_annual_revenue", "expected_monthly_payments", "account_purpose", "source_of_funds",
  "regulated_activities", "registered_address", "operating_address", "terms_of_service",
  "business_representatives", "incorporation_cert_document", "shareholder_registry_document",
  "proof_of_address_document",
}

local CRITERIA = {
  sphere = {
    individual = {
      "email_address", "phone_number", "residential_address", "tax_identification_number",
      "terms_of_service", "email_verification", "phone_verification", "identity_document",
      "liveness_check",
    },
    business = BUSINESS,
    representative = {
      "email_address", "phone_number", "residential_address", "tax_identification_number",
      "ownership_percentage", "is_control_person", "is_signer", "relationship_established_at",
      "title", "identity_document", "liveness_check", "proof_of_address_document",
    },
  },
  platform = {
    individual = {
      "email_address", "phone_number", "residential_address", "tax_identification_number",
      "identity_document", "liveness_report_document",
    },
    business = BUSINESS,
    representative = {
      "email_address", "phone_number", "residential_address", "tax_identification_number",
      "ownership_percentage", "is_control_person", "is_signer", "relationship_established_at",
      "title", "identity_document", "liveness_report_document", "proof_of_address_document",
    },
  },
  legacy = {
    individual = {
      "terms_of_service", "first_name", "last_name", "tax_identification_number",
      "email_address", "address_of_residence", "date_of_birth", "proof_of_address",
      "identification_document",
    },
    business = BUSINESS,
  },
}
CRITERIA.legacy.representative = CRITERIA.sphere.representative

local NAMES = {
  current = {
    individual = { "kyc_profile_a" },
    business = { "kyb_profile_a" },
    representative = { "ubo_kyc_profile_a" },
  },
  legacy = {
    individual = { "kyc_profile_a", "kyc_profile_b", "kyc_profile_c" },
    business = { "kyb_profile_a", "kyb_profile_b", "kyb_profile_c" },
    representative = { "ubo_kyc_profile_a" },
  },
}

-- The profiles that the vendor documents for each kind.
local DOCUMENTED = {
  individual = { kyc_profile_a = true, kyc_profile_b = true, kyc_profile_c = true },
  business = { kyb_profile_a = true, kyb_profile_b = true, kyb_profile_c = true },
  representative = { ubo_kyc_profile_a = true, ubo_kyc_profile_c = true },
}

-- Somebody looks at these: they are listed as pending until the review has spoken.
local LOOKED_AT = {
  identity_document = true,
  identification_document = true,
  photo_id = true,
  liveness_check = true,
  liveness_report_document = true,
  proof_of_address = true,
  proof_of_address_document = true,
  incorporation_cert_document = true,
  shareholder_registry_document = true,
}

local OPEN = { incomplete = true, resubmission_required = true }

local function present(object, key)
  return object and json.present(object[key])
end

local function has_address(address)
  return present(address, "line1") and present(address, "city") and present(address, "country")
end

local function field(key)
  return function(fields) return present(fields, key) end
end

local function personal(key)
  return function(fields) return present(fields.personalInformation, key) end
end

local function business(key)
  return function(fields) return present(fields.businessInformation, key) end
end

local function detail(key)
  return function(fields) return present(fields.representationDetails, key) end
end

local function address_of(kind)
  return function(fields)
    for _, address in ipairs(fields.addresses or {}) do
      if address.type == kind then return has_address(address) end
    end
    return has_address(fields.address)
  end
end

local function residence(fields)
  return has_address(fields.address)
end

local function source_of_funds(fields)
  local source = present(fields.businessInformation, "primarySourceOfFunds")
  if source == nil then source = present(fields.personalInformation, "sourceOfFunds") end
  return source
end

-- What is met by fields; everything else is met by an act (a document, a link, a code).
local MET_BY_FIELDS = {
  email_address = field("email"),
  phone_number = field("phone"),
  residential_address = residence,
  address_of_residence = residence,
  tax_identification_number = personal("taxIdentificationNumber"),
  first_name = field("firstName"),
  last_name = field("lastName"),
  date_of_birth = field("dateOfBirth"),
  middle_name = personal("middleName"),
  country_of_birth = personal("countryOfBirth"),
  nationality = personal("nationality"),
  occupation_soc_code = personal("occupationSocCode"),
  sex = personal("gender"),
  legal_name = business("legalName"),
  trade_name = business("tradeName"),
  description = business("description"),
  entity_type = business("entityType"),
  naics_code = business("naicsCode"),
  website = business("website"),
  incorporated_on = business("incorporatedOn"),
  identification_number = business("identificationNumber"),
  estimated_annual_revenue = business("estimatedAnnualRevenueInUsd"),
  expected_monthly_payments = business("expectedMonthlyPaymentsInUsd"),
  account_purpose = business("accountPurpose"),
  source_of_funds = source_of_funds,
  regulated_activities = business("regulatedActivities"),
  registered_address = address_of("registered"),
  operating_address = address_of("operating"),
  ownership_percentage = detail("ownershipPercentage"),
  is_control_person = detail("isControlPerson"),
  is_signer = detail("isSigner"),
  relationship_established_at = detail("relationshipEstablishedAt"),
  title = detail("title"),
}

local function is_met(subject, profile, name)
  local told = profile.told[name]
  if told then return told ~= "required" end
  if subject.done[name] then return true end
  if name == "terms_of_service" then return subject.tos_status == "approved" end
  local met = MET_BY_FIELDS[name]
  return met ~= nil and json.present(met(subject.fields)) ~= nil
end

local function required_of(subject, profile)
  local list = json.array()
  for _, name in ipairs(profile.criteria) do
    if not is_met(subject, profile, name) then list[#list + 1] = name end
  end
  return list
end

local function add_profile(subject, name)
  local profile = { name = name, status = "incomplete", errors = {}, told = {}, criteria = {} }
  for i, criterion in ipairs(subject.criteria) do profile.criteria[i] = criterion end
  table.insert(subject.profiles, profile)
  return profile
end

local function find(subject, name)
  for _, profile in ipairs(subject.profiles) do
    if profile.name == name then return profile end
  end
  return nil
end

--- Gives a new subject its criteria and profiles.
---@param subject table `kind` and `fields` are set
---@param options { shape: "v2"|"v2-2025", onboarding: "sphere"|"platform" }
function profiles.start(subject, options)
  local legacy = options.shape == "v2-2025"
  subject.criteria = CRITERIA[legacy and "legacy" or options.onboarding][subject.kind]
  subject.done = {}
  subject.tos_status = "incomplete"
  subject.profiles = {}
  for _, name in ipairs(NAMES[legacy and "legacy" or "current"][subject.kind]) do
    add_profile(subject, name)
  end
  profiles.refresh(subject)
end

--- Moves every open profile that lacks nothing to pending. Documented as automatic.
---@param subject table
function profiles.refresh(subject)
  for _, profile in ipairs(subject.profiles) do
    if OPEN[profile.status] and #required_of(subject, profile) == 0 then
      profile.status = "pending"
      profile.errors = {}
    end
  end
end

--- Whether identity data has been submitted, so that it is locked.
---@param subject table
---@return boolean
function profiles.is_submitted(subject)
  for _, profile in ipairs(subject.profiles) do
    if not OPEN[profile.status] then return true end
  end
  return false
end

-- What a profile lacks, and what is wrong with it.
local function asked_by(subject, profile)
  local list = required_of(subject, profile)
  for _, item in ipairs(profile.errors) do list[#list + 1] = item.name end
  return list
end

--- Whether a profile that is not under review, nor has been, lacks a criterion or has an error on
--- it.
---@param subject table
---@param name string
---@return boolean
function profiles.asks_for(subject, name)
  for _, profile in ipairs(subject.profiles) do
    for _, criterion in ipairs(OPEN[profile.status] and asked_by(subject, profile) or {}) do
      if criterion == name then return true end
    end
  end
  return false
end

local function forget_error(profile, name)
  for i = #profile.errors, 1, -1 do
    if profile.errors[i].name == name then table.remove(profile.errors, i) end
  end
end

--- Tells that something was supplied (again), whatever its value: what was told of it by hand and
--- the errors on it are forgotten, but for the errors that a refusal stands on.
---@param subject table
---@param names string[] criteria
function profiles.supplied(subject, names)
  for _, profile in ipairs(subject.profiles) do
    for _, name in ipairs(names) do
      profile.told[name] = nil
      if profile.status ~= "rejected" then forget_error(profile, name) end
    end
  end
  profiles.refresh(subject)
end

--- Marks criteria as met by an act.
---@param subject table
---@param names string[] criteria
function profiles.fulfil(subject, names)
  for _, name in ipairs(names) do subject.done[name] = true end
  profiles.supplied(subject, names)
end

--- What a hosted page still has to ask for: what any profile lacks, and what is wrong.
---@param subject table
---@return string[] names
function profiles.required(subject)
  local list, seen = {}, {}
  for _, profile in ipairs(subject.profiles) do
    for _, name in ipairs(asked_by(subject, profile)) do
      if not seen[name] then list[#list + 1] = name end
      seen[name] = true
    end
  end
  return list
end

local function decide(profile, verdict)
  profile.status = verdict.status
  profile.errors = {}
  for i, item in ipairs(verdict.errors or {}) do profile.errors[i] = item end
  if verdict.status == "approved" then profile.told = {} end
  if verdict.status ~= "resubmission_required" then return end
  for _, item in ipairs(profile.errors) do profile.told[item.name] = "required" end
end

--- Applies the verdict of a review. After `resubmission_required` the criteria that errors name
--- are required again. A documented profile that the subject does not have yet is given to it.
---@param subject table
---@param verdict { profile: string|nil, status: string, errors: table[]|nil }
---@return boolean found false when no profile of this kind of customer has that name
function profiles.review(subject, verdict)
  local name = verdict.profile
  if name and not find(subject, name) then
    if not DOCUMENTED[subject.kind][name] then return false end
    add_profile(subject, name)
  end
  for _, profile in ipairs(subject.profiles) do
    if not name or name == profile.name then decide(profile, verdict) end
  end
  return true
end

local function place_in(list, name)
  for i, known in ipairs(list) do
    if known == name then return i end
  end
  return nil
end

local function tell(profile, order)
  local name, state = order.criterion, order.state
  local place = place_in(profile.criteria, name)
  forget_error(profile, name)
  if state == "absent" then
    if place then table.remove(profile.criteria, place) end
    profile.told[name] = nil
    return
  end
  if not place then table.insert(profile.criteria, name) end
  profile.told[name] = state == "error" and "required" or state
  if state == "error" then
    table.insert(profile.errors, { name = name, detail = order.detail })
  end
end

--- Sets the state of a criterion by hand, until it is supplied or the profile is approved.
---@param subject table
---@param order { criterion: string, state: string, detail: string|nil, profile: string|nil }
---  state: complete, pending, required, error (required, with an error on it) or absent
---@return boolean found false when the subject has no profile of that name
function profiles.tell(subject, order)
  local found = false
  for _, profile in ipairs(subject.profiles) do
    if not order.profile or order.profile == profile.name then
      tell(profile, order)
      found = true
    end
  end
  profiles.refresh(subject)
  return found
end

local function errors_of(profile, legacy)
  local list = json.array()
  for i, item in ipairs(profile.errors) do
    if legacy then
      list[i] = { name = item.name, message = item.detail }
    else
      list[i] = { name = item.name, detail = item.detail }
    end
  end
  return list
end

local function place_of(subject, profile, name)
  if profile.told[name] then return profile.told[name] end
  if profile.status == "approved" then return "complete" end
  if not is_met(subject, profile, name) then return "required" end
  return LOOKED_AT[name] and "pending" or "complete"
end

local function sort_criteria(subject, profile, legacy)
  local sorted = {
    complete = json.array(),
    pending = json.array(),
    required = json.array(),
    errors = errors_of(profile, legacy),
  }
  for _, name in ipairs(profile.criteria) do
    table.insert(sorted[place_of(subject, profile, name)], name)
  end
  return sorted
end

--- The `verificationProfiles` of an answer.
---@param subject table
---@param legacy boolean as in 2025: the second profile has its criteria inline, the third has none
---@return table[] array
function profiles.render(subject, legacy)
  local list = json.array()
  for i, profile in ipairs(subject.profiles) do
    local sorted = sort_criteria(subject, profile, legacy)
    if legacy and i == 2 then
      sorted.name, sorted.status = profile.name, profile.status
      list[i] = sorted
    else
      local bare = legacy and i == 3
      list[i] = {
        name = profile.name,
        status = profile.status,
        criteria = not bare and sorted or nil,
      }
    end
  end
  return list
end

return profiles
