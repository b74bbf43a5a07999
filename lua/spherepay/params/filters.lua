-- What a list may be asked: the filters of a query, which are texts, numbers or booleans.

local numbers = require "spherepay.http.numbers"
local objects = require "spherepay.params.objects"
local paths = require "spherepay.http.path"
local pointer = require "spherepay.http.pointer"
local rules = require "spherepay.params.rules"

local filters = {}

-- Counted from one; strings in the documents, and numbers will do.
local COUNTS = { page = true, limit = true }

local function value_problem(value)
  local kind = type(value)
  if kind == "number" and not numbers.is_finite(value) then return "must be a finite number" end
  if kind == "string" or kind == "number" or kind == "boolean" then return nil end
  return "must be a string, a number or a boolean, got a " .. kind
end

--- Says what cannot become part of a URL, whatever it means.
---@param given table
---@return spherepay.Problem[]? problems nil when all of it can
function filters.unsendable(given)
  local problems = {}
  for name, value in pairs(given) do
    if type(name) ~= "string" then
      rules.add(problems, "", "must have names as keys, got a " .. type(name))
    elseif value_problem(value) then
      rules.add(problems, pointer.join("", name), value_problem(value))
    end
  end
  if problems[1] then
    table.sort(problems, function(a, b) return a.pointer < b.pointer end)
    return problems
  end
  local detail, place = paths.query_problem(given)
  return detail and { { pointer = place, detail = detail } } or nil
end

local function check_count(value, place, problems)
  local text = numbers.is_finite(value) and numbers.text(value) or value
  if type(text) == "string" and text:find("^[1-9]%d*$") and #text <= 9 then return end
  rules.add(problems, place, "must be a whole number from 1")
end

--- Checks the filters of a list that can be sent.
---@param version "v1"|"v2"
---@param object string? of `api.fields`; nil: none is documented
---@param given table
---@return spherepay.Problem[] problems
function filters.check(version, object, given)
  local problems = {}
  for _, entry in ipairs(object and objects.of(version, object) or {}) do
    local name, rule = entry[1], entry[2]
    local place, value = pointer.join("", name), given[name]
    if value ~= nil then
      if COUNTS[name] then check_count(value, place, problems) else rule(value, place, problems) end
    end
  end
  return problems
end

return filters
