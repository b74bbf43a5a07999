-- Reads what a v1 customer says about verification: kyc, tos and the other agreements, what is
-- required of the customer and of each owner, and the verification levels (ACH pull).
-- Its functions make no garbage, so that a policy can use them; the normal form is profiles.lua.

local read = require("spherepay.verification.read")

local v1 = {}

---The fields of a v1 customer that hold a status (vendor docs: v1 Customers).
v1.FIELDS = { "kyc", "tos", "msa", "euAccountTos", "operatingResidency" }

---What has to be approved, by currency. Transfers need kyc and tos; EU accounts have terms of
---their own (vendor docs: transfer guide, error reference). Other currencies are not documented.
v1.NEEDED = { USD = { "kyc", "tos" }, EUR = { "kyc", "tos", "euAccountTos" } }

---v1 statuses with an evident v2 equivalent. Those not here mean the same in both, or have none.
---The third one is misspelt in the documentation.
local V2_STATUS = {
  additionalReviewRequired = "pending",
  declined = "rejected",
  convereted_to_user = "converted_to_user",
}

local IS_FIELD = {
  kyc = true, tos = true, msa = true, euAccountTos = true, operatingResidency = true,
}

---Whether a customer came from v1. One with verificationProfiles is v2, whatever else it has.
---@param customer table
---@return boolean
function v1.is(customer)
  if type(customer.verificationProfiles) == "table" then return false end
  for i = 1, #v1.FIELDS do
    if type(customer[v1.FIELDS[i]]) == "string" then return true end
  end
  return v1.requirements(customer) ~= nil or type(customer.verificationLevels) == "table"
end

---What is missing: `requirements`, which public code of early 2024 knew as `kycRequirements`.
---@param holder table a customer, one of its `ubos` or of its `verificationLevels`
---@return table|nil
function v1.requirements(holder)
  local list = holder.requirements
  if type(list) == "table" then return list end
  list = holder.kycRequirements
  if type(list) == "table" then return list end
  return nil
end

---@param raw any
---@return string status in the words of v2 where there is one, "unknown" when absent
function v1.status(raw)
  if type(raw) ~= "string" or raw == "" then return "unknown" end
  return V2_STATUS[raw] or raw
end

---The status of an owner. v1 gives owners none, so it is read off what is asked of them.
---@param ubo table
---@return "incomplete"|"unknown"
function v1.ubo_status(ubo)
  local list = v1.requirements(ubo)
  if list then
    for i = 1, #list do
      if read.name(list[i]) then return "incomplete" end
    end
  end
  return "unknown"
end

local function item(list, index)
  if type(list) ~= "table" then return nil end
  local value = list[index]
  return type(value) == "table" and value or nil
end

local function says(raw, status)
  return raw == status or v1.status(raw) == status
end

---Whether a v1 customer has a field of that name; kyc and tos count as there even when the API
---left them out, because they decide.
---@param customer table
---@param name string
---@return boolean
function v1.has_field(customer, name)
  if name == "kyc" or name == "tos" then return true end
  return IS_FIELD[name] ~= nil and read.text(customer[name]) ~= nil
end

---Whether everything of that name has the status, in the words of v1 or of v2, and there is
---something of that name.
---@param customer table
---@param name string profile name as in the normal form
---@param ubo_index integer|nil the number in `ubo_<number>`, read beforehand
---@param status string
---@return boolean
function v1.has_status(customer, name, ubo_index, status)
  if not v1.is(customer) then return false end
  local found = v1.has_field(customer, name)
  if found and not says(customer[name], status) then return false end
  local ubo = ubo_index and item(customer.ubos, ubo_index)
  if ubo then
    if v1.ubo_status(ubo) ~= status then return false end
    found = true
  end
  local levels = customer.verificationLevels
  if type(levels) ~= "table" then return found end
  for i = 1, #levels do
    local level = levels[i]
    if type(level) == "table" and level.name == name then
      if not says(level.status, status) then return false end
      found = true
    end
  end
  return found
end

local function any_requires(holders, name)
  if type(holders) ~= "table" then return false end
  for i = 1, #holders do
    local holder = holders[i]
    if type(holder) == "table" and read.holds(v1.requirements(holder), name) then return true end
  end
  return false
end

---Whether a v1 customer, an owner or a level still requires this.
---@param customer table
---@param name string
---@return boolean
function v1.requires(customer, name)
  if not v1.is(customer) then return false end
  return read.holds(v1.requirements(customer), name)
    or any_requires(customer.ubos, name)
    or any_requires(customer.verificationLevels, name)
end

return v1
