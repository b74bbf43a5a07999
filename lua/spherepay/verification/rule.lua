-- Turns a rule, which is plain data and may come from a configuration file, into nodes that can
-- be asked; or says what is wrong with it and where. Places are written like JSON pointers, but
-- lists count from 1 as in Lua: "/all/2/status".
-- What each operator means is operators.lua; the object users hold is policy.lua.

local operators = require("spherepay.verification.operators")
local options = require("spherepay.verification.options")
local pointer = require("spherepay.http.pointer")
local question = require("spherepay.verification.question")
local schema = require("spherepay.options.schema")

---@class spherepay.verification.Node
---@field op string the key that makes the rule what it is: "all", "profile" ...
---@field text string the rule in words
---@field pointer string
---@field holds fun(customer: table): boolean makes no garbage
---@field nodes spherepay.verification.Node[]|nil of all, any, none, at_least
---@field count integer|nil of at_least
---@field rule table a copy of what it was made from, without the rules below it

local HEADS = { "all", "any", "none", "at_least", "profile", "criterion", "field", "currency" }
local MAX_DEPTH = 50

local problem, shown = question.problem, question.shown

-- head -> what a rule with it may say
local TAKEN = {}
for _, head in ipairs(HEADS) do
  local keys = { head }
  for _, key in ipairs(operators[head].keys) do keys[#keys + 1] = key end
  TAKEN[head] = schema.of_names(keys)
end

local new_node

local function new_nodes(made, place, list, depth)
  if type(list) ~= "table" or #list == 0 then
    problem(made, place, "must be a list with at least one rule")
    return nil
  end
  local nodes = {}
  for i = 1, #list do nodes[i] = new_node(made, pointer.join(place, i), list[i], depth + 1) end
  for key in pairs(list) do
    if type(key) ~= "number" then
      problem(made, place, ("is a list of rules; %s does not belong there"):format(shown(key)))
    end
  end
  return nodes
end

local function check_count(made, place, count, list)
  local most = type(list) == "table" and #list or math.huge
  if type(count) == "number" and count % 1 == 0 and count >= 1 and count <= most then return end
  problem(made, place, ("must be a whole number from 1 to %s, not %s"):format(
    most < math.huge and most or "the number of rules", shown(count)))
end

local function combination(made, place, rule, op, depth)
  local key, text = operators[op].list_key or op, op
  if op == "at_least" then
    check_count(made, place .. "/at_least", rule.at_least, rule.of)
    text = "at least " .. tostring(rule.at_least)
  end
  local nodes = new_nodes(made, pointer.join(place, key), rule[key], depth)
  return nodes and operators[op].combine(nodes, rule.at_least), text .. " of", nodes
end

local function head_of(made, place, rule)
  local found = {}
  for _, head in ipairs(HEADS) do
    if rule[head] ~= nil then found[#found + 1] = head end
  end
  if #found == 1 then return found[1] end
  if #found > 1 then
    problem(made, place, "says several things at once (" .. table.concat(found, ", ")
      .. "); put them into a list under all")
  elseif #rule > 0 then
    problem(made, place, "is a list; put it under all, any, none or at_least")
  elseif next(rule) == nil then
    problem(made, place, "is empty; it needs one of " .. table.concat(HEADS, ", "))
  else
    for key in pairs(rule) do
      problem(made, pointer.join(place, key), "is not a rule" .. options.hint(key, HEADS))
    end
  end
  return nil
end

local function check_keys(made, place, rule, head)
  for _, key in ipairs(schema.unknown(rule, TAKEN[head]) or {}) do
    if place ~= "" or key ~= "allow_unknown" then
      problem(made, pointer.join(place, key),
        "is not part of this rule" .. options.hint(key, schema.known(TAKEN[head]).list))
    end
  end
end

local function copy_of(rule, head)
  local copy = {}
  for _, key in ipairs(schema.known(TAKEN[head]).list) do
    if type(rule[key]) ~= "table" then copy[key] = rule[key] end
    if key == "one_of" and type(rule.one_of) == "table" then
      copy.one_of = {}
      for i, value in ipairs(rule.one_of) do copy.one_of[i] = value end
    end
  end
  return copy
end

local function build(made, place, rule, depth)
  local op = head_of(made, place, rule)
  if not op then return nil end
  check_keys(made, place, rule, op)
  local holds, text, nodes
  if operators[op].compile then
    holds, text = operators[op].compile(made, place, rule)
  else
    holds, text, nodes = combination(made, place, rule, op, depth)
  end
  return {
    op = op, text = text, pointer = place, holds = holds, nodes = nodes, count = rule.at_least,
    rule = copy_of(rule, op),
  }
end

function new_node(made, place, rule, depth)
  if type(rule) ~= "table" then
    problem(made, place, "must be a rule, that is a table, not " .. shown(rule))
    return nil
  end
  if made.open[rule] or depth > MAX_DEPTH then
    problem(made, place, made.open[rule] and "contains itself" or "is nested too deeply")
    return nil
  end
  made.open[rule] = true
  local node = build(made, place, rule, depth)
  made.open[rule] = nil
  return node
end

-- Whether the rule itself lets names pass that nobody documents.
local function allows_unknown(made, rule)
  local given = type(rule) == "table" and rule.allow_unknown
  if given == nil or type(given) == "boolean" then return given or false end
  problem(made, "/allow_unknown", "must be true or false, not " .. shown(given))
  return false
end

---@param rule any
---@param allow_unknown boolean|nil the same as `allow_unknown` at the top of the rule
---@return spherepay.verification.Node|nil node nil when there are problems
---@return spherepay.verification.Compilation made
local function compile_rule(rule, allow_unknown)
  local made = { problems = {}, open = {} }
  made.allow_unknown = allows_unknown(made, rule) or allow_unknown
  local node = new_node(made, "", rule, 1)
  table.sort(made.problems, function(a, b) return a.pointer < b.pointer end)
  if #made.problems > 0 then return nil, made end
  return node, made
end

return compile_rule
