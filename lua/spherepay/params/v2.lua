-- What the v2 reference states about the bodies of create and update, and no more.
-- Not a full schema: required members of an address and the members of businessInformation are
-- not documented, so they are not checked; unknown members pass.
-- Facts: vendor docs, "Create a customer", "Update a customer", "Retrieve a customer".

local rules = require "spherepay.params.rules"

local v2 = {}

local TYPES = { "individual", "business" }
local GENDERS = { "male", "female", "other" }
local SOURCES_OF_FUNDS = {
  "salary", "business_income", "investment_returns", "inheritance", "gift", "savings", "other",
}

local ADDRESS = rules.object {
  { "line1", rules.text() },
  { "line2", rules.text() },
  { "city", rules.text() },
  { "state", rules.text() },
  { "postalCode", rules.text() },
  { "country", rules.country },
}

-- Items of a business have a type too (registered and operating; older docs: other words).
local ADDRESSES = rules.list(rules.object {
  { "type", rules.text() },
  { "line1", rules.text() },
  { "line2", rules.text() },
  { "city", rules.text() },
  { "state", rules.text() },
  { "postalCode", rules.text() },
  { "country", rules.country },
})

local PERSON = rules.object {
  { "firstName", rules.text() },
  { "middleName", rules.text(1, 255) },
  { "lastName", rules.text() },
  { "dateOfBirth", rules.pattern("^%d%d%d%d%-[01]%d%-[0-3]%d$",
    "must be a date written as YYYY-MM-DD") },
  { "taxIdentificationNumber", rules.text() },
  { "taxIdentificationNumberType", rules.text(1) },
  { "taxIdentificationNumberCountry", rules.country },
  { "taxIdentificationNumberDescription", rules.text() },
  { "gender", rules.one_of(GENDERS) },
  { "countryOfBirth", rules.country },
  { "nationality", rules.country },
  { "residencyCountry", rules.country },
  { "occupationSocCode", rules.text(1, 20) },
  { "sourceOfFunds", rules.one_of(SOURCES_OF_FUNDS) },
}

local TYPE = { "type", rules.one_of(TYPES) }
local EMAIL = { "email", rules.pattern("^[^%s%c@]+@[^%s%c@]+$", "must be an e-mail address", 254) }
local PHONE = { "phone", rules.pattern("^%+" .. ("%d"):rep(7) .. ("%d?"):rep(8) .. "$",
  "must be a phone number in E.164 form: + and 7 to 15 digits") }
local META = { "meta", rules.meta }

local CREATE_INDIVIDUAL = {
  TYPE, EMAIL, PHONE, { "address", ADDRESS }, { "personalInformation", PERSON }, META,
}
-- A single address for a business comes from older docs and is tolerated.
local CREATE_BUSINESS = {
  TYPE, EMAIL, PHONE, { "addresses", ADDRESSES }, { "address", ADDRESS },
  { "businessInformation", rules.object {} }, META,
}
local CREATE_UNKNOWN = {
  TYPE, EMAIL, PHONE, { "address", ADDRESS }, { "addresses", ADDRESSES }, META,
}
local UPDATE = { TYPE, { "address", ADDRESS }, { "personalInformation", PERSON }, META }

local RENAMED = {
  { "phoneNumber", "is a v1 name: v2 calls it phone", "phone" },
  { "dob", "is a v1 name: v2 takes personalInformation.dateOfBirth, written as YYYY-MM-DD",
    "personalInformation" },
  { "ssn", "is a v1 name: v2 takes personalInformation.taxIdentificationNumber",
    "personalInformation" },
  { "name", "is a v1 name: v2 takes businessInformation.legalName", "businessInformation" },
  { "ein", "is a v1 name: v2 takes businessInformation.identificationNumber, with "
    .. "identificationNumberType", "businessInformation" },
}

local TAX_FIELDS = {
  "taxIdentificationNumber", "taxIdentificationNumberType", "taxIdentificationNumberCountry",
}
local WITH_TAX = "when any tax identification field is given"

-- Any one tax field makes number, type and country mandatory; the answer, whether there is one,
-- lets the caller ask for the address.
local function check_tax(params, problems)
  local person = params.personalInformation
  if type(person) ~= "table" then return false end
  local given = not rules.is_null(person.taxIdentificationNumberDescription)
  for _, name in ipairs(TAX_FIELDS) do given = given or not rules.is_null(person[name]) end
  if not given then return false end
  for _, name in ipairs(TAX_FIELDS) do
    rules.require(person, name, "/personalInformation", problems, WITH_TAX)
  end
  if person.taxIdentificationNumberType == "other" then
    rules.require(person, "taxIdentificationNumberDescription", "/personalInformation", problems,
      "when the type is other")
  end
  return true
end

-- An empty list that carries a metatable is the caller's explicit [] and passes.
local function check_addresses(params, problems)
  local addresses = params.addresses
  if addresses == nil and rules.is_null(params.address) then
    rules.require(params, "addresses", "", problems)
  elseif type(addresses) == "table" and next(addresses) == nil and not getmetatable(addresses) then
    rules.add(problems, "/addresses", "must hold a registered and an operating address")
  end
end

--- Checks the body of POST /v2/customer.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
function v2.create(params)
  local problems = {}
  local meant = rules.renamed(RENAMED, params, problems)
  local function required(name)
    if not meant[name] then rules.require(params, name, "", problems) end
  end
  required "type"
  required "email"
  required "phone"
  if params.type == "individual" then
    required "address"
    rules.apply(CREATE_INDIVIDUAL, params, "", problems)
    check_tax(params, problems)
  elseif params.type == "business" then
    check_addresses(params, problems)
    required "businessInformation"
    rules.apply(CREATE_BUSINESS, params, "", problems)
  else
    rules.apply(CREATE_UNKNOWN, params, "", problems)
  end
  return problems
end

local BUSINESS_ONLY = { "addresses", "businessInformation" }
local BUSINESS_REFUSED = "updates are for individuals only: business data goes through the KYC link"
local CONTACTS = { "email", "phone" }

--- Checks the body of PATCH /v2/customer/{id}: individuals only, and without email and phone,
--- which the documented body does not have. `{}` is allowed.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
function v2.update(params)
  local problems = {}
  rules.renamed(RENAMED, params, problems)
  if params.type == "business" then rules.add(problems, "/type", BUSINESS_REFUSED) end
  for _, name in ipairs(BUSINESS_ONLY) do
    if params[name] ~= nil then rules.add(problems, "/" .. name, BUSINESS_REFUSED) end
  end
  for _, name in ipairs(CONTACTS) do
    if params[name] ~= nil then
      rules.add(problems, "/" .. name, "cannot be updated: the documented body of an update has "
        .. "address, personalInformation and meta")
    end
  end
  rules.apply(UPDATE, params, "", problems)
  if check_tax(params, problems) then rules.require(params, "address", "", problems, WITH_TAX) end
  return problems
end

return v2
