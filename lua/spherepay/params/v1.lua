-- What the v1 page states about the bodies of create and update beyond the single fields.
-- Not a full schema: no member is documented as mandatory, so none is.
-- Facts: vendor docs, v1 "Customers".

local objects = require "spherepay.params.objects"
local rules = require "spherepay.params.rules"

local v1 = {}

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

local function check(object, params)
  local problems = {}
  rules.renamed(RENAMED, params, problems)
  rules.apply(objects.of("v1", object), params, "", problems)
  return problems, object
end

--- Checks the body of POST /v1/customer.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
---@return string object of `api.fields` that it should be
function v1.create(params)
  return check("customer_create", params)
end

--- Checks the body of POST /v1/customer/{id}.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
---@return string object of `api.fields` that it should be
function v1.update(params)
  return check("customer_update", params)
end

return v1
