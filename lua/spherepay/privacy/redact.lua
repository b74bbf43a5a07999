-- A copy of an API body, error or event that is fit for a log: same shape, personal data masked.
-- Not encryption and not reversible; the original is never changed.

local personal = require "spherepay.privacy.personal"
local response = require "spherepay.http.response"
local scrub = require "spherepay.privacy.scrub"

local MASK = "[redacted]"

-- Free texts of the server: readable once cleaned.
local TEXTS = { detail = true, message = true, general = true, title = true }

-- Lists whose items are called by machine names, such as "kyc_profile_a".
local NAMED_LISTS = {
  verificationProfiles = true, verificationLevels = true, profiles = true, errors = true,
  event = true, events = true,
}

-- `name` is a business (v1) unless it labels a profile, a level, a criterion error or an event.
local function is_label(owner, parent)
  if NAMED_LISTS[parent] then return true end
  return owner.status ~= nil or owner.criteria ~= nil or owner.detail ~= nil
    or owner.message ~= nil or owner.webhookRecords ~= nil
end

local function looks_sensitive(text)
  return text:find("@", 1, true) or text:find("://", 1, true) or text:find("eyJ", 1, true)
    or text:find("^%+%d[%d%s%-%.()]+$") or text:find("^%d%d%d%-%d%d%-%d%d%d%d$")
    or text:lower():find("bearer ", 1, true) or text:find("[Ss]ecret_") or text:find("^sk_")
    or text:find("^sbx_")
end

local function is_personal(owner, name, value, parent)
  if personal.is_field(name) then return true end
  if name == "name" then return not is_label(owner, parent) end
  -- A one-time code; the code of an error has letters.
  return name == "code" and tostring(value):find("^%d+$") ~= nil
end

-- `type` alone stays readable inside a masked part: "registered", "individual".
local function leaf(owner, name, value, parent, inside)
  local kind = type(value)
  if kind == "userdata" or kind == "nil" then return value end
  if kind == "function" or kind == "thread" then return MASK end
  if inside and name ~= "type" then return MASK end
  if is_personal(owner, name, value, parent) then return MASK end
  if kind ~= "string" then return value end
  if TEXTS[name] then return scrub.foreign(value, #value + #MASK) end
  return looks_sensitive(value) and MASK or value
end

local function copy(value, parent, inside, seen)
  local known = seen[inside][value]
  if known then return known end
  local result = {}
  response.fill(value)
  seen[inside][value] = result
  for name, item in next, value do
    if type(item) == "table" then
      local below = inside or personal.is_container(name) or personal.is_field(name)
      local label = type(name) == "string" and name or parent
      result[name] = copy(item, label, below, seen)
    else
      local label = type(name) == "string" and name or parent
      local hidden = inside or (type(name) ~= "string" and personal.is_field(parent))
      result[name] = leaf(value, label, item, parent, hidden)
    end
  end
  local meta = getmetatable(value)
  return type(meta) == "table" and setmetatable(result, meta) or result
end

--- Copies a value with everything personal or secret replaced by "[redacted]", at any depth and
--- through cycles. Masked are, by field name in v1 and v2 spelling and any case: names, dates of
--- birth, tax numbers, contacts, documents, links, keys; and everything below an address, `meta`,
--- `personalInformation`, `businessInformation` and `representationDetails`. Ids, types, statuses,
--- criteria, times and nulls stay. Under unknown names, strings that look like an e-mail address,
--- phone number, URL or key are masked. Metatables are kept, so a `[]` stays a `[]`.
---@param value any
---@return any
local function redact(value)
  if type(value) ~= "table" then return leaf({}, nil, value, nil, false) end
  return copy(value, nil, false, { [true] = {}, [false] = {} })
end

return redact
