-- The names that somebody documents: of profiles, criteria, statuses and currencies, in the words
-- of both versions of the API. Who asks for a name that is not here has most likely misspelt it.
-- What the API sends is never checked against this: the lists are open (vendor docs: Verification
-- profile).

local criteria = require("spherepay.api.criteria")
local fields = require("spherepay.api.fields")
local suggest = require("spherepay.options.suggest")
local v1 = require("spherepay.verification.v1")

local names = {}

-- What `requirements` of a v1 customer may name beside its fields: the steps of ACH pull.
local ACH_STEPS = { "createUser", "createUserIntent", "ipAddress" }

-- A shorter field is near other names by chance.
local LONG_ENOUGH = 4

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function set_of(...)
  local set = {}
  for _, list in ipairs({ ... }) do
    for _, name in ipairs(list) do set[name] = true end
  end
  return set
end

local V2_PROFILES = sorted(criteria.profiles)
local V1_PROFILES = sorted(set_of(v1.FIELDS, criteria.v1.verificationLevels.names))
local V2_CRITERIA = sorted(criteria.criteria)

-- The fields of a v1 body, dotted where they are within an object.
local function v1_fields()
  local set = {}
  for _, object in ipairs({ fields.v1.customer_create, fields.v1.customer_update }) do
    for _, field in ipairs(object) do
      set[field[1]] = true
      for _, inner in ipairs(field[2] == "object" and fields.v1[field.of] or {}) do
        set[field[1] .. "." .. inner[1]] = true
      end
    end
  end
  return sorted(set)
end

local V1_CRITERIA = sorted(set_of(v1_fields(), ACH_STEPS, sorted(criteria.v1.requirements)))

local function joined(first, second)
  local list = {}
  for _, name in ipairs(first) do list[#list + 1] = name end
  for _, name in ipairs(second) do list[#list + 1] = name end
  return list
end

names.PROFILES = joined(V2_PROFILES, V1_PROFILES)
names.CRITERIA = joined(V2_CRITERIA, V1_CRITERIA)
local function currencies()
  local unlocked = {}
  for _, profile in pairs(criteria.profiles) do
    for _, currency in ipairs(profile.unlocks or {}) do unlocked[currency] = true end
  end
  return sorted(unlocked)
end

names.CURRENCIES = currencies()

-- v1 statuses count in their own words and in those of v2 that mean the same.
local function in_both_words(statuses)
  local list, seen = {}, {}
  local function add(status)
    if not seen[status] then list[#list + 1] = status end
    seen[status] = true
  end
  for _, status in ipairs(statuses) do add(status) end
  for _, status in ipairs(statuses) do add(v1.status(status)) end
  return list
end

local STATUSES = {}
for _, name in ipairs(V2_PROFILES) do STATUSES[name] = criteria.statuses end
for _, name in ipairs(v1.FIELDS) do STATUSES[name] = in_both_words(criteria.v1[name]) end
for _, name in ipairs(criteria.v1.verificationLevels.names) do
  STATUSES[name] = in_both_words(criteria.v1.verificationLevels.statuses)
end

local function is_owner(name)
  return name:find("^ubo_[1-9]%d*$") ~= nil
end

local function in_list(list, name)
  for _, known in ipairs(list) do
    if known == name then return true end
  end
  return false
end

---@param name string
---@return boolean
function names.is_profile(name)
  return STATUSES[name] ~= nil or is_owner(name)
end

---@param name string
---@return boolean
function names.is_criterion(name)
  return in_list(names.CRITERIA, name)
end

---@param currency string in capitals
---@return boolean
function names.is_currency(currency)
  return in_list(names.CURRENCIES, currency)
end

---The statuses that a profile can have.
---@param profile string
---@return string[]|nil statuses nil for a profile that nobody documents
function names.statuses_of(profile)
  if is_owner(profile) then return criteria.statuses end
  return STATUSES[profile]
end

local function find_field(object, name)
  for _, field in ipairs(object) do
    if field[1] == name then return field end
  end
  return nil
end

-- The documented field at the end of `keys`, in one version; or nil and the object that lacks it,
-- with the place of the key.
local function walk(version, keys)
  local objects = fields[version]
  local object, field = objects.customer, nil
  for i, key in ipairs(keys) do
    if not object then return nil end
    field = find_field(object, key)
    if not field then return nil, object, i end
    object = field[2] == "object" and objects[field.of] or nil
  end
  return field
end

local function add_values(values, field)
  for _, value in ipairs(field.enum or field.open or {}) do
    if not in_list(values, value) then values[#values + 1] = value end
  end
end

---What is documented about a field of a customer.
---@param keys string[] the way to it
---@return string[]|nil values when they are listed; the lists of both versions, if both have one
---@return string|nil misspelt a key that neither version has; of two, the one that is further on
---@return string|nil near what it was most likely meant to be
function names.field(keys)
  local values, found, candidates, furthest = {}, false, {}, 0
  for _, version in ipairs({ "v2", "v1" }) do
    local field, lacking, place = walk(version, keys)
    found = found or field ~= nil
    if field then add_values(values, field) end
    if lacking and place > furthest then candidates, furthest = {}, place end
    for _, other in ipairs(lacking and place == furthest and lacking or {}) do
      if #other[1] >= LONG_ENOUGH then candidates[#candidates + 1] = other[1] end
    end
  end
  if found then return values[1] and values or nil end
  return nil, keys[furthest], suggest(keys[furthest], candidates)
end

---The version of the API that alone knows a name.
---@param kind "profile"|"criterion"
---@param name string
---@return "v1"|"v2"|nil version nil when both or none do
function names.version_of(kind, name)
  local first, second = V1_CRITERIA, V2_CRITERIA
  if kind == "profile" then first, second = V1_PROFILES, V2_PROFILES end
  local is_v1 = in_list(first, name) or kind == "profile" and is_owner(name)
  local is_v2 = in_list(second, name)
  if is_v1 == is_v2 then return nil end
  return is_v1 and "v1" or "v2"
end

-- The criterion that a type of document serves, a documented one if there is one.
local function served_by(document_type)
  local found
  for _, name in ipairs(V2_CRITERIA) do
    for _, met in pairs(criteria.criteria[name]) do
      if type(met) == "table" and in_list(met.document_types or {}, document_type) then
        if met.kind == "document" and met.basis == "documented" then return name end
        found = found or name
      end
    end
  end
  return found
end

---The criterion that was most likely meant: one of a similar name, or the one that a document of
---this name serves.
---@param name any
---@return string|nil
function names.near_criterion(name)
  return suggest(name, names.CRITERIA) or type(name) == "string" and served_by(name) or nil
end

return names
