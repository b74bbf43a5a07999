-- A policy: a rule about a customer, compiled once, then asked as often as you like. `check` is
-- for every request and makes no garbage; `explain` is for people.
-- Readiness for a currency follows the same reading as evaluate.lua. It does no I/O.

local blame = require("spherepay.options.blame")
local compile_rule = require("spherepay.verification.rule")
local explain = require("spherepay.verification.explain")
local options = require("spherepay.verification.options")

local OPTIONS = { { "allow_unknown", options.of_type("boolean") } }

---@class spherepay.verification.Policy
---@field node spherepay.verification.Node
---@field allow_unknown boolean whether names that nobody documents were let in
local methods = {}

local metatable = { __index = methods, __name = "spherepay.verification.policy" }

local function refuse_dot(self, name)
  if getmetatable(self) == metatable then return end
  blame("write policy:" .. name .. "(customer), with a colon")
end

---Whether the rule holds for the customer. Makes no garbage and never raises on data; for anything
---but a table the answer is no, whatever the rule.
---@param customer any a v2 or v1 customer, or a business representative
---@return boolean
function methods:check(customer)
  if getmetatable(self) ~= metatable then refuse_dot(self, "check") end
  if type(customer) ~= "table" then return false end
  return self.node.holds(customer)
end

---What held and what did not.
---@param customer any
---@return spherepay.verification.Explanation tree `tostring` of it is readable; it carries the
---  rule's values, statuses and names, but no values of the customer's fields
function methods:explain(customer)
  refuse_dot(self, "explain")
  return (explain.tree(self.node, customer))
end

function metatable.__tostring(policy)
  return explain.text(policy.node)
end

local function invalid(problems)
  local errors = require("spherepay.errors")
  return errors.new({ kind = "invalid", message = "bad policy rule", errors = problems })
end

---Compiles a rule. A rule is a table that says one thing:
---
---* `{ all = { ... } }`, `{ any = { ... } }`, `{ none = { ... } }` or
---  `{ at_least = 2, of = { ... } }`, over at least one other rule;
---* `{ profile = "kyc_profile_a", status = "approved" }`: the customer has that profile and it has
---  that status (v1: `kyc`, `tos` ..., in the words of v1 or v2);
---* `{ criterion = "identity_document", state = "complete" }`: its worst state in any profile;
---  complete, pending, required, error, or absent;
---* `{ currency = "USD" }`: as `can_transfer`;
---* `{ field = "meta.tier", equals = "gold" }`, or `one_of = { ... }`, or `exists = true`: a field,
---  with dots between the names; null does not exist.
---
---A profile, criterion, status or currency that nobody documents is a mistake, because a misspelt
---name under `none` would let everybody pass; so is a field that looks like a misspelt one. The
---vendor's lists are open, so `allow_unknown = true`, at the top of the rule or as an option, lets
---new names pass, and misspelt ones with them.
---@param rule spherepay.Rule
---@param opts { allow_unknown: boolean|nil }|nil
---@return spherepay.verification.Policy|nil policy
---@return spherepay.Error err of kind "invalid"; `errors` has `{ detail, pointer }` for each
---  mistake, where "/all/2/status" is the status of the second rule of `all`
---raises on an unknown option or one of the wrong type
local function policy(rule, opts)
  options.check(opts, OPTIONS, "verification.policy")
  local node, made = compile_rule(rule, opts and opts.allow_unknown)
  if not node then return nil, invalid(made.problems) end
  return setmetatable({ node = node, allow_unknown = made.allow_unknown == true }, metatable)
end

return policy
