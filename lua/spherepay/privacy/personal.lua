-- Which names of fields stand for personal data or secrets: those that the API documents, and the
-- usual ones of other vocabularies, in any case and naming style.
-- Not a judgement of values: `redact` and `scrub` decide what to do with them.

local ascii = require "spherepay.http.ascii"
local fields = require "spherepay.api.fields"

local personal = {}

local function set(text)
  local names = {}
  for name in text:gmatch("%S+") do names[name] = true end
  return names
end

-- Spelling without case, `_` and `-`: "firstName", "first_name" and "FIRST-NAME" are one name.
local function bare(name)
  return (ascii.lower(name):gsub("[^a-z0-9]", ""))
end

-- What the API's documents do not have, or have only in answers and in v1.
local FIELDS = set [[
  dob ssn itin nin nino nif cpf cnpj curp vat tin tinnumber taxid
  email phone contact mobile cell fax whatsapp
  zip zipcode state province county region street streetnumber house apartment suite district
  latitude longitude geolocation
  file filename document photo selfie image picture avatar
  link url uri website href
  token secret authorization proxyauthorization cookie setcookie apikey password passwd
  passphrase pwd pin cvv cvc otp jwt bearer signature credential credentials auth
  proxy description nickname nick search ip ipaddress remoteaddr iban bic swift
  fname lname mname tel addr addr1 addr2 town postal lat lng lon sin session sessionid csrf hmac
  gender sex race ethnicity religion nationality citizenship occupation employer salary income
  surname forename givenname familyname maidenname alias handle username login
]]

-- A name that holds one of these holds a person's data or a secret.
local PARTS = {
  "firstname", "lastname", "middlename", "fullname", "givenname", "familyname", "surname",
  "legalname", "tradename", "displayname", "nickname", "maidenname", "holdername", "ownername",
  "personname", "contactname", "customername", "companyname", "businessname", "username",
  "birth", "passport", "licensenumber", "licencenumber", "driverslicen", "driverlicen",
  "socialsecurity", "insurancenumber", "drivinglicen", "idcard", "emergencycontact",
  "taxnumber", "taxpayer", "taxident", "nationalid", "idnumber",
  "identitynumber", "identificationnumber", "documentnumber", "personalnumber",
  "email", "phone", "mobilenumber", "faxnumber",
  "accountnumber", "accountno", "routingnumber", "cardnumber", "sortcode", "creditcard",
  "secret", "password", "passphrase", "apikey", "accesskey", "privatekey", "secretkey",
  "signingkey", "encryptionkey", "clientkey", "token", "credential", "authorization", "cookie",
  "postalcode", "postcode", "zipcode", "streetaddress", "addressline", "geoloc",
}

-- Everything inside these is personal, or may be: `meta` holds whatever the platform stores.
local CONTAINERS = set [[
  address addresses personalinformation businessinformation representationdetails dob meta
  metadata person people individual owner beneficiary identity
]]

-- Documented, and never a person's own: ids, types, statuses, times, lists of criteria.
local PUBLIC = set [[
  id code status type ts object ok mock created updated timestamp detail message title general
  pointer parameter header correlationid request requestid requestids operation pattern method
  kind sent reason attempts attempt retryable maybeapplied bytesin bytesout
]]

local function read_documents(objects)
  local hidden = {}
  for _, object in pairs(objects) do
    for _, field in ipairs(object) do
      local name = bare(field[1])
      if field.personal then
        hidden[name] = true
        if field.of or field[2] == "meta" then CONTAINERS[name] = true end
      end
    end
  end
  for _, object in pairs(objects) do
    for _, field in ipairs(object) do
      local name = bare(field[1])
      if hidden[name] then FIELDS[name] = true else PUBLIC[name] = true end
    end
  end
end

read_documents(fields.v2)
read_documents(fields.v1)
FIELDS.code, FIELDS.name = nil, nil -- most are an error's code, a profile's name: see `redact`
for name in pairs(FIELDS) do PUBLIC[name] = nil end

-- What names of persons are kept under.
local NAMES = set [[ name firstname lastname middlename fullname givenname familyname surname
  forename maidenname nickname displayname customername personname ownername holdername ]]

-- The same name is asked for again and again. Bounded: names may come from a server.
local MAX_KNOWN, MAX_NAME = 2000, 200

local function remembered(answer)
  local known, count = {}, 0
  return function(name)
    local result = known[name]
    if result ~= nil then return result end
    if type(name) ~= "string" then return false end
    if #name > MAX_NAME then return answer(name) end
    if count >= MAX_KNOWN then known, count = {}, 0 end
    result = answer(name)
    known[name], count = result, count + 1
    return result
  end
end

local function is_field(name)
  if #name > MAX_NAME then return false end
  local plain = bare(name)
  if PUBLIC[plain] then return false end
  if FIELDS[plain] or plain:find("^ssn") or plain:find("ssn$") then return true end
  for _, part in ipairs(PARTS) do
    if plain:find(part, 1, true) then return true end
  end
  name = name:gsub("([a-z])I[Pp]$", "%1_ip")
  return ascii.lower(name):find("_ip$") ~= nil or ascii.lower(name):find("^ip_") ~= nil
end

--- Says whether the value of a field is personal or secret by the field's name alone.
---@param name any field name, in any case and either naming style
---@return boolean
personal.is_field = remembered(is_field)

--- Says whether every value below a field is to be treated as personal.
---@param name any field name, in any case and either naming style
---@return boolean
function personal.is_container(name)
  if type(name) ~= "string" or #name > MAX_NAME then return false end
  local plain = bare(name)
  if CONTAINERS[plain] then return true end
  if PUBLIC[plain] then return false end
  return (plain:find("address", 1, true) or plain:find("owner$") or plain:find("person$")
    or plain:find("beneficiary$")) ~= nil
end

--- Says whether the documents know a field, and it is never a person's.
---@param name any field name, in any case and either naming style
---@return boolean
personal.is_public = remembered(function(name) return PUBLIC[bare(name)] == true end)

--- What the value of a field is, for who has to treat each kind in its own way.
---@param name any field name, in any case and either naming style
---@return "public"|"name"|"personal"|false kind "name" is that of somebody; false: it says nothing
personal.kind = remembered(function(name)
  if personal.is_public(name) then return "public" end
  if not is_field(name) then return false end
  return NAMES[bare(name)] and "name" or "personal"
end)

return personal
