-- What stands between a customer and a policy, as names alone: profiles, criteria, states,
-- currencies and fields. Fit to be shown to anyone: no values, no texts of the API.
-- For the whole story there is policy:explain; what to do about it is steps.lua.

local ascii = require("spherepay.http.ascii")
local evaluate = require("spherepay.verification.evaluate").report
local profiles = require("spherepay.verification.profiles")
local read = require("spherepay.verification.read")

---@class spherepay.verification.Item
---@field profile string|nil
---@field criterion string|nil
---@field currency string|nil
---@field field string|nil
---@field state string of the criterion or profile; "absent" when there is none, "unmet" for a
---  field, "excluded" for what the policy forbids and the customer has

local MAX_ITEMS = 40
local MAX_NAME = 64

local STATES = { [0] = "absent" }
for state, rank in pairs(read.RANK) do STATES[rank] = state end

-- The API's names are an open list; what does not look like a name is not repeated.
local function name_of(text)
  if text == nil or #text <= MAX_NAME and text:find("^[%w_.%-]+$") then return text end
  return "unknown"
end

local function add(list, state, names)
  local item = {
    profile = name_of(names.profile), criterion = name_of(names.criterion),
    currency = name_of(names.currency), field = name_of(names.field), state = name_of(state),
  }
  local key = table.concat({ item.profile or "", item.criterion or "", item.currency or "",
    item.field or "", item.state }, " ")
  if list.seen[key] or #list >= MAX_ITEMS then return end
  list.seen[key] = true
  list[#list + 1] = item
end

local function add_report(list, customer, question)
  local report = evaluate(customer, question)
  if report.problem then return add(list, "absent", question) end
  for _, item in ipairs(report.outstanding) do add(list, item.state, item) end
  if #report.outstanding == 0 then add(list, report.status, question) end
end

local visit = {}

function visit.profile(list, node, customer)
  add_report(list, customer, { profile = node.rule.profile })
end

function visit.currency(list, node, customer)
  add_report(list, customer, { currency = ascii.upper(node.rule.currency) })
end

function visit.criterion(list, node, customer)
  local worst = 0
  for _, profile in ipairs(profiles(customer)) do
    worst = math.max(worst, read.rank(profile, node.rule.criterion))
  end
  add(list, STATES[worst], node.rule)
end

function visit.field(list, node)
  add(list, "unmet", node.rule)
end

function visit.none(list, node, customer)
  for _, child in ipairs(node.nodes) do
    if child.holds(customer) then add(list, "excluded", child.rule) end
  end
end

local function visit_unmet(list, node, customer)
  for _, child in ipairs(node.nodes) do
    if not child.holds(customer) then visit[child.op](list, child, customer) end
  end
end

visit.all, visit.any, visit.at_least = visit_unmet, visit_unmet, visit_unmet

---@param policy spherepay.verification.Policy
---@param customer any as for `policy:check`
---@return spherepay.verification.Item[] items empty when the policy holds; no more than 40
local function outstanding(policy, customer)
  local list = { seen = {} }
  if type(customer) == "table" and not policy:check(customer) then
    visit[policy.node.op](list, policy.node, customer)
  end
  list.seen = nil
  return list
end

return outstanding
