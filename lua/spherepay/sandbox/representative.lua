--- The v2 business representative endpoints: create, get, update, list.
-- The newest answers leave out the address and the personal information; so does this.

local check = require("spherepay.sandbox.customer_check")
local customer = require("spherepay.sandbox.customer")
local failure = require("spherepay.sandbox.failure")
local json = require("spherepay.sandbox.json")
local paging = require("spherepay.sandbox.paging")
local profiles = require("spherepay.sandbox.profiles")

local representative = {}

local CRITERION_OF = {
  ownershipPercentage = "ownership_percentage",
  isControlPerson = "is_control_person",
  isSigner = "is_signer",
  relationshipEstablishedAt = "relationship_established_at",
  title = "title",
}

local function render(world, subject)
  return {
    id = subject.id,
    customerId = subject.customer_id,
    type = "individual",
    email = subject.fields.email,
    phone = subject.fields.phone,
    representationDetails = subject.fields.representationDetails,
    verificationProfiles = profiles.render(subject, false),
    createdAt = world.iso(subject.created),
    updatedAt = world.iso(subject.updated),
  }
end

local function copy_details(details)
  if not details then return nil end
  local copy = {}
  for name, value in pairs(details) do copy[name] = value end
  if json.is_array(copy.roles) then copy.roles = json.array(copy.roles) end
  return copy
end

--- POST /v2/business-representative. The status is not shown by the vendor; 201 as elsewhere.
---@param world table
---@param request table
---@return integer|nil status
---@return table value_or_failure
function representative.create(world, request)
  local body = request.json
  local problems = check.representative(body, false)
  if #problems > 0 then return nil, failure.validation(problems) end
  local owner = world.customers:find(body.customerId)
  if not owner then return nil, failure.not_found() end
  local now = world.clock()
  local subject = {
    id = "associatedPerson_" .. world.hex(),
    kind = "representative",
    customer_id = owner.id,
    created = now,
    updated = now,
    fields = {
      email = body.email,
      phone = body.phone,
      address = json.present(body.address),
      representationDetails = copy_details(json.present(body.representationDetails)),
    },
  }
  customer.take_personal(subject.fields, json.present(body.personalInformation))
  for _, name in ipairs { "firstName", "lastName", "dateOfBirth" } do
    subject.fields[name] = json.present(body[name]) or subject.fields[name]
  end
  profiles.start(subject, world)
  world.representatives:add(subject)
  profiles.fulfil(owner, { "business_representatives" })
  return 201, render(world, subject)
end

--- GET /v2/business-representative/{id}.
---@param world table
---@param _ table request
---@param id string
---@return integer|nil status
---@return table value_or_failure
function representative.get(world, _, id)
  local subject = world.representatives:find(id)
  if not subject then return nil, failure.not_found("Business representative") end
  return 200, render(world, subject)
end

--- PATCH /v2/business-representative/{id}: address, personalInformation, representationDetails.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function representative.update(world, request, id)
  local subject = world.representatives:find(id)
  if not subject then return nil, failure.not_found("Business representative") end
  local body = request.json
  local problems = check.representative(body, true)
  if #problems > 0 then return nil, failure.validation(problems) end
  local fields = subject.fields
  local details = copy_details(json.present(body.representationDetails))
  fields.address = json.present(body.address) or fields.address
  customer.take_personal(fields, json.present(body.personalInformation))
  local names = customer.supplied(body)
  for name, value in pairs(details or {}) do
    fields.representationDetails = fields.representationDetails or {}
    fields.representationDetails[name] = value
    names[#names + 1] = CRITERION_OF[name]
  end
  subject.updated = world.clock()
  profiles.supplied(subject, names)
  return 200, render(world, subject)
end

--- GET /v2/business-representative: page, limit, customerId; the items are under `data`.
---@param world table
---@param request table
---@return integer|nil status
---@return table value_or_failure
function representative.list(world, request)
  local query = paging.parse(request.query)
  local found = {}
  for _, subject in ipairs(world.representatives.list) do
    if not query.customerId or subject.customer_id == query.customerId then
      found[#found + 1] = subject
    end
  end
  local items, pagination = paging.cut(found, query)
  if not items then return nil, pagination end
  for i, subject in ipairs(items) do items[i] = render(world, subject) end
  return 200, { data = items, pagination = pagination }
end

return representative
