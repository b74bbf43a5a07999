--- What the vendor's v1 page states about the bodies of customers: types, closed lists, formats. No
-- field is marked required there; only `type` is demanded on creation, as every sample has it.

local check = require("spherepay.sandbox.check")
local json = require("spherepay.sandbox.json")

local v1_check = {}

local RISKS = check.one_of {
  "none_of_the_above", "adult_entertainment", "gambling", "hold_client_funds",
  "investment_activities", "lending_banking", "marijuana_or_related_services", "money_services",
  "operate_foreign_exchange_virtual_currencies_brokerage_otc", "safe_deposit_box_rentals",
  "third_party_payment_processing", "weapons_firearms_and_explosives",
}

local REVENUE = check.one_of {
  "_0_99999", "_100000_999999", "_1000000_9999999", "_10000000_49999999",
  "_50000000_249999999", "_250000000_plus",
}

local function state(value)
  if type(value) ~= "string" or not value:find("^%w%w$") then
    return "Must be a two-letter state code"
  end
end

local ADDRESS = {
  { "line1", check.string },
  { "line2", check.string },
  { "city", check.string },
  { "postalCode", check.string },
  { "state", state },
  { "country", check.country },
}

local DOB = {
  { "day", check.number, required = true },
  { "month", check.number, required = true },
  { "year", check.number, required = true },
}

local PERSON = {
  { "firstName", check.string },
  { "lastName", check.string },
  { "email", check.email },
  { "phoneNumber", check.string },
  { "ssn", check.string },
  { "identityDocumentFront", check.string },
  { "identityDocumentBack", check.string },
  { "proofOfAddressDocument", check.string },
}

local COMMON = {
  { "meta", check.object },
  { "lookupKey", check.string },
  { "website", check.string },
  { "businessType", check.one_of { "individual", "business" } },
  { "ein", check.string },
  { "name", check.string },
  { "description", check.string },
  { "thirdParty", check.boolean },
  { "thirdPartyMessage", check.string },
  { "tosAccepted", check.boolean },
  { "incorporationDocument", check.string },
  { "shareholderDocument", check.string },
  { "statementOfFunds", check.string },
  { "expectedMonthlyPaymentsUsd", check.number },
  { "operatesInProhibitedCountries", check.boolean },
  { "transmitsCustomerFunds", check.boolean },
  { "transmitsCustomerFundsDescription", check.string },
  { "actingAsIntermediary", check.boolean },
  { "employmentStatus", check.string },
  { "expectedMonthlyPayments", check.string },
  { "mostRecentOccupation", check.string },
}

local TYPE = check.one_of { "individual", "business" }

local function check_nested(problems, object, prefix, name, rules)
  local value = json.present(object[name])
  if value == nil then return end
  local pointer = prefix .. "/" .. name
  if json.is_object(value) then
    check.fields(problems, value, pointer, rules)
  else
    check.add(problems, pointer, "Must be an object")
  end
end

local function check_person(problems, object, prefix)
  check.fields(problems, object, prefix, PERSON)
  check_nested(problems, object, prefix, "address", ADDRESS)
  check_nested(problems, object, prefix, "dob", DOB)
end

local function check_list(problems, body, name, check_item)
  local list = json.present(body[name])
  if list == nil then return end
  if not json.is_array(list) then
    check.add(problems, "/" .. name, "Must be an array")
    return
  end
  for i, item in ipairs(list) do check_item(problems, item, "/" .. name .. "/" .. (i - 1)) end
end

local function check_owner(problems, item, pointer)
  if json.is_object(item) then
    check_person(problems, item, pointer)
  else
    check.add(problems, pointer, "Must be an object")
  end
end

local function check_risk(problems, item, pointer)
  local detail = RISKS(item)
  if detail then check.add(problems, pointer, detail) end
end

--- Checks the body of a creation or an update.
---@param body table
---@param is_update boolean
---@return table[] problems `{ pointer, detail }`
function v1_check.body(body, is_update)
  local problems = {}
  check.fields(problems, body, "", {
    { "type", TYPE, required = not is_update },
    { "estimatedAnnualRevenueUsd", is_update and REVENUE or check.number },
  })
  check_person(problems, body, "")
  check.fields(problems, body, "", COMMON)
  check_list(problems, body, "ubos", check_owner)
  check_list(problems, body, "highRiskActivities", check_risk)
  return problems
end

return v1_check
