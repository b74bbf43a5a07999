-- What the gate decides about a customer by what it has seen: states and names, with nothing
-- personal in it. Pure: no nginx, no clock.

local outstanding = require "spherepay.verification.outstanding"

local decision = {}

---@class spherepay.gate.Decision
---@field allowed boolean
---@field reason string? when not: "verification", "not_found", "bad_id" or "no_id"
---@field outstanding spherepay.verification.Item[]
---@field at number? seconds since the epoch: when SpherePay was asked
---@field age number? seconds since then
---@field stale boolean? older than `ttl`: it is being looked up again
---@field facts table<string, string|number|boolean>? what the option `facts` gathered
---@field open boolean? nothing is known, and the gate fails open
---@field would spherepay.gate.Refusal? what the answer would have been without `dry_run`

--- Whether what was seen answers all that a policy asks.
---@param record spherepay.gate.Record
---@param tokens string[] of the policy, and of the facts that are wanted
---@return boolean
function decision.can_be_made(record, tokens)
  for _, token in ipairs(tokens) do
    if record.customer and not record.covers[token] then return false end
  end
  return true
end

--- What a policy says of what was seen.
---@param policy spherepay.verification.Policy
---@param record spherepay.gate.Record
---@return spherepay.gate.Decision
function decision.by(policy, record)
  if not record.customer then return decision.denied("not_found") end
  return decision.of(policy, record.customer)
end

--- What a policy says of a customer.
---@param policy spherepay.verification.Policy
---@param customer table
---@return spherepay.gate.Decision
function decision.of(policy, customer)
  if policy:check(customer) then
    -- with room for what the gate adds
    return { allowed = true, outstanding = {}, at = nil, age = nil, stale = nil, facts = nil }
  end
  return {
    allowed = false, reason = "verification", outstanding = outstanding(policy, customer),
  }
end

--- The decision about somebody who is no customer.
---@param reason "not_found"|"bad_id"|"no_id"|"refused"
---@return spherepay.gate.Decision
function decision.denied(reason)
  return { allowed = false, reason = reason, outstanding = {} }
end

return decision
