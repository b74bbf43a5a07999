-- The small changes that can be made to a source, each of which makes it another program: a
-- comparison the other way round, a number one more, a statement left out. Without a look at
-- whether the result compiles, and not where nothing would change that is promised:
--   in what only people read, or the collector (MESSAGES);
--   where the stack is wiped, which no spec can look at;
--   in a number below zero: that is "none", and another would say the same;
--   where a size nears the end of what there can be: no machine has the memory;
--   in a one of a table of ones and zeros: any number but zero says so;
--   in Lua where a function ends with "return nil": nothing is nil, too;
--   in the name of a metatable (__name), which messages show;
--   in the `true` of find("words", 1, true): words that are no pattern are found as one, too.

local tokens = require "spec.mutate.tokens"

local places = {}

-- What becomes of a word, by its language; `kind` names the change.
local SWAPS = {
  c = {
    comparison = { ["<"] = "<=", ["<="] = "<", [">"] = ">=", [">="] = ">", ["=="] = "!=",
      ["!="] = "==" },
    logic = { ["&&"] = "||", ["||"] = "&&" },
    constant = { ["true"] = "false", ["false"] = "true" },
    ["loop"] = { ["break"] = "continue", ["continue"] = "break" },
  },
  lua = {
    comparison = { ["<"] = "<=", ["<="] = "<", [">"] = ">=", [">="] = ">", ["=="] = "~=",
      ["~="] = "==" },
    logic = { ["and"] = "or", ["or"] = "and" },
    constant = { ["true"] = "false", ["false"] = "true" },
    bound = { min = "max", max = "min", floor = "ceil", ceil = "floor" },
  },
}
local SIGNS = { ["+"] = "-", ["-"] = "+" }

-- Whose arguments are read by people, or by the collector, and by no program.
local MESSAGES = {}
for name in ([[blame collectgarbage error format print refuse_dot refuse_number refuse_type require
  warn write_warning sp_error_set]]):gmatch "%S+" do MESSAGES[name] = true end

local CLOSES = { ["("] = ")", ["["] = "]", ["{"] = "}" }

-- For each bracket the number of the one that belongs to it.
local function pair_brackets(list)
  local open, partner = {}, {}
  for i, token in ipairs(list) do
    if token.kind == "operator" then
      if CLOSES[token.text] then
        open[#open + 1] = i
      elseif token.text == ")" or token.text == "]" or token.text == "}" then
        local other = table.remove(open)
        if other then partner[i], partner[other] = other, i end
      end
    end
  end
  return partner
end

-- The words that are part of a message.
local function find_messages(list, partner)
  local said = {}
  for i, token in ipairs(list) do
    if token.kind == "name" and MESSAGES[token.text] and list[i + 1] then
      local last = list[i + 1].text == "(" and partner[i + 1] or i + 1
      for k = i + 1, last do said[k] = true end
    elseif token.text == "__name" and list[i + 1].text == "=" then
      said[i + 2] = true
    end
  end
  return said
end

local function is_value(token)
  return token and (token.kind == "name" or token.kind == "number" or token.kind == "string"
    or token.text == ")" or token.text == "]")
end

local function one_more(number)
  if number:find "^0[xX]" then return nil end
  local digits, rest = number:match "^(%d+)(.*)$"
  return ("%d"):format(tonumber(digits) + 1) .. rest
end

-- A string that is no sentence and no pattern of one.
local function another_string(text)
  if text:find "[ %%\\]" then return nil end
  if #text == 2 then return text:sub(1, 1) .. "x" .. text:sub(-1) end
  return text:sub(1, -3) .. (text:sub(-2, -2) == "x" and "y" or "x") .. text:sub(-1)
end

-- Whether the number says "true" in a table of ones and zeros.
local function is_truth(list, i)
  if list[i].text ~= "1" then return false end
  for k = i - 6, i + 6, 2 do
    local near = list[k]
    if near and near.line == list[i].line and near.text ~= "0" and near.text ~= "1" then
      return false
    end
  end
  return list[i + 1].text == "," and list[i + 1].line == list[i].line and list[i - 1].text ~= "="
end

-- Whether it says that the words before it are no pattern, and they have nothing of one.
local function is_plain(list, i)
  local words, number = list[i - 4], list[i - 2]
  return list[i].text == "true" and words and words.kind == "string" and number.kind == "number"
    and list[i - 5].text == "(" and list[i - 6].text == "find"
    and not words.text:find "[%^%$%%%.%[%*%+%-%?]"
end

-- ---- changes of a word -------------------------------------------------------------------------

local function change_words(list, language, said, add)
  for i, token in ipairs(list) do
    local before = list[i - 1]
    if not said[i] then
      for kind, swaps in pairs(SWAPS[language]) do
        local is_bound = kind ~= "bound" or list[i - 2] and list[i - 2].text == "math"
        if swaps[token.text] and token.kind ~= "string" and is_bound and not is_plain(list, i) then
          add(kind, token.from, token.to, swaps[token.text])
        end
      end
      if SIGNS[token.text] and is_value(before) then
        add("sign", token.from, token.to, SIGNS[token.text])
      elseif token.text == "!" or token.text == "not" then
        add("negation", token.from, token.to, "")
      elseif token.kind == "number" then
        local is_none = before and before.text == "-" and not is_value(list[i - 2])
        local more = not is_none and not is_truth(list, i) and one_more(token.text)
        if more then add("number", token.from, token.to, more) end
      elseif token.kind == "string" then
        local other = another_string(token.text)
        if other then add("string", token.from, token.to, other) end
      end
    end
  end
end

-- ---- conditions --------------------------------------------------------------------------------

-- The number of the word that ends the condition which begins after `i`.
local function find_end(list, i, partner, word)
  local k = i + 1
  while list[k] and list[k].text ~= word do
    if list[k].text == "function" then return nil end
    k = (partner[k] and partner[k] > k and partner[k] or k) + 1
  end
  return list[k] and k
end

local CONDITIONS = { ["if"] = "then", ["elseif"] = "then", ["while"] = "do" }

local function negate_conditions(list, language, text, partner, add)
  for i, token in ipairs(list) do
    if token.kind == "keyword" and CONDITIONS[token.text] then
      if language == "c" then
        local last = partner[i + 1]
        add("condition", list[i + 1].from, list[last].to,
          "(!" .. text:sub(list[i + 1].from, list[last].to) .. ")")
      else
        local last = find_end(list, i, partner, CONDITIONS[token.text])
        if last then
          local from, to = list[i + 1].from, list[last - 1].to
          add("condition", from, to, "not (" .. text:sub(from, to) .. ")")
        end
      end
    end
  end
end

-- ---- statements --------------------------------------------------------------------------------

-- In C a statement follows the end of another, a brace, a condition or a label.
local function begins_statement(list, i, partner)
  local before = list[i - 1]
  if not before then return false end
  if before.text == ")" then
    local head = list[partner[i - 1] - 1]
    return head and (head.text == "if" or head.text == "while" or head.text == "for")
  end
  return before.text == ";" or before.text == "{" or before.text == "}" or before.text == "else"
    or before.text == ":"
end

local function drop_statements_of_c(list, partner, said, add)
  local depth = 0
  for i, token in ipairs(list) do
    if token.text == "{" then depth = depth + 1 elseif token.text == "}" then depth = depth - 1 end
    local is_return = token.text == "return"
    local follows = list[i + 1]
    local is_one = is_return or token.kind == "name" and follows
      and follows.kind == "operator" and follows.text ~= "*" and follows.text ~= ":"
      and follows.text ~= ","
    -- sp_wipe(hash, sizeof hash): of what stands on the stack
    local is_wiped = token.text == "sp_wipe" and list[i + 4] and list[i + 4].text == "sizeof"
    if depth > 0 and is_one and not is_wiped and not said[i] and not MESSAGES[token.text]
      and begins_statement(list, i, partner) then
      local last = find_end(list, i, partner, ";")
      -- the last return of a function gives its value
      if last and not (is_return and depth == 1 and list[last + 1].text == "}") then
        add(is_return and "return" or "statement", token.from, list[last].to, ";")
      end
    end
  end
end

-- The words of each line.
local function lines_of(list)
  local lines = {}
  for i, token in ipairs(list) do
    local line = lines[#lines]
    if line and line.number == token.line then
      line.last = i
    else
      lines[#lines + 1] = { number = token.line, first = i, last = i }
    end
  end
  return lines
end

local function is_closed(line, partner)
  for i = line.first, line.last do
    if partner[i] and (partner[i] < line.first or partner[i] > line.last) then return false end
  end
  return true
end

local function has(list, line, text)
  for i = line.first, line.last do
    if list[i].text == text and list[i].kind ~= "string" then return true end
  end
  return false
end

local function is_said(list, line)
  local first = list[line.first]
  return MESSAGES[first.text] or list[line.last].kind == "text" or has(list, line, "__name")
end

local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }

-- Whether the word, in Lua, is the `end` of a function.
local function ends_function(list, i)
  if not list[i] or list[i].text ~= "end" then return false end
  local inner = 0
  for k = i - 1, 1, -1 do
    local text = list[k].kind == "keyword" and list[k].text
    if text == "end" or text == "until" then
      inner = inner + 1
    elseif OPENS[text] then
      if inner == 0 then return text == "function" end
      inner = inner - 1
    end
  end
  return false
end

local function is_nothing(list, line)
  return list[line.first].text == "return" and line.last == line.first + 1
    and list[line.last].text == "nil" and ends_function(list, line.last + 1)
end

-- In Lua a statement has a line, or stands between `then` and `end`.
local function drop_statements_of_lua(list, partner, add)
  for _, line in ipairs(lines_of(list)) do
    local first, last = list[line.first], list[line.last]
    if first.text == "if" and last.text == "end" then
      local begun = find_end(list, line.first, partner, "then")
      if begun and begun < line.last - 1 and not MESSAGES[list[begun + 1].text] then
        add(list[begun + 1].text == "return" and "return" or "statement", list[begun + 1].from,
          list[line.last - 1].to, "")
      end
    elseif is_closed(line, partner) and not is_said(list, line) then
      if first.text == "return" and last.text ~= "return" and not has(list, line, "function")
        and not is_nothing(list, line) then
        add("return", first.from, last.to, "")
      elseif first.kind == "name" and last.text == "," and list[line.first + 1].text == "=" then
        local value = list[line.first + 2]
        if value.kind ~= "string" or another_string(value.text) then
          add("entry", first.from, last.to, "")
        end
      elseif first.kind == "name" and (has(list, line, "=") or last.text == ")")
        and not has(list, line, "function") then
        add("statement", first.from, last.to, "")
      end
    end
  end
end

-- ---- all of them -------------------------------------------------------------------------------

local function line_at(text, at)
  local from = at
  while from > 1 and text:sub(from - 1, from - 1) ~= "\n" do from = from - 1 end
  local to = text:find("\n", at, true) or #text + 1
  return from, to - 1
end

--- Every change that can be made to `text`, in the order of where.
---@param text string
---@param language "c"|"lua"
---@return { kind: string, from: integer, to: integer, new: string, line: integer }[]
function places.of(text, language)
  local list = tokens.of(text, language)
  local partner = pair_brackets(list)
  local said = find_messages(list, partner)
  local found, line, counted = {}, 1, 1
  local function add(kind, from, to, new)
    found[#found + 1] = { kind = kind, from = from, to = to, new = new }
  end
  change_words(list, language, said, add)
  negate_conditions(list, language, text, partner, add)
  if language == "c" then
    drop_statements_of_c(list, partner, said, add)
  else
    drop_statements_of_lua(list, partner, add)
  end
  table.sort(found, function(a, b)
    if a.from ~= b.from then return a.from < b.from end
    if a.to ~= b.to then return a.to < b.to end
    return a.kind .. a.new < b.kind .. b.new
  end)
  local kept = {}
  for _, place in ipairs(found) do
    local _, shown = places.shown(text, place)
    local here = language == "c" and places.above(text, place) .. shown or ""
    if not here:find "SIZE_MAX" and not here:find "UINT32_MAX" then
      kept[#kept + 1] = place
    end
  end
  found = kept
  for _, place in ipairs(found) do
    line = line + select(2, text:sub(counted, place.from - 1):gsub("\n", ""))
    counted, place.line = place.from, line
  end
  return found
end

--- The source with the change made. Its lines keep their numbers.
---@param text string
---@param place { from: integer, to: integer, new: string }
---@return string
function places.changed(text, place)
  local lost = select(2, text:sub(place.from, place.to):gsub("\n", ""))
    - select(2, place.new:gsub("\n", ""))
  return text:sub(1, place.from - 1) .. place.new .. ("\n"):rep(lost) .. text:sub(place.to + 1)
end

local function tidy(lines) return (lines:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")) end

--- The line above those that the change touches, without indentation.
---@param text string
---@param place { from: integer }
---@return string
function places.above(text, place)
  local from = line_at(text, place.from)
  local above, last = line_at(text, math.max(from - 1, 1))
  return from == 1 and "" or tidy(text:sub(above, last))
end

--- The lines that the change touches, without indentation: as they are, and as they become.
---@param text string
---@param place { from: integer, to: integer, new: string }
---@return string before
---@return string after
function places.shown(text, place)
  local from = line_at(text, place.from)
  local _, to = line_at(text, place.to)
  local before = text:sub(from, to)
  local after = text:sub(from, place.from - 1) .. place.new .. text:sub(place.to + 1, to)
  return tidy(before), tidy(after)
end

return places
