-- Everything that is asked of a customer, one by one and in order: refusals, the errors, what the
-- customer can do, what nobody documents, what SpherePay does. How one is met is how.lua;
-- steps.lua makes steps of them, fields.lua one update.

local how = require("spherepay.verification.how")
local select_profiles = require("spherepay.verification.select")

---@class spherepay.verification.Asked: spherepay.verification.How
---@field criterion string|nil nil when the API names none
---@field criteria string[] what it is about: `criterion`, or nothing
---@field state string "error", "required", "pending", or the profile's status if it lists nothing;
---  "absent" when the customer has no such profile
---@field detail string|nil the API's own text about the error
---@field profile string|nil the first profile that asks for it; nil when none is documented
---@field profiles string[] all that do
---@field target string|nil id of the v1 owner it is about
---@field refused boolean|nil true when only profiles that were refused ask for it: SpherePay may
---  not look at what is supplied

-- Fields first, because one update carries them all; what only the vendor can do comes last.
local KIND_ORDER = {
  field = 1, representative = 2, link = 3, otp = 3, document = 4, unknown = 5, review = 6,
}

local STATUS_NOTE = {
  incomplete = "Nothing is listed yet: read the customer again.",
  pending = "SpherePay is looking at what was submitted.",
  rejected = "SpherePay refused. Whether that is final is not documented: ask SpherePay.",
  resubmission_required = "Something must be submitted again, but nothing is listed: ask "
    .. "SpherePay.",
  unknown = "The answer held no status: read the customer again, or ask SpherePay.",
  other = "What this status asks for is not documented: ask SpherePay.",
}
local CHECKING = "SpherePay is checking it."
local ADDITIONAL = "SpherePay looks at this customer once more. If that takes long, ask what is "
  .. "needed."

local function how_to(criterion, customer, profile)
  if not criterion then return how.unknown(nil) end
  if profile.kind == "v1" then return how.v1(criterion, customer, profile) end
  return how.v2(criterion, customer, profile)
end

-- What is wrong. The reason for an additional review of v1 names no requirement.
local function how_to_mend(item, customer, profile)
  if not item.name and profile.kind == "v1" and profile.status == "pending" then
    return how.review(ADDITIONAL)
  end
  return how_to(item.name, customer, profile)
end

---What moves a profile that is not approved and lists nothing.
local function without_criteria(profile, customer)
  local status = profile.status
  if status == "pending" then return how.review(STATUS_NOTE.pending) end
  if status == "incomplete" and profile.kind == "v1" then
    return how.v1_status(profile.name, customer)
  end
  if status == "incomplete" then return how.review(STATUS_NOTE.incomplete) end
  return how.unknown(STATUS_NOTE[status] or STATUS_NOTE.other)
end

local function add(list, met, criterion, state, profile, detail)
  met.criterion, met.criteria, met.state, met.detail = criterion, { criterion }, state, detail
  met.profile, met.profiles, met.target = profile.name, { profile.name }, profile.id
  met.refused = profile.status == "rejected" or nil
  list[#list + 1] = met
end

local function asked_by(profile, customer, list)
  local before, with_error = #list, {}
  for _, item in ipairs(profile.errors) do
    if item.name then with_error[item.name] = true end
    add(list, how_to_mend(item, customer, profile), item.name, "error", profile, item.detail)
  end
  for _, criterion in ipairs(profile.required) do
    if not with_error[criterion] then
      add(list, how_to(criterion, customer, profile), criterion, "required", profile)
    end
  end
  for _, criterion in ipairs(profile.pending) do
    if not with_error[criterion] then
      add(list, how.review(CHECKING), criterion, "pending", profile)
    end
  end
  -- What is supplied to a profile that was refused may not be looked at, so that comes first.
  if #list == before or profile.status == "rejected" then
    add(list, without_criteria(profile, customer), nil, profile.status, profile)
  end
end

local function same(a, b)
  return a.criterion ~= nil and a.criterion == b.criterion and a.state == b.state
    and a.detail == b.detail and a.kind == b.kind and a.path == b.path and a.target == b.target
end

---One for each thing to do, although several profiles may ask for it. If one of them allows a call
---and the other does not, the call stays.
local function merged(list)
  local result, by_criterion = {}, {}
  for _, item in ipairs(list) do
    local earlier = item.criterion and by_criterion[item.criterion] or {}
    local twin
    for _, other in ipairs(earlier) do
      if same(item, other) then twin = other end
    end
    if twin then
      local known = twin.profiles
      if known[#known] ~= item.profile then known[#known + 1] = item.profile end
      twin.refused = twin.refused and item.refused
      if not twin.endpoint then
        twin.endpoint, twin.actor, twin.note = item.endpoint, item.actor, item.note
      end
    else
      result[#result + 1] = item
      earlier[#earlier + 1] = item
      if item.criterion then by_criterion[item.criterion] = earlier end
    end
  end
  return result
end

local function in_order(list)
  local place = {}
  for i, item in ipairs(list) do
    local group = item.state == "error" and 10 or 20
    if item.state == "rejected" and not item.criterion then group = 0 end
    place[item] = (group + KIND_ORDER[item.kind]) * (#list + 1) + i
  end
  table.sort(list, function(a, b) return place[a] < place[b] end)
  return list
end

-- What was asked for is not there, so nothing else can be done about it.
local function absent(name)
  local met = how.unknown(name and "The customer does not have this profile, and what brings it is "
    .. "not documented: ask SpherePay."
    or "No profile is documented to unlock this for such a customer: ask SpherePay.")
  met.state, met.criteria, met.profile, met.profiles = "absent", {}, name, { name }
  return met
end

---Profiles that are approved ask for nothing, whatever their arrays say.
---@param customer any
---@param opts { profile: string|nil, currency: string|nil }|nil already checked
---@return spherepay.verification.Asked[] new tables, yours to change
local function asked(customer, opts)
  local selection = select_profiles(customer, opts)
  local is_of_one = opts and (opts.profile or opts.currency)
  if selection.problem and is_of_one and type(customer) == "table" then
    return { absent(selection.lacking) }
  end
  local list, waiting = {}, false
  for _, profile in ipairs(selection.deciding) do
    if profile.status ~= "approved" then
      waiting = true
      asked_by(profile, customer, list)
    end
  end
  for _, profile in ipairs(waiting and selection.also or {}) do
    if #profile.required > 0 then asked_by(profile, customer, list) end
  end
  return in_order(merged(list))
end

return asked
