-- Reads single facts from a customer as the API sent it, without making garbage and without ever
-- raising. What is not a string, number, boolean or table (cjson.null, a function ...) is absent.
-- It does not build anything: the normal form is profiles.lua.

local read = {}

---How much a state says against a criterion; a criterion found in several places has the worst.
read.RANK = { complete = 1, pending = 2, required = 3, error = 4 }

---A string with something in it, or nil.
---@param value any
---@return string|nil
function read.text(value)
  if type(value) == "string" and value ~= "" then return value end
  return nil
end

---The name an item of a criteria array carries: normally the item itself.
---@param item any
---@return string|nil
function read.name(item)
  if type(item) == "table" then item = item.name end
  if type(item) == "string" and item ~= "" then return item end
  return nil
end

---One of the four arrays of a v2 profile. The documented place is `criteria`; the 2025 samples
---also put the arrays into the profile itself (vendor docs: Get a customer).
---@param profile table as the API sent it
---@param which "complete"|"pending"|"required"|"errors"
---@return table|nil
function read.list(profile, which)
  local criteria = profile.criteria
  if type(criteria) == "table" then
    local list = criteria[which]
    if type(list) == "table" then return list end
  end
  local list = profile[which]
  if type(list) == "table" then return list end
  return nil
end

---Whether an array of names holds this one.
---@param list table|nil
---@param name string
---@return boolean
function read.holds(list, name)
  if not list then return false end
  for i = 1, #list do
    local item = list[i]
    if item == name or type(item) == "table" and item.name == name then return true end
  end
  return false
end

---The rank (read.RANK) of a criterion in one v2 profile as the API sent it; 0 when the profile
---does not mention it.
---@param profile table
---@param name string
---@return integer
function read.rank(profile, name)
  if read.holds(read.list(profile, "errors"), name) then return 4 end
  if read.holds(read.list(profile, "required"), name) then return 3 end
  if read.holds(read.list(profile, "pending"), name) then return 2 end
  if read.holds(read.list(profile, "complete"), name) then return 1 end
  return 0
end

return read
