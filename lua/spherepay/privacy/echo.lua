-- Cuts out of a server's text what the request itself had carried: a server quotes what it refuses.
-- What is looked for is known by value, so this is exact, but for texts that say it in other words
-- (a date in letters, one half of a name): those are the affair of `scrub`.

local fold = require "spherepay.privacy.fold"
local numbers = require "spherepay.http.numbers"
local personal = require "spherepay.privacy.personal"

local echo = {}

local MASK = "[redacted]"
local MAX_VALUES = 1000
local MAX_DEPTH = 16
local MAX_TEXT = 4096
local MAX_VALUE = 254   -- the beginning of a longer one is looked for
local MIN_LENGTH = 2    -- what is shorter stands in every text
local WORD_LENGTH = 6   -- a shorter word is cut only where it stands alone
local MIN_DIGITS = 6    -- so many are found in any grouping
local PART_LENGTH = 3   -- of a name of several words

-- ---- what was sent -----------------------------------------------------------------------------

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
  if not text or (personal.is_public(name) and not personal.is_field(name)) then return end
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

-- What a value is compared by: its form; and its digits, when it is little else.
local function needle(value)
  local form = fold.value(value:sub(1, MAX_VALUE))
  local digits = form:gsub("[^0-9]", "")
  if #form < MIN_LENGTH then return nil end
  local is_number = #digits >= MIN_DIGITS and not form:find("[^0-9 /()]")
  return {
    form = form,
    loose = #form >= WORD_LENGTH,
    digits = is_number and digits or nil,
  }
end

local function longer(a, b)
  if #a.form ~= #b.form then return #a.form > #b.form end
  return a.form < b.form
end

--- Everything personal that was sent, ready to be looked for: names, numbers and contacts first, so
--- that no number of other values can displace them.
---@param sources table[] bodies, queries, headers; anything but a table is passed over
---@return table needles
function echo.needles(sources)
  local found, seen, list = { personal = {}, others = {} }, {}, {}
  for i = 1, sources.n or #sources do
    if type(sources[i]) == "table" then collect(found, sources[i], nil, 1, seen) end
  end
  seen = {}
  for _, values in ipairs { found.personal, found.others } do
    for _, value in ipairs(values) do
      local one = #list < MAX_VALUES and not seen[value] and needle(value)
      seen[value] = true
      if one then list[#list + 1] = one end
    end
  end
  table.sort(list, longer)
  return list
end

-- ---- where it stands ---------------------------------------------------------------------------

-- Where in the text each byte of its form begins and ends: asked for when something is found, which
-- is rare. What has been blotted out in the form since has kept its place.
local function places(state)
  if not state.from then
    local _
    _, state.from, state.to = fold.text(state.text)
  end
  return state.from, state.to
end

local function add_span(state, first, last)
  local from, to = places(state)
  state.spans[#state.spans + 1] = { from[first], to[last] }
end

-- Whether a word ends between two neighbours: in the form, where escapes are no letters any more;
-- or in the text itself, where "janeSmith" is two words.
local function breaks(state, left)
  local here = state.form:sub(left, left + 1)
  if not here:find("^[a-z0-9][a-z0-9]$") then return true end
  if not state.text:find("[a-z][A-Z]") then return false end
  local from, to = places(state)
  local stop, start = to[left], from[left + 1]
  return start == stop + 1 and state.text:find("^[a-z][A-Z]", stop) ~= nil
end

-- What has been found is blotted out in the form: nothing shorter is looked for there, and a word
-- that ends there ends.
local function find_form(state, one)
  local at, stop = state.form:find(one.form, 1, true)
  while at do
    local is_found = one.loose or (breaks(state, at - 1) and breaks(state, stop))
    if is_found then
      add_span(state, at, stop)
      state.form = state.form:sub(1, at - 1) .. ("\1"):rep(stop - at + 1)
        .. state.form:sub(stop + 1)
    end
    at, stop = state.form:find(one.form, is_found and stop + 1 or at + 1, true)
  end
end

local function sorted_digits(digits)
  local list = {}
  for digit in digits:gmatch(".") do list[#list + 1] = digit end
  table.sort(list)
  return table.concat(list)
end

local function same_digits(run, one)
  if #run < MIN_DIGITS or #run > 64 then return false end
  if run:find(one.digits, 1, true) or one.digits:find(run, 1, true) then return true end
  return #run == #one.digits and sorted_digits(run) == sorted_digits(one.digits)
end

-- Numbers in another grouping, with or without a country's prefix, days and months exchanged.
local function find_digits(state, needles)
  if not state.form:find("[0-9]") then return end
  for at, run, stop in state.form:gmatch("()([0-9][0-9 /()]*[0-9])()") do
    local digits = run:gsub("[^0-9]", "")
    for _, one in ipairs(needles) do
      if one.digits and same_digits(digits, one) then
        add_span(state, at, stop - 1)
        break
      end
    end
  end
end

local function earlier(a, b)
  return a[1] < b[1] or (a[1] == b[1] and a[2] > b[2])
end

local function cut(text, spans)
  if not spans[1] then return text end
  table.sort(spans, earlier)
  local parts, done = {}, nil
  for _, span in ipairs(spans) do
    if not done or span[1] > done + 1 then
      parts[#parts + 1] = text:sub((done or 0) + 1, span[1] - 1)
      parts[#parts + 1] = MASK
    end
    done = math.max(done or 0, span[2])
  end
  parts[#parts + 1] = text:sub(done + 1)
  return table.concat(parts)
end

--- The text without what was sent.
---@param text string at most its first 4096 bytes are kept
---@param needles table of `echo.needles`
---@return string
function echo.cut(text, needles)
  text = text:sub(1, MAX_TEXT)
  if not needles[1] then return text end
  local state = { text = text, form = fold.form(text), spans = {} }
  for _, one in ipairs(needles) do find_form(state, one) end
  find_digits(state, needles)
  return cut(text, state.spans)
end

return echo
