-- A copy of an API body, error or event that is fit for a log: same shape, personal data masked.
-- Not encryption and not reversible; the original is never changed. What no rule can know: a bare
-- name or number under a name that says nothing (`{ note = "Jane" }`).

local ascii = require "spherepay.http.ascii"
local core = require "spherepay.core"
local forms = require "spherepay.privacy.forms"
local paths = require "spherepay.http.path"
local personal = require "spherepay.privacy.personal"
local response = require "spherepay.http.response"
local scrub = require "spherepay.privacy.scrub"

local MASK = "[redacted]"
local MAX_TEXT = 1000
local MIN_SECRET_NUMBER = 1e8 -- nine digits: tax numbers, phones, cards, accounts

-- Free texts of the server: readable once cleaned.
local TEXTS = { detail = true, message = true, general = true, title = true }

-- A status, a criterion, the type of an event: "pending", "address.line1", "customer.create".
local function words(value)
  return forms.pointer(value) == value and value or nil
end

-- What a server fills in with words of its own is shown when it has the form of one.
local FORMS = {
  type = words, status = words, complete = words, pending = words, required = words,
  requirements = words, kycrequirements = words,
  code = forms.code, correlationid = forms.request_id, request = forms.request_id,
  request_id = forms.request_id, requestid = forms.request_id, pointer = forms.pointer,
  parameter = forms.parameter, header = forms.header, path = paths.pattern,
}

-- Lists whose items are called by machine names, such as "kyc_profile_a".
local NAMED_LISTS = {
  verificationProfiles = true, verificationLevels = true, profiles = true, errors = true,
  event = true, events = true,
}

-- `name` is a business (v1) unless it labels a profile, a level, a criterion error or an event.
local function is_label(owner, value, parent)
  if type(value) == "string" and not value:find("^[a-z][A-Za-z0-9_.-]*$") then return false end
  if NAMED_LISTS[parent] then return true end
  return owner.status ~= nil or owner.criteria ~= nil or owner.detail ~= nil
    or owner.message ~= nil or owner.webhookRecords ~= nil
end

-- Times of the API, which are no dates of birth: those have no clock.
local function is_time(text)
  return text:find("^[0-9][0-9][0-9][0-9]%-[0-9][0-9]%-[0-9][0-9][T ][0-9:.]+[Z0-9:+-]*$") ~= nil
end

-- Under names that say nothing: whether any part of the text looks like somebody's.
local function looks_sensitive(text)
  if #text > MAX_TEXT then return true end
  if is_time(text) or forms.is_id(text) or forms.request_id(text) then return false end
  if text:find("[%%\\&]") then text = core.fold(text) end -- "jane%40example.com"
  return scrub.foreign(text, #text + #MASK) ~= scrub.plain(text)
end

local function is_personal(owner, name, value, parent)
  if personal.is_field(name) or personal.is_container(name) then return true end
  if name == "name" then return not is_label(owner, value, parent) end
  -- A one-time code; the code of an error has letters.
  return name == "code" and tostring(value):find("^[0-9]+$") ~= nil
end

local function is_large(value)
  return value >= MIN_SECRET_NUMBER or value <= -MIN_SECRET_NUMBER
end

local function is_date(text)
  return text:find("^[0-9][0-9][0-9][0-9]%-[0-9][0-9]%-[0-9][0-9]$") ~= nil
end

local function text_leaf(name, value, under_error)
  local form = type(name) == "string" and FORMS[ascii.lower(name)]
  if form then return form(value) or MASK end
  if name == "error" and forms.code(value) then return value end
  if TEXTS[name] or name == "error" or under_error then
    return scrub.foreign(value:sub(1, MAX_TEXT), MAX_TEXT + #MASK)
  end
  if is_date(value) and personal.is_public(name) then return value end
  return looks_sensitive(value) and MASK or value
end

-- `type` alone stays readable inside a masked part: "registered", "individual".
local function leaf(owner, name, value, place)
  local kind = type(value)
  if kind == "userdata" or kind == "nil" then return value end
  if kind == "function" or kind == "thread" then return MASK end
  if place.hidden and not (name == "type" and forms.code(value)) then return MASK end
  if is_personal(owner, name, value, place.parent) then return MASK end
  if kind == "number" and is_large(value) and not personal.is_public(name) then return MASK end
  if kind ~= "string" then return value end
  return text_leaf(name, value, place.under_error)
end

-- Names of objects are shown when they look like fields; the others may be somebody's data, as a
-- server that refuses a value can name its list of complaints by it.
local function key_of(name, result, is_free)
  if type(name) ~= "string" or forms.is_name(name, is_free) then return name end
  local masked, count = MASK, 1
  while result[masked] ~= nil do
    count = count + 1
    masked = MASK .. " " .. count
  end
  return masked
end

local copy

-- What is known of a place is what is known of the name above it, and of those above that.
local function below(place, name, label)
  local hidden = place.hidden or personal.is_container(name) or personal.is_field(name)
  return {
    hidden = hidden,
    parent = label,
    free = place.free or (type(name) == "string" and personal.is_container(name)),
    under_error = place.under_error or name == "error",
    seen = place.seen,
  }
end

local function copy_item(result, owner, name, item, place)
  local label = type(name) == "string" and name or place.parent
  local key = key_of(name, result, place.free or place.under_error)
  if type(item) == "table" then
    result[key] = copy(item, below(place, name, label))
  else
    local own = place
    if type(name) ~= "string" and personal.is_field(place.parent) then
      own = { hidden = true }
    end
    result[key] = leaf(owner, label, item, own)
  end
end

-- One table can be seen in places that differ.
local function state_of(place)
  return (place.hidden and 1 or 0) + (place.free and 2 or 0) + (place.under_error and 4 or 0)
end

function copy(value, place)
  local seen = place.seen[state_of(place)]
  if not seen then
    seen = {}
    place.seen[state_of(place)] = seen
  end
  if seen[value] then return seen[value] end
  local result = {}
  response.fill(value)
  seen[value] = result
  for name, item in next, value do copy_item(result, value, name, item, place) end
  local meta = getmetatable(value)
  return type(meta) == "table" and setmetatable(result, meta) or result
end

--- Copies a value with everything personal or secret replaced by "[redacted]", at any depth and
--- through cycles. Masked are, by the names of fields, those of v1 and v2 and the usual ones of
--- other vocabularies, in any case and style: names, dates of birth, tax and document numbers,
--- contacts, addresses, documents, links, keys; everything below an address, `meta`,
--- `personalInformation`,
--- `businessInformation` and `representationDetails`; names of fields that look like data; codes,
--- request ids and pointers without the form of one. Under other names texts that hold something
--- like an e-mail address, phone number, date, URL or key are masked, and numbers of nine digits
--- or more. Ids, types, statuses, criteria, times and nulls stay. Metatables are kept, so a `[]`
--- stays a `[]`. A bare name under a name that says nothing is not recognised.
---@param value any
---@return any
local function redact(value)
  if type(value) ~= "table" then return leaf({}, nil, value, {}) end
  return copy(value, { seen = {} })
end

return redact
