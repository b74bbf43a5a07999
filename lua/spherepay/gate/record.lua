-- What the gate keeps of a customer in a shared dictionary, so that one look serves every policy:
-- names and states of profiles and criteria, and of the fields that policies ask about no more
-- than the answers need. Nothing personal: no texts, no ids, and no value of a field but one that
-- a policy itself names. Pure: no nginx, no clock.
--
-- In the dictionary it is lines of words; the first letter of a line says what it holds.

local paths = require "spherepay.http.path"
local read = require "spherepay.verification.read"
local v1 = require "spherepay.verification.v1"

local record = {}

---@class spherepay.gate.Record
---@field customer table? as a policy reads one; nil when there is no such customer
---@field covers table<string, true> the questions about fields that it answers, and facts
---@field facts table<string, table<string, string|number|boolean>> by their token

local NONE = {} -- of which there is none; never changed
local MAX_NAME = 64
local MAX_NAMES = 200 -- of one list
local ABSENT = "-"

local MAX_SHARED = 200 -- profiles that are kept for the next records

local LISTS = { c = "complete", w = "pending", r = "required" }
local ORDER = { "complete", "pending", "required", "errors" }

-- ---- of a customer -----------------------------------------------------------------------------

-- The API's names are an open list; what does not look like a name is not repeated.
local function name_of(value)
  if type(value) ~= "string" or value == "" then return nil end
  if #value <= MAX_NAME and value:find("^[%w_.%-]+$") and value ~= ABSENT then return value end
  return "unknown"
end

local function names_of(list)
  local names = {}
  for i = 1, math.min(type(list) == "table" and #list or 0, MAX_NAMES) do
    names[#names + 1] = name_of(read.name(list[i]))
  end
  return names
end

local function new_profile(raw)
  local criteria, errors = {}, {}
  for _, which in pairs(LISTS) do criteria[which] = names_of(read.list(raw, which)) end
  for _, name in ipairs(names_of(read.list(raw, "errors"))) do
    errors[#errors + 1] = { name = name }
  end
  criteria.errors = errors
  return { name = name_of(raw.name), status = name_of(raw.status), criteria = criteria }
end

-- Builds a line in place, word by word: a record is written at every look.
local function add(parts, letter, first, second)
  parts[#parts + 1] = letter
  if first then parts[#parts + 1] = " " .. first end
  if second then parts[#parts + 1] = " " .. second end
end

local function add_names(parts, letter, names, first, second)
  if names == nil then return end
  add(parts, letter, first, second)
  for i = 1, #names do
    parts[#parts + 1] = " "
    parts[#parts + 1] = names[i]
  end
end

local function add_criteria(parts, profile)
  local criteria = profile.criteria
  add(parts, "\nP", profile.name or ABSENT, profile.status or ABSENT)
  add_names(parts, "\nc", criteria.complete)
  add_names(parts, "\nw", criteria.pending)
  add_names(parts, "\nr", criteria.required)
  add(parts, "\ne")
  for i = 1, #criteria.errors do
    parts[#parts + 1] = " "
    parts[#parts + 1] = criteria.errors[i].name
  end
end

local function lines_of(profile)
  local parts = {}
  add_criteria(parts, profile)
  return table.concat(parts)
end

-- Most customers have one of few profiles. So what is kept of those that hold names and nothing
-- else is made once, with its text, and shared by their records, which nobody changes. It is found
-- by its names, one after the other, for nothing has to be made for that.
local tree, count = {}, 0
local lines = setmetatable({}, { __mode = "k" }) -- of the profiles there
local END = {} -- in the tree: of a list

local function along(branch, list)
  if type(list) ~= "table" then return nil end
  for i = 1, #list do
    branch = branch[list[i]]
    if not branch then return nil end
  end
  return branch[END]
end

local function find_shared(raw)
  local criteria, branch = raw.criteria, tree[raw.name]
  if type(criteria) ~= "table" or not branch then return nil end
  branch = branch[raw.status]
  for i = 1, #ORDER do
    branch = branch and along(branch, criteria[ORDER[i]])
  end
  return branch
end

-- The way to a profile in the tree; nil when not all of it are names.
local function way_to(raw)
  local way = { raw.name, raw.status }
  for i = 1, #ORDER do
    local list = type(raw.criteria) == "table" and raw.criteria[ORDER[i]]
    if type(list) ~= "table" then return nil end
    for j = 1, #list do way[#way + 1] = list[j] end
    way[#way + 1] = END
  end
  for i = 1, #way do
    if way[i] ~= END and name_of(way[i]) ~= way[i] then return nil end
  end
  return #way <= MAX_NAMES and way or nil
end

local function share(profile, way)
  if count >= MAX_SHARED then tree, count = {}, 0 end
  local branch = tree
  for i = 1, #way - 1 do
    branch[way[i]] = branch[way[i]] or {}
    branch = branch[way[i]]
  end
  branch[way[#way]], count = profile, count + 1
  lines[profile] = lines_of(profile)
end

local function profile_of(raw)
  local profile = find_shared(raw)
  if profile then return profile end
  profile = new_profile(raw)
  local way = raw.name and raw.status and way_to(raw)
  if way then share(profile, way) end
  return profile
end

-- Those of a list that are objects, each made into what is kept of it.
local function map_objects(list, fn)
  if #list == 1 and type(list[1]) == "table" then return { fn(list[1]) } end
  local result = {}
  for i = 1, math.min(#list, MAX_NAMES) do
    if type(list[i]) == "table" then result[#result + 1] = fn(list[i]) end
  end
  return result
end

local function required_of(raw)
  local list = v1.requirements(raw)
  return list and names_of(list)
end

local function old_profiles(customer, kept)
  for _, field in ipairs(v1.FIELDS) do kept[field] = name_of(customer[field]) end
  kept.requirements = required_of(customer)
  if type(customer.ubos) == "table" then
    kept.ubos = map_objects(customer.ubos, function(ubo)
      return { requirements = required_of(ubo) or {} }
    end)
  end
  if type(customer.verificationLevels) == "table" then
    kept.verificationLevels = map_objects(customer.verificationLevels, function(level)
      return { name = name_of(level.name), status = name_of(level.status),
        requirements = required_of(level) or {} }
    end)
  end
end

-- A place for a field in what is kept, without touching what is there.
local function put(kept, keys, value)
  local place = kept
  for i = 1, #keys - 1 do
    if place[keys[i]] == nil then place[keys[i]] = {} end
    place = place[keys[i]]
    if type(place) ~= "table" then return end
  end
  if place[keys[#keys]] == nil then place[keys[#keys]] = value end
end

-- The value when the policies name it, else a table: that there is one, and nothing of it.
local function reduced(customer, question)
  local value = customer
  for _, key in ipairs(question.keys) do
    if type(value) ~= "table" then return nil end
    value = value[key]
  end
  if type(value) == "table" then return {} end
  if type(value) ~= "string" and type(value) ~= "number" and type(value) ~= "boolean" then
    return nil
  end
  if question.words[value] then return value end
  return {}
end

--- What is kept of a customer.
---@param customer table
---@param asked spherepay.gate.Asked what policies ask about fields, and the facts to keep
---@return spherepay.gate.Record
function record.of(customer, asked)
  local kept = { verificationProfiles = nil } -- with room for it
  if type(customer.verificationProfiles) == "table" then
    kept.verificationProfiles = map_objects(customer.verificationProfiles, profile_of)
  else
    old_profiles(customer, kept)
  end
  if asked:is_nothing() then return { customer = kept, covers = NONE, facts = NONE } end
  local covers = {}
  for _, question in ipairs(asked:list()) do
    local value = reduced(customer, question)
    if value ~= nil then put(kept, question.keys, value) end
    for token in pairs(question.tokens) do covers[token] = true end
  end
  local facts = asked:facts_of(customer)
  for token in pairs(facts) do covers[token] = true end
  return { customer = kept, covers = covers, facts = facts }
end

--- What is kept of somebody who is no customer.
---@return spherepay.gate.Record
function record.of_nobody()
  return { covers = {}, facts = {} }
end

-- ---- as text -----------------------------------------------------------------------------------

local function add_old_profiles(parts, kept)
  for _, field in ipairs(v1.FIELDS) do
    if type(kept[field]) == "string" then add(parts, "\nK", field, kept[field]) end
  end
  add_names(parts, "\nR", kept.requirements)
  if kept.ubos then add(parts, "\nO") end
  for _, ubo in ipairs(kept.ubos or {}) do add_names(parts, "\nU", ubo.requirements) end
  if kept.verificationLevels then add(parts, "\nH") end
  for _, level in ipairs(kept.verificationLevels or {}) do
    add_names(parts, "\nL", level.requirements, level.name or ABSENT, level.status or ABSENT)
  end
end

local function encode_value(value)
  if type(value) == "table" then return "x" end
  if type(value) == "boolean" then return value and "t" or "f" end
  if type(value) == "number" then return ("n%.17g"):format(value) end
  return "s" .. paths.escape(value)
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function decode_value(word)
  local kind = word:sub(1, 1)
  if kind == "x" then return {} end
  if kind == "t" or kind == "f" then return kind == "t" end
  if kind == "n" then return tonumber(word:sub(2)) end
  return unescape(word:sub(2))
end

-- What has lines of its own, in a customer of v2 and in one of v1.
local STRUCTURE = { verificationProfiles = true }
local OLD_STRUCTURE = { requirements = true, ubos = true, verificationLevels = true }
for _, field in ipairs(v1.FIELDS) do OLD_STRUCTURE[field] = true end

-- The fields, each with the way to it.
local function add_fields(parts, object, way, structure)
  for key, value in pairs(object) do
    if not structure[key] then
      local place = way .. paths.escape(key)
      add(parts, "\nF", place, encode_value(value))
      if type(value) == "table" then add_fields(parts, value, place .. "/", {}) end
    end
  end
end

-- What it answers, and the facts.
local function answers_of(self)
  if next(self.covers) == nil and next(self.facts) == nil then return "" end
  local parts = {}
  for token in pairs(self.covers) do add(parts, "\nQ", token) end
  for token, facts in pairs(self.facts) do
    for name, value in pairs(facts) do
      add(parts, "\nA", token, paths.escape(name) .. " " .. encode_value(value))
    end
  end
  return table.concat(parts)
end

local function profiles_of(kept)
  local list = kept.verificationProfiles
  if not list then
    local parts = {}
    add_old_profiles(parts, kept)
    return table.concat(parts)
  end
  local text = "\nV"
  if #list == 1 then return text .. (lines[list[1]] or lines_of(list[1])) end
  for i = 1, #list do text = text .. (lines[list[i]] or lines_of(list[i])) end
  return text
end

local function fields_of(kept)
  local structure = kept.verificationProfiles and STRUCTURE or OLD_STRUCTURE
  for key in pairs(kept) do
    if not structure[key] then
      local parts = {}
      add_fields(parts, kept, "", structure)
      return table.concat(parts)
    end
  end
  return "" -- no policy asks of any
end

--- A record as a text.
---@param self spherepay.gate.Record
---@param at number seconds since the epoch: when it was seen
---@param head string? what it begins with
---@return string
function record.encode(self, at, head)
  local kept = self.customer
  local first = ("%s%s%.3f"):format(head or "", kept and "c" or "n", at)
  if not kept then return first .. answers_of(self) end
  if self.covers == NONE and kept.verificationProfiles then return first .. profiles_of(kept) end
  return first .. answers_of(self) .. profiles_of(kept) .. fields_of(kept)
end

local function word_of(word)
  if word == ABSENT then return nil end
  return word
end

local function rest_of(words, from)
  local names = {}
  for i = from, #words do names[#names + 1] = words[i] end
  return names
end

local take = {}

function take.Q(self, words) self.covers[words[2]] = true end

function take.A(self, words)
  local facts = self.facts[words[2]] or {}
  self.facts[words[2]] = facts
  facts[unescape(words[3])] = decode_value(words[4])
end

function take.V(self) self.customer.verificationProfiles = {} end

function take.P(self, words)
  local list = self.customer.verificationProfiles
  list[#list + 1] = { name = word_of(words[2]), status = word_of(words[3]),
    criteria = { errors = {} } }
end

local function last_criteria(self)
  local list = self.customer.verificationProfiles
  return list[#list].criteria
end

for letter, which in pairs(LISTS) do
  take[letter] = function(self, words) last_criteria(self)[which] = rest_of(words, 2) end
end

function take.e(self, words)
  for _, name in ipairs(rest_of(words, 2)) do
    local errors = last_criteria(self).errors
    errors[#errors + 1] = { name = name }
  end
end

function take.K(self, words) self.customer[words[2]] = words[3] end
function take.R(self, words) self.customer.requirements = rest_of(words, 2) end
function take.O(self) self.customer.ubos = {} end
function take.H(self) self.customer.verificationLevels = {} end

function take.U(self, words)
  table.insert(self.customer.ubos, { requirements = rest_of(words, 2) })
end

function take.L(self, words)
  table.insert(self.customer.verificationLevels, { name = word_of(words[2]),
    status = word_of(words[3]), requirements = rest_of(words, 4) })
end

function take.F(self, words)
  local keys = {}
  for key in words[2]:gmatch("[^/]+") do keys[#keys + 1] = unescape(key) end
  put(self.customer, keys, decode_value(words[3]))
end

local function take_lines(self, text)
  for line in text:gmatch("\n([^\n]+)") do
    local words = {}
    for word in line:gmatch("%S+") do words[#words + 1] = word end
    take[words[1]](self, words)
  end
  for token in pairs(self.covers) do
    if token:find("^facts:") then self.facts[token] = self.facts[token] or {} end
  end
end

--- The record in a text of `encode`.
---@param text any
---@return spherepay.gate.Record? self nil when it is no such text; so may one be that another
---  version of this library wrote, which a reload or another machine has
---@return number? at
function record.decode(text)
  if type(text) ~= "string" then return nil end
  local kind, at = text:match("^([cn])(%d+%.%d+)")
  if not kind then return nil end
  local self = { covers = {}, facts = {}, customer = kind == "c" and {} or nil }
  if not pcall(take_lines, self, text) then return nil end
  return self, tonumber(at)
end

return record
