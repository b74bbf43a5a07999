--- Rules for single values of a request body, and the walk that applies them.
-- A rule is a function that takes a value and returns what is wrong with it, or nil. Absent fields
-- and JSON null pass unless a field is required. Nothing here knows an endpoint.

local json = require("spherepay.sandbox.json")

local check = {}

local function is_string(value)
  if type(value) ~= "string" then return "Must be a string" end
end

--- A string of so many bytes.
---@param min integer
---@param max integer
---@return fun(value: any): string|nil
function check.text(min, max)
  return function(value)
    if type(value) ~= "string" then return "Must be a string" end
    if #value < min then return "Must not be empty" end
    if #value > max then return "Must not be longer than " .. max end
  end
end

--- One of a closed list of strings.
---@param list string[]
---@return fun(value: any): string|nil
function check.one_of(list)
  local known = {}
  for _, name in ipairs(list) do known[name] = true end
  local detail = "Must be one of " .. table.concat(list, ", ")
  return function(value)
    if not known[value] then return detail end
  end
end

--- At most 254 bytes with one @ between two parts.
---@param value any
---@return string|nil detail
function check.email(value)
  if is_string(value) then return "Must be a string" end
  if #value > 254 or not value:find("^[^%s@]+@[^%s@]+$") then return "Invalid email format" end
end

--- E.164: a plus sign and 7 to 15 digits.
---@param value any
---@return string|nil detail
function check.phone(value)
  if is_string(value) then return "Must be a string" end
  local digits = value:match("^%+(%d+)$")
  if not digits or #digits < 7 or #digits > 15 then return "Invalid phone format" end
end

--- ISO 3166-1 alpha-3, by its form.
---@param value any
---@return string|nil detail
function check.country(value)
  if is_string(value) or not value:find("^%u%u%u$") then
    return "Must be an ISO 3166-1 alpha-3 country code"
  end
end

--- YYYY-MM-DD, by its form.
---@param value any
---@return string|nil detail
function check.date(value)
  if is_string(value) or not value:find("^%d%d%d%d%-%d%d%-%d%d$") then
    return "Must be a date YYYY-MM-DD"
  end
end

--- true or false.
---@param value any
---@return string|nil detail
function check.boolean(value)
  if type(value) ~= "boolean" then return "Must be a boolean" end
end

--- A number.
---@param value any
---@return string|nil detail
function check.number(value)
  if type(value) ~= "number" then return "Must be a number" end
end

--- A JSON object.
---@param value any
---@return string|nil detail
function check.object(value)
  if not json.is_object(value) then return "Must be an object" end
end

--- A JSON array.
---@param value any
---@return string|nil detail
function check.array(value)
  if not json.is_array(value) then return "Must be an array" end
end

--- A string of any length.
---@param value any
---@return string|nil detail
check.string = is_string

local OF_TYPE = {
  string = check.string, email = check.email, phone = check.phone, country = check.country,
  date = check.date, boolean = check.boolean, number = check.number, integer = check.number,
  document = check.string, list = check.array,
}

local function rule_of(field)
  if field[2] == "list" then return check.array end
  if field.enum then return check.one_of(field.enum) end
  if field[2] == "string" and field.max then return check.text(field.min or 0, field.max) end
  if field[2] == "string" and field.min then return check.text(field.min, math.huge) end
  return OF_TYPE[field[2]]
end

--- The rules for the fields of an object of `spherepay.api.fields`, without those of the objects
--- inside.
---@param object table[]
---@param differs table<string, table>|nil by name, `rule` or `required` instead
---@return table[] rules for `fields`
function check.rules(object, differs)
  local rules = {}
  for _, field in ipairs(object) do
    local name, other = field[1], differs and differs[field[1]] or {}
    local rule, required = other.rule or rule_of(field), other.required
    if required == nil then required = field.required end
    if rule then rules[#rules + 1] = { name, rule, required = required } end
  end
  return rules
end

--- Adds one entry to a list of problems.
---@param problems table[]
---@param pointer string JSON pointer
---@param detail string
function check.add(problems, pointer, detail)
  problems[#problems + 1] = { pointer = pointer, detail = detail }
end

--- Applies `{ name, rule, required = bool }` in their order to the fields of an object.
---@param problems table[] receives `{ pointer, detail }`
---@param object table
---@param prefix string JSON pointer of the object ("" for the body)
---@param rules table[]
function check.fields(problems, object, prefix, rules)
  for _, entry in ipairs(rules) do
    local name, rule = entry[1], entry[2]
    local value = json.present(object[name])
    local detail
    if value == nil then
      detail = entry.required and "Required" or nil
    else
      detail = rule(value)
    end
    if detail then check.add(problems, prefix .. "/" .. name, detail) end
  end
end

return check
