-- Whether a refusal stands in the way: could what is waited for still come true while the rejected
-- profiles stay rejected? For those who wait; it reads a customer and does no I/O.
-- Whether "rejected" is final is not documented; this only says that nothing else is left.

local evaluate = require("spherepay.verification.evaluate").report

local refusal = {}

local closed = {}

-- v1 profiles are in the normal form too, so both generations are asked the same way.
function closed.profile(node, customer)
  return node.rule.status ~= "rejected"
    and evaluate(customer, { profile = node.rule.profile }).status == "rejected"
end

function closed.currency(node, customer)
  return evaluate(customer, { currency = node.rule.currency }).status == "rejected"
end

local function count_closed(nodes, customer)
  local count = 0
  for i = 1, #nodes do
    if refusal.of_rule(nodes[i], customer) then count = count + 1 end
  end
  return count
end

function closed.all(node, customer)
  return count_closed(node.nodes, customer) > 0
end

function closed.any(node, customer)
  return count_closed(node.nodes, customer) == #node.nodes
end

function closed.at_least(node, customer)
  return #node.nodes - count_closed(node.nodes, customer) < node.count
end

---Whether a rule cannot hold while what is rejected stays rejected. Criteria, fields and what a
---rule forbids (`none`) can always change.
---@param node spherepay.verification.Node of a policy
---@param customer table
---@return boolean
function refusal.of_rule(node, customer)
  if node.holds(customer) or not closed[node.op] then return false end
  return closed[node.op](node, customer)
end

---Whether some profile is rejected and all the others are approved, so that nothing is under way.
---@param customer table
---@return boolean
function refusal.of_everything(customer)
  local report, rejected = evaluate(customer), false
  for _, profile in ipairs(report.profiles) do
    if profile.status == "rejected" then
      rejected = true
    elseif profile.status ~= "approved" then
      return false
    end
  end
  return rejected
end

return refusal
