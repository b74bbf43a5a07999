-- What has to happen next, in order: the errors, what the customer can do, what SpherePay does.
-- One step is one thing to do: what the same link is for is one step. What is asked for, one by
-- one, is asked.lua.

local asked = require("spherepay.verification.asked")
local endpoints = require("spherepay.api.endpoints")
local options = require("spherepay.verification.options")

---@class spherepay.verification.Step: spherepay.verification.Asked
---@field criteria string[] all that the step is for; `criterion` is the first of them
---@field call string[]|nil the resource and the method that take the step, such as { "customer",
---  "tos_link" }; `client:perform(customer, step, input)` makes that call

local function union(list, more)
  local seen = {}
  for _, value in ipairs(list) do seen[value] = true end
  for _, value in ipairs(more) do
    if not seen[value] then list[#list + 1] = value end
    seen[value] = true
  end
end

-- What a step for several things is as sure of as the least of them.
local SURENESS = { documented = 1, example_only = 2, name_match = 3, unknown = 4 }

-- The texts of several errors in one, each with the name that it is about.
local function details_of(items)
  local texts = {}
  for _, item in ipairs(items) do
    if item.detail then
      texts[#texts + 1] = item.criterion and item.criterion .. ": " .. item.detail or item.detail
    end
  end
  return texts[1] and table.concat(texts, "; ")
end

-- One step for what the same link does; errors come first in the list, so its state is the worst.
local function joined(items)
  local step = items[1]
  if #items == 1 then return step end
  step.detail = details_of(items)
  for i = 2, #items do
    local item = items[i]
    union(step.criteria, item.criteria)
    union(step.profiles, item.profiles)
    if SURENESS[item.basis] > SURENESS[step.basis] then step.basis = item.basis end
    if step.target ~= item.target then step.target = nil end
    if step.path ~= item.path then step.path = nil end
    step.criterion = step.criterion or item.criterion
    step.refused = step.refused and item.refused
  end
  return step
end

local function by_link(list)
  local groups, of_link = {}, {}
  for _, item in ipairs(list) do
    local link = item.kind == "link" and item.endpoint and tostring(item.endpoint)
    if link and of_link[link] then
      table.insert(of_link[link], item)
    else
      groups[#groups + 1] = { item }
      if link then of_link[link] = groups[#groups] end
    end
  end
  local steps = {}
  for i, items in ipairs(groups) do steps[i] = joined(items) end
  return steps
end

-- "POST /v2/document" -> "document.upload"
local METHODS = {}
for _, list in pairs(endpoints) do
  for name, each in pairs(list) do METHODS[each.method .. " " .. each.path] = name end
end

-- The method that takes a step.
local function call_of(step)
  local call = step.endpoint
  local name = call and METHODS[call.method .. " " .. call.path:gsub("{%a+}", "{id}")]
  if not name then return nil end
  local resource, method = name:match("^(.+)%.(.+)$")
  return { resource, method }
end

---What has to happen before the customer is ready, in order: what was refused; what the API found
---wrong; what the customer can do now (fields, then links and codes, then documents); what nobody
---documents; what only SpherePay can do. Profiles that are approved ask for nothing, whatever their
---arrays say. With no option all profiles count, in v1 kyc, tos and the owners.
---
---Each step can be taken now: `endpoint` is the call that does it, with what to send; a step
---without one says in `actor` and `note` whose turn it is. For a customer who exists no step is a
---second creation.
---
---How a criterion is met, and `basis`, come from criteria.lua (vendor docs: Create a customer,
---Update a customer, Upload a document, Enhanced due diligence; v1 transfer guide).
---@param customer any as for `evaluate`; anything but a table has no steps
---@param opts spherepay.Question? as for `evaluate`
---@return spherepay.verification.Step[] steps empty when ready, and when there are no profiles at
---  all; of a profile or a currency that was asked for and is not there, one that says so
---raises like `evaluate`, and when it is handed an error in place of a customer
local function next_steps(customer, opts)
  options.check_question(customer, opts, "verification.next_steps")
  local steps = by_link(asked(customer, opts))
  for _, step in ipairs(steps) do step.call = call_of(step) end
  return steps
end

return next_steps
