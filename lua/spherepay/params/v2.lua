-- What the v2 reference states about the bodies of create and update beyond the single fields.
-- Not a full schema: required members of an address and the members of businessInformation are
-- not documented, so they are not checked.
-- Facts: vendor docs, "Create a customer", "Update a customer", "Retrieve a customer".

local document = require "spherepay.params.document"
local fields = require "spherepay.api.fields"
local objects = require "spherepay.params.objects"
local rules = require "spherepay.params.rules"

local v2 = {}

local TYPES = { individual = true, business = true }

-- What individuals and businesses have in common, and their addresses: for params without a type.
local BOTH = {}
do
  local seen = {}
  for _, object in ipairs { "individual", "business" } do
    for _, entry in ipairs(objects.of("v2", object)) do
      local name = entry[1]
      local is_common = name ~= "personalInformation" and name ~= "businessInformation"
      if is_common and not seen[name] then
        seen[name] = true
        BOTH[#BOTH + 1] = entry
      end
    end
  end
end

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

-- What params without a type were probably meant to be, so that a misspelt `type` is told too.
local function guess(params)
  local is_business = params.addresses ~= nil or params.businessInformation ~= nil
  return is_business and "business" or "individual"
end

--- Checks the body of POST /v2/customer.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
---@return string object of `api.fields` that it should be
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
    rules.apply(objects.of("v2", "individual"), params, "", problems)
    check_tax(params, problems)
  elseif params.type == "business" then
    check_addresses(params, problems)
    required "businessInformation"
    rules.apply(objects.of("v2", "business"), params, "", problems)
  else
    rules.apply(BOTH, params, "", problems)
  end
  return problems, TYPES[params.type] and params.type or guess(params)
end

local BUSINESS_ONLY = { "addresses", "businessInformation" }
local BUSINESS_REFUSED = "updates are for individuals only: business data goes through the KYC link"
local CONTACTS = { "email", "phone" }

--- Checks the body of PATCH /v2/customer/{id}: individuals only, and without email and phone,
--- which the documented body does not have. `{}` is allowed.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
---@return string object of `api.fields` that it should be
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
  rules.apply(objects.of("v2", "individual_update"), params, "", problems)
  if check_tax(params, problems) then rules.require(params, "address", "", problems, WITH_TAX) end
  return problems, "individual_update"
end

--- Checks the body of POST /v2/customer/{id}/otp-verify.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
---@return string object of `api.fields` that it should be
function v2.verify_code(params)
  local problems = {}
  if type(params.code) == "number" then
    rules.add(problems, "/code", "must be a string: as a number it has lost its leading zeros")
    rules.apply(objects.of("v2", "code_send"), params, "", problems)
    return problems, "code_verify"
  end
  rules.require_all(fields.v2.code_verify, params, problems)
  rules.apply(objects.of("v2", "code_verify"), params, "", problems)
  return problems, "code_verify"
end

-- Of a representative's body the fields, and the tax number as a customer's.
local function representative(object)
  return function(params)
    local problems = {}
    rules.renamed(RENAMED, params, problems)
    rules.require_all(fields.v2[object], params, problems)
    rules.apply(objects.of("v2", object), params, "", problems)
    local with_tax = check_tax(params, problems)
    if with_tax and object == "representative_update" then
      rules.require(params, "address", "", problems, WITH_TAX)
    end
    return problems, object
  end
end

--- Checks the body of POST /v2/business-representative.
v2["representative.create"] = representative "representative"

--- Checks the body of PATCH /v2/business-representative/{id}.
v2["representative.update"] = representative "representative_update"

--- Checks the parts of POST /v2/document, but for the file.
v2["document.upload"] = document.check

return v2
