-- How a customer prints: `print(customer)` is one line for a person, such as
-- "customer_6ec4 individual, kyc_profile_a incomplete". Nothing personal is in it.
-- The line is made by a metatable, which neither JSON nor `pairs` sees; the checklist of a customer
-- is `verification.render`.

local printed = {}

local MAX_PROFILES = 5
local MAX_WORD = 80

-- Of v1 the two that every transfer needs.
local OF_V1 = { kyc = true, tos = true }

-- Ids, types, names and statuses come from outside: shown only when they look like one.
local function word(value, otherwise)
  if type(value) ~= "string" or #value > MAX_WORD then return otherwise end
  return value:match("^[A-Za-z0-9_%-]+$") or otherwise
end

local function add_profiles(parts, customer)
  local profiles = require "spherepay.verification.profiles" -- few customers are printed
  local hidden = 0
  for _, profile in ipairs(profiles(customer)) do
    if profile.kind ~= "v1" or OF_V1[profile.name] then
      if #parts <= MAX_PROFILES then
        parts[#parts + 1] = word(profile.name, "unknown") .. " "
          .. word(profile.raw_status, "unknown")
      else
        hidden = hidden + 1
      end
    end
  end
  if hidden > 0 then parts[#parts + 1] = ("and %d more"):format(hidden) end
end

local CUSTOMER = { __name = "spherepay.customer" }

function CUSTOMER.__tostring(customer)
  local kind = word(rawget(customer, "type"))
  local parts = { word(rawget(customer, "id"), "customer") .. (kind and " " .. kind or "") }
  add_profiles(parts, customer)
  return table.concat(parts, ", ")
end

--- Lets a customer print as one line. A metatable that is there already stays.
---@param customer table
---@return table customer the same
function printed.customer(customer)
  if getmetatable(customer) == nil then setmetatable(customer, CUSTOMER) end
  return customer
end

return printed
