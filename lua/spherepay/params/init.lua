-- Checks the data of a customer before it is sent, against what the vendor documents.
-- Not for options (`options`): what is wrong here is data, and comes back as a list.

local names = require "spherepay.params.names"
local options = require "spherepay.options"
local v1 = require "spherepay.params.v1"
local v2 = require "spherepay.params.v2"

local params = {}

local VERSIONS = { v1 = v1, v2 = v2 }
local MAX_ID = 255

-- Which argument of an operation takes the options of the call.
local PLACES = { create = "second", update = "third" }

-- Options among the data would be sent as data, and not be obeyed.
local function check_options(operation, given, problems)
  local found = {}
  for name in pairs(given) do
    local option, of_call = options.named(name)
    if option then
      found[#found + 1] = {
        pointer = "/" .. name,
        detail = of_call and ("is an option of the call, not data: it belongs in the %s argument "
          .. "of %s, as { %s = ... }"):format(PLACES[operation], operation, option)
          or "is an option of spherepay.new, not data",
      }
    end
  end
  table.sort(found, function(a, b) return a.pointer < b.pointer end)
  for _, problem in ipairs(found) do problems[#problems + 1] = problem end
end

local function places_of(problems)
  local places = {}
  for _, problem in ipairs(problems) do places[problem.pointer] = true end
  return places
end

--- Checks the params of an operation. Several problems are reported at once, in a stable order.
--- A userdata counts as JSON null. No detail repeats a value. Names that the vendor does not
--- document pass with a warning; strictly, they are problems.
---@param version "v1"|"v2"
---@param operation "create"|"update"
---@param given any the params; anything but a table is a problem
---@param strictly boolean?
---@return spherepay.Problem[]? problems nil when nothing is wrong
---@return spherepay.Problem[]? warnings nil when there is none
function params.check(version, operation, given, strictly)
  if type(given) ~= "table" then
    return { { detail = "must be an object, got a " .. type(given), pointer = "" } }
  end
  local problems, object = VERSIONS[version][operation](given)
  check_options(operation, given, problems)
  local warnings = names.unknown(version, object, given, places_of(problems))
  if strictly then
    for _, warning in ipairs(warnings) do problems[#problems + 1] = warning end
    warnings = {}
  end
  return problems[1] and problems or nil, warnings[1] and warnings or nil
end

-- It is percent-encoded besides, but a proxy may undo that.
local function is_safe(id)
  return type(id) == "string" and #id <= MAX_ID and id:find("^[!-~]+$") ~= nil
    and not id:find("[/\\?#%%]") and id ~= "." and id ~= ".."
end

--- Checks an id, so that it can become a step of a path. `customer_` and lower-case letters and
--- digits is the form of every sample, and a pattern that only the oldest page has (vendor docs
--- 2025: Get a customer by ID): other forms pass with a warning; strictly, they are a problem.
---@param version "v1"|"v2"
---@param id any
---@param validate boolean|"strict"|nil false: only what is not safe in a URL is a problem
---@return spherepay.Problem[]? problems nil when the id is good
---@return spherepay.Problem[]? warnings nil when there is none
function params.check_id(version, id, validate)
  assert(VERSIONS[version], "unknown API version")
  if validate == false then
    if is_safe(id) then return nil end
    return { { pointer = "/id", detail = "must be safe in a URL: no space, slash, ?, # or %" } }
  end
  local is_plain = is_safe(id) and id:find("^[A-Za-z0-9_.~-]+$") and id ~= "customer_"
  if is_plain and id:find("^customer_[a-z0-9]+$") then return nil end
  if is_plain and validate ~= "strict" then
    return nil, { {
      pointer = "/id",
      detail = "is not of the documented form: customer_ and lower-case letters or digits",
    } }
  end
  local detail = "must be a customer id: customer_ and letters or digits"
  if type(id) ~= "string" then detail = detail .. ", got a " .. type(id) end
  return { { detail = detail, pointer = "/id" } }
end

return params
