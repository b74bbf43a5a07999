-- Rules from what the vendor documents of the fields (`api.fields`): what each field may hold.
-- Not the rules across fields: those are in `v1` and `v2`.

local fields = require "spherepay.api.fields"
local rules = require "spherepay.params.rules"

local objects = {}

local email = "^[^%s%c@]+@[^%s%c@]+$"
local base64 = rules.pattern("^[%w+/=_%-\r\n]+$", "must be the document's bytes in base64")

-- A document is base64 in a string, or what `spherepay.document_file` made, in C or in Lua.
local function document(value, place, problems)
  local meta = type(value) == "table" and getmetatable(value)
  if type(meta) == "table" and meta.__name == "spherepay.document" then return end
  base64(value, place, problems)
end

local function anything() end

-- A field -> its rule, by the type of the field.
local TYPES = {}

function TYPES.string(_, field)
  if field.enum then return rules.one_of(field.enum) end
  return rules.text(field.min, field.max)
end

function TYPES.email(_, field)
  return rules.pattern(email, "must be an e-mail address", field.max)
end

function TYPES.phone()
  return rules.pattern("^%+" .. ("%d"):rep(7) .. ("%d?"):rep(8) .. "$",
    "must be a phone number in E.164 form: + and 7 to 15 digits")
end

function TYPES.date()
  return rules.pattern("^%d%d%d%d%-[01]%d%-[0-3]%d$", "must be a date written as YYYY-MM-DD")
end

function TYPES.country() return rules.country end
function TYPES.time() return rules.text() end
function TYPES.number() return rules.number end
function TYPES.boolean() return rules.boolean end
function TYPES.integer(_, field) return rules.integer(field.min, field.max) end
function TYPES.document() return document end

-- v1 says "key-value pairs (JSON)", which does not exclude that they nest.
function TYPES.meta(version)
  return version == "v1" and rules.object {} or rules.meta
end

function TYPES.object(version, field)
  -- The types of most members of businessInformation are not documented.
  if field.of == "business_information" then return rules.object {} end
  return rules.object(field.of and objects.of(version, field.of) or {})
end

function TYPES.list(version, field)
  if field.enum then return rules.list(rules.one_of(field.enum)) end
  if field.of == "string" then return rules.list(rules.text()) end
  if field.of then return rules.list(rules.object(objects.of(version, field.of))) end
  return rules.list(anything)
end

local made = { v1 = {}, v2 = {} }

--- The rules of the fields of an object, in the order of its fields.
---@param version "v1"|"v2"
---@param name string of an object in `api.fields`
---@return table[] list of `{ name, rule }`, for `rules.apply`
function objects.of(version, name)
  local list = made[version][name]
  if list then return list end
  list = {}
  for _, field in ipairs(fields[version][name]) do
    local rule = field[2] and TYPES[field[2]](version, field)
    if rule then list[#list + 1] = { field[1], rule } end
  end
  made[version][name] = list
  return list
end

return objects
