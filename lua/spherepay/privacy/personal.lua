-- Which fields of the API hold personal data or secrets, in v1 and v2 spelling.
-- Not a judgement of values: names only; `redact` and `scrub` decide what to do with them.

local personal = {}

local function set(text)
  local names = {}
  for name in text:gmatch("%S+") do names[name] = true end
  return names
end

-- Spelling without case, `_` and `-`: "firstName", "first_name" and "FIRST-NAME" are one name.
local FIELDS = set [[
  firstname lastname middlename fullname businesslegalname businesstradename legalname tradename
  dateofbirth dob birthdate
  ssn ein itin cpf taxid taxidentificationnumber taxidentificationnumberdescription
  identificationnumber registrationnumber
  email phone phonenumber contact
  line1 line2 city postalcode zip zipcode state
  proofofaddressdocument identitydocumentfront identitydocumentback incorporationdocument
  shareholderdocument statementoffunds file filename document
  link url website
  token secret signingsecret authorization proxyauthorization cookie setcookie apikey password
  jwt signature clientkey proxy
  description thirdpartymessage lookupkey nickname search ip ipaddress accountnumber iban
  gender countryofbirth nationality residencycountry occupationsoccode mostrecentoccupation
  employmentstatus expectedmonthlypayments sourceoffunds sourceoffundsdescription
]]

-- Everything inside these is personal, or may be: `meta` holds whatever the platform stores.
local CONTAINERS = set [[
  address addresses residentialaddress registeredaddress operatingaddress
  personalinformation businessinformation representationdetails dob meta
]]

local function bare(name)
  return (name:lower():gsub("[_%-]", ""))
end

--- Says whether the value of a field is personal or secret by the field's name alone.
---@param name any field name, in any case and either naming style
---@return boolean
function personal.is_field(name)
  return type(name) == "string" and FIELDS[bare(name)] == true
end

--- Says whether every value below a field is to be treated as personal.
---@param name any field name, in any case and either naming style
---@return boolean
function personal.is_container(name)
  return type(name) == "string" and CONTAINERS[bare(name)] == true
end

return personal
