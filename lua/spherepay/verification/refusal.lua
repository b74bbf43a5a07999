-- Whether a refusal stands in the way: could what is waited for still come true while the rejected
-- profiles stay rejected? For those who wait; it reads a customer and does no I/O.
-- Whether "rejected" is final is not documented; this only says that nothing else is left.

local evaluate = require("spherepay.verification.evaluate").report
local operators = require("spherepay.verification.operators")

local refusal = {}

---Whether a rule cannot hold while what is rejected stays rejected. Criteria, fields and what a
---rule forbids (`none`) can always change.
---@param node spherepay.verification.Node of a policy
---@param customer table
---@return boolean
function refusal.of_rule(node, customer)
  if node.holds(customer) then return false end
  return operators[node.op].is_closed(node, customer, function(nodes)
    local count = 0
    for i = 1, #nodes do
      if refusal.of_rule(nodes[i], customer) then count = count + 1 end
    end
    return count
  end)
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
