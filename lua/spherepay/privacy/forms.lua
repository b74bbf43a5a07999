-- The forms of the API's own codes, ids and places. A server could say anything where one of them
-- belongs, so what has another form is not shown.
-- Not a list of the codes there are: the documents do not have one.

local ascii = require "spherepay.http.ascii"
local core = require "spherepay.core"

local forms = {}

local MASK = "[redacted]"
local MAX_CODE, MAX_CODE_PARTS, MAX_RUN = 64, 3, 24
local MAX_POINTER, MAX_STEPS, MAX_STEP = 200, 12, 48
local MAX_KNOWN = 256

-- Words before an underscore that keys begin with.
local KEYS = { secret = true, restrictedsecret = true, sk = true, pk = true, sbx = true,
  whsec = true, key = true, token = true, eyj = true }

local function is_key(word)
  local prefix = word:match("^([A-Za-z]+)[_-]")
  return (prefix ~= nil and KEYS[ascii.lower(prefix)] == true) or word:find("^eyJ") ~= nil
end

local function digits_in(text)
  if not text:find("[0-9]") then return 0 end
  local _, count = text:gsub("[0-9]", "")
  return count
end

-- A word that a machine gives a name to: "not-found", "earlyAccess", "line1".
local function is_word(text, max_digits)
  if not text:find("^[a-z][A-Za-z0-9_-]*$") or is_key(text) then return false end
  if digits_in(text) > max_digits then return false end
  for run in text:gmatch("[a-z0-9]+") do
    if #run > MAX_RUN then return false end
  end
  return true
end

--- An id of an object, such as "customer_68f1c089": the kind, and what is no key and no word.
---@param value any
---@return boolean
function forms.is_id(value)
  local prefix, rest = value:match("^([A-Za-z]+)_([0-9a-z]+)$")
  if not prefix or is_key(value) then return false end
  return #prefix <= 24 and #rest <= 64 and (rest:find("[0-9]") ~= nil or prefix == "customer")
end

--- The id of a request: correlationId of v2, hexadecimal digits; request of v1, the same behind
--- "request_"; or a UUID. Digits alone are none: they could be anybody's number.
---@param value any
---@return string? id nil when it has another form
function forms.request_id(value)
  return core.is_request_id(value) and value or nil
end

local function is_index(step)
  return step:find("^[0-9][0-9]?[0-9]?$") ~= nil
end

-- Whether every part of a step ("ubos[0].email") is known to `accepts`. An index behind an index is
-- none of the API's: that is how a number could be spelt.
local function fits(step, accepts, state)
  for part in step:gmatch("[^.#%[%]]+") do
    local index = is_index(part)
    state.count = state.count + 1
    if state.count > MAX_STEPS or (index and state.was_index) then return false end
    state.was_index = index
    if not index and (#part > MAX_STEP or not accepts(part)) then return false end
  end
  return true
end

-- The same few dozen steps come again and again: those that were accepted are remembered.
local function remembered(accepts)
  local known, count = {}, 0
  return function(step)
    if known[step] then return true end
    local is_fine = accepts(step)
    if is_fine and count < MAX_KNOWN then known[step], count = true, count + 1 end
    return is_fine
  end
end

local is_field = remembered(function(step) return is_word(step, 3) end)

local is_code = remembered(function(value)
  if digits_in(value) > 2 then return false end
  local count = 0
  for part in (value .. "/"):gmatch("([^/]*)/") do
    count = count + 1
    if count > MAX_CODE_PARTS or not is_word(part, 2) then return false end
  end
  return true
end)

--- A code such as "customer/not-found".
---@param value any
---@return string? code nil when it has another form
function forms.code(value)
  if type(value) ~= "string" or #value > MAX_CODE or not is_code(value) then return nil end
  return value
end

-- Masks the steps of a place that do not fit.
local function masker(accepts)
  return function(text)
    if #text > MAX_POINTER then return MASK end
    local state = { count = 0, was_index = false }
    return (text:gsub("[^/]+", function(step)
      return not fits(step, accepts, state) and MASK or nil
    end))
  end
end

-- The same few dozen places, too: those that came out as they are.
local function unmasked(mask)
  local known, count = {}, 0
  return function(text)
    if known[text] then return text end
    local masked = mask(text)
    if masked == text and count < MAX_KNOWN then known[text], count = true, count + 1 end
    return masked
  end
end

-- Headers have capitals, and the caller has named them.
local is_own = remembered(function(step)
  return is_word(step:gsub("^[A-Z]", ascii.lower), 3)
end)

local field_steps, own_steps = unmasked(masker(is_field)), masker(is_own)

local own_place = unmasked(function(place)
  if not place:find("/meta/", 1, true) then return own_steps(place) end
  local head, below = place:match("^(.*/meta/)(.*)$")
  return own_steps(head) .. field_steps(below)
end)

--- A place in a body, such as "/address/line1", "address.line1", "#/ubos/0/email": the steps that
--- are no names of fields and no index are masked. A step that has been masked stays so.
---@param value any
---@return string? pointer nil when it is no string
function forms.pointer(value)
  if type(value) ~= "string" then return nil end
  return field_steps(value)
end

--- A place in what the caller gave. Within `meta` the names are the caller's data too.
---@param value any
---@return string? pointer nil when it is no string
function forms.own_pointer(value)
  if type(value) ~= "string" then return nil end
  return own_place(value)
end

--- The name of a parameter.
---@param value any
---@return string? name nil when it has another form
function forms.parameter(value)
  if type(value) ~= "string" or #value > MAX_STEP or not is_field(value) then return nil end
  return value
end

-- Those that a request of this library can have, and what may be asked for by a server.
local HEADERS = {}
for name in ([[accept accept-encoding accept-language api-version authorization content-encoding
  content-length content-type host idempotency-key traceparent user-agent x-api-key
  x-api-version x-correlation-id x-forwarded-for x-request-id]]):gmatch("%S+") do
  HEADERS[name] = true
end

--- The name of a header.
---@param value any
---@return string? name nil when it is not one of those that are known
function forms.header(value)
  if type(value) ~= "string" or not HEADERS[ascii.lower(value)] then return nil end
  return value
end

--- Says whether a name of an object may be shown: it looks like a field, not like somebody's data.
---@param name string
---@param is_free boolean? in an object of the platform's own: no capital at the beginning
---@return boolean
function forms.is_name(name, is_free)
  if #name > MAX_STEP then return false end
  return is_free and is_field(name) or (not is_free and is_own(name))
end

return forms
