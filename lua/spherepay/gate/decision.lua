-- What the gate decides about a customer, and how that is kept in a shared dictionary: a short
-- text of states and names, with nothing personal in it. Pure: no nginx, no clock.

local outstanding = require "spherepay.verification.outstanding"

local decision = {}

---@class spherepay.gate.Decision
---@field allowed boolean
---@field reason string? when not: "verification", "not_found", "bad_id" or "no_id"
---@field outstanding spherepay.verification.Item[]
---@field age number? seconds since SpherePay was asked
---@field stale boolean? older than `ttl`: it is being looked up again

local FIELDS = { "profile", "criterion", "currency", "field", "state" }

local MARKS = { allowed = "a", verification = "v", not_found = "n" }
local REASONS = { v = "verification", n = "not_found" }

--- What a policy says of a customer.
---@param policy spherepay.verification.Policy
---@param customer table
---@return spherepay.gate.Decision
function decision.of(policy, customer)
  if policy:check(customer) then return { allowed = true, outstanding = {} } end
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

--- A decision as a text.
---@param found spherepay.gate.Decision
---@param at number seconds since the epoch: when it was made
---@return string
function decision.encode(found, at)
  local lines = { MARKS[found.reason or "allowed"] .. ("%.3f"):format(at) }
  for _, item in ipairs(found.outstanding) do
    local words = {}
    for i, name in ipairs(FIELDS) do words[i] = item[name] or "" end
    lines[#lines + 1] = table.concat(words, " ")
  end
  return table.concat(lines, "\n")
end

local function decode_item(line)
  local item, i = {}, 0
  for word in (line .. " "):gmatch("([^ ]*) ") do
    i = i + 1
    if word ~= "" and FIELDS[i] then item[FIELDS[i]] = word end
  end
  return item
end

--- The decision in a text of `encode`.
---@param text any
---@return spherepay.gate.Decision? found nil when it is no such text
---@return number? at
function decision.decode(text)
  if type(text) ~= "string" then return nil end
  local mark, at, rest = text:match("^([avn])([%d.]+)(.*)$")
  at = tonumber(at)
  if not at then return nil end
  local found = { allowed = mark == "a", reason = REASONS[mark], outstanding = {} }
  for line in rest:gmatch("\n([^\n]+)") do
    found.outstanding[#found.outstanding + 1] = decode_item(line)
  end
  return found, at
end

return decision
