-- What the v1 page states about the bodies of create and update, and no more.
-- Not a full schema: no member is documented as mandatory, so none is; unknown members pass.
-- Facts: vendor docs, v1 "Customers".

local rules = require "spherepay.params.rules"

local v1 = {}

local HIGH_RISK_ACTIVITIES = {
  "none_of_the_above", "adult_entertainment", "gambling", "hold_client_funds",
  "investment_activities", "lending_banking", "marijuana_or_related_services", "money_services",
  "operate_foreign_exchange_virtual_currencies_brokerage_otc", "safe_deposit_box_rentals",
  "third_party_payment_processing", "weapons_firearms_and_explosives",
}
local REVENUES = {
  "_0_99999", "_100000_999999", "_1000000_9999999", "_10000000_49999999", "_50000000_249999999",
  "_250000000_plus",
}
local TYPES = { "individual", "business" }

local text = rules.text()

local ADDRESS = rules.object {
  { "line1", text },
  { "line2", text },
  { "city", text },
  { "postalCode", text },
  { "state", rules.pattern("^%a%a$", "must be a two-letter state code (ISO 3166-2), such as IL") },
  { "country", rules.country },
}

local DATE = rules.object {
  { "day", rules.integer(1, 31) },
  { "month", rules.integer(1, 12) },
  { "year", rules.integer(1000, 9999) },
}

local base64 = rules.pattern("^[%w+/=_%-\r\n]+$", "must be the document's bytes in base64")

-- A document is base64 in a string, or what `spherepay.document_file` made, in C or in Lua.
local function document(value, place, problems)
  local meta = type(value) == "table" and getmetatable(value)
  if type(meta) == "table" and meta.__name == "spherepay.document" then return end
  base64(value, place, problems)
end

local PERSON = {
  { "firstName", text },
  { "lastName", text },
  { "dob", DATE },
  { "ssn", text },
  { "identityDocumentFront", document },
  { "identityDocumentBack", document },
  { "actingAsIntermediary", rules.boolean },
  { "employmentStatus", text },
  { "expectedMonthlyPayments", text },
  { "mostRecentOccupation", text },
}

local function joined(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, field in ipairs(list) do all[#all + 1] = field end
  end
  return all
end

local COMMON = {
  { "type", rules.one_of(TYPES) },
  { "meta", rules.meta },
  { "lookupKey", text },
  { "email", text },
  { "website", text },
  { "phoneNumber", text },
  { "address", ADDRESS },
  { "proofOfAddressDocument", document },
}

local OWNER = joined(PERSON, {
  { "business", text },
  { "email", text },
  { "phoneNumber", text },
  { "address", ADDRESS },
})

local BUSINESS = {
  { "businessType", rules.one_of(TYPES) },
  { "ein", text },
  { "name", text },
  { "description", text },
  { "thirdParty", rules.boolean },
  { "thirdPartyMessage", text },
  { "tosAccepted", rules.boolean },
  { "ubos", rules.list(rules.object(OWNER)) },
  { "incorporationDocument", document },
  { "shareholderDocument", document },
  { "statementOfFunds", document },
  { "expectedMonthlyPaymentsUsd", rules.number },
  { "operatesInProhibitedCountries", rules.boolean },
  { "highRiskActivities", rules.list(rules.one_of(HIGH_RISK_ACTIVITIES)) },
  { "sourceOfFundsDescription", text },
  { "transmitsCustomerFunds", rules.boolean },
  { "transmitsCustomerFundsDescription", text },
}

local FIELDS = joined(COMMON, PERSON, BUSINESS)

-- A number when created, a range when updated.
local CREATE = joined(FIELDS, { { "estimatedAnnualRevenueUsd", rules.number } })
local UPDATE = joined(FIELDS, { { "estimatedAnnualRevenueUsd", rules.one_of(REVENUES) } })

local RENAMED = {
  { "phone", "is a v2 name: v1 calls it phoneNumber", "phoneNumber" },
  { "dateOfBirth", "is a v2 name: v1 takes dob, an object of day, month and year", "dob" },
  { "addresses", "is a v2 name: v1 takes one address", "address" },
  { "personalInformation", "is a v2 name: v1 takes firstName, lastName, dob and ssn beside it",
    "firstName" },
  { "businessInformation", "is a v2 name: v1 takes name, ein and the other fields beside it",
    "name" },
  { "taxIdentificationNumber", "is a v2 name: v1 calls it ssn", "ssn" },
  { "legalName", "is a v2 name: v1 calls it name", "name" },
  { "identificationNumber", "is a v2 name: v1 calls it ein", "ein" },
}

local function check(fields, params)
  local problems = {}
  rules.renamed(RENAMED, params, problems)
  rules.apply(fields, params, "", problems)
  return problems
end

--- Checks the body of POST /v1/customer.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
function v1.create(params)
  return check(CREATE, params)
end

--- Checks the body of POST /v1/customer/{id}.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
function v1.update(params)
  return check(UPDATE, params)
end

return v1
