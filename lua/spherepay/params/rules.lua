-- The vocabulary in which the param tables of v1 and v2 are written.
-- Not a schema language: only the checks that the vendor's documents give cause for.
--
-- A rule is a function `(value, place, problems)` that appends what is wrong. It is never called
-- for an absent value. Details never repeat a value: it may be somebody's data.

local pointer = require "spherepay.http.pointer"

local rules = {}

--- Appends a problem.
---@param problems spherepay.Problem[]
---@param place string JSON pointer
---@param detail string a phrase that can follow the pointer
function rules.add(problems, place, detail)
  problems[#problems + 1] = { detail = detail, pointer = place }
end

--- Says whether a value is absent or a JSON null, which decoders show as a userdata.
---@param value any
---@return boolean
function rules.is_null(value)
  return value == nil or type(value) == "userdata"
end

local function got(value)
  return ", got a " .. type(value)
end

-- Characters, not bytes: continuation bytes of UTF-8 do not count.
local function length(text)
  local _, count = text:gsub("[^\128-\191]", "")
  return count
end

-- As many bytes hold no more characters.
local function is_longer(text, max)
  return #text > max and length(text) > max
end

--- Makes a rule for strings of `min` to `max` characters.
function rules.text(min, max)
  return function(value, place, problems)
    if type(value) ~= "string" then
      rules.add(problems, place, "must be a string" .. got(value))
    elseif min and length(value) < min then
      rules.add(problems, place, "must not be empty")
    elseif max and is_longer(value, max) then
      rules.add(problems, place, "must have at most " .. max .. " characters")
    end
  end
end

--- Makes a rule for strings that match a Lua pattern.
function rules.pattern(pattern, detail, max)
  return function(value, place, problems)
    if type(value) ~= "string" then
      rules.add(problems, place, "must be a string" .. got(value))
    elseif max and is_longer(value, max) then
      rules.add(problems, place, "must have at most " .. max .. " characters")
    elseif not value:find(pattern) then
      rules.add(problems, place, detail)
    end
  end
end

--- Makes a rule for one of a closed list of strings.
function rules.one_of(names)
  local known = {}
  for _, name in ipairs(names) do known[name] = true end
  local detail = "must be one of " .. table.concat(names, ", ")
  return function(value, place, problems)
    if type(value) ~= "string" then
      rules.add(problems, place, detail .. got(value))
    elseif not known[value] then
      rules.add(problems, place, detail)
    end
  end
end

function rules.boolean(value, place, problems)
  if type(value) == "boolean" then return end
  rules.add(problems, place, "must be true or false" .. got(value))
end

local function is_finite(value)
  return value == value and value ~= math.huge and value ~= -math.huge
end

function rules.number(value, place, problems)
  if type(value) ~= "number" then
    rules.add(problems, place, "must be a number" .. got(value))
  elseif not is_finite(value) then
    rules.add(problems, place, "must be a finite number")
  end
end

--- Makes a rule for whole numbers between two bounds.
function rules.integer(low, high)
  local detail = "must be a whole number from " .. low .. " to " .. high
  return function(value, place, problems)
    if type(value) ~= "number" then
      rules.add(problems, place, detail .. got(value))
    elseif value < low or value > high or value % 1 ~= 0 then
      rules.add(problems, place, detail)
    end
  end
end

--- Applies field rules, in their order, to the members a table has.
---@param fields table[] list of `{ name, rule }`; the names need no escape in a pointer
---@param object table
---@param place string pointer of the object
---@param problems spherepay.Problem[]
function rules.apply(fields, object, place, problems)
  for _, field in ipairs(fields) do
    local name, rule = field[1], field[2]
    local value = object[name]
    if not rules.is_null(value) then rule(value, place .. "/" .. name, problems) end
  end
end

--- Makes a rule for objects with known members; members that are not named pass.
function rules.object(fields)
  return function(value, place, problems)
    if type(value) ~= "table" then
      rules.add(problems, place, "must be an object" .. got(value))
    elseif #value > 0 then
      rules.add(problems, place, "must be an object, got a list")
    else
      rules.apply(fields, value, place, problems)
    end
  end
end

--- Makes a rule for lists; places of items count from zero.
function rules.list(item)
  return function(value, place, problems)
    if type(value) ~= "table" then
      rules.add(problems, place, "must be a list" .. got(value))
    elseif #value == 0 and next(value) ~= nil then
      rules.add(problems, place, "must be a list, got an object")
    else
      for i = 1, #value do
        local here = pointer.join(place, i - 1)
        if not rules.is_null(value[i]) then item(value[i], here, problems) end
      end
    end
  end
end

local function meta_value(value, place, problems)
  local kind = type(value)
  if kind == "number" and not is_finite(value) then
    rules.add(problems, place, "must be a finite number")
  elseif kind ~= "string" and kind ~= "number" and kind ~= "boolean" and kind ~= "userdata" then
    rules.add(problems, place, "must be null, a string, a number or a boolean" .. got(value))
  end
end

--- A rule for `meta`: an object whose values are null or primitive.
function rules.meta(value, place, problems)
  if type(value) ~= "table" or #value > 0 then
    return rules.object({})(value, place, problems)
  end
  local names = {}
  for name in pairs(value) do
    if type(name) == "string" then
      names[#names + 1] = name
    else
      rules.add(problems, place, "must have strings as names" .. got(name))
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do meta_value(value[name], pointer.join(place, name), problems) end
end

--- A rule for country codes.
rules.country = rules.pattern("^%u%u%u$",
  "must be an ISO 3166-1 alpha-3 country code of three capital letters, such as USA")

--- Reports the names of the other API version, each with the right one.
---@param names table[] list of `{ wrong name, advice, right name }`
---@param params table
---@param problems spherepay.Problem[]
---@return table<string, boolean> meant the right names that were meant
function rules.renamed(names, params, problems)
  local meant = {}
  for _, entry in ipairs(names) do
    if params[entry[1]] ~= nil then
      rules.add(problems, pointer.join("", entry[1]), entry[2])
      meant[entry[3]] = true
    end
  end
  return meant
end

--- Reports a mandatory member that is absent or null.
---@param object table
---@param name string
---@param place string pointer of the object
---@param problems spherepay.Problem[]
---@param why? string ends the sentence "is required"
function rules.require(object, name, place, problems, why)
  if not rules.is_null(object[name]) then return end
  rules.add(problems, pointer.join(place, name), "is required" .. (why and " " .. why or ""))
end

--- Reports every mandatory member of an object that is absent.
---@param object table[] of `api.fields`
---@param params table
---@param problems spherepay.Problem[]
function rules.require_all(object, params, problems)
  for _, field in ipairs(object) do
    if field.required then rules.require(params, field[1], "", problems) end
  end
end

return rules
