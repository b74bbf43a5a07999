-- What has to happen next, in order: the errors, what the customer can do, what SpherePay does.
-- It says what is documented and how sure that is; how one criterion is met is how.lua.

local how = require("spherepay.verification.how")
local options = require("spherepay.verification.options")
local select_profiles = require("spherepay.verification.select")

---@class spherepay.verification.Step: spherepay.verification.How
---@field criterion string|nil nil when the API names none
---@field state string "error", "required", "pending", or the profile's status if it lists nothing
---@field detail string|nil the API's own text about the error
---@field profile string the first profile that asks for it
---@field profiles string[] all that do
---@field target string|nil id of the v1 owner it is about

-- Fields first, because one update carries them all; what only the vendor can do comes last.
local KIND_ORDER = {
  field = 1, representative = 2, link = 3, otp = 3, document = 4, unknown = 5, review = 6,
}

local STATUS_NOTE = {
  incomplete = "nothing is listed yet: read the customer again",
  pending = "SpherePay is reviewing what was submitted",
  rejected = "whether a refusal is final is not documented: ask SpherePay",
  resubmission_required = "what to submit again is not listed: ask SpherePay",
}

local function how_to(criterion, customer, profile)
  if not criterion then return how.unknown(nil) end
  if profile.kind == "v1" then return how.v1(criterion, profile) end
  return how.v2(criterion, how.owner(customer, profile))
end

---What moves a profile that is not approved and lists nothing.
local function without_criteria(profile)
  local status = profile.status
  if status == "pending" then return how.review(STATUS_NOTE.pending) end
  if status == "incomplete" and profile.kind == "v1" then return how.v1_status(profile.name) end
  if status == "incomplete" then return how.review(STATUS_NOTE.incomplete) end
  return how.unknown(STATUS_NOTE[status])
end

local function add(list, met, criterion, state, profile, detail)
  met.criterion, met.state, met.detail = criterion, state, detail
  met.profile, met.profiles, met.target = profile.name, { profile.name }, profile.id
  list[#list + 1] = met
end

local function steps_of(profile, customer, list)
  local before, with_error = #list, {}
  for _, item in ipairs(profile.errors) do
    if item.name then with_error[item.name] = true end
    add(list, how_to(item.name, customer, profile), item.name, "error", profile, item.detail)
  end
  for _, criterion in ipairs(profile.required) do
    if not with_error[criterion] then
      add(list, how_to(criterion, customer, profile), criterion, "required", profile)
    end
  end
  for _, criterion in ipairs(profile.pending) do
    if not with_error[criterion] then
      add(list, how.review("SpherePay is checking it"), criterion, "pending", profile)
    end
  end
  if #list == before then add(list, without_criteria(profile), nil, profile.status, profile) end
end

local function same(a, b)
  return a.criterion ~= nil and a.criterion == b.criterion and a.state == b.state
    and a.detail == b.detail and a.kind == b.kind and a.path == b.path and a.target == b.target
end

---One step per thing to do, although several profiles may ask for it.
local function merged(list)
  local result, by_criterion = {}, {}
  for _, step in ipairs(list) do
    local earlier = step.criterion and by_criterion[step.criterion] or {}
    local twin
    for _, other in ipairs(earlier) do
      if same(step, other) then twin = other end
    end
    if twin then
      local known = twin.profiles
      if known[#known] ~= step.profile then known[#known + 1] = step.profile end
    else
      result[#result + 1] = step
      earlier[#earlier + 1] = step
      if step.criterion then by_criterion[step.criterion] = earlier end
    end
  end
  return result
end

local function in_order(list)
  local place = {}
  for i, step in ipairs(list) do
    local errors_first = step.state == "error" and 0 or 10
    place[step] = (errors_first + KIND_ORDER[step.kind]) * (#list + 1) + i
  end
  table.sort(list, function(a, b) return place[a] < place[b] end)
  return list
end

---What has to happen before the customer is ready, in order: what the API found wrong; what the
---customer can do now (fields, then links and codes, then documents); what nobody documents; what
---only SpherePay can do. Profiles that are approved ask for nothing, whatever their arrays say.
---With no option all profiles count, in v1 kyc, tos and the owners.
---
---How a criterion is met, and `basis`, come from criteria.lua (vendor docs: Create a customer,
---Update a customer, Upload a document, Enhanced due diligence; v1 transfer guide).
---@param customer any as for `evaluate`; anything but a table has no steps
---@param opts { profile: string|nil, currency: string|nil, allow_unknown: boolean|nil }|nil as for
---  `evaluate`
---@return spherepay.verification.Step[] steps empty when ready, and when what was asked for is not
---  there (`evaluate` tells the two apart)
---raises like `evaluate`
local function next_steps(customer, opts)
  options.check_question(customer, opts, "verification.next_steps")
  local selection = select_profiles(customer, opts)
  local list, waiting = {}, false
  for _, profile in ipairs(selection.deciding) do
    if profile.status ~= "approved" then
      waiting = true
      steps_of(profile, customer, list)
    end
  end
  for _, profile in ipairs(waiting and selection.also or {}) do
    if #profile.required > 0 then steps_of(profile, customer, list) end
  end
  return in_order(merged(list))
end

return next_steps
