-- What the vendor documents of the parts of an upload beyond the single fields: whose it is, which
-- types of document that one takes, and when the country is needed.

local criteria = require "spherepay.api.criteria"
local documents = require "spherepay.api.documents"
local fields = require "spherepay.api.fields"
local objects = require "spherepay.params.objects"
local rules = require "spherepay.params.rules"
local schema = require "spherepay.options.schema"

local document = {}

-- How the ids of each target begin.
local TARGETS = {
  customer = "^customer_", business_representative = "^associatedPerson_",
}

--- Whose document it is, by the id.
---@param id any
---@return "customer"|"business_representative"|nil target nil when the id does not say
function document.target_of(id)
  for target, prefix in pairs(TARGETS) do
    if type(id) == "string" and id:find(prefix) then return target end
  end
  return nil
end

local function holds(list, name)
  for _, known in ipairs(list) do
    if known == name then return true end
  end
  return false
end

-- The types that a target takes. A customer is an individual or a business.
local KNOWN = { customer = {}, business_representative = {} }
do
  local by_kind = criteria.document_types
  for target, kinds in pairs {
    customer = { "individual", "business" }, business_representative = { "representative" },
  } do
    for _, kind in ipairs(kinds) do
      for _, name in ipairs(by_kind[kind]) do table.insert(KNOWN[target], name) end
    end
  end
end

-- Types that nobody documents pass, but for those that are misspelt or another target's.
local function check_type(params, problems)
  local name, known = params.documentType, KNOWN[params.target]
  if type(name) ~= "string" or not known or holds(known, name) then return end
  if criteria.document_types.former[name] then return end
  local other = params.target == "customer" and "business_representative" or "customer"
  local meant = schema.meant(name, known)
  if meant then
    rules.add(problems, "/documentType", "is not documented; " .. meant)
  elseif holds(KNOWN[other], name) then
    rules.add(problems, "/documentType", ("is not a type for the target %s; those are %s"):format(
      params.target, table.concat(known, ", ")))
  end
end

local function check_target(params, problems)
  local by_id = document.target_of(params.targetId)
  if params.target == nil then
    rules.add(problems, "/target",
      "is required: the id does not say whether it is a customer's or a representative's")
  elseif by_id and KNOWN[params.target]
    and by_id ~= params.target then
    rules.add(problems, "/target", "does not fit targetId, which is the id of a " .. by_id)
  end
end

--- Checks the parts of an upload but the file. `target` has been filled in where the id tells it.
---@param params table
---@return spherepay.Problem[] problems empty when nothing is wrong
---@return string object of `api.fields` that it should be
function document.check(params)
  local problems = {}
  check_target(params, problems)
  for _, field in ipairs(fields.v2.document_upload) do
    local name = field[1]
    if field.required and name ~= "file" and name ~= "target" then
      rules.require(params, name, "", problems)
    end
  end
  rules.apply(objects.of("v2", "document_upload"), params, "", problems)
  check_type(params, problems)
  if holds(documents.identity, params.documentType) then
    rules.require(params, "country", "", problems, "for documents of identity")
  end
  return problems, "document_upload"
end

return document
