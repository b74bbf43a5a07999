-- What `client:request` asks of an endpoint that is documented: names of the query and of the body
-- that nobody documents, and filters whose value looks misspelt. A list that drops a filter gives
-- everybody. Only told, as elsewhere: the whole check of a body is that of the resource's method.

local endpoints = require "spherepay.api.endpoints"
local fields = require "spherepay.api.fields"
local names = require "spherepay.params.names"
local pointer = require "spherepay.http.pointer"
local suggest = require "spherepay.options.suggest"

local request = {}

-- "GET /v2/customer" -> endpoint
local BY_PLACE = { v1 = {}, v2 = {} }
for version, list in pairs(endpoints) do
  for _, endpoint in pairs(list) do
    BY_PLACE[version][endpoint.method .. " " .. endpoint.path] = endpoint
  end
end

local function find(method, pattern)
  local version = pattern:match("^/(v%d)/")
  local places = version and BY_PLACE[version]
  return places and places[method .. " " .. pattern], version
end

-- Bodies of one endpoint are told apart by their type.
local function object_of(endpoint, body)
  local takes = endpoint.takes or {}
  if #takes < 2 then return takes[1] end
  for _, name in ipairs(takes) do
    if body.type == name then return name end
  end
  return nil
end

-- Values of which one of the documented was probably meant.
local function misspelt(version, object, query, found)
  for _, field in ipairs(fields[version][object]) do
    local value, known = query[field[1]], field.open or field.enum
    if type(value) == "string" and known then
      local near = suggest(value, known)
      if near and near ~= value then
        found[#found + 1] = {
          pointer = pointer.join("", field[1]),
          detail = ("is not a documented value; did you mean %q?"):format(near),
        }
      end
    end
  end
end

local function below(place, problems)
  for _, problem in ipairs(problems) do problem.pointer = place .. problem.pointer end
  return problems
end

--- Looks at the filters of a list.
---@param version "v1"|"v2"
---@param object string of `api.fields`
---@param query table
---@return spherepay.Problem[] found
function request.filters(version, object, query)
  local found = names.unknown(version, object, query)
  misspelt(version, object, query, found)
  return found
end

--- Looks at a request whose endpoint is documented.
---@param method string
---@param pattern string of the path, such as "/v2/customer/{id}"
---@param query table?
---@param body any
---@return spherepay.Problem[]? found nil when there is nothing to tell
function request.unknown(method, pattern, query, body)
  local endpoint, version = find(method, pattern)
  if not endpoint then return nil end
  local found
  if endpoint.body then
    local object = type(body) == "table" and object_of(endpoint, body)
    found = object and names.unknown(version, object, body) or {}
  else
    local object = endpoint.takes and endpoint.takes[1]
    found = object and query and below("/query", request.filters(version, object, query)) or {}
  end
  return found[1] and found or nil
end

return request
