-- Checks what is sent, before it is sent, against what the vendor documents.
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

-- Which argument of a method takes the options of the call; of the others it is the second.
local THIRD = { update = true }

-- Options among the data would be sent as data, and not be obeyed. No documented field is called as
-- one of them.
local function check_options(operation, given, documented, problems)
  local found = {}
  for name in pairs(given) do
    local option, of_call
    if not documented[name] then option, of_call = options.named(name) end
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
  check_options(name:match("[^.]+$"), given, object and names.documented(version, object) or {},
    problems)
  local warnings = unknown_names(version, name, object, given, problems)
  if strictly then
    for _, warning in ipairs(warnings) do problems[#problems + 1] = warning end
    warnings = {}
  end
  return problems[1] and problems or nil, warnings[1] and warnings or nil
end

return params
