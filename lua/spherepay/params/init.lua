-- Checks ids and what is sent, before it is sent, against what the vendor documents.
-- Not for options (`options`): what is wrong here is data, and comes back as a list.

local endpoints = require "spherepay.api.endpoints"
local fields = require "spherepay.api.fields"
local filters = require "spherepay.params.filters"
local names = require "spherepay.params.names"
local objects = require "spherepay.params.objects"
local options = require "spherepay.options"
local request = require "spherepay.params.request"
local rules = require "spherepay.params.rules"
local v1 = require "spherepay.params.v1"
local v2 = require "spherepay.params.v2"

local params = {}

-- The rules beyond the single fields, by the name of the method; of customers by the last word.
local VERSIONS = { v1 = v1, v2 = v2 }
local MAX_ID = 255

-- Which argument of a method takes the options of the call; of the others it is the second.
local THIRD = { update = true }

-- Options among the data would be sent as data, and not be obeyed.
local function check_options(operation, given, problems)
  local found = {}
  for name in pairs(given) do
    local option, of_call = options.named(name)
    if option then
      found[#found + 1] = {
        pointer = "/" .. name,
        detail = of_call and ("is an option of the call, not data: it belongs in the %s argument "
          .. "of %s, as its %s"):format(THIRD[operation] and "third" or "second", operation,
          option)
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

-- What is wrong with params by the fields alone, and the object that they should be.
local function by_fields(version, name, given)
  local endpoint = endpoints[version][name]
  local object, problems = endpoint.takes and endpoint.takes[1], {}
  if not endpoint.body then return filters.check(version, object, given), object end
  if not object then return problems end
  rules.require_all(fields[version][object], given, problems)
  rules.apply(objects.of(version, object), given, "", problems)
  return problems, object
end

local function unknown_names(version, name, object, given, problems)
  if not object then return {} end
  if not endpoints[version][name] or endpoints[version][name].body then
    return names.unknown(version, object, given, places_of(problems))
  end
  return request.filters(version, object, given)
end

--- Checks the params of a method. Several problems are reported at once, in a stable order.
--- A userdata counts as JSON null. No detail repeats a value. Names that the vendor does not
--- document pass with a warning; strictly, they are problems.
---@param version "v1"|"v2"
---@param name string such as "customer.create"; of a customer "create" will do
---@param given any the params; anything but a table is a problem
---@param strictly boolean?
---@return spherepay.Problem[]? problems nil when nothing is wrong
---@return spherepay.Problem[]? warnings nil when there is none
function params.check(version, name, given, strictly)
  if type(given) ~= "table" then
    return { { detail = "must be an object, got a " .. type(given), pointer = "" } }
  end
  local own = VERSIONS[version][name:match("^customer%.(.*)") or name]
  local problems, object
  if own then
    problems, object = own(given)
  else
    problems, object = by_fields(version, name, given)
  end
  check_options(name:match("[^.]+$"), given, problems)
  local warnings = unknown_names(version, name, object, given, problems)
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

-- How the ids of each kind of object begin.
local PREFIXES = { customer = "customer_", representative = "associatedPerson_" }
local FORMS = {}
for owner, prefix in pairs(PREFIXES) do FORMS[owner] = "^" .. prefix .. "[a-z0-9]+$" end

-- Whose id it is that begins like one of another kind.
local function other_owner(id, whose)
  for owner, prefix in pairs(PREFIXES) do
    if owner ~= whose and type(id) == "string" and id:sub(1, #prefix) == prefix then
      return owner
    end
  end
  return nil
end

--- Checks an id, so that it can become a step of a path. `customer_` and lower-case letters and
--- digits is the form of every sample, and a pattern that only the oldest page has (vendor docs
--- 2025: Get a customer by ID): other forms pass with a warning; strictly, they are a problem.
--- Ids of representatives begin with `associatedPerson_`.
---@param version "v1"|"v2"
---@param id any
---@param validate boolean|"strict"|nil false: only what is not safe in a URL is a problem
---@param whose "customer"|"representative"|nil a customer's when nil
---@return spherepay.Problem[]? problems nil when the id is good
---@return spherepay.Problem[]? warnings nil when there is none
function params.check_id(version, id, validate, whose)
  whose = whose or "customer"
  assert(VERSIONS[version], "unknown API version")
  if type(id) == "string" and #id <= MAX_ID and id:find(FORMS[whose]) then return nil end
  if validate == false then
    if is_safe(id) then return nil end
    return { { pointer = "/id", detail = "must be safe in a URL: no space, slash, ?, # or %" } }
  end
  local prefix = PREFIXES[whose]
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

return params
