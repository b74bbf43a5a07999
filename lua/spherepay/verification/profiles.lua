-- The normal form: whatever shape a customer has (v2, v1, a business representative, any of the
-- anomalies of the API), a list of profiles that all look alike.
-- It reports what the API says and judges nothing; readiness is evaluate.lua.

local criteria = require("spherepay.api.criteria")
local read = require("spherepay.verification.read")
local v1 = require("spherepay.verification.v1")

---@class spherepay.verification.Error a problem the API met while checking
---@field name string|nil the criterion; it may be in none of the arrays
---@field detail string|nil the API's own text (`detail`, in 2025 samples `message`)

---@class spherepay.verification.Profile
---@field name string as the API sent it; "unknown" when it sent none
---@field kind "kyc"|"kyb"|"ubo_kyc"|"v1"|"unknown"
---@field status string the API's word, v1 words translated where v2 has one; "unknown" if absent
---@field raw_status string|nil the API's word untouched
---@field unlocks string[]|nil currencies; nil when the documentation does not say
---@field complete string[] each criterion is in one of the three arrays at most:
---@field pending string[] in `required` before `pending` before `complete`
---@field required string[]
---@field errors spherepay.verification.Error[] laid over the arrays
---@field id string|nil of the owner, for the `ubo_<number>` profiles of v1

local function copy(list)
  if not list then return nil end
  local result = {}
  for i = 1, #list do result[i] = list[i] end
  return result
end

local function names(list, seen)
  local result = {}
  if not list then return result end
  for i = 1, #list do
    local name = read.name(list[i])
    if name and not seen[name] then
      seen[name] = true
      result[#result + 1] = name
    end
  end
  return result
end

local function errors(list)
  local result = {}
  if not list then return result end
  for i = 1, #list do
    local item = list[i]
    if type(item) == "table" then
      local name, detail = read.text(item.name), read.text(item.detail) or read.text(item.message)
      if name or detail then result[#result + 1] = { name = name, detail = detail } end
    elseif read.text(item) then
      result[#result + 1] = { name = item }
    end
  end
  return result
end

local function from_v2(raw)
  local name = read.text(raw.name) or "unknown"
  local known = criteria.profiles[name]
  local status = read.text(raw.status)
  local seen = {}
  local required = names(read.list(raw, "required"), seen)
  local pending = names(read.list(raw, "pending"), seen)
  return {
    name = name,
    kind = known and known.kind or "unknown",
    status = status or "unknown",
    raw_status = status,
    unlocks = known and copy(known.unlocks),
    complete = names(read.list(raw, "complete"), seen),
    pending = pending,
    required = required,
    errors = errors(read.list(raw, "errors")),
  }
end

local function from_v1(name, status, raw_status, requirements)
  return {
    name = name,
    kind = "v1",
    status = status,
    raw_status = read.text(raw_status),
    complete = {},
    pending = {},
    required = names(requirements, {}),
    errors = {},
  }
end

local function v1_fields(customer, result)
  for _, field in ipairs(v1.FIELDS) do
    if v1.has_field(customer, field) then
      local raw = read.text(customer[field])
      local requirements = field == "kyc" and v1.requirements(customer) or nil
      result[#result + 1] = from_v1(field, v1.status(raw), raw, requirements)
    end
  end
  result[1].errors = errors({ { detail = customer.additionalReviewRequiredReason } })
end

local function v1_profiles(customer)
  local result = {}
  v1_fields(customer, result)
  local ubos = type(customer.ubos) == "table" and customer.ubos or {}
  for i = 1, #ubos do
    local ubo = ubos[i]
    if type(ubo) == "table" then
      local profile = from_v1("ubo_" .. i, v1.ubo_status(ubo), nil, v1.requirements(ubo))
      profile.id = read.text(ubo.id)
      result[#result + 1] = profile
    end
  end
  local levels = type(customer.verificationLevels) == "table" and customer.verificationLevels or {}
  for i = 1, #levels do
    local level = levels[i]
    if type(level) == "table" then
      local name = read.text(level.name) or "unknown"
      result[#result + 1] =
        from_v1(name, v1.status(level.status), level.status, v1.requirements(level))
    end
  end
  return result
end

---The verification profiles of a customer or representative in one form. v1 customers have `kyc`
---and `tos`, then `msa`, `euAccountTos` and `operatingResidency` when the API sent them, `ubo_1`
---... for the owners and one per verification level (`ach_pull`); all of kind "v1". v1 gives
---owners no status: theirs is "incomplete" while something is required of them, else "unknown".
---
---Sources: v2 `verificationProfiles` (vendor docs: Get a customer), v1 (vendor docs: Customers).
---@param customer any anything but a table has no profiles
---@return spherepay.verification.Profile[] in the API's order; new tables, yours to keep
local function profiles(customer)
  if type(customer) ~= "table" then return {} end
  if v1.is(customer) then return v1_profiles(customer) end
  local list, result = customer.verificationProfiles, {}
  if type(list) ~= "table" then return result end
  for i = 1, #list do
    if type(list[i]) == "table" then result[#result + 1] = from_v2(list[i]) end
  end
  return result
end

return profiles
