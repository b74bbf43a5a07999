-- The questions of a policy: what each may say, what is wrong with one that is not right, and the
-- test it becomes. Combinations of questions are rule.lua, the tests themselves leaf.lua.

local criteria = require("spherepay.api.criteria")
local leaf = require("spherepay.verification.leaf")
local options = require("spherepay.verification.options")
local pointer = require("spherepay.http.pointer")
local suggest = require("spherepay.options.suggest")
local v1 = require("spherepay.verification.v1")

---@class spherepay.verification.Compilation what compiling a rule found
---@field problems { detail: string, pointer: string }[]
---@field warnings { detail: string, pointer: string }[]

local question = {}

---The questions, by the key that makes them one. Each takes `made`, which collects problems, the
---place of the rule and the rule; it returns the test and the question in words, or nothing.
---@type table<string, fun(made: table, place: string, rule: table): function|nil, string|nil>
question.compile = {}

---The keys that go with the key of a question.
question.KEYS = {
  profile = { "status" },
  criterion = { "state" },
  field = { "equals", "one_of", "exists" },
  currency = {},
}

local SCALAR = { string = true, number = true, boolean = true }

---@param made spherepay.verification.Compilation
---@param place string
---@param detail string
function question.problem(made, place, detail)
  made.problems[#made.problems + 1] = { detail = detail, pointer = place }
end

---@param value any
---@return string fit for a message
function question.shown(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if SCALAR[type(value)] then return tostring(value) end
  if value == nil then return "nothing" end
  return type(value) == "userdata" and "null" or "a " .. type(value)
end

local problem, shown = question.problem, question.shown

local function is_name(value)
  return type(value) == "string" and value ~= ""
end

local function all_statuses()
  local words, seen = {}, {}
  local function add(list)
    for _, word in ipairs(list) do
      if not seen[word] then words[#words + 1] = word end
      seen[word] = true
    end
  end
  add(criteria.statuses)
  for _, field in ipairs(v1.FIELDS) do add(criteria.v1[field]) end
  add(criteria.v1.verificationLevels.statuses)
  add({ "converted_to_user" })
  return words
end

local function keys_of(...)
  local names = {}
  for _, map in ipairs({ ... }) do
    for name in pairs(map) do names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function all_profiles()
  local names = keys_of(criteria.profiles)
  for _, name in ipairs(v1.FIELDS) do names[#names + 1] = name end
  for _, name in ipairs(criteria.v1.verificationLevels.names) do names[#names + 1] = name end
  return names
end

local function all_criteria()
  return keys_of(criteria.criteria, criteria.v1.requirements)
end

local function all_currencies()
  local unlocked = {}
  for _, profile in pairs(criteria.profiles) do
    for _, currency in ipairs(profile.unlocks or {}) do unlocked[currency] = true end
  end
  return keys_of(unlocked)
end

local function one_of(made, place, value, words)
  for _, word in ipairs(words) do
    if value == word then return true end
  end
  problem(made, place, shown(value) .. " is not known here" .. options.hint(value, words))
  return false
end

-- Profile and criterion names are open lists, so one that is not documented is no mistake; but
-- one that looks like a documented one deserves a word.
local function open_name(made, place, value, words)
  if not is_name(value) then
    problem(made, place, "must be a name, not " .. shown(value))
    return false
  end
  for _, word in ipairs(words) do
    if value == word then return true end
  end
  local near = not value:find("^ubo_%d+$") and suggest(value, words)
  if near then
    made.warnings[#made.warnings + 1] =
      { detail = ("%q is not documented; did you mean %q?"):format(value, near), pointer = place }
  end
  return true
end

function question.compile.profile(made, place, rule)
  local named = open_name(made, place .. "/profile", rule.profile, all_profiles())
  local known = one_of(made, place .. "/status", rule.status, all_statuses())
  if not (named and known) then return nil end
  return leaf.profile(rule.profile, rule.status), rule.profile .. " is " .. rule.status
end

function question.compile.criterion(made, place, rule)
  local named = open_name(made, place .. "/criterion", rule.criterion, all_criteria())
  local known = one_of(made, place .. "/state", rule.state, leaf.STATES)
  if not (named and known) then return nil end
  return leaf.criterion(rule.criterion, rule.state), rule.criterion .. " is " .. rule.state
end

function question.compile.currency(made, place, rule)
  local currency = type(rule.currency) == "string" and rule.currency:upper() or rule.currency
  if not one_of(made, place .. "/currency", currency, all_currencies()) then return nil end
  return leaf.currency(currency), currency .. " may be transferred"
end

local function split(path)
  if not is_name(path) then return nil end
  local keys = {}
  for key in (path .. "."):gmatch("([^.]*)%.") do
    if key == "" then return nil end
    keys[#keys + 1] = key
  end
  return keys
end

local function scalars(made, place, list)
  if type(list) ~= "table" or #list == 0 then
    problem(made, place, "must be a list with at least one value")
    return nil
  end
  local values, words = {}, {}
  for i = 1, #list do
    if not SCALAR[type(list[i])] then
      problem(made, pointer.join(place, i), "must be a string, a number or a boolean")
      return nil
    end
    values[i], words[i] = list[i], shown(list[i])
  end
  return values, table.concat(words, ", ")
end

local function field_test(made, place, rule, keys)
  if rule.exists ~= nil then
    if type(rule.exists) ~= "boolean" then
      problem(made, place .. "/exists", "must be true or false, not " .. shown(rule.exists))
      return nil
    end
    return leaf.exists(keys, rule.exists), rule.exists and " exists" or " does not exist"
  end
  if rule.one_of ~= nil then
    local values, words = scalars(made, place .. "/one_of", rule.one_of)
    return values and leaf.one_of(keys, values), values and " is one of " .. words
  end
  if not SCALAR[type(rule.equals)] then
    problem(made, place .. "/equals", "must be a string, a number or a boolean, not "
      .. shown(rule.equals) .. "; for no value use exists = false")
    return nil
  end
  return leaf.one_of(keys, { rule.equals }), " equals " .. shown(rule.equals)
end

function question.compile.field(made, place, rule)
  local keys = split(rule.field)
  if not keys then
    problem(made, place .. "/field", "must be a name, or names joined by dots, not "
      .. shown(rule.field))
  end
  local tests = 0
  for _, key in ipairs(question.KEYS.field) do
    if rule[key] ~= nil then tests = tests + 1 end
  end
  if tests ~= 1 then
    problem(made, place, "a field needs one of equals, one_of, exists")
    return nil
  end
  local holds, words = field_test(made, place, rule, keys or {})
  if not (keys and holds) then return nil end
  return holds, rule.field .. words
end

return question
