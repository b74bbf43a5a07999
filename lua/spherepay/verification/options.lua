-- Checks the options a programmer passes to a function of spherepay.verification.
-- It raises, because a wrong option is a mistake in the program. It never looks at customers.

local blame = require("spherepay.options.blame")
local suggest = require("spherepay.options.suggest")

local options = {}

---What a question about a customer can be narrowed to: one of the two.
options.QUESTION = { profile = "string", currency = "string" }

---The end of a message about an unknown word: its neighbour, or else all the choices.
---@param word any
---@param words string[]
---@return string for example `; did you mean "currency"?`
function options.hint(word, words)
  local near = suggest(word, words)
  if near then return ("; did you mean %q?"):format(near) end
  return "; known are " .. table.concat(words, ", ")
end

local function sorted_names(kinds)
  local names = {}
  for name in pairs(kinds) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function complaint(name, value, kinds, where)
  local expected = kinds[name]
  if not expected then
    local what = type(name) == "string" and ("%q"):format(name) or tostring(name)
    return where .. ": unknown option " .. what .. options.hint(name, sorted_names(kinds))
  end
  if (" " .. expected .. " "):find(" " .. type(value) .. " ", 1, true) then return nil end
  return ("%s: option %q must be a %s, not a %s"):format(
    where, name, (expected:gsub(" ", " or ")), type(value))
end

---Raises, at the caller of the public function, when `opts` is not what it takes or asks for a
---profile and a currency at once.
---@param opts table|nil
---@param kinds table<string, string> option name to its Lua types, separated by spaces
---@param where string the public function, for the message
function options.check(opts, kinds, where)
  if opts == nil then return end
  if type(opts) ~= "table" then
    blame(where .. ": options must be a table, not a " .. type(opts))
  end
  for name, value in pairs(opts) do
    if kinds[name] ~= type(value) then
      local message = complaint(name, value, kinds, where)
      if message then blame(message) end
    end
  end
  if opts.profile and opts.currency then
    blame(where .. ": give a profile or a currency, not both")
  end
end

return options
