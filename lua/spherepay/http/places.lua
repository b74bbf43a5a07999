-- The documented endpoints by where they are: for what a path or a method should have been.

local endpoints = require "spherepay.api.endpoints"
local suggest = require "spherepay.options.suggest"

local places = {}

-- "/v2/customer/{id}" -> the methods that it has, sorted
local METHODS = {}
local PATHS = {}

for _, list in pairs(endpoints) do
  for _, endpoint in pairs(list) do
    local methods = METHODS[endpoint.path]
    if not methods then
      methods = {}
      METHODS[endpoint.path], PATHS[#PATHS + 1] = methods, endpoint.path
    end
    methods[#methods + 1] = endpoint.method
  end
end
table.sort(PATHS)
for _, methods in pairs(METHODS) do table.sort(methods) end

--- The documented path that was probably meant.
---@param pattern string a path with {id} in place of ids
---@return string? path nil when the pattern is documented itself, or nothing is near
function places.nearest(pattern)
  return not METHODS[pattern] and suggest(pattern, PATHS) or nil
end

--- The methods that are documented for a path.
---@param pattern string
---@return string[]? methods nil when the path is not documented
function places.methods(pattern)
  return METHODS[pattern]
end

return places
