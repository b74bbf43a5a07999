-- What a rule of a policy can say, one table for each operator: which keys go with it, how it
-- becomes a test, why it does not hold, what is outstanding then, and whether a refusal stands in
-- its way. Who walks over a rule asks these tables: rule.lua compiles, explain.lua explains,
-- outstanding.lua lists, refusal.lua looks whether waiting is in vain.

local ascii = require("spherepay.http.ascii")
local evaluate = require("spherepay.verification.evaluate")
local profiles = require("spherepay.verification.profiles")
local question = require("spherepay.verification.question")
local read = require("spherepay.verification.read")

---@class spherepay.verification.Operator
---@field keys string[] what else a rule with it may say
---@field compile (fun(made: spherepay.verification.Compilation, place: string, rule: table):
---  function?, string?)? of a question: the test and the question in words, or nothing
---@field combine (fun(nodes: spherepay.verification.Node[], count: integer?): function)? of a
---  combination: the test over those of its nodes
---@field list_key string? of a combination: where its list stands, when not under its own name
---@field why fun(node: spherepay.verification.Node, customer: table, held: integer): string what is
---  instead; held: how many nodes of a combination hold
---@field outstanding fun(told: spherepay.verification.Told, node: spherepay.verification.Node,
---  customer: table) says what is missing while it does not hold
---@field is_closed fun(node: spherepay.verification.Node, customer: table,
---  count_closed: fun(nodes: spherepay.verification.Node[]): integer): boolean whether it cannot
---  hold while what is rejected stays rejected

---@class spherepay.verification.Told where an operator says what is outstanding
---@field item fun(state: string, names: table) one thing, by its names
---@field report fun(question: table) what evaluate lists for a profile or a currency
---@field node fun(node: spherepay.verification.Node) what a node below lists

---@type table<string, spherepay.verification.Operator>
local operators = {}

-- ---- questions ----

local STATES = { [0] = "absent" }
for state, rank in pairs(read.RANK) do STATES[rank] = state end

local function never()
  return false
end

local function why_profile(node, customer)
  local names, found = {}, {}
  for _, profile in ipairs(profiles(customer)) do
    names[#names + 1] = profile.name
    if profile.name == node.rule.profile then found[#found + 1] = "it is " .. profile.status end
  end
  if #found > 0 then return table.concat(found, ", ") end
  if #names == 0 then return "there are no profiles" end
  return "there is no such profile; there are: " .. table.concat(names, ", ")
end

-- v1 profiles are in the normal form too, so both generations are asked the same way.
operators.profile = {
  keys = question.KEYS.profile,
  compile = question.compile.profile,
  why = why_profile,
  outstanding = function(told, node) told.report { profile = node.rule.profile } end,
  is_closed = function(node, customer)
    return node.rule.status ~= "rejected"
      and evaluate.report(customer, { profile = node.rule.profile }).status == "rejected"
  end,
}

local function worst_state(customer, criterion)
  local worst = 0
  for _, profile in ipairs(profiles(customer)) do
    worst = math.max(worst, read.rank(profile, criterion))
  end
  return STATES[worst]
end

operators.criterion = {
  keys = question.KEYS.criterion,
  compile = question.compile.criterion,
  why = function(node, customer)
    return "it is " .. worst_state(customer, node.rule.criterion)
  end,
  outstanding = function(told, node, customer)
    told.item(worst_state(customer, node.rule.criterion), node.rule)
  end,
  is_closed = never,
}

operators.currency = {
  keys = question.KEYS.currency,
  compile = question.compile.currency,
  why = function(node, customer)
    return tostring(evaluate.report(customer, { currency = node.rule.currency }))
  end,
  outstanding = function(told, node)
    told.report { currency = ascii.upper(node.rule.currency) }
  end,
  is_closed = function(node, customer)
    return evaluate.report(customer, { currency = node.rule.currency }).status == "rejected"
  end,
}

operators.field = {
  keys = question.KEYS.field,
  compile = question.compile.field,
  why = function(node, customer)
    local value = customer
    for key in node.rule.field:gmatch("[^.]+") do
      value = type(value) == "table" and value[key] or nil
    end
    return value == nil and "there is no value" or "there is another value"
  end,
  outstanding = function(told, node) told.item("unmet", node.rule) end,
  is_closed = never,
}

-- ---- combinations ----

local function why_combined(node, _, held)
  return ("%d of %d hold"):format(held, #node.nodes)
end

local function outstanding_below(told, node, customer)
  for _, child in ipairs(node.nodes) do
    if not child.holds(customer) then told.node(child) end
  end
end

operators.all = {
  keys = {},
  combine = function(nodes)
    return function(customer)
      for i = 1, #nodes do
        if not nodes[i].holds(customer) then return false end
      end
      return true
    end
  end,
  why = why_combined,
  outstanding = outstanding_below,
  is_closed = function(node, _, count_closed) return count_closed(node.nodes) > 0 end,
}

-- What it forbids can always change.
operators.none = {
  keys = {},
  combine = function(nodes)
    return function(customer)
      for i = 1, #nodes do
        if nodes[i].holds(customer) then return false end
      end
      return true
    end
  end,
  why = why_combined,
  outstanding = function(told, node, customer)
    for _, child in ipairs(node.nodes) do
      if child.holds(customer) then told.item("excluded", child.rule) end
    end
  end,
  is_closed = never,
}

operators.at_least = {
  keys = { "of" },
  list_key = "of",
  combine = function(nodes, count)
    return function(customer)
      local held = 0
      for i = 1, #nodes do
        if nodes[i].holds(customer) then
          held = held + 1
          if held >= count then return true end
        end
      end
      return false
    end
  end,
  why = function(node, _, held)
    return ("%d of %d hold, %d needed"):format(held, #node.nodes, node.count)
  end,
  outstanding = outstanding_below,
  is_closed = function(node, _, count_closed)
    return #node.nodes - count_closed(node.nodes) < node.count
  end,
}

operators.any = {
  keys = {},
  combine = function(nodes) return operators.at_least.combine(nodes, 1) end,
  why = why_combined,
  outstanding = outstanding_below,
  is_closed = function(node, _, count_closed) return count_closed(node.nodes) == #node.nodes end,
}

return operators
