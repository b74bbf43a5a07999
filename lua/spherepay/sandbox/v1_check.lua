--- What the vendor's v1 page states about the bodies of customers: types, closed lists, formats. No
-- field is marked required there; only `type` is demanded on creation, as every sample has it. The
-- fields are those of `spherepay.api.fields`.

local check = require("spherepay.sandbox.check")
local fields = require("spherepay.api.fields").v1
local json = require("spherepay.sandbox.json")

local v1_check = {}

-- "Two-letter" and "ISO 3166 subdivision code" are both documented; such codes have up to three
-- letters or digits.
local function state(value)
  if type(value) ~= "string" or not value:find("^%w%w?%w?$") then
    return "Must be a state code (ISO 3166-2)"
  end
end

-- A date has all its parts, and an address of e-mail looks like one: every sample does.
local DIFFERS = { email = { rule = check.email } }
local PART = { required = true }

local ADDRESS = check.rules(fields.address, { state = { rule = state } })
local DOB = check.rules(fields.date_of_birth, { day = PART, month = PART, year = PART })
local OWNER = check.rules(fields.owner, DIFFERS)
local CREATE = check.rules(fields.customer_create, {
  email = DIFFERS.email, type = { required = true },
})
local UPDATE = check.rules(fields.customer_update, DIFFERS)

local RISKS
for _, field in ipairs(fields.customer_create) do
  if field[1] == "highRiskActivities" then RISKS = check.one_of(field.enum) end
end

local function check_nested(problems, object, prefix, name, rules)
  local value = json.present(object[name])
  if value == nil then return end
  local pointer = prefix .. "/" .. name
  if json.is_object(value) then
    check.fields(problems, value, pointer, rules)
  else
    check.add(problems, pointer, "Must be an object")
  end
end

local function check_person(problems, object, prefix, rules)
  check.fields(problems, object, prefix, rules)
  check_nested(problems, object, prefix, "address", ADDRESS)
  check_nested(problems, object, prefix, "dob", DOB)
end

local function check_list(problems, body, name, check_item)
  local list = json.present(body[name])
  if not json.is_array(list) then return end
  for i, item in ipairs(list) do check_item(problems, item, "/" .. name .. "/" .. (i - 1)) end
end

local function check_owner(problems, item, pointer)
  if json.is_object(item) then
    check_person(problems, item, pointer, OWNER)
  else
    check.add(problems, pointer, "Must be an object")
  end
end

local function check_risk(problems, item, pointer)
  local detail = RISKS(item)
  if detail then check.add(problems, pointer, detail) end
end

--- Checks the body of a creation or an update.
---@param body table
---@param is_update boolean
---@return table[] problems `{ pointer, detail }`
function v1_check.body(body, is_update)
  local problems = {}
  check_person(problems, body, "", is_update and UPDATE or CREATE)
  local meta = json.present(body.meta)
  if meta ~= nil and check.object(meta) then check.add(problems, "/meta", check.object(meta)) end
  check_list(problems, body, "ubos", check_owner)
  check_list(problems, body, "highRiskActivities", check_risk)
  return problems
end

return v1_check
