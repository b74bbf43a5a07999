-- Explains a policy: which of its rules hold for a customer, and for those that do not, what is.
-- For people; the fast answer is policy.lua. Values of the customer's fields are not repeated.

local evaluate = require("spherepay.verification.evaluate")
local profiles = require("spherepay.verification.profiles")
local read = require("spherepay.verification.read")
local scrub = require("spherepay.privacy.scrub")

---@class spherepay.verification.Explanation
---@field holds boolean
---@field text string the rule in words
---@field pointer string where in the rule, such as "/all/2"
---@field detail string|nil what is instead, when it does not hold
---@field rules spherepay.verification.Explanation[]|nil of all, any, none, at_least

local explain = {}

local tree_methods = {}

local STATES = { [0] = "absent" }
for state, rank in pairs(read.RANK) do STATES[rank] = state end

local why = {}

function why.profile(rule, customer)
  local names, found = {}, {}
  for _, profile in ipairs(profiles(customer)) do
    names[#names + 1] = profile.name
    if profile.name == rule.profile then found[#found + 1] = "it is " .. profile.status end
  end
  if #found > 0 then return table.concat(found, ", ") end
  if #names == 0 then return "there are no profiles" end
  return "there is no such profile; there are: " .. table.concat(names, ", ")
end

local function worst_state(list, name)
  local worst = 0
  for _, profile in ipairs(list) do worst = math.max(worst, read.rank(profile, name)) end
  return STATES[worst]
end

function why.criterion(rule, customer)
  return "it is " .. worst_state(profiles(customer), rule.criterion)
end

function why.currency(rule, customer)
  return tostring(evaluate.report(customer, { currency = rule.currency }))
end

function why.field(rule, customer)
  local value = customer
  for key in rule.field:gmatch("[^.]+") do value = type(value) == "table" and value[key] or nil end
  return value == nil and "there is no value" or "there is another value"
end

local function combined(node, rules)
  local held = 0
  for _, rule in ipairs(rules) do
    if rule.holds then held = held + 1 end
  end
  local needed = node.op == "at_least" and (", %d needed"):format(node.count) or ""
  return ("%d of %d hold%s"):format(held, #rules, needed)
end

---@param node spherepay.verification.Node
---@param customer any
---@return spherepay.verification.Explanation
function explain.tree(node, customer)
  local known = type(customer) == "table"
  local tree = {
    holds = known and node.holds(customer), text = node.text, pointer = node.pointer,
  }
  if node.nodes then
    tree.rules = {}
    for i, child in ipairs(node.nodes) do tree.rules[i] = explain.tree(child, customer) end
  end
  if not known then
    tree.detail = "there is no customer"
  elseif not tree.holds then
    tree.detail = node.nodes and combined(node, tree.rules) or why[node.op](node.rule, customer)
  end
  return setmetatable(tree, tree_methods)
end

local function add_lines(lines, indent, rule, mark)
  local detail = rule.detail and ": " .. rule.detail or ""
  lines[#lines + 1] = indent .. (mark and mark(rule) or "") .. scrub.one_line(rule.text .. detail)
  for _, child in ipairs(rule.rules or rule.nodes or {}) do
    add_lines(lines, indent .. "  ", child, mark)
  end
  return lines
end

local function mark(tree)
  return tree.holds and "[yes] " or "[no]  "
end

function tree_methods.__tostring(tree)
  return table.concat(add_lines({}, "", tree, mark), "\n")
end

---The rule itself in words.
---@param node spherepay.verification.Node
---@return string
function explain.text(node)
  return table.concat(add_lines({}, "", node, nil), "\n")
end

return explain
