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

local function sorted_keys(object)
  local names, places = {}, {}
  for key in next, object do
    if type(key) == "string" then names[#names + 1] = key
    elseif type(key) == "number" then places[#places + 1] = key end
  end
  table.sort(names)
  table.sort(places)
  for _, place in ipairs(places) do names[#names + 1] = place end
  return names
end

local function add(list, value)
  if #list < MAX_VALUES then list[#list + 1] = value end
end

-- The words of somebody's name, who may be called by one of them.
local function add_words(list, name, text)
  if not personal.is_name(name) then return end
  for word in text:gmatch("[^%s,]+") do
    if #word >= PART_LENGTH and word ~= text then add(list, word) end
  end
end

local function text_of(value)
  if type(value) == "string" then return value end
  return numbers.is_finite(value) and numbers.text(value) or nil
end

local function add_leaf(found, name, value, inside)
  local text = text_of(value)
  if not text or personal.is_public(name) then return end
  if inside == "meta" or not personal.is_field(name) then return add(found.others, text) end
  add(found.personal, text)
  add_words(found.personal, name, text)
end

local function collect(found, object, inside, depth, seen)
  if depth > MAX_DEPTH or seen[object] then return end
  seen[object] = true
  for _, key in ipairs(sorted_keys(object)) do
    local value, name = rawget(object, key), key
    if type(key) == "number" then name = inside end
    if inside == "meta" and type(key) == "string" and not key:find("^[a-z][A-Za-z_]*$") then
      add(found.others, key)
    end
    if type(value) == "table" then
      collect(found, value, inside == "meta" and "meta" or name, depth + 1, seen)
    else
      add_leaf(found, name, value, inside)
    end
  end
end

--- Everything personal that was sent: names, numbers and contacts first, so that no number of other
--- values can displace them.
---@param sources table[] bodies, queries, headers; anything but a table is passed over
---@return string[] values each once
function echo.values(sources)
  local found, seen, list = { personal = {}, others = {} }, {}, {}
  for i = 1, sources.n or #sources do
    if type(sources[i]) == "table" then collect(found, sources[i], nil, 1, seen) end
  end
  seen = {}
  for _, values in ipairs { found.personal, found.others } do
    for _, value in ipairs(values) do
      if not seen[value] then list[#list + 1], seen[value] = value, true end
    end
  end
  return list
end

return echo
