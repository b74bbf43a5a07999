-- Whether a policy fits the version of the API whose customers it is asked about: a question about
-- a name of the other version never holds, and under `none` that would let everybody pass.

local names = require("spherepay.verification.names")

local NAMED = { "profile", "criterion" }

local function first_foreign(node, version)
  for _, kind in ipairs(NAMED) do
    local name = node.rule[kind]
    local other = name and names.version_of(kind, name)
    if other and other ~= version then return node.pointer .. "/" .. kind, name, other end
  end
  for _, below in ipairs(node.nodes or {}) do
    local place, name, other = first_foreign(below, version)
    if place then return place, name, other end
  end
  return nil
end

---What is wrong with asking this policy about customers of a version.
---@param policy spherepay.verification.Policy
---@param version "v1"|"v2"
---@return string|nil problem names the place; nil when the policy fits, or lets unknown names pass
local function generation(policy, version)
  if policy.allow_unknown then return nil end
  local place, name, other = first_foreign(policy.node, version)
  if not place then return nil end
  return ("%s: %q is a name of API %s, and the client speaks %s"):format(
    place, name, other, version)
end

return generation
