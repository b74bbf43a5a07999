-- Checks the data of a customer before it is sent, against what the vendor documents.
-- Not for options (`options`): what is wrong here is data, and comes back as a list.

local v1 = require "spherepay.params.v1"
local v2 = require "spherepay.params.v2"

local params = {}

local VERSIONS = { v1 = v1, v2 = v2 }
local MAX_ID = 255

--- Checks the params of an operation. Several problems are reported at once, in a stable order.
--- A userdata counts as JSON null. Unknown members pass. No detail repeats a value.
---@param version "v1"|"v2"
---@param operation "create"|"update"
---@param given any the params; anything but a table is a problem
---@return spherepay.Problem[]? problems nil when nothing is wrong
function params.check(version, operation, given)
  if type(given) ~= "table" then
    return { { detail = "must be an object, got a " .. type(given), pointer = "" } }
  end
  local problems = VERSIONS[version][operation](given)
  return problems[1] and problems or nil
end

--- Checks a customer id, so that it can become part of a URL: `customer_` and lower-case letters
--- and digits. The pattern is documented for v2 (vendor docs 2025: Get a customer by ID); later
--- pages and v1 give none, and all their samples fit it.
---@param version "v1"|"v2"
---@param id any
---@return spherepay.Problem[]? problems nil when the id is good
function params.check_id(version, id)
  assert(VERSIONS[version], "unknown API version")
  local fits = type(id) == "string" and #id <= MAX_ID and id:find("^customer_[a-z0-9]+$")
  if fits then return nil end
  local detail = "must be a customer id: customer_ and lower-case letters or digits"
  if type(id) ~= "string" then detail = detail .. ", got a " .. type(id) end
  return { { detail = detail, pointer = "/id" } }
end

return params
