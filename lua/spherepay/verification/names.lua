-- The names that somebody documents: of profiles, criteria, statuses and currencies, in the words
-- of both versions of the API. Who asks for a name that is not here has most likely misspelt it.
-- What the API sends is never checked against this: the lists are open (vendor docs: Verification
-- profile).

local criteria = require("spherepay.api.criteria")
local suggest = require("spherepay.options.suggest")
local v1 = require("spherepay.verification.v1")

local names = {}

-- What `requirements` of a v1 customer may name (vendor docs: v1 Customers): fields, dotted where
-- they are within an object, and the steps of ACH pull.
local V1_REQUIREMENTS = {
  "actingAsIntermediary", "address", "address.city", "address.country", "address.line1",
  "address.line2", "address.postalCode", "address.state", "businessType", "createUser",
  "createUserIntent", "customerIdentityDocument", "description", "dob", "dob.day", "dob.month",
  "dob.year", "ein", "email", "employmentStatus", "estimatedAnnualRevenueUsd",
  "expectedMonthlyPayments", "expectedMonthlyPaymentsUsd", "firstName", "highRiskActivities",
  "identityDocumentBack", "identityDocumentFront", "incorporationDocument", "ipAddress",
  "lastName", "mostRecentOccupation", "name", "operatesInProhibitedCountries", "phoneNumber",
  "proofOfAddressDocument", "shareholderDocument", "sourceOfFundsDescription", "ssn",
  "statementOfFunds", "thirdParty", "thirdPartyMessage", "tosAccepted", "transmitsCustomerFunds",
  "transmitsCustomerFundsDescription", "ubos", "website",
}

-- The members of a customer, of v2 and of v1. What is within `meta` is the user's own.
local FIELDS = {
  "id", "type", "email", "phone", "meta", "tosStatus", "firstName", "lastName", "dateOfBirth",
  "personalInformation", "businessLegalName", "businessTradeName", "verificationProfiles",
  "createdAt", "updatedAt",
  "address", "website", "phoneNumber", "name", "dob", "ein", "kyc", "tos", "msa", "euAccountTos",
  "operatingResidency", "requirements", "ubos", "wallets", "bankAccounts", "verificationLevels",
  "description", "sourceOfFunds", "lookupKey", "isProhibitedBusinessType", "mock", "created",
  "updated", "additionalReviewRequiredReason",
}

local TYPES = { "individual", "business" }

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function set_of(...)
  local set = {}
  for _, list in ipairs({ ... }) do
    for _, name in ipairs(list) do set[name] = true end
  end
  return set
end

local V2_PROFILES = sorted(criteria.profiles)
local V1_PROFILES = sorted(set_of(v1.FIELDS, criteria.v1.verificationLevels.names))
local V2_CRITERIA = sorted(criteria.criteria)
local V1_CRITERIA = sorted(set_of(V1_REQUIREMENTS, sorted(criteria.v1.requirements)))

local function joined(first, second)
  local list = {}
  for _, name in ipairs(first) do list[#list + 1] = name end
  for _, name in ipairs(second) do list[#list + 1] = name end
  return list
end

names.PROFILES = joined(V2_PROFILES, V1_PROFILES)
names.CRITERIA = joined(V2_CRITERIA, V1_CRITERIA)
names.FIELDS = FIELDS

-- Those long enough that another name is not near them by chance.
names.DISTINCT_FIELDS = {}
for _, field in ipairs(FIELDS) do
  if #field > 3 then names.DISTINCT_FIELDS[#names.DISTINCT_FIELDS + 1] = field end
end

local function currencies()
  local unlocked = {}
  for _, profile in pairs(criteria.profiles) do
    for _, currency in ipairs(profile.unlocks or {}) do unlocked[currency] = true end
  end
  return sorted(unlocked)
end

names.CURRENCIES = currencies()

-- v1 statuses count in their own words and in those of v2 that mean the same.
local function in_both_words(statuses)
  local list, seen = {}, {}
  local function add(status)
    if not seen[status] then list[#list + 1] = status end
    seen[status] = true
  end
  for _, status in ipairs(statuses) do add(status) end
  for _, status in ipairs(statuses) do add(v1.status(status)) end
  return list
end

local STATUSES = {}
for _, name in ipairs(V2_PROFILES) do STATUSES[name] = criteria.statuses end
for _, name in ipairs(v1.FIELDS) do STATUSES[name] = in_both_words(criteria.v1[name]) end
for _, name in ipairs(criteria.v1.verificationLevels.names) do
  STATUSES[name] = in_both_words(criteria.v1.verificationLevels.statuses)
end

local function is_owner(name)
  return name:find("^ubo_[1-9]%d*$") ~= nil
end

local function in_list(list, name)
  for _, known in ipairs(list) do
    if known == name then return true end
  end
  return false
end

---@param name string
---@return boolean
function names.is_profile(name)
  return STATUSES[name] ~= nil or is_owner(name)
end

---@param name string
---@return boolean
function names.is_criterion(name)
  return in_list(names.CRITERIA, name)
end

---@param currency string in capitals
---@return boolean
function names.is_currency(currency)
  return in_list(names.CURRENCIES, currency)
end

---The statuses that a profile can have.
---@param profile string
---@return string[]|nil statuses nil for a profile that nobody documents
function names.statuses_of(profile)
  if is_owner(profile) then return criteria.statuses end
  return STATUSES[profile]
end

---The values of a field that has a documented list of them.
---@param field string
---@return string[]|nil
function names.values_of(field)
  if field == "type" then return TYPES end
  if field == "tosStatus" then return criteria.tos_statuses end
  return in_list(v1.FIELDS, field) and criteria.v1[field] or nil
end

---The version of the API that alone knows a name.
---@param kind "profile"|"criterion"
---@param name string
---@return "v1"|"v2"|nil version nil when both or none do
function names.version_of(kind, name)
  local first, second = V1_CRITERIA, V2_CRITERIA
  if kind == "profile" then first, second = V1_PROFILES, V2_PROFILES end
  local is_v1 = in_list(first, name) or kind == "profile" and is_owner(name)
  local is_v2 = in_list(second, name)
  if is_v1 == is_v2 then return nil end
  return is_v1 and "v1" or "v2"
end

-- The criterion that a type of document serves, a documented one if there is one.
local function served_by(document_type)
  local found
  for _, name in ipairs(V2_CRITERIA) do
    local met = criteria.criteria[name].satisfied_by
    if in_list(met.document_type or {}, document_type) then
      if met.basis == "documented" then return name end
      found = found or name
    end
  end
  return found
end

---The criterion that was most likely meant: one of a similar name, or the one that a document of
---this name serves.
---@param name any
---@return string|nil
function names.near_criterion(name)
  return suggest(name, names.CRITERIA) or type(name) == "string" and served_by(name) or nil
end

return names
