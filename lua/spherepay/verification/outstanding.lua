-- What stands between a customer and a policy, as names alone: profiles, criteria, states,
-- currencies and fields. Fit to be shown to anyone: no values, no texts of the API.
-- For the whole story there is policy:explain; what to do about it is steps.lua.

local evaluate = require("spherepay.verification.evaluate").report
local operators = require("spherepay.verification.operators")

---@class spherepay.verification.Item
---@field profile string|nil
---@field criterion string|nil
---@field currency string|nil
---@field field string|nil
---@field state string of the criterion or profile; "absent" when there is none, "unmet" for a
---  field, "excluded" for what the policy forbids and the customer has

local MAX_ITEMS = 40
local MAX_NAME = 64

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

-- What operators say it to.
local function listener(list, customer)
  local told = {
    item = function(state, names) add(list, state, names) end,
    report = function(question) add_report(list, customer, question) end,
  }
  function told.node(node) operators[node.op].outstanding(told, node, customer) end
  return told
end

---@param policy spherepay.verification.Policy
---@param customer any as for `policy:check`
---@return spherepay.verification.Item[] items empty when the policy holds; no more than 40
local function outstanding(policy, customer)
  local list = { seen = {} }
  if type(customer) == "table" and not policy:check(customer) then
    listener(list, customer).node(policy.node)
  end
  list.seen = nil
  return list
end

return outstanding
