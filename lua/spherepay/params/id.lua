-- Checks ids, before they become a step of a path. Apart from `params`, which a get does not need.

local core = require "spherepay.core"

local ids = {}

local MAX_ID = 255

-- It is percent-encoded besides, but a proxy may undo that.
local function is_safe(id)
  return type(id) == "string" and #id <= MAX_ID and id:find("^[!-~]+$") ~= nil
    and not id:find("[/\\?#%%]") and id ~= "." and id ~= ".."
end

-- How the ids of each kind of object begin, where that is known.
local PREFIXES = { customer = "customer_", representative = "associatedPerson_" }

-- Whose id it is that begins like one of another kind.
local function other_owner(id, whose)
  for owner, prefix in pairs(PREFIXES) do
    if owner ~= whose and type(id) == "string" and id:sub(1, #prefix) == prefix then
      return owner
    end
  end
  return nil
end

--- Checks an id. `customer_` and lower-case letters and digits is the form of every sample, and a
--- pattern that only the oldest page has (vendor docs 2025: Get a customer by ID): other forms pass
--- with a warning; strictly, they are a problem. Ids of representatives begin with
--- `associatedPerson_`.
---@param id any
---@param validate boolean|"strict"|nil false: only what is not safe in a URL is a problem
---@param whose string? the first word of the endpoint's name; a customer's when nil. Of an object
---  whose ids have no known form, one only has to be safe in a URL
---@return spherepay.Problem[]? problems nil when the id is good
---@return spherepay.Problem[]? warnings nil when there is none
function ids.check(id, validate, whose)
  whose = whose or "customer"
  local prefix = PREFIXES[whose]
  if prefix and core.is_id(id, prefix) and #id <= MAX_ID then return nil end
  if validate == false or not prefix then
    if is_safe(id) then return nil end
    return { { pointer = "/id", detail = "must be safe in a URL: no space, slash, ?, # or %" } }
  end
  local is_plain = is_safe(id) and id:find("^[A-Za-z0-9_.~-]+$") and id ~= prefix
  if is_plain and validate ~= "strict" then
    local other = other_owner(id, whose)
    return nil, { {
      pointer = "/id",
      detail = ("is not of the documented form: %s and lower-case letters or digits%s"):format(
        prefix, other and " (it looks like the id of a " .. other .. ")" or ""),
    } }
  end
  local detail = ("must be a %s id: %s and letters or digits"):format(whose, prefix)
  if type(id) ~= "string" then detail = detail .. ", got a " .. type(id) end
  return { { detail = detail, pointer = "/id" } }
end

return ids
