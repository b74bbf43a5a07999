-- How a criterion is met, by whom and where: criteria.lua read for one kind of customer.
-- Lookups only; the order of the steps is steps.lua.

local criteria = require("spherepay.api.criteria")

---@class spherepay.verification.How
---@field kind "field"|"document"|"link"|"otp"|"representative"|"review"|"unknown"
---@field path string|nil in the request body; `type=email` for a code; nil when not documented
---@field document_types string[]|nil accepted documentType values, preferred first
---@field endpoint string|nil method and path; nil when none is documented for this kind of customer
---@field basis "documented"|"example_only"|"name_match"|"unknown" how sure that is
---@field actor "customer"|"platform"|"sphere" whose turn it is
---@field note string|nil

local how = {}

-- A field, a code, a link or a document has to come from the customer, whoever sends it on.
local ACTOR = {
  field = "customer", link = "customer", otp = "customer", document = "customer",
  representative = "platform", review = "sphere", unknown = "platform",
}

-- Made by the platform itself in the Platform-Managed model (vendor docs: Onboarding overview).
local BY_PLATFORM = { liveness_report_document = true }

-- Where the path depends on whose it is; false: the path for these is not documented.
-- (vendor docs: Create a customer, Create a business representative)
local PATHS = {
  source_of_funds = {
    individual = "personalInformation.sourceOfFunds",
    representative = "personalInformation.sourceOfFunds",
  },
  account_purpose = { individual = false },
  first_name = { representative = "firstName" },
  last_name = { representative = "lastName" },
  date_of_birth = { representative = "dateOfBirth" },
}

local UPLOAD = "POST /v2/document" -- takes documents of customers and of representatives
local NEW_REPRESENTATIVE = "POST /v2/business-representative"
local V1_UPDATE = "POST /v1/customer/{id}"

-- What a v1 status is moved by when the profile lists nothing (vendor docs: v1 transfer guide).
local V1_LINKS = {
  kyc = "POST /v1/customer/{id}/kycLink",
  tos = "POST /v1/customer/{id}/tosLink",
}

---Whose profile this is. 2026-01 samples give representatives a customer's kyc_profile_a, so the
---id counts before the profile does.
---@param customer table
---@param profile spherepay.verification.Profile
---@return "individual"|"business"|"representative"
function how.owner(customer, profile)
  local id = customer.id
  if profile.kind == "ubo_kyc" or type(id) == "string" and id:find("^associatedPerson_") then
    return "representative"
  end
  if profile.kind == "kyb" or customer.type == "business" then return "business" end
  return "individual"
end

-- "POST /a; PATCH /a/{id} (individuals only)" -> the update, if this owner has one.
local function endpoint_for(text, owner)
  if not text or text == UPLOAD then return text end
  local chosen
  for part in text:gsub(" or ", ";"):gmatch("[^;]+") do
    local for_representative = part:find("business-representative", 1, true) ~= nil
    local is_update = part:find("PATCH", 1, true) ~= nil
    if for_representative == (owner == "representative")
      and not (is_update and owner == "business") then
      chosen = part:gsub("^%s+", ""):gsub("%s*%b()%s*$", "")
    end
  end
  return chosen
end

local function copy(list)
  if not list then return nil end
  local result = {}
  for i, value in ipairs(list) do result[i] = value end
  return result
end

---@param criterion string
---@param owner "individual"|"business"|"representative"
---@return spherepay.verification.How
function how.v2(criterion, owner)
  local known = criteria.criteria[criterion]
  local met = known and known.satisfied_by
  if not met then return how.unknown(nil) end
  local kind = met.kind or "unknown"
  local path, endpoint = met.path, endpoint_for(met.endpoint, owner)
  if criterion == "business_representatives" then
    kind, endpoint = "representative", met.endpoint
  end
  local own = PATHS[criterion] and PATHS[criterion][owner]
  if own ~= nil then path = own or nil end
  if own and owner == "representative" then endpoint = endpoint or NEW_REPRESENTATIVE end
  local elsewhere = met.endpoint and not endpoint -- documented, but not for this owner
  return {
    kind = kind,
    path = path,
    document_types = copy(met.document_type),
    endpoint = endpoint,
    basis = not elsewhere and met.basis or "unknown",
    actor = BY_PLATFORM[criterion] and "platform" or ACTOR[kind] or "platform",
    note = known.note,
  }
end

---@param requirement string
---@param profile spherepay.verification.Profile of kind "v1"
---@return spherepay.verification.How
function how.v1(requirement, profile)
  local known = criteria.v1.requirements[requirement]
  if not known then return how.unknown(nil) end
  local kind = requirement:find("Document", 1, true) and "document" or "field"
  local path, endpoint, note = known.path, V1_UPDATE, known.note
  if profile.name:find("^ubo_%d+$") then
    path, note = "ubos[]." .. path, "how an update names one owner is not documented"
  end
  return {
    kind = kind, path = path, endpoint = endpoint, basis = known.basis, actor = ACTOR[kind],
    note = note,
  }
end

---What to do about a v1 profile that lists nothing, by its name.
---@param name string
---@return spherepay.verification.How
function how.v1_status(name)
  local endpoint = V1_LINKS[name]
  if not endpoint then return how.unknown(nil) end
  return { kind = "link", endpoint = endpoint, basis = "documented", actor = ACTOR.link }
end

---@param note string|nil
---@return spherepay.verification.How
function how.review(note)
  return { kind = "review", basis = "documented", actor = ACTOR.review, note = note }
end

---@param note string|nil
---@return spherepay.verification.How
function how.unknown(note)
  return { kind = "unknown", basis = "unknown", actor = ACTOR.unknown, note = note }
end

return how
