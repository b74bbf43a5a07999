--- What the vendor's pages state about the bodies of v2 customers and representatives, and no more:
-- required fields, formats, closed lists, as `spherepay.api.fields` has them. Unknown fields pass.
-- Which parts of an address are required is not documented, so only the country's form is checked.

local check = require("spherepay.sandbox.check")
local fields = require("spherepay.api.fields").v2
local json = require("spherepay.sandbox.json")
local pointer = require("spherepay.http.pointer")

local customer_check = {}

local TAX_FIELDS = {
  "taxIdentificationNumber",
  "taxIdentificationNumberType",
  "taxIdentificationNumberCountry",
  "taxIdentificationNumberDescription",
}

local ADDRESS = check.rules(fields.address)
local PERSONAL = check.rules(fields.personal_information)
local DETAILS = check.rules(fields.representation_details)
local REPRESENTATIVE = check.rules(fields.representative)

-- In 2025 only the type was required.
local OPTIONAL = { required = false }
local CREATE = {
  v2 = check.rules(fields.individual),
  ["v2-2025"] = check.rules(fields.individual, { email = OPTIONAL, phone = OPTIONAL }),
}

local function object_at(problems, body, name, required)
  local value = json.present(body[name])
  if value == nil then
    if required then check.add(problems, "/" .. name, "Required") end
    return nil
  end
  local detail = check.object(value)
  if detail then
    check.add(problems, "/" .. name, detail)
    return nil
  end
  return value
end

local function check_address(problems, body, required)
  local address = object_at(problems, body, "address", required)
  if address then check.fields(problems, address, "/address", ADDRESS) end
end

local function check_addresses(problems, body, required)
  local addresses = json.present(body.addresses)
  if addresses == nil and not required then return end
  if addresses == nil or not json.is_array(addresses) then
    check.add(problems, "/addresses", addresses and "Must be an array" or "Required")
    return
  end
  local seen = {}
  for i, address in ipairs(addresses) do
    local place = "/addresses/" .. (i - 1)
    if type(address) == "table" then
      seen[json.present(address.type) or ""] = true
      check.fields(problems, address, place, ADDRESS)
    else
      check.add(problems, place, "Must be an object")
    end
  end
  if required and not (seen.registered and seen.operating) then
    check.add(problems, "/addresses", "One registered and one operating address are required")
  end
end

local function check_tax(problems, personal, address_missing)
  local any = false
  for _, name in ipairs(TAX_FIELDS) do any = any or json.present(personal[name]) ~= nil end
  if not any then return end
  for i = 1, 3 do
    local name = TAX_FIELDS[i]
    if json.present(personal[name]) == nil then
      check.add(problems, "/personalInformation/" .. name, "Required with any tax field")
    end
  end
  if address_missing then check.add(problems, "/address", "Required with any tax field") end
  if personal.taxIdentificationNumberType == "other"
    and json.present(personal.taxIdentificationNumberDescription) == nil then
    check.add(problems, "/personalInformation/taxIdentificationNumberDescription",
      "Required when the type is other")
  end
end

local function check_personal(problems, body, has_tax_rules, address_missing)
  local personal = object_at(problems, body, "personalInformation", false)
  if not personal then return end
  check.fields(problems, personal, "/personalInformation", PERSONAL)
  if has_tax_rules then check_tax(problems, personal, address_missing) end
end

-- The values are documented as null or primitive; how others are refused is not.
local function check_meta(problems, body)
  local meta = object_at(problems, body, "meta", false)
  local wrong = {}
  for name, value in pairs(meta or {}) do
    if type(value) == "table" then wrong[#wrong + 1] = name end
  end
  table.sort(wrong)
  for _, name in ipairs(wrong) do
    check.add(problems, pointer.join("/meta", name), "Must be null or a primitive value")
  end
end

--- POST of a customer. In 2025 email and phone were optional and a business had a single address.
---@param body table
---@param generation "v2"|"v2-2025"
---@return table[] problems `{ pointer, detail }`
function customer_check.create(body, generation)
  local problems = {}
  local is_2025 = generation == "v2-2025"
  check.fields(problems, body, "", CREATE[generation])
  if body.type == "business" then
    check_addresses(problems, body, not is_2025)
    object_at(problems, body, "businessInformation", not is_2025)
    if is_2025 then check_address(problems, body, false) end
  else
    check_address(problems, body, true)
    check_personal(problems, body, not is_2025, false)
  end
  check_meta(problems, body)
  return problems
end

--- PATCH of an individual. The late 2025 pages ask for the address with any personalInformation,
--- the newest with tax fields only.
---@param body table
---@param generation "v2"|"v2-2025"
---@return table[] problems
function customer_check.update(body, generation)
  local problems = {}
  local with_personal = generation == "v2-2025" and json.present(body.personalInformation) ~= nil
  check_address(problems, body, with_personal)
  check_personal(problems, body, generation == "v2", json.present(body.address) == nil)
  object_at(problems, body, "businessInformation", false)
  check_meta(problems, body)
  return problems
end

--- POST or PATCH of a business representative.
---@param body table
---@param is_update boolean
---@return table[] problems
function customer_check.representative(body, is_update)
  local problems = {}
  if not is_update then check.fields(problems, body, "", REPRESENTATIVE) end
  check_address(problems, body, not is_update)
  check_personal(problems, body, true, is_update and json.present(body.address) == nil)
  local details = object_at(problems, body, "representationDetails", false)
  if details then check.fields(problems, details, "/representationDetails", DETAILS) end
  return problems
end

return customer_check
