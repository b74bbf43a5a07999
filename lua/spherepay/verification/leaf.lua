-- The questions a policy can ask of a customer, each compiled to a function that answers without
-- making garbage: no tables, no strings, no closures per call. It reads the customer as the API
-- sent it, and agrees with the normal form (a spec holds the two together).
-- What may be asked, and how, is rule.lua.

local criteria = require("spherepay.api.criteria")
local read = require("spherepay.verification.read")
local v1 = require("spherepay.verification.v1")

local leaf = {}

---The states a criterion can have.
leaf.STATES = { "complete", "pending", "required", "error", "absent" }

---Every profile of that name has that status, and there is one.
---@param name string
---@param status string in the words of v2, or of v1
---@return fun(customer: table): boolean
function leaf.profile(name, status)
  local ubo_index = tonumber(name:match("^ubo_([1-9]%d*)$"))
  return function(customer)
    local list = customer.verificationProfiles
    if type(list) ~= "table" then return v1.has_status(customer, name, ubo_index, status) end
    local found = false
    for i = 1, #list do
      local profile = list[i]
      if type(profile) == "table" and profile.name == name then
        if profile.status ~= status then return false end
        found = true
      end
    end
    return found
  end
end

local function v1_rank(customer, criterion)
  return v1.requires(customer, criterion) and read.RANK.required or 0
end

---The worst state the criterion has in any profile is this state.
---@param criterion string
---@param state "complete"|"pending"|"required"|"error"|"absent"
---@return fun(customer: table): boolean
function leaf.criterion(criterion, state)
  local wanted, rank_in = read.RANK[state] or 0, read.rank
  return function(customer)
    local list = customer.verificationProfiles
    if type(list) ~= "table" then return v1_rank(customer, criterion) == wanted end
    local worst = 0
    for i = 1, #list do
      local profile = list[i]
      if type(profile) == "table" then
        local rank = rank_in(profile, criterion)
        if rank > worst then worst = rank end
      end
    end
    return worst == wanted
  end
end

---The profiles documented to unlock a currency.
---@param currency string in capitals
---@return table<string, true>|nil names, nil when none is
function leaf.unlocking(currency)
  local names
  for name, profile in pairs(criteria.profiles) do
    for _, unlocked in ipairs(profile.unlocks or {}) do
      if unlocked == currency then
        names = names or {}
        names[name] = true
      end
    end
  end
  return names
end

---The profile that unlocks the currency is approved; in v1 what v1.NEEDED says.
---@param currency string in capitals
---@return fun(customer: table): boolean
function leaf.currency(currency)
  local unlocking, needed = leaf.unlocking(currency) or {}, v1.NEEDED[currency] or {}
  return function(customer)
    local list = customer.verificationProfiles
    local found = false
    if type(list) ~= "table" then
      for i = 1, #needed do
        if not v1.has_status(customer, needed[i], nil, "approved") then return false end
        found = true
      end
      return found
    end
    for i = 1, #list do
      local profile = list[i]
      if type(profile) == "table" and unlocking[profile.name] then
        if profile.status ~= "approved" then return false end
        found = true
      end
    end
    return found
  end
end

local PRESENT = { string = true, number = true, boolean = true, table = true }

local function value_at(customer, keys)
  local value = customer
  for i = 1, #keys do
    if type(value) ~= "table" then return nil end
    value = value[keys[i]]
  end
  if PRESENT[type(value)] then return value end
  return nil
end

---Whether there is a value at all; null counts as none.
---@param keys string[] the way to the field
---@param wanted boolean
---@return fun(customer: table): boolean
function leaf.exists(keys, wanted)
  return function(customer)
    return (value_at(customer, keys) ~= nil) == wanted
  end
end

---The value is one of these.
---@param keys string[] the way to the field
---@param values (string|number|boolean)[]
---@return fun(customer: table): boolean
function leaf.one_of(keys, values)
  return function(customer)
    local value = value_at(customer, keys)
    for i = 1, #values do
      if value == values[i] then return true end
    end
    return false
  end
end

return leaf
