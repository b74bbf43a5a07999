-- What the policies of an application ask about fields, and which facts are to be kept: what has
-- to be looked at while the customer is there. Pure; the hash of a text is given.

local asked = {}

---@class spherepay.gate.Question
---@field keys string[] the way to the field
---@field words table<any, true> the values that policies name
---@field tokens table<string, true>

---@class spherepay.gate.Asked
---@field hash fun(text: string): string
local Asked = {}
Asked.__index = Asked

local MAX_TEXT = 256 -- bytes of a fact
local NOT_OF_LUA = "not of Lua"

--- Nothing asked yet.
---@param hash fun(text: string): string
---@param report fun(err: any)? told of what gathering facts raises
---@return spherepay.gate.Asked
function asked.new(hash, report)
  return setmetatable({
    hash = hash,
    report = report or function() end,
    questions = {}, -- by the name of the field
    in_order = {},
    facts = {}, -- token -> function
    needs = setmetatable({}, { __mode = "k" }), -- policy -> tokens
  }, Asked)
end

local function split(path)
  local keys = {}
  for key in path:gmatch("[^.]+") do keys[#keys + 1] = key end
  return keys
end

local function question_about(self, path)
  local question = self.questions[path]
  if question then return question end
  question = { keys = split(path), words = {}, tokens = {}, path = path }
  self.questions[path] = question
  table.insert(self.in_order, question)
  -- the outer object first, so that what is within finds its place
  table.sort(self.in_order, function(a, b)
    if #a.keys ~= #b.keys then return #a.keys < #b.keys end
    return a.path < b.path
  end)
  return question
end

local function add_node(self, node, tokens)
  if node.op == "field" then
    local question, token = question_about(self, node.rule.field), self.hash(node.text)
    if node.rule.equals ~= nil then question.words[node.rule.equals] = true end
    for _, word in ipairs(node.rule.one_of or {}) do question.words[word] = true end
    question.tokens[token] = true
    tokens[#tokens + 1] = token
  end
  for _, below in ipairs(node.nodes or {}) do add_node(self, below, tokens) end
end

--- The tokens that a record must cover for this policy to be decided by it.
---@param policy spherepay.verification.Policy
---@return string[]
function Asked:tokens_of(policy)
  local tokens = self.needs[policy]
  if tokens then return tokens end
  tokens = {}
  add_node(self, policy.node, tokens)
  self.needs[policy] = tokens
  return tokens
end

--- Whether no policy asks about fields, and no facts are to be kept.
---@return boolean
function Asked:is_nothing()
  return self.in_order[1] == nil and next(self.facts) == nil
end

---@return spherepay.gate.Question[]
function Asked:list()
  return self.in_order
end

-- What a function holds from around it.
local function held_by(fn)
  local values = {}
  for i = 1, math.huge do
    local name, value = debug.getupvalue(fn, i)
    if not name then return values, i - 1 end
    values[i] = value
  end
end

-- A function's code, with what it holds as far as that can be written.
local function text_of(fn)
  local ok, code = pcall(string.dump, fn)
  if not ok then return NOT_OF_LUA end
  local parts, values, count = { code }, held_by(fn)
  for i = 1, count do
    local kind, value = type(values[i]), values[i]
    local is_plain = kind == "string" or kind == "number" or kind == "boolean"
    parts[#parts + 1] = kind .. (is_plain and tostring(value) or "")
  end
  return table.concat(parts, "\n")
end

-- Whether two functions have one text, and hold the same tables and functions, too.
local function are_same(one, other)
  if one == other then return true end
  local text = text_of(one)
  if text == NOT_OF_LUA or text ~= text_of(other) then return false end
  local mine, count = held_by(one)
  local theirs = held_by(other)
  for i = 1, count do
    if not rawequal(mine[i], theirs[i]) then return false end
  end
  return true
end

--- Has the facts that `fn` gathers kept.
---@param fn fun(customer: table): table
---@return string token the same in every worker that runs the same code
function Asked:add_facts(fn)
  local base, count = "facts:" .. self.hash(text_of(fn)), 1
  local token = base
  while self.facts[token] and not are_same(self.facts[token], fn) do
    token, count = base .. "." .. count, count + 1
  end
  self.facts[token] = fn
  return token
end

local function is_fact(name, value)
  if type(name) ~= "string" then return false end
  if type(value) == "string" then return #value <= MAX_TEXT end
  return type(value) == "number" or type(value) == "boolean"
end

-- What may be kept of what a function of the user's gathered.
local function kept_of(self, ok, gathered)
  local kept = {}
  if not ok then self.report(gathered) end
  if not ok or type(gathered) ~= "table" then return kept end
  for name, value in pairs(gathered) do
    if is_fact(name, value) then kept[name] = value end
  end
  return kept
end

--- The facts about a customer. A function that raises gathers none.
---@param customer table
---@return table<string, table<string, string|number|boolean>>
function Asked:facts_of(customer)
  local all = {}
  for token, fn in pairs(self.facts) do all[token] = kept_of(self, pcall(fn, customer)) end
  return all
end

return asked
