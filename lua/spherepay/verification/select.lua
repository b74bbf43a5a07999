-- Picks, from the normal form, the profiles a question is about: those that unlock a currency,
-- those of a name, or all. When there are none it says so and what there is instead.
-- It does not look at statuses.

local ascii = require("spherepay.http.ascii")
local criteria = require("spherepay.api.criteria")
local names = require("spherepay.verification.names")
local options = require("spherepay.verification.options")
local profiles = require("spherepay.verification.profiles")
local suggest = require("spherepay.options.suggest")
local v1 = require("spherepay.verification.v1")

---@class spherepay.verification.Available what there is, when what was asked for is not
---@field profiles string[] names, in the API's order
---@field currencies string[] those its profiles unlock, sorted

---@class spherepay.verification.Selection
---@field deciding spherepay.verification.Profile[] every one must be approved
---@field also spherepay.verification.Profile[] asked of the customer too, but without a say
---@field problem string|nil why `deciding` does not answer the question
---@field available spherepay.verification.Available|nil with `problem`
---@field lacking string|nil the profile that would answer it, if one is documented

local function available(all, is_v1)
  local there, currencies, seen = {}, {}, {}
  for _, profile in ipairs(all) do
    there[#there + 1] = profile.name
    for _, currency in ipairs(profile.unlocks or {}) do
      if not seen[currency] then currencies[#currencies + 1] = currency end
      seen[currency] = true
    end
  end
  for currency in pairs(is_v1 and v1.NEEDED or {}) do currencies[#currencies + 1] = currency end
  table.sort(currencies)
  return { profiles = there, currencies = currencies }
end

local function joined(list)
  return #list > 0 and table.concat(list, ", ") or "none"
end

local function named(all, name)
  local result = {}
  for _, profile in ipairs(all) do
    if profile.name == name then result[#result + 1] = profile end
  end
  return result
end

local function unlocking(all, currency)
  local result = {}
  for i = 1, #all do
    local unlocks = all[i].unlocks
    for j = 1, unlocks and #unlocks or 0 do
      if unlocks[j] == currency then result[#result + 1] = all[i] end
    end
  end
  return result
end

local function owners(all)
  local result = {}
  for _, profile in ipairs(all) do
    if profile.kind == "v1" and profile.name:find("^ubo_%d+$") then
      result[#result + 1] = profile
    end
  end
  return result
end

local function v1_deciding(all, currency)
  local result, missing = {}, nil
  for _, name in ipairs(v1.NEEDED[currency or "USD"] or {}) do
    local found = named(all, name)
    for _, profile in ipairs(found) do result[#result + 1] = profile end
    if #found == 0 then missing = name end
  end
  return result, missing
end

-- What a currency that nobody documents was most likely meant to be.
local function neighbour(currency)
  if names.is_currency(currency) then return "" end
  local near = suggest(currency, names.CURRENCIES)
  return near and (" (did you mean %s?)"):format(near) or ""
end

local function no_currency(currency, all, is_v1)
  local there = available(all, is_v1)
  local text = ("no profile of this customer is documented to unlock %s%s; its profiles: %s; "
    .. "currencies they unlock: %s"):format(
    currency, neighbour(currency), joined(there.profiles), joined(there.currencies))
  return text, there
end

-- The profile that unlocks a currency for customers of this type.
local function unlocker(currency, customer_type)
  for _, name in ipairs(names.PROFILES) do
    local profile = criteria.profiles[name]
    local fits = profile and profile.owner == customer_type
    for _, unlocked in ipairs(fits and profile.unlocks or {}) do
      if unlocked == currency then return name end
    end
  end
  return nil
end

local function by_currency(selection, all, is_v1, currency, customer_type)
  if not is_v1 then
    selection.deciding = unlocking(all, currency)
  else
    local missing
    selection.deciding, missing = v1_deciding(all, currency)
    if missing then
      selection.problem = ("%s needs %s, which this customer does not have"):format(
        currency, missing)
      selection.available, selection.lacking = available(all, is_v1), missing
      return
    end
    selection.also = owners(all)
  end
  if #selection.deciding == 0 then
    selection.problem, selection.available = no_currency(currency, all, is_v1)
    selection.lacking = not is_v1 and unlocker(currency, customer_type) or nil
  end
end

local function by_name(selection, all, is_v1, name)
  selection.deciding = named(all, name)
  if is_v1 and name == "kyc" then selection.also = owners(all) end
  if #selection.deciding == 0 then
    selection.available, selection.lacking = available(all, is_v1), name
    selection.problem = ("this customer has no profile %s; its profiles: %s"):format(
      name, joined(selection.available.profiles))
  end
end

local function everything(selection, all, is_v1)
  if is_v1 then
    selection.deciding, selection.also = v1_deciding(all), owners(all)
  else
    selection.deciding = all
  end
  if #selection.deciding == 0 then
    selection.available = available(all, is_v1)
    selection.problem = "this customer has no verification profiles"
  end
end

---@param customer any
---@param opts { profile: string|nil, currency: string|nil }|nil already checked
---@return spherepay.verification.Selection
local function select_profiles(customer, opts)
  local selection = { deciding = {}, also = {} }
  local failed = options.failure(customer)
  if type(customer) ~= "table" or failed then
    selection.problem = "there is no customer" .. (failed and ": " .. tostring(failed) or "")
    selection.available = { profiles = {}, currencies = {} }
    return selection
  end
  local all, is_v1 = profiles(customer), v1.is(customer)
  if opts and opts.currency then
    by_currency(selection, all, is_v1, ascii.upper(opts.currency), customer.type)
  elseif opts and opts.profile then
    by_name(selection, all, is_v1, opts.profile)
  else
    everything(selection, all, is_v1)
  end
  return selection
end

return select_profiles
