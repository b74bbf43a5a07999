--- The v1 customer endpoints: create, get, update (a POST), list, tosLink, kycLink.
-- `requirements` shrinks as fields arrive. Its names are documented for the identity document, the
-- ssn and the address; for other fields the field's own name stands in. How the agreements besides
-- tos and the operating residency are come by is not documented: control.lua sets them.

local check = require("spherepay.sandbox.v1_check")
local failure = require("spherepay.sandbox.failure")
local json = require("spherepay.sandbox.json")
local links = require("spherepay.sandbox.links")
local paging = require("spherepay.sandbox.paging")

local v1 = {}

local ADDRESS = { "line1", "line2", "city", "postalCode", "state", "country" }

local IDENTITY = "customerIdentityDocument"

local REQUIRED_ADDRESS = {
  "address.line1", "address.city", "address.state", "address.postalCode", "address.country",
}

local REQUIRED = {
  individual = { IDENTITY, "ssn", "firstName", "lastName", "email", "phoneNumber", "dob" },
  business = {
    "name", "email", "phoneNumber", "ein", "incorporationDocument", "shareholderDocument", "ubos",
  },
  owner = { IDENTITY, "ssn", "firstName", "lastName", "email", "phoneNumber", "dob" },
}

local KEPT = {
  "lookupKey", "email", "website", "phoneNumber", "address", "proofOfAddressDocument",
  "firstName", "lastName", "dob", "ssn", "identityDocumentFront", "identityDocumentBack",
  "actingAsIntermediary", "employmentStatus", "expectedMonthlyPayments", "mostRecentOccupation",
  "businessType", "ein", "name", "description", "thirdParty", "thirdPartyMessage", "tosAccepted",
  "incorporationDocument", "shareholderDocument", "statementOfFunds", "estimatedAnnualRevenueUsd",
  "expectedMonthlyPaymentsUsd", "operatesInProhibitedCountries", "highRiskActivities",
  "sourceOfFundsDescription", "transmitsCustomerFunds", "transmitsCustomerFundsDescription",
}

-- JSON null for what was not given: v1 answers with every key.
local function or_null(value)
  if value == nil then return json.null end
  return value
end

local function is_given(fields, name)
  if name == IDENTITY then return json.present(fields.identityDocumentFront) ~= nil end
  local part = name:match("^address%.(.+)$")
  if part then return json.present((json.present(fields.address) or {})[part]) ~= nil end
  return json.present(fields[name]) ~= nil
end

local function missing(kind, fields)
  local list = json.array()
  for _, names in ipairs { REQUIRED[kind], REQUIRED_ADDRESS } do
    for _, name in ipairs(names) do
      if not is_given(fields, name) then list[#list + 1] = name end
    end
  end
  return list
end

local function owner_requirements(subject, owner)
  return subject.hosted and json.array() or missing("owner", owner.fields)
end

-- What is missing, unless somebody said that it is not, and what somebody has asked for by hand.
local function requirements_of(subject)
  local list, asked = json.array(), {}
  for _, name in ipairs(subject.hosted and {} or missing(subject.kind, subject.fields)) do
    if not subject.told[name] then list[#list + 1] = name end
  end
  for name, state in pairs(subject.told) do
    if state == "required" then asked[#asked + 1] = name end
  end
  table.sort(asked)
  for _, name in ipairs(asked) do list[#list + 1] = name end
  return list
end

-- In the vendor's sample kyc was pending while only the identity document was still listed.
local function is_pending(subject)
  if subject.hosted then return true end
  for _, name in ipairs(subject.requirements) do
    if name ~= IDENTITY then return false end
  end
  for _, owner in ipairs(subject.owners) do
    if #owner_requirements(subject, owner) > 0 then return false end
  end
  return true
end

local function refresh(subject)
  subject.requirements = requirements_of(subject)
  if subject.kyc == "incomplete" and is_pending(subject) then
    subject.kyc = "pending"
  end
end

local function render_address(address)
  local copy = {}
  for _, name in ipairs(ADDRESS) do copy[name] = or_null((address or {})[name]) end
  return copy
end

local function render_owners(world, subject)
  local list = json.array()
  for i, owner in ipairs(subject.owners) do
    list[i] = {
      id = owner.id,
      requirements = owner_requirements(subject, owner),
      email = or_null(owner.fields.email),
      firstName = or_null(owner.fields.firstName),
      lastName = or_null(owner.fields.lastName),
      phoneNumber = or_null(owner.fields.phoneNumber),
      address = render_address(json.present(owner.fields.address)),
      created = world.iso(owner.created),
      updated = world.iso(owner.updated),
    }
  end
  return list
end

-- The sample shows this level once the ssn has arrived.
local function render_levels(subject)
  if subject.level then return json.array { subject.level } end
  if json.present(subject.fields.ssn) == nil then return json.array() end
  return json.array {
    {
      name = "ach_pull",
      status = "incomplete",
      requirements = json.array { "ipAddress", "createUserIntent" },
    },
  }
end

local function render(world, subject)
  local fields = subject.fields
  local is_business = subject.kind == "business"
  return {
    id = subject.id,
    meta = fields.meta,
    description = or_null(fields.description),
    sourceOfFunds = json.null,
    thirdParty = or_null(fields.thirdParty),
    thirdPartyMessage = or_null(fields.thirdPartyMessage),
    lookupKey = or_null(fields.lookupKey),
    type = subject.kind,
    kyc = subject.kyc,
    tos = subject.tos_status,
    msa = subject.statuses.msa,
    euAccountTos = subject.statuses.euAccountTos,
    operatingResidency = subject.statuses.operatingResidency,
    isProhibitedBusinessType = json.null,
    website = or_null(fields.website),
    additionalReviewRequiredReason = or_null(subject.reason),
    requirements = subject.requirements,
    address = render_address(json.present(fields.address)),
    ubos = render_owners(world, subject),
    email = or_null(fields.email),
    firstName = or_null(is_business and fields.name or fields.firstName),
    lastName = is_business and json.null or or_null(fields.lastName),
    phoneNumber = or_null(fields.phoneNumber),
    mock = subject.mock,
    wallets = json.array(),
    bankAccounts = json.array(),
    achPullUserIntentId = json.null,
    verificationLevels = render_levels(subject),
    created = world.iso(subject.created),
    updated = world.iso(subject.updated),
  }
end

local function envelope(world, data)
  return 200, {
    ok = true,
    object = "object",
    statusCode = 200,
    error = json.null,
    message = "success",
    data = data,
    ts = world.iso(world.clock()),
    request = "request_" .. world.hex(),
  }
end

-- Of an address the members that were not sent stay, as all parameters do.
local function merged(before, given)
  local old, new = json.present(before), json.present(given)
  if not (old and new) then return given end
  local result = {}
  for name, value in pairs(old) do result[name] = value end
  for name, value in pairs(new) do result[name] = value end
  return result
end

-- What was asked for by hand is met by the field of its name, or by what holds it.
local function forget_told(subject, body)
  for name in pairs(subject.told) do
    local first, rest = name:match("^(%w+)%.?(.*)$")
    local given = first and json.present(body[first])
    if name == IDENTITY then given = json.present(body.identityDocumentFront) end
    local whole = rest == "" or type(given) ~= "table"
    if given ~= nil and (whole or json.present(given[rest]) ~= nil) then
      subject.told[name] = nil
    end
  end
end

local function take(world, subject, body, now)
  local before = subject.fields.address
  for _, name in ipairs(KEPT) do
    if body[name] ~= nil then subject.fields[name] = body[name] end
  end
  if body.address ~= nil then subject.fields.address = merged(before, body.address) end
  forget_told(subject, body)
  if json.present(body.tosAccepted) == true then subject.tos_status = "approved" end
  subject.fields.meta = json.present(body.meta) or subject.fields.meta or {}
  local owners = json.present(body.ubos)
  if owners then
    subject.owners = {}
    subject.fields.ubos = owners[1] and owners or nil
    for i, fields in ipairs(owners) do
      subject.owners[i] = {
        id = "ubo_" .. world.hex(), -- no sample shows an owner's id: the prefix is ours
        fields = fields,
        created = now,
        updated = now,
      }
    end
  end
  subject.updated = now
  refresh(subject)
end

--- POST /v1/customer: 200, in the envelope and by HTTP.
---@param world table
---@param request table
---@return integer|nil status
---@return table value_or_failure
function v1.create(world, request)
  local body = request.json
  if json.present(body.type) == nil then
    return nil, { status = 400, detail = "type is required", v1 = "customer/missing-data" }
  end
  local problems = check.body(body, false)
  if #problems > 0 then return nil, failure.validation(problems) end
  local now = world.clock()
  local subject = {
    id = "customer_" .. world.hex(),
    kind = body.type,
    kyc = "incomplete",
    tos_status = "incomplete",
    statuses = {
      msa = "incomplete", euAccountTos = "incomplete", operatingResidency = "incomplete",
    },
    told = {},
    mock = paging.parse(request.query).mock == "true",
    created = now,
    fields = {},
    owners = {},
  }
  take(world, subject, body, now)
  world.v1_customers:add(subject)
  return envelope(world, { customer = render(world, subject) })
end

--- GET /v1/customer/{id}.
---@param world table
---@param _ table request
---@param id string
---@return integer|nil status
---@return table value_or_failure
function v1.get(world, _, id)
  local subject = world.v1_customers:find(id)
  if not subject then return nil, failure.not_found() end
  return envelope(world, { customer = render(world, subject) })
end

--- Sets whether something is required by hand, until an update or the hosted page supplies it.
---@param subject table
---@param name string what `requirements` says
---@param state "required"|"complete"
function v1.tell(subject, name, state)
  subject.told[name] = state
  refresh(subject)
end

--- POST /v1/customer/{id}: omitted fields stay, of the address too; meta is replaced (not
--- documented). A customer already approved cannot be updated; the code for it is not documented,
--- the nearest is used.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function v1.update(world, request, id)
  local subject = world.v1_customers:find(id)
  if not subject then return nil, failure.not_found() end
  if subject.kyc == "approved" then
    return nil, {
      status = 400,
      detail = "A customer who has passed KYC cannot be updated",
      v1 = "approval/duplicate",
    }
  end
  local problems = check.body(request.json, true)
  if #problems > 0 then return nil, failure.validation(problems) end
  take(world, subject, request.json, world.clock())
  return envelope(world, { customer = render(world, subject) })
end

--- GET /v1/customer: everything there is; parameters and the key are not documented, sibling lists
--- use `data.<plural>`.
---@param world table
---@return integer status
---@return table value
function v1.list(world)
  local list = json.array()
  for i, subject in ipairs(world.v1_customers.list) do list[i] = render(world, subject) end
  return envelope(world, { customers = list })
end

--- POST /v1/customer/{id}/tosLink; the link is `data.url`.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function v1.tos_link(world, request, id)
  local subject = world.v1_customers:find(id)
  if not subject then return nil, failure.not_found() end
  return envelope(world, {
    url = (links.make(world, request, "tos", function() subject.tos_status = "approved" end)),
  })
end

--- POST /v1/customer/{id}/kycLink; the link is `data.url`. Its page asks for all that is missing.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function v1.kyc_link(world, request, id)
  local subject = world.v1_customers:find(id)
  if not subject then return nil, failure.not_found() end
  return envelope(world, {
    url = (links.make(world, request, "kyc", function()
      subject.hosted, subject.told = true, {}
      refresh(subject)
    end)),
  })
end

return v1
