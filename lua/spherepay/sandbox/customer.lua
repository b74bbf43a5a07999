--- The v2 customer endpoints: create, get, update, list; in the shapes of 2026 and of 2025.
-- An endpoint takes the world (the sandbox's state) and a request, and returns a status and a
-- value, or nil and a failure.

local check = require("spherepay.sandbox.customer_check")
local failure = require("spherepay.sandbox.failure")
local json = require("spherepay.sandbox.json")
local paging = require("spherepay.sandbox.paging")
local profiles = require("spherepay.sandbox.profiles")

local customer = {}

local STATUSES = { incomplete = true, pending = true, approved = true, rejected = true }
local TYPES = { individual = true, business = true }

-- Of personalInformation these never come back as part of it.
local NOT_ECHOED = {
  taxIdentificationNumber = true,
  firstName = true,
  lastName = true,
  dateOfBirth = true,
}

local LOCKED = {
  "firstName", "lastName", "dateOfBirth", "taxIdentificationNumber",
  "taxIdentificationNumberType", "taxIdentificationNumberCountry",
  "taxIdentificationNumberDescription",
}

-- What a field of personalInformation or of businessInformation supplies.
local CRITERION_OF = {
  taxIdentificationNumber = "tax_identification_number",
  taxIdentificationNumberType = "tax_identification_number",
  taxIdentificationNumberCountry = "tax_identification_number",
  taxIdentificationNumberDescription = "tax_identification_number",
  firstName = "first_name",
  lastName = "last_name",
  dateOfBirth = "date_of_birth",
  middleName = "middle_name",
  countryOfBirth = "country_of_birth",
  nationality = "nationality",
  occupationSocCode = "occupation_soc_code",
  gender = "sex",
  sourceOfFunds = "source_of_funds",
  legalName = "legal_name",
  tradeName = "trade_name",
  description = "description",
  entityType = "entity_type",
  naicsCode = "naics_code",
  website = "website",
  incorporatedOn = "incorporated_on",
  identificationNumber = "identification_number",
  estimatedAnnualRevenueInUsd = "estimated_annual_revenue",
  expectedMonthlyPaymentsInUsd = "expected_monthly_payments",
  accountPurpose = "account_purpose",
  primarySourceOfFunds = "source_of_funds",
  regulatedActivities = "regulated_activities",
}

local function echo(personal)
  if not personal then return nil end
  local copy = {}
  for name, value in pairs(personal) do
    if not NOT_ECHOED[name] then copy[name] = value end
  end
  return copy
end

local function render_2025(subject)
  local fields = subject.fields
  return {
    id = subject.id,
    type = subject.kind,
    email = fields.email,
    firstName = fields.firstName,
    lastName = fields.lastName,
    verificationProfiles = profiles.render(subject, true),
    meta = fields.meta,
  }
end

--- The customer object of an answer.
---@param world table
---@param subject table
---@return table
function customer.render(world, subject)
  if world.shape == "v2-2025" then return render_2025(subject) end
  local fields = subject.fields
  local info = fields.businessInformation or {}
  return {
    id = subject.id,
    type = subject.kind,
    email = fields.email,
    phone = fields.phone,
    firstName = fields.firstName,
    lastName = fields.lastName,
    dateOfBirth = fields.dateOfBirth,
    personalInformation = echo(fields.personalInformation),
    businessLegalName = json.present(info.legalName),
    businessTradeName = json.present(info.tradeName),
    verificationProfiles = profiles.render(subject, false),
    meta = fields.meta,
    tosStatus = subject.tos_status,
    createdAt = world.iso(subject.created),
    updatedAt = world.iso(subject.updated),
  }
end

--- Takes over personalInformation field by field; that omitted ones stay is not documented for v2.
---@param fields table of a subject
---@param personal table|nil
function customer.take_personal(fields, personal)
  if not personal then return end
  fields.personalInformation = fields.personalInformation or {}
  for name, value in pairs(personal) do fields.personalInformation[name] = json.present(value) end
  for _, name in ipairs { "firstName", "lastName", "dateOfBirth" } do
    if personal[name] ~= nil then fields[name] = json.present(personal[name]) end
  end
end

--- POST /v2/customer. 201 is what a creation answers elsewhere; the vendor shows no status here.
---@param world table
---@param request table
---@return integer|nil status
---@return table value_or_failure
function customer.create(world, request)
  local body = request.json
  local problems = check.create(body, world.shape)
  if #problems > 0 then return nil, failure.validation(problems) end
  local now = world.clock()
  local is_business = body.type == "business"
  local subject = {
    id = "customer_" .. world.hex(),
    kind = body.type,
    created = now,
    updated = now,
    fields = {
      email = json.present(body.email),
      phone = json.present(body.phone),
      address = json.present(body.address),
      addresses = is_business and json.present(body.addresses) or nil,
      businessInformation = is_business and json.present(body.businessInformation) or nil,
      meta = json.present(body.meta) or {},
    },
  }
  if not is_business then
    customer.take_personal(subject.fields, json.present(body.personalInformation))
  end
  profiles.start(subject, world)
  world.customers:add(subject)
  return 201, customer.render(world, subject)
end

--- GET /v2/customer/{id}.
---@param world table
---@param _ table request
---@param id string
---@return integer|nil status
---@return table value_or_failure
function customer.get(world, _, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  return 200, customer.render(world, subject)
end

local function refusal(world, subject, body)
  if world.shape ~= "v2-2025" and subject.kind == "business" then
    return failure.malformed("Business customers cannot be updated here, use the KYC link")
  end
  local problems = check.update(body, world.shape)
  if #problems > 0 then return failure.validation(problems) end
  local personal = json.present(body.personalInformation)
  if not personal or not profiles.is_submitted(subject) then return nil end
  for _, name in ipairs(LOCKED) do
    local asked = profiles.asks_for(subject, CRITERION_OF[name])
    if json.present(personal[name]) ~= nil and not asked then
      return failure.malformed("Name, date of birth and tax id are locked once submitted")
    end
  end
end

--- Which criteria a body supplies (again).
---@param body table of PATCH
---@return string[] names
function customer.supplied(body)
  local names = {}
  if json.present(body.address) then names = { "residential_address", "address_of_residence" } end
  for _, part in ipairs { "personalInformation", "businessInformation" } do
    for name in pairs(json.present(body[part]) or {}) do names[#names + 1] = CRITERION_OF[name] end
  end
  return names
end

--- PATCH /v2/customer/{id}: individuals only, meta is replaced whole, identity is locked once
--- submitted (400; its code is not documented), unless another profile still asks for it. email and
--- phone are not part of the body and are ignored.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function customer.update(world, request, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  local body = request.json
  local refused = refusal(world, subject, body)
  if refused then return nil, refused end
  local fields = subject.fields
  fields.address = json.present(body.address) or fields.address
  fields.meta = json.present(body.meta) or fields.meta
  if subject.kind == "business" then
    fields.businessInformation = json.present(body.businessInformation)
      or fields.businessInformation
  end
  customer.take_personal(fields, json.present(body.personalInformation))
  subject.updated = world.clock()
  profiles.supplied(subject, customer.supplied(body))
  return 200, customer.render(world, subject)
end

local function has_status(subject, status)
  for _, profile in ipairs(subject.profiles) do
    if profile.status == status then return true end
  end
  return false
end

local function contains(subject, text)
  local fields = subject.fields
  local info = fields.businessInformation or {}
  local texts = { fields.email, fields.firstName, fields.lastName, info.legalName, info.tradeName }
  for i = 1, 5 do
    local value = texts[i]
    if type(value) == "string" and value:lower():find(text:lower(), 1, true) then return true end
  end
  return false
end

local function wrong_filter(query)
  if query.status and not STATUSES[query.status] then
    return failure.parameter("status", "Must be one of incomplete, pending, approved, rejected")
  elseif query.type and not TYPES[query.type] then
    return failure.parameter("type", "Must be one of individual, business")
  elseif query.search and (query.search == "" or #query.search > 255) then
    return failure.parameter("search", "Must be 1 to 255 characters long")
  end
end

--- GET /v2/customer: filters status, type, search and email, pages by page and limit. A customer
--- has a status when one of its profiles has it (not documented more exactly).
---@param world table
---@param request table
---@return integer|nil status
---@return table value_or_failure
function customer.list(world, request)
  local query = paging.parse(request.query)
  local wrong = wrong_filter(query)
  if wrong then return nil, wrong end
  local found = {}
  for _, subject in ipairs(world.customers.list) do
    if (not query.type or subject.kind == query.type)
      and (not query.status or has_status(subject, query.status))
      and (not query.email or subject.fields.email == query.email)
      and (not query.search or contains(subject, query.search)) then
      found[#found + 1] = subject
    end
  end
  local items, pagination = paging.cut(found, query)
  if not items then return nil, pagination end
  for i, subject in ipairs(items) do items[i] = customer.render(world, subject) end
  return 200, { customers = items, pagination = pagination }
end

return customer
