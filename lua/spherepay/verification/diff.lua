-- What changed between two looks at the same customer, for logs and for people who wait.
-- It names statuses, profiles, criteria and fields; it never carries the value of a field or a
-- text of the API, because those can be personal.

local profiles = require("spherepay.verification.profiles")
local one_line = require("spherepay.privacy.one_line")

---@alias spherepay.verification.ChangeKind
---| "profile_added" | "profile_removed" | "profile_status" | "criterion" | "tos_status" | "field"
---| "error_appeared" | "error_cleared" | "error_changed"

---@class spherepay.verification.Change
---@field kind spherepay.verification.ChangeKind
---@field profile string|nil
---@field criterion string|nil
---@field field string|nil the name of a top-level field whose value appeared, went or changed
---@field from string|nil status or state before; of a field "present", or nil if it was not there
---@field to string|nil the same after

---@class spherepay.verification.Diff
---@field changed boolean

local metatable = {}

-- Timestamps of the object change with anything; the others are compared as statuses.
local NOT_A_FIELD = {
  createdAt = true, updatedAt = true, created = true, updated = true, tosStatus = true,
  kyc = true, tos = true, msa = true, euAccountTos = true, operatingResidency = true,
}

local SCALAR = { string = true, number = true, boolean = true }

local function sorted_keys(...)
  local keys, seen = {}, {}
  for _, map in ipairs({ ... }) do
    for key in pairs(map) do
      if type(key) == "string" and not seen[key] then keys[#keys + 1] = key end
      seen[key] = true
    end
  end
  table.sort(keys)
  return keys
end

local function add(changes, change)
  changes[#changes + 1] = change
end

---Profiles by name in order; of several with one name each keeps its place ("x", "x#2" ...).
local function by_name(customer)
  local map, order, times = {}, {}, {}
  for _, profile in ipairs(profiles(customer)) do
    local name = profile.name
    times[name] = (times[name] or 0) + 1
    local key = times[name] == 1 and name or name .. "#" .. times[name]
    map[key], order[#order + 1] = profile, key
  end
  return map, order
end

local function states(profile)
  local result = {}
  for _, state in ipairs({ "complete", "pending", "required" }) do
    for _, criterion in ipairs(profile[state]) do result[criterion] = state end
  end
  return result
end

local function errors(profile)
  local result = {}
  for _, item in ipairs(profile.errors) do
    local name = item.name or ""
    result[name] = (result[name] or "") .. "\n" .. (item.detail or "")
  end
  return result
end

local function diff_criteria(changes, name, before, after)
  local old, new = states(before), states(after)
  for _, criterion in ipairs(sorted_keys(old, new)) do
    if old[criterion] ~= new[criterion] then
      add(changes, { kind = "criterion", profile = name, criterion = criterion,
        from = old[criterion] or "absent", to = new[criterion] or "absent" })
    end
  end
  old, new = errors(before), errors(after)
  for _, criterion in ipairs(sorted_keys(old, new)) do
    local was, is = old[criterion], new[criterion]
    if was ~= is then
      local kind = not was and "error_appeared" or not is and "error_cleared" or "error_changed"
      criterion = criterion ~= "" and criterion or nil
      add(changes, { kind = kind, profile = name, criterion = criterion })
    end
  end
end

local function diff_profiles(changes, before, after)
  local old, old_order = by_name(before)
  local new, new_order = by_name(after)
  for _, name in ipairs(new_order) do
    local was, is = old[name], new[name]
    if not was then
      add(changes, { kind = "profile_added", profile = name, to = is.status })
    else
      local from, to = was.raw_status or was.status, is.raw_status or is.status
      if from ~= to then
        add(changes, { kind = "profile_status", profile = name, from = from, to = to })
      end
      diff_criteria(changes, name, was, is)
    end
  end
  for _, name in ipairs(old_order) do
    if not new[name] then
      add(changes, { kind = "profile_removed", profile = name, from = old[name].status })
    end
  end
end

local function scalars(customer)
  local result = {}
  for key, value in pairs(customer) do
    if type(key) == "string" and not NOT_A_FIELD[key] and SCALAR[type(value)] then
      result[key] = value
    end
  end
  return result
end

local function differ(a, b)
  return a ~= b and (a == a or b == b) -- two NaN are no change
end

local function diff_fields(changes, before, after)
  local old, new = scalars(before), scalars(after)
  for _, field in ipairs(sorted_keys(old, new)) do
    if differ(old[field], new[field]) then
      local from = old[field] ~= nil and "present" or nil
      local to = new[field] ~= nil and "present" or nil
      add(changes, { kind = "field", field = field, from = from, to = to })
    end
  end
end

local function status_word(value)
  return type(value) == "string" and value or nil
end

local function line(change)
  local what = change.profile or ""
  if change.criterion then what = what .. ": " .. change.criterion end
  if change.kind == "profile_added" then return what .. " appeared, " .. change.to end
  if change.kind == "profile_removed" then return what .. " is gone, was " .. change.from end
  if change.kind == "field" then
    local how = not change.from and "appeared" or not change.to and "is gone" or "changed"
    return ("field %s %s"):format(change.field, how)
  end
  local verb = change.kind:match("^error_(.+)$")
  if verb then return ("%s: error %s"):format(what, verb) end
  if change.kind == "tos_status" then what = "tosStatus" end
  return ("%s: %s -> %s"):format(what, change.from or "absent", change.to or "absent")
end

function metatable.__tostring(changes)
  if #changes == 0 then return "no change" end
  local lines = {}
  for i, change in ipairs(changes) do lines[i] = one_line(line(change)) end
  return table.concat(lines, "\n")
end

---What changed: statuses of profiles, criteria that moved between arrays, errors that came and
---went, tosStatus, and top-level fields by name alone. Timestamps are not compared, nor are
---objects (address, personalInformation, meta); the order of arrays does not count, because the
---API promises none.
---@param before any the earlier look; anything but a table counts as an empty customer
---@param after any the later look
---@return spherepay.verification.Diff|spherepay.verification.Change[] changes profiles first, then
---  tosStatus, then fields by name; empty when nothing changed; `tostring` has a line for each
local function diff(before, after)
  local changes = {}
  before = type(before) == "table" and before or {}
  after = type(after) == "table" and after or {}
  diff_profiles(changes, before, after)
  local from, to = status_word(before.tosStatus), status_word(after.tosStatus)
  if from ~= to then add(changes, { kind = "tos_status", from = from, to = to }) end
  diff_fields(changes, before, after)
  changes.changed = #changes > 0
  return setmetatable(changes, metatable)
end

return diff
