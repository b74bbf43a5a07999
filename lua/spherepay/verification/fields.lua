-- Which request paths one update has to carry, and which fields no update can.
-- Only fields: links, codes and uploads are in steps.lua.

local next_steps = require("spherepay.verification.steps")
local options = require("spherepay.verification.options")

---@class spherepay.verification.CannotUpdate
---@field criterion string
---@field path string|nil request path where it belongs; nil when not documented
---@field why string

-- The paths that make one criterion whole (vendor docs: Update a customer): any tax field makes
-- number, type, country and address mandatory.
local TOGETHER = {
  ["personalInformation.taxIdentificationNumber"] = {
    "personalInformation.taxIdentificationNumber",
    "personalInformation.taxIdentificationNumberType",
    "personalInformation.taxIdentificationNumberCountry",
  },
}

local function add_path(paths, seen, path)
  if not seen[path] then paths[#paths + 1] = path end
  seen[path] = true
end

local function why_not(step, business)
  if not step.path then return "its request path is not documented" end
  if step.path:find("ubos[]", 1, true) then return step.note end
  if step.endpoint and step.endpoint:find("^PATCH ") then return nil end
  if step.endpoint and step.endpoint:find("^POST /v1/") then return nil end
  if step.path == "email" or step.path == "phone" then return "it is set at creation only" end
  if business then return "business data goes through the KYC link, not through an update" end
  return "it is documented for creation only"
end

local function is_field(step)
  if step.kind == "field" then return true end
  -- v1 takes documents as fields of the customer, too
  return step.kind == "document" and step.path ~= nil
end

---The request paths to send in one update, so that nothing asked for is left out. `address` is
---among them whenever one is in personalInformation: one or the other version of the API demands
---it (vendor docs: Update a customer). A path such as "address" is a whole object. After KYC was
---submitted the name, the date of birth and the tax number are locked: sending them gives 400.
---@param customer any as for `evaluate`
---@param opts { profile: string|nil, currency: string|nil, allow_unknown: boolean|nil }|nil as for
---  `evaluate`
---@return string[] paths for PATCH of the customer or representative, or for the v1 update
---@return spherepay.verification.CannotUpdate[] rest fields that an update cannot carry, and why
---raises like `next_steps`
local function missing_fields(customer, opts)
  options.check_question(customer, opts, "verification.missing_fields")
  local paths, rest, seen = {}, {}, {}
  local business = type(customer) == "table" and customer.type == "business"
  for _, step in ipairs(next_steps(customer, opts)) do
    if is_field(step) then
      local why = why_not(step, business)
      if why then
        rest[#rest + 1] = { criterion = step.criterion, path = step.path, why = why }
      else
        if step.path:find("^personalInformation%.") then add_path(paths, seen, "address") end
        for path in step.path:gmatch("[^%s/]+") do
          for _, each in ipairs(TOGETHER[path] or { path }) do add_path(paths, seen, each) end
        end
      end
    end
  end
  return paths, rest
end

return missing_fields
