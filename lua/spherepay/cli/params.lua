-- Params from words: `address.city=Chicago` sets a member of an object, `addresses.0.city=...` one
-- of a list, counted from 0 as in the pointers of errors. What a value becomes follows from the
-- field (a number, true or false, a list); `name:=...` takes it as JSON.

local endpoints = require("spherepay.api.endpoints")
local fields = require("spherepay.api.fields")
local files = require("spherepay.cli.files")
local json = require("spherepay.http.json")

local params = {}

local function field_named(version, object, name)
  for _, field in ipairs(fields[version][object] or {}) do
    if field[1] == name then return field end
  end
  return nil
end

-- The field that a path leads to, from one of several objects.
local function field_at(version, objects, steps)
  for _, object in ipairs(objects) do
    local field
    for _, step in ipairs(steps) do
      if type(step) == "string" then
        field = object and field_named(version, object, step)
        if not field then break end
        object = field.of
      end
    end
    if field then return field end
  end
  return nil
end

local function steps_of(path)
  local steps = {}
  for word in (path .. "."):gmatch("(.-)%.") do
    if word == "" then return nil end
    steps[#steps + 1] = word:find("^%d+$") and tonumber(word) + 1 or word
  end
  return type(steps[1]) == "string" and steps or nil
end

local function split_list(text)
  local list = setmetatable({}, json.ARRAY_MT)
  for item in (text .. ","):gmatch("(.-),") do
    local word = item:match("^%s*(.-)%s*$")
    if word ~= "" then list[#list + 1] = word end
  end
  return list
end

local function as_number(text, is_integer)
  local number = tonumber(text)
  if not number or number ~= number or number == math.huge or number == -math.huge then
    return nil, "must be a number"
  end
  if is_integer and number % 1 ~= 0 then return nil, "must be a whole number" end
  return number
end

-- The value that a text means for a field.
local function value_of(field, text)
  local kind = field and field[2]
  if kind == "number" or kind == "integer" then return as_number(text, kind == "integer") end
  if kind == "boolean" then
    if text == "true" or text == "false" then return text == "true" end
    return nil, "must be true or false"
  end
  if kind == "list" and field.of == "string" then return split_list(text) end
  if kind == "object" or kind == "list" then
    return nil, "is " .. (kind == "list" and "a list" or "an object")
      .. ": name its members with dots, or write :=JSON"
  end
  return text
end

-- Puts a value where the steps lead; lists must be filled in order.
local function place(object, steps, value)
  for i = 1, #steps - 1 do
    local step, next_step = steps[i], steps[i + 1]
    if object[step] == nil then
      object[step] = type(next_step) == "number" and setmetatable({}, json.ARRAY_MT) or {}
    end
    object = object[step]
    if type(object) ~= "table" then return "is a value already, and cannot have members" end
    if type(next_step) == "number" and next_step > #object + 1 then
      return "leaves out the place before it: lists are filled from 0 on"
    end
  end
  object[steps[#steps]] = value
  return nil
end

--- The field of `api.fields` that a path leads to.
---@param where { version: string, objects: string[] }
---@param path string
---@return table? field nil when nobody documents it
function params.field(where, path)
  local steps = steps_of(path)
  return steps and field_at(where.version, where.objects, steps)
end

--- Sets one member by its path and a text.
---@param object table is changed
---@param where { version: string, objects: string[] } of `api.fields`
---@param path string
---@param text string
---@param as_json boolean?
---@return string? problem
function params.set(object, where, path, text, as_json)
  local steps = steps_of(path)
  if not steps then return path .. " is no path of a field" end
  local value, problem
  if as_json then
    value, problem = json.decode(text, "keep")
    problem = problem and "is no JSON"
  else
    value, problem = value_of(field_at(where.version, where.objects, steps), text)
  end
  problem = problem or place(object, steps, value)
  return problem and path .. " " .. problem
end

--- Where the fields of a method are looked up. A customer to be created is one or the other.
---@param version string
---@param method string such as "customer.create"
---@param kind string? "individual" or "business"
---@return { version: string, objects: string[] }? where nil when this version has no such method
function params.where(version, method, kind)
  local endpoint = endpoints[version][method]
  if not endpoint then return nil end
  local objects = {}
  for _, name in ipairs(endpoint.takes or {}) do
    if not kind or #endpoint.takes == 1 or name == kind then objects[#objects + 1] = name end
  end
  return { version = version, objects = objects }
end

local function read_object(path)
  local text, message = files.read(path)
  if not text then return nil, message end
  local object
  object, message = json.decode(text, "keep")
  local from = path == "-" and "standard input" or path
  if message then return nil, from .. " is not JSON: " .. message end
  if type(object) ~= "table" or getmetatable(object) == json.ARRAY_MT then
    return nil, from .. " holds no JSON object"
  end
  return object
end

-- The `type=` among the words: it decides how the others are read.
local function kind_of(object, words)
  for _, word in ipairs(words) do
    local kind = word:match("^type=(.*)$")
    if kind then return kind end
  end
  return type(object.type) == "string" and object.type or nil
end

--- Params from a file, standard input and words, in this order.
---@param version string
---@param method string
---@param words string[] `path=text`, `path:=json`, or "-"
---@param file string?
---@return table? given
---@return string? problem
function params.read(version, method, words, file)
  local object, problem = {}, nil
  for _, word in ipairs(words) do
    if word == "-" then file = file or "-" end
  end
  if file then object, problem = read_object(file) end
  if not object then return nil, problem end
  local where = params.where(version, method, kind_of(object, words))
  if not where then return nil, version .. " has no " .. method end
  local seen = {}
  for _, word in ipairs(words) do
    local path, colon, text = word:match("^([^=:]+)(:?)=(.*)$")
    if path and seen[path] then
      problem = path .. " is given twice"
    elseif path then
      seen[path] = true
      problem = params.set(object, where, path, text, colon == ":")
    elseif word ~= "-" then
      problem = word .. " is no field: write name=value"
    end
    if problem then return nil, problem end
  end
  return object
end

return params
