-- The values that a request has carried, which no text of its answer may show: a server quotes what
-- it refuses. The core finds them (`core.mask`). They are known by value, so that is exact, but for
-- texts that say them in other words (a date in letters, one half of a name): those are the affair
-- of `scrub`.

local numbers = require "spherepay.http.numbers"
local personal = require "spherepay.privacy.personal"

local echo = {}

local MAX_VALUES = 1000
local MAX_DEPTH = 16
local PART_LENGTH = 3 -- of a name of several words

-- The names of an object, in order, and behind them the places of a list; and how many names.
local function sorted_keys(object)
  local keys, places = {}, nil
  for key in next, object do
    local kind = type(key)
    if kind == "string" then
      keys[#keys + 1] = key
    elseif kind == "number" then
      places = places or {}
      places[#places + 1] = key
    end
  end
  local count = #keys
  if count > 1 then table.sort(keys) end
  if places then
    table.sort(places)
    for i, place in ipairs(places) do keys[count + i] = place end
  end
  return keys, count
end

local function add(list, value)
  if #list < MAX_VALUES then list[#list + 1] = value end
end

-- The words of somebody's name, who may be called by one of them.
local function add_words(list, text)
  if not text:find("[%s,]") then return end
  for word in text:gmatch("[^%s,]+") do
    if #word >= PART_LENGTH and word ~= text then add(list, word) end
  end
end

local function add_leaf(found, name, text, inside)
  local kind = personal.kind(name)
  if kind == "public" then return end
  if inside == "meta" or not kind then return add(found.others, text) end
  add(found.personal, text)
  if kind == "name" then add_words(found.personal, text) end
end

local function collect(found, object, inside, depth, seen)
  if depth > MAX_DEPTH or seen[object] then return end
  seen[object] = true
  local keys, count = sorted_keys(object)
  for i = 1, #keys do
    local key = keys[i]
    local value, name = object[key], i <= count and key or inside
    local kind = type(value)
    if inside == "meta" and i <= count and not key:find("^[a-z][A-Za-z_]*$") then
      add(found.others, key)
    end
    if kind == "table" then
      collect(found, value, inside == "meta" and "meta" or name, depth + 1, seen)
    elseif kind == "string" then
      add_leaf(found, name, value, inside)
    elseif numbers.is_finite(value) then
      add_leaf(found, name, numbers.text(value), inside)
    end
  end
end

-- Each once.
local function distinct(values)
  local seen, list = {}, {}
  for _, value in ipairs(values) do
    if not seen[value] then list[#list + 1], seen[value] = value, true end
  end
  return list
end

--- Everything personal that was sent: names, numbers and contacts first, so that no number of other
--- values can displace them.
---@param sources table[] bodies, queries, headers; anything but a table is passed over
---@return string[] values each once, when there are more than are looked for
function echo.values(sources)
  local found, seen = { personal = {}, others = {} }, {}
  for i = 1, sources.n or #sources do
    if type(sources[i]) == "table" then collect(found, sources[i], nil, 1, seen) end
  end
  local values, others = found.personal, found.others
  for i = 1, #others do values[#values + 1] = others[i] end
  return #values > MAX_VALUES and distinct(values) or values
end

return echo
