-- How a criterion is met, by whom and in which call: criteria.lua read for one customer.
-- Lookups only; what is asked for is asked.lua, the order of the steps is steps.lua.

local criteria = require("spherepay.api.criteria")
local endpoints = require("spherepay.api.endpoints")
local fields = require("spherepay.api.fields")

---@class spherepay.verification.Endpoint a call that can be made now; `tostring` is one line
---@field method string
---@field path string a template: `{id}` is the id of the customer or representative one asked
---  about, `{representativeId}` that of a representative of the business
---@field body "json"|"form"|"none" a form is multipart/form-data
---@field params table<string, any>|nil what to send as it stands
---@field fields string[]|nil what to send besides: paths such as "personalInformation.gender"
---@field answer string|nil the member of the answer that is a link, for the customer to open
---@field next spherepay.verification.Endpoint|nil the call that follows
---@field update boolean|nil true for the update of the customer or representative itself

---@class spherepay.verification.How
---@field kind "field"|"document"|"link"|"otp"|"representative"|"review"|"unknown"
---@field path string|nil in the request body; `type=email` for a code; nil when not documented
---@field document_types string[]|nil accepted documentType values, preferred first
---@field endpoint spherepay.verification.Endpoint|nil nil when no call can do it
---@field basis "documented"|"example_only"|"name_match"|"unknown" how sure that is
---@field actor "customer"|"platform"|"sphere" whose turn it is
---@field note string|nil a sentence or two for the person who does it

local how = {}

-- A field, a code, a link or a document has to come from the customer, whoever sends it on.
local ACTOR = {
  field = "customer", link = "customer", otp = "customer", document = "customer",
  representative = "platform", review = "sphere", unknown = "platform",
}

-- Made by the platform itself in the Platform-Managed model (vendor docs: Onboarding overview).
local BY_PLATFORM = { liveness_report_document = true }

local NOTE = {
  unknown = "How this is supplied is not documented: ask SpherePay.",
  elsewhere = "How this kind of customer supplies it is not documented: ask SpherePay.",
  locked = "Name, date of birth and tax number are locked once they are under review: ask "
    .. "SpherePay to change them.",
  representative = "It is about a representative of this business; GET "
    .. "/v2/business-representative with the query customerId lists their ids.",
  owner = "How an update names one owner is not documented; the page behind the link asks for it.",
  passed = "A customer who has passed KYC cannot be updated: ask SpherePay.",
}

-- What a v1 status is moved by when the profile lists nothing (vendor docs: v1 transfer guide).
local V1_LINKS = {
  kyc = { "customer.kyc_link", "The customer opens the link and fills in what is missing." },
  tos = { "customer.tos_link", "The customer opens the link and accepts the terms." },
}

local V1_STATUS_NOTES = {
  msa = "The agreement is signed with SpherePay, not in a call: ask SpherePay.",
  euAccountTos = "How the terms of EU accounts are accepted is not documented: ask SpherePay.",
  operatingResidency = "How the operating residency is shown is not documented: ask SpherePay.",
}

-- Whose data is locked after it was submitted (vendor docs: Update a customer).
local LOCKS = { pending = true, rejected = true }

local endpoint_methods = {}

function endpoint_methods.__tostring(endpoint)
  local line = endpoint.method .. " " .. endpoint.path
  return endpoint.next and line .. ", then " .. tostring(endpoint.next) or line
end

local function is_representative(customer)
  local id = customer.id
  return type(id) == "string" and id:find("^associatedPerson_") ~= nil
end

---Whose profile this is. 2026-01 samples give representatives a customer's kyc_profile_a, so the
---id counts before the profile does.
---@param customer table
---@param profile spherepay.verification.Profile
---@return "individual"|"business"|"representative"
function how.owner(customer, profile)
  if profile.kind == "ubo_kyc" or is_representative(customer) then return "representative" end
  if profile.kind == "kyb" or customer.type == "business" then return "business" end
  return "individual"
end

local function copy(list)
  if not list then return nil end
  local result = {}
  for i, value in ipairs(list) do result[i] = value end
  return result
end

-- What a call sends as it stands, with the customer's own id where it is known.
local function filled(params, customer)
  if not params then return nil end
  local result = {}
  for name, value in pairs(params) do
    result[name] = value == "{id}" and type(customer.id) == "string" and customer.id or value
  end
  return result
end

---@param version "v1"|"v2"
---@param name string of the endpoint
---@param entry table `params` and `fields` to send, and `answer`
---@param customer table
---@return spherepay.verification.Endpoint
local function endpoint(version, name, entry, customer)
  local known = endpoints[version][name]
  return setmetatable({
    method = known.method,
    path = known.path,
    body = known.body or "none",
    params = filled(entry.params, customer),
    fields = copy(entry.fields),
    answer = entry.answer,
    update = name:find("%.update$") and true or nil,
  }, endpoint_methods)
end

-- The address goes with all personal information: one or the other version of the API demands it
-- (vendor docs: Update a customer).
local function fields_of(entry)
  if entry.kind ~= "field" then return entry.fields end
  local paths = copy(entry.fields) or { entry.path }
  if entry.path:find("^personalInformation%.") then table.insert(paths, 1, "address") end
  return paths
end

-- A representative's profile on a business says nothing about which representative it is.
local function of_some_representative(met)
  local call = met.endpoint
  call.path = call.path:gsub("{id}", "{representativeId}")
  if call.params and call.params.targetId then call.params.targetId = "{representativeId}" end
  call.update = nil
  met.note = met.note and met.note .. " " .. NOTE.representative or NOTE.representative
end

local function call_of(entry, customer)
  if not entry.call then return nil end
  local call = endpoint("v2", entry.call, {
    params = entry.params, fields = fields_of(entry), answer = entry.answer,
  }, customer)
  if entry.next then
    call.next = endpoint("v2", entry.next, {
      params = entry.params, fields = entry.next_fields,
    }, customer)
  end
  return call
end

local function met_by(entry, customer, note)
  local call = call_of(entry, customer)
  local actor = ACTOR[entry.kind]
  if not call and entry.kind ~= "review" then actor = ACTOR.unknown end
  return {
    kind = entry.kind,
    path = entry.path,
    document_types = copy(entry.document_types),
    endpoint = call,
    basis = entry.basis,
    actor = actor,
    note = entry.note or note,
  }
end

---@param criterion string
---@param customer table
---@param profile spherepay.verification.Profile that asks for it
---@return spherepay.verification.How
function how.v2(criterion, customer, profile)
  local row, owner = criteria.criteria[criterion], how.owner(customer, profile)
  local entry = row and row[owner]
  if not entry then return how.unknown(row and NOTE.elsewhere) end
  local met = met_by(entry, customer, row.note)
  if BY_PLATFORM[criterion] then met.actor = "platform" end
  if entry.locks and LOCKS[profile.status] then
    met.endpoint, met.actor, met.note = nil, ACTOR.unknown, NOTE.locked
  end
  local elsewhere = owner == "representative" and not is_representative(customer)
    and (customer.type == "business" or type(customer.id) == "string")
  if elsewhere and met.endpoint then of_some_representative(met) end
  return met
end

local function find(object, name)
  for _, field in ipairs(object) do
    if field[1] == name then return field end
  end
  return nil
end

-- The field of an update that has the name of a requirement, or is its way: "address.city".
local function v1_field(requirement)
  local first, rest = requirement:match("^([A-Za-z0-9]+)%.?(.*)$")
  local field = first and find(fields.v1.customer_update, first)
  if not field or rest == "" then return field and first == requirement and field or nil end
  return field[2] == "object" and find(fields.v1[field.of], rest) or nil
end

local function v1_link(name, customer)
  return endpoint("v1", name, { answer = "url" }, customer)
end

---@param requirement string
---@param customer table
---@param profile spherepay.verification.Profile of kind "v1"
---@return spherepay.verification.How
function how.v1(requirement, customer, profile)
  local known = criteria.v1.requirements[requirement] or {}
  local sent = known.fields or { requirement }
  local field = v1_field(sent[1])
  if not field then return how.unknown(nil) end
  if profile.name:find("^ubo_%d+$") then
    return {
      kind = "link", path = "ubos[]." .. sent[1], endpoint = v1_link("customer.kyc_link", customer),
      basis = "name_match", actor = ACTOR.link, note = NOTE.owner,
    }
  end
  local met = {
    kind = field[2] == "document" and "document" or "field", path = sent[1],
    endpoint = endpoint("v1", "customer.update", { fields = sent }, customer),
    basis = known.basis or "name_match", actor = ACTOR.field, note = known.note,
  }
  if customer.kyc == "approved" then
    met.endpoint, met.actor, met.note = nil, ACTOR.unknown, NOTE.passed
  end
  return met
end

---What to do about a v1 profile that lists nothing, by its name.
---@param name string
---@param customer table
---@return spherepay.verification.How
function how.v1_status(name, customer)
  local link = V1_LINKS[name]
  if not link then return how.unknown(V1_STATUS_NOTES[name]) end
  return {
    kind = "link", endpoint = v1_link(link[1], customer), basis = "documented",
    actor = ACTOR.link, note = link[2],
  }
end

---@param note string|nil
---@return spherepay.verification.How
function how.review(note)
  return { kind = "review", basis = "documented", actor = ACTOR.review, note = note }
end

---@param note string|nil
---@return spherepay.verification.How
function how.unknown(note)
  return {
    kind = "unknown", basis = "unknown", actor = ACTOR.unknown, note = note or NOTE.unknown,
  }
end

return how
