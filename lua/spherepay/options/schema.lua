-- Reads a table by a schema: a list of what it may hold, each item `{ name, check, default }` with
-- a check as in `checks`. The one walk over options, the rules of a policy and the names in params.
-- It finds what is wrong and raises nothing; the sentence is made by who asks.

local suggest = require "spherepay.options.suggest"

local schema = {}

---@class spherepay.Known
---@field list string[] the names, in order
---@field by_name table<string, table> name -> its item

-- schema -> its names
local KNOWN = setmetatable({}, { __mode = "k" })

--- The names in a schema. It is not changed afterwards: they are gathered once.
---@param items table[] the name of each stands first; other members are the caller's
---@return spherepay.Known
function schema.known(items)
  local known = KNOWN[items]
  if known then return known end
  known = { list = {}, by_name = {} }
  for i, item in ipairs(items) do
    known.list[i], known.by_name[item[1]] = item[1], item
  end
  KNOWN[items] = known
  return known
end

--- A schema of names whose values somebody else checks.
---@param names string[]
---@return table[]
function schema.of_names(names)
  local items = {}
  for i, name in ipairs(names) do items[i] = { name } end
  return items
end

-- Keys that are no names come first, then the names by the alphabet.
local function before(a, b)
  local a_named, b_named = type(a) == "string", type(b) == "string"
  if a_named and b_named then return a < b end
  if a_named == b_named then return tostring(a) < tostring(b) end
  return b_named
end

--- The keys of `given` that a schema does not have.
---@param given table
---@param items table[]
---@return any[]? unknown those that are no strings first, then by the alphabet; nil: there is none
function schema.unknown(given, items)
  local by_name, unknown = schema.known(items).by_name, nil
  for name in pairs(given) do
    if not by_name[name] then
      unknown = unknown or {}
      unknown[#unknown + 1] = name
    end
  end
  if unknown and unknown[2] ~= nil then table.sort(unknown, before) end
  return unknown
end

--- Reads what is given under the names of a schema; looks at nothing else.
---@param given table
---@param items table[]
---@return table? values as the checks return them, defaults filled in; nil when one is wrong
---@return string? name of the first that is wrong
---@return string? wanted completes "must be"
---@return string? got completes "got"; without `wanted` it is the whole sentence
function schema.read(given, items)
  local values = {}
  for _, item in ipairs(items) do
    local name, check = item[1], item[2]
    local value = given[name]
    if value == nil then
      values[name] = item[3]
    else
      local normal, wanted, got = check(value)
      if normal == nil then return nil, name, wanted, got end
      values[name] = normal
    end
  end
  return values
end

--- The end of a sentence about an unknown word.
---@param word any
---@param words string[] the known ones
---@return string? question such as `did you mean "token"?`; nil when none is near
function schema.meant(word, words)
  local near = suggest(word, words)
  return near and ("did you mean %q?"):format(near) or nil
end

return schema
