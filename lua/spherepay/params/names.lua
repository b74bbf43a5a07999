-- Finds names in params that nobody documents, and says what was probably meant: the API drops
-- what it does not know, without a word. A new field of the vendor's is such a name too, so it is
-- a warning, and an error only with `validate = "strict"`.

local ascii = require "spherepay.http.ascii"
local fields = require "spherepay.api.fields"
local forms = require "spherepay.privacy.forms"
local pointer = require "spherepay.http.pointer"
local schema = require "spherepay.options.schema"
local suggest = require "spherepay.options.suggest"

local names = {}

-- What people call the fields, in lower case and without underscores. Of several targets that one
-- counts that the object has.
local ALIASES = {
  ssn = { "taxIdentificationNumber", "ssn" }, tin = { "taxIdentificationNumber", "ssn" },
  taxid = { "taxIdentificationNumber", "ssn" }, itin = { "taxIdentificationNumber", "ssn" },
  taxidentificationnumber = { "ssn" },
  dob = { "dateOfBirth", "dob" }, birthdate = { "dateOfBirth", "dob" },
  birthday = { "dateOfBirth", "dob" }, dateofbirth = { "dateOfBirth", "dob" },
  zip = { "postalCode" }, zipcode = { "postalCode" }, postcode = { "postalCode" },
  street = { "line1" }, street1 = { "line1" }, addressline1 = { "line1" },
  street2 = { "line2" }, addressline2 = { "line2" }, town = { "city" },
  region = { "state" }, province = { "state" }, countrycode = { "country" },
  mobile = { "phone", "phoneNumber" }, phonenumber = { "phone", "phoneNumber" },
  phone = { "phone", "phoneNumber" }, emailaddress = { "email" }, mail = { "email" },
  metadata = { "meta" }, forename = { "firstName" }, givenname = { "firstName" },
  surname = { "lastName" }, familyname = { "lastName" },
  sex = { "gender" }, occupation = { "occupationSocCode", "mostRecentOccupation" },
  companyname = { "legalName", "name" }, businessname = { "legalName", "name" },
  legalname = { "legalName", "name" }, ein = { "identificationNumber", "ein" },
  identificationnumber = { "identificationNumber", "ein" },
}

local function bare(name)
  return (ascii.lower(name):gsub("[_%-]", ""))
end

local function object_of(version, name)
  return schema.known(fields[version][name])
end

--- The documented fields of an object, by name.
---@param version "v1"|"v2"
---@param name string of `api.fields`
---@return table<string, table>
function names.documented(version, name)
  return object_of(version, name).by_name
end

-- The name in `object` that is the same word in another spelling, or what people call so.
local function same_word(name, object)
  local word = bare(name)
  for _, candidate in ipairs(object.list) do
    if bare(candidate) == word then return candidate end
  end
  for _, candidate in ipairs(ALIASES[word] or {}) do
    if object.by_name[candidate] then return candidate end
  end
  return nil
end

-- The objects below another one, each with the name of the field that leads there.
local function below(version, object)
  local found = {}
  for _, name in ipairs(object.list) do
    local field = object.by_name[name]
    if field.of and field.of ~= "string" then
      found[#found + 1] = { name = name, object = object_of(version, field.of) }
    end
  end
  return found
end

local function search(walk, object, name, find)
  local near = find(name, object)
  if near then return ("did you mean %q?"):format(near) end
  if object ~= walk.root and find(name, walk.root) then
    return ("it is documented one level up, as %q"):format(find(name, walk.root))
  end
  for _, place in ipairs(below(walk.version, walk.root)) do
    near = place.object ~= object and find(name, place.object)
    if near then return ("did you mean %q in %s?"):format(near, place.name) end
  end
  return nil
end

local function nearest(name, object)
  return suggest(name, object.list)
end

-- Bodies of one endpoint, of which `type` decides.
local SIBLINGS = { individual = "business", business = "individual" }

-- Where else the very same name is documented.
local function elsewhere(walk, name)
  local sibling = SIBLINGS[walk.name]
  if sibling and object_of(walk.version, sibling).by_name[name] then
    return ("is documented for type = %q alone"):format(sibling)
  elseif object_of(walk.version, "customer").by_name[name] then
    return "is a field of answers, and not documented for this request"
  end
  return nil
end

-- What can be said about a name that nobody documents here.
local function detail_of(walk, object, name)
  local advice = search(walk, object, name, same_word)
  local other = not advice and object == walk.root and elsewhere(walk, name)
  if other then return other end
  advice = advice or search(walk, object, name, nearest)
  return "is not a documented name" .. (advice and "; " .. advice or "")
end

local look

local function look_inside(walk, field, value, place)
  if field[2] == "object" then return look(walk, field.of, value, place) end
  for i = 1, #value do
    if type(value[i]) == "table" then look(walk, field.of, value[i], pointer.join(place, i - 1)) end
  end
end

-- The names about which there is something to say or to look into, in order: few objects have any.
local function names_to_see(object, value)
  local given = {}
  for name, item in pairs(value) do
    if type(name) == "string" and (type(item) == "table" or not object.by_name[name]) then
      given[#given + 1] = name
    end
  end
  if given[2] then table.sort(given) end
  return given
end

function look(walk, object_name, value, place)
  local object = object_of(walk.version, object_name)
  walk.root = walk.root or object
  for _, name in ipairs(names_to_see(object, value)) do
    local field = object.by_name[name]
    if not field then
      local here = pointer.join(place, name)
      if not walk.except[here] then
        walk.found[#walk.found + 1] = {
          pointer = forms.own_pointer(here), detail = detail_of(walk, object, name),
        }
      end
    elseif field.of and field.of ~= "string" then
      look_inside(walk, field, value[name], pointer.join(place, name))
    end
  end
end

--- Finds the names that an object has and the documents do not, at any depth. What is in `meta` is
--- the platform's own. A pointer may go into a log, so a name that has not the form of a field's is
--- masked in it: it may be a person's.
---@param version "v1"|"v2"
---@param object string of `api.fields`
---@param params table
---@param except table<string, boolean>? pointers that something else has been said about
---@return spherepay.Problem[] found in the order of the names; empty when there is none
function names.unknown(version, object, params, except)
  local walk = { version = version, name = object, found = {}, except = except or {} }
  look(walk, object, params, "")
  return walk.found
end

return names
