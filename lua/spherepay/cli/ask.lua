-- Asks a person for what a step needs. What is nobody's to read over a shoulder is not shown while
-- it is typed. An empty answer leaves a field out; where it must be there, it skips the step.

local exit = require("spherepay.cli.exit")
local fields = require("spherepay.api.fields")
local params = require("spherepay.cli.params")
local scrub = require("spherepay.privacy.scrub")

local ask = {}

-- Never on the screen.
local HIDDEN = { taxIdentificationNumber = true, ssn = true, ein = true, code = true }

local HINTS = {
  date = "YYYY-MM-DD", country = "three letters, such as USA", phone = "such as +14155550123",
}

--- One answer, without blanks around it. Where nobody answers any more, or nothing can be hidden,
--- the command ends.
---@param session spherepay.cli.Session
---@param question string
---@param hidden boolean?
---@return string answer
function ask.line(session, question, hidden)
  local terminal = session.terminal
  local answer = (hidden and terminal.ask_hidden or terminal.ask)(question)
  if not answer then session:quit(exit.FAILED, "nobody answers") end
  return (answer:match("^%s*(.-)%s*$"))
end

local function hint_of(field)
  local words = field and (field.enum or field.open)
  if words and #words <= 8 then return " (" .. table.concat(words, ", ") .. ")" end
  local hint = field and HINTS[field[2]]
  return hint and " (" .. hint .. ")" or ""
end

-- The members of an object are asked for one by one.
local function expanded(where, paths)
  local list = {}
  for _, path in ipairs(paths) do
    local field = params.field(where, path)
    if field and field[2] == "object" and field.of then
      for _, member in ipairs(fields[where.version][field.of]) do
        list[#list + 1] = path .. "." .. member[1]
      end
    else
      list[#list + 1] = path
    end
  end
  return list
end

--- Asks for fields by their paths.
---@param session spherepay.cli.Session
---@param method string whose params they are, such as "customer.update"
---@param paths string[]
---@param kind string? of a customer
---@return table input
function ask.fields(session, method, paths, kind)
  local where = params.where(session:version(), method, kind)
  local input = {}
  for _, path in ipairs(expanded(where, paths)) do
    local problem
    repeat
      local hint = hint_of(params.field(where, path))
      local answer = ask.line(session, "  " .. path .. hint .. ": ", HIDDEN[path:match("[^.]+$")])
      problem = answer ~= "" and params.set(input, where, path, answer) or nil
      if problem then session:note("  " .. scrub.one_line(problem)) end
    until not problem
  end
  return input
end

--- Asks for one of several words; the first is taken for an empty answer.
---@param session spherepay.cli.Session
---@param question string
---@param words string[]
---@return string word
function ask.one_of(session, question, words)
  while true do
    local answer = ask.line(session, ("%s (%s) [%s]: "):format(question, table.concat(words, ", "),
      words[1]))
    if answer == "" then return words[1] end
    for _, word in ipairs(words) do
      if word == answer then return word end
    end
    session:note("  one of these words is wanted")
  end
end

return ask
