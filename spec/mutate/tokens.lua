-- The words of a source, C or Lua: enough to find where it can be changed. Comments and lines of
-- the preprocessor are left out.

local tokens = {}

local KEYWORDS = {
  c = [[break case const continue default do else enum extern for goto if return sizeof static
    struct switch typedef union void while]],
  lua = [[and break do else elseif end false for function goto if in local nil not or repeat return
    then true until while]],
}
for language, words in pairs(KEYWORDS) do
  local set = {}
  for word in words:gmatch "%S+" do set[word] = true end
  KEYWORDS[language] = set
end

-- The longer before the shorter.
local OPERATORS = {
  c = { "<<=", ">>=", "...", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=",
    "-=", "*=", "/=", "%=", "|=", "&=", "^=" },
  lua = { "...", "..", "==", "~=", "<=", ">=", "::" },
}

-- Where what begins at `at` and is no code ends; nil when code begins there.
local function skipped(text, at, language)
  local space = text:match("^%s+()", at)
  if space then return space end
  if language == "lua" then
    local level = text:match("^%-%-%[(=*)%[", at)
    if level then return select(2, text:find("]" .. level .. "]", at, true)) + 1 end
    return text:match("^%-%-[^\n]*()", at) or at == 1 and text:match("^#[^\n]*()", at)
  end
  if text:find("^/%*", at) then return select(2, text:find("*/", at, true)) + 1 end
  if text:find("^//", at) then return text:match("^[^\n]*()", at) end
  if not text:find("^#", at) then return nil end
  local last = at
  repeat -- a line of the preprocessor, with those that continue it
    last = text:match("^[^\n]*()", last)
    local goes_on = text:sub(last - 1, last - 1) == "\\"
    if goes_on then last = last + 1 end
  until not goes_on
  return last
end

local function quoted(text, at)
  local quote = text:match("^[\"']", at)
  if not quote then return nil end
  local to = at + 1
  while text:sub(to, to) ~= quote do
    to = to + (text:sub(to, to) == "\\" and 2 or 1)
  end
  return to
end

local function literal(text, at, language)
  if language == "lua" then
    local level = text:match("^%[(=*)%[", at)
    if level then return "text", select(2, text:find("]" .. level .. "]", at, true)) end
  end
  local to = quoted(text, at)
  if to then
    return (language == "c" and text:sub(at, at) == "'") and "character" or "string", to
  end
  local after = text:match("^0[xX]%x+[uUlL]*()", at)
    or text:match("^%d+%.?%d*[eE][+-]?%d+()", at) or text:match("^%d+%.?%d*[uUlL]*()", at)
  if not after then return nil end
  return "number", after - 1
end

local function operator(text, at, language)
  for _, each in ipairs(OPERATORS[language]) do
    if text:sub(at, at + #each - 1) == each then return at + #each - 1 end
  end
  return at
end

--- The words of `text`.
---@param text string
---@param language "c"|"lua"
---@return { kind: string, text: string, from: integer, to: integer, line: integer }[] kind:
---  name, keyword, number, string, text (over several lines), character, operator
function tokens.of(text, language)
  local list, at, line, counted = {}, 1, 1, 1
  while at <= #text do
    local after = skipped(text, at, language)
    if not after then
      local kind, to = literal(text, at, language)
      local word = not kind and text:match("^[%a_][%w_]*", at)
      if word then
        kind, to = KEYWORDS[language][word] and "keyword" or "name", at + #word - 1
      elseif not kind then
        kind, to = "operator", operator(text, at, language)
      end
      line = line + select(2, text:sub(counted, at - 1):gsub("\n", ""))
      counted = at
      list[#list + 1] = { kind = kind, text = text:sub(at, to), from = at, to = to, line = line }
      after = to + 1
    end
    at = after
  end
  return list
end

return tokens
