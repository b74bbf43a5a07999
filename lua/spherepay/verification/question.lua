-- The questions of a policy: what each may say, what is wrong with one that is not right, and the
-- test it becomes. What else an operator means is operators.lua, the tests themselves are leaf.lua.

local ascii = require("spherepay.http.ascii")
local criteria = require("spherepay.api.criteria")
local leaf = require("spherepay.verification.leaf")
local names = require("spherepay.verification.names")
local options = require("spherepay.verification.options")
local pointer = require("spherepay.http.pointer")
local suggest = require("spherepay.options.suggest")
local v1 = require("spherepay.verification.v1")

---@class spherepay.verification.Compilation what compiling a rule found
---@field problems { detail: string, pointer: string }[]
---@field allow_unknown boolean|nil whether names that nobody documents pass

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

local function one_of(made, place, value, words)
  for _, word in ipairs(words) do
    if value == word then return true end
  end
  problem(made, place, shown(value) .. " is not known here" .. options.hint(value, words))
  return false
end

-- A name that nobody documents is most likely misspelt, and a misspelt name under `none` would let
-- everybody pass. One that is really new is let in by `allow_unknown`.
local function known_name(made, place, value, is_known, near)
  if not is_name(value) then
    problem(made, place, "must be a name, not " .. shown(value))
    return false
  end
  if made.allow_unknown or is_known(value) then return true end
  problem(made, place, options.undocumented(value, near))
  return false
end

-- The statuses of one profile: a word of the other version could never hold.
local function known_status(made, place, profile, value)
  local words = is_name(profile) and names.statuses_of(profile) or criteria.statuses
  for _, word in ipairs(words) do
    if value == word then return true end
  end
  if made.allow_unknown and is_name(value) then return true end
  local meant = is_name(value) and v1.status(value)
  if meant ~= value then
    for _, word in ipairs(words) do
      if meant == word then
        problem(made, place, ("%s is not known here; did you mean %q?"):format(shown(value), word))
        return false
      end
    end
  end
  problem(made, place, shown(value) .. " is not known here" .. options.hint(value, words))
  return false
end

function question.compile.profile(made, place, rule)
  local name, status = rule.profile, rule.status
  local named = known_name(made, place .. "/profile", name, names.is_profile,
    suggest(name, names.PROFILES))
  local known = known_status(made, place .. "/status", name, status)
  if not (named and known) then return nil end
  return leaf.profile(name, status), name .. " is " .. status
end

function question.compile.criterion(made, place, rule)
  local name = rule.criterion
  local named = known_name(made, place .. "/criterion", name, names.is_criterion,
    names.near_criterion(name))
  local known = one_of(made, place .. "/state", rule.state, leaf.STATES)
  if not (named and known) then return nil end
  return leaf.criterion(name, rule.state), name .. " is " .. rule.state
end

function question.compile.currency(made, place, rule)
  local currency = type(rule.currency) == "string" and ascii.upper(rule.currency) or rule.currency
  local is_new = made.allow_unknown and is_name(currency)
  if not is_new and not one_of(made, place .. "/currency", currency, names.CURRENCIES) then
    return nil
  end
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

-- Of a field whose values are documented, only one of those can ever hold.
local function known_values(made, place, rule, words)
  if rule.equals ~= nil then return one_of(made, place .. "/equals", rule.equals, words) end
  local all = true
  for i, value in ipairs(rule.one_of or {}) do
    all = one_of(made, pointer.join(place .. "/one_of", i), value, words) and all
  end
  return all
end

-- The members of a customer are an open list, so only what looks like one of them is refused.
local function known_field(made, place, rule, keys)
  if made.allow_unknown then return true end
  local values, misspelt, near = names.field(keys)
  if near then
    problem(made, place .. "/field", options.undocumented(misspelt, near))
    return false
  end
  return not values or known_values(made, place, rule, values)
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
  if not known_field(made, place, rule, keys) then return nil end
  return holds, rule.field .. words
end

return question
