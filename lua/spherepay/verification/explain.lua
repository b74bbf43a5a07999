-- Explains a policy: which of its rules hold for a customer, and for those that do not, what is.
-- For people; the fast answer is policy.lua. Values of the customer's fields are not repeated.

local operators = require("spherepay.verification.operators")
local one_line = require("spherepay.privacy.one_line")

---@class spherepay.verification.Explanation
---@field holds boolean
---@field text string the rule in words
---@field pointer string where in the rule, such as "/all/2"
---@field detail string|nil what is instead, when it does not hold
---@field rules spherepay.verification.Explanation[]|nil of all, any, none, at_least

local explain = {}

local tree_methods = {}

local function count_held(rules)
  local held = 0
  for _, rule in ipairs(rules or {}) do
    if rule.holds then held = held + 1 end
  end
  return held
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
    tree.detail = operators[node.op].why(node, customer, count_held(tree.rules))
  end
  return setmetatable(tree, tree_methods)
end

local function add_lines(lines, indent, rule, mark)
  local detail = rule.detail and ": " .. rule.detail or ""
  lines[#lines + 1] = indent .. (mark and mark(rule) or "") .. one_line(rule.text .. detail)
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
