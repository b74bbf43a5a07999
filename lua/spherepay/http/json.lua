-- JSON for request bodies: what may stand in params, and how it is written. Answers are read by
-- the core; here is only what it must be told.
--
-- Three things, one after the other: `plain` copies params into tables without metamethods, which
-- are then checked; `encode` writes exactly those; `overlay` puts members that are already JSON
-- among them.
--
-- lua-cjson is there for what a host shares with us: its null is ours, and its marks of arrays are
-- understood. Nothing passes through it.

local blame = require "spherepay.options.blame"
local core = require "spherepay.core"
local need = require "spherepay.need"
local numbers = require "spherepay.http.numbers"
local pointers = require "spherepay.http.pointer"
local written = need.lazily "spherepay.http.written"

need.cjson()

local json = {}

local MAX_DEPTH = 32
local MAX_VALUES = 131072 -- of an answer, or one for 8 bytes of max_body when that is more

--- The metatable of tables that stay arrays when they are empty: all that came as arrays.
local ARRAY_MT = { __name = "spherepay.array" }
json.ARRAY_MT = ARRAY_MT

--- JSON null in params; in answers only with `nulls = "keep"`, and inside arrays.
json.null = core.null

--- An empty array in params. It is shared, so it cannot be changed.
json.empty_array = setmetatable({}, {
  __name = "spherepay.array",
  __newindex = function() blame("spherepay.empty_array cannot be changed") end,
})

-- ---- answers ----

--- How many values the answer may hold: what 1 MiB of real customers never comes near.
---@param max_body integer bytes
---@return integer
function json.max_values(max_body)
  return math.max(MAX_VALUES, math.floor(max_body / 8))
end

--- Decodes one JSON text, as the core does it with answers.
---@param text string
---@param nulls "keep"|"drop"|nil
---@return any value nil when the text is not JSON
---@return string? message
function json.decode(text, nulls)
  return core.decode(text, ARRAY_MT, nulls == "keep", json.max_values(#text))
end

-- ---- params without metamethods ----

-- What the OpenResty fork of lua-cjson calls so: a mark of arrays that a host may have set.
local function is_of_cjson(value, name)
  for _, module in ipairs { "cjson", "cjson.safe" } do
    local cjson = package.loaded[module]
    if type(cjson) == "table" and value == cjson[name] then return true end
  end
  return false
end

local function is_marked(value)
  local mt = getmetatable(value)
  if type(mt) ~= "table" then return false end
  return rawget(mt, "__name") == "spherepay.array"
    or is_of_cjson(mt, "array_mt") or is_of_cjson(mt, "empty_array_mt")
end

local function copy(value, above, depth)
  if type(value) ~= "table" or above[value] or depth > MAX_DEPTH then return value end
  local result = {}
  above[value] = true
  for name, item in core.pairs(value) do result[name] = copy(item, above, depth + 1) end
  above[value] = nil
  return is_marked(value) and setmetatable(result, ARRAY_MT) or result
end

--- A copy of params that is what it looks like: `__pairs` is asked, on every Lua, and no other
--- metamethod. What is checked is then what is sent.
---@generic T
---@param value T
---@return T
function json.plain(value)
  return copy(value, {}, 0)
end

-- ---- writing ----

local write

local function add(out, part)
  out[#out + 1] = part
end

-- Where the value at `depth` is. The steps that lead there are noted, and joined when one asks.
local function pointer_of(out, depth)
  local pointer = ""
  for i = 1, depth - 1 do pointer = pointers.join(pointer, out.steps[i]) end
  return pointer
end

local function problem(out, depth, detail)
  local problems = out.problems
  problems[#problems + 1] = { pointer = pointer_of(out, depth), detail = detail }
end

local function write_number(out, number, depth)
  if not numbers.is_finite(number) then return problem(out, depth, "must be a finite number") end
  add(out, numbers.text(number))
end

local function write_string(out, text, depth)
  local quoted = core.quote(text)
  if not quoted then return problem(out, depth, "must be UTF-8") end
  add(out, quoted)
end

local function write_array(out, list, depth)
  add(out, "[")
  for i = 1, #list do
    if i > 1 then add(out, ",") end
    out.steps[depth] = i - 1
    write(out, list[i], depth + 1)
  end
  add(out, "]")
end

-- Says why `name` cannot be the name of a member.
local function name_problem(name)
  if type(name) ~= "string" then return "must have names as keys, or be a list without holes" end
  if name:find("[%z\1-\31\127]") then return "has a name with a control character" end
  return nil
end

-- The names of the members in order, or nil and what is wrong with one.
local function names_of(object)
  local names = {}
  for name in core.pairs(object) do
    local detail = not written.names[name] and name_problem(name)
    if detail then return nil, detail end
    names[#names + 1] = name
  end
  if names[2] then table.sort(names) end
  return names
end

local function quote_name(name)
  local quoted = core.quote(name)
  return quoted and quoted .. ":"
end

local function write_members(out, object, depth, separator)
  local names, detail = names_of(object)
  if not names then return problem(out, depth, detail) end
  for _, name in ipairs(names) do
    local quoted = written.names[name] or quote_name(name)
    if not quoted then return problem(out, depth, "has a name that is not UTF-8") end
    add(out, separator)
    add(out, quoted)
    out.steps[depth] = name
    write(out, object[name], depth + 1)
    separator = ","
  end
end

local function write_object(out, object, depth)
  add(out, "{")
  write_members(out, object, depth, "")
  add(out, "}")
end

local function is_list(value)
  local count = 0
  for key in core.pairs(value) do
    if type(key) ~= "number" then return false end
    count = count + 1
  end
  return count > 0 and count == #value
end

-- A field that is documented as an array, unless it is within the caller's own `meta`.
local function is_array_field(out, depth)
  if not written.arrays[out.steps[depth - 1]] then return false end
  for i = 1, depth - 2 do
    if out.steps[i] == "meta" then return false end
  end
  return true
end

local function write_table(out, value, depth)
  if next(value) == nil and (is_marked(value) or depth > 1 and is_array_field(out, depth)) then
    add(out, "[]")
  elseif is_list(value) then
    write_array(out, value, depth)
  else
    write_object(out, value, depth)
  end
end

-- The members that came go back as they came.
local function write_overlay(out, overlay, depth)
  local separator = ""
  add(out, "{")
  for _, member in ipairs(overlay.members) do
    add(out, separator)
    add(out, member)
    separator = ","
  end
  write_members(out, overlay.changes, depth, separator)
  add(out, "}")
end

local OVERLAY = {}

local function write_nested(out, value, depth)
  if depth > MAX_DEPTH or out.above[value] then
    return problem(out, depth, "is nested too deeply, or holds itself")
  end
  out.above[value] = true
  local write_it = getmetatable(value) == OVERLAY and write_overlay or write_table
  write_it(out, value, depth)
  out.above[value] = nil
end

local function is_document(value)
  return type(value) == "userdata" and tostring(value) == "spherepay.document"
end

local WRITERS = {
  string = write_string,
  number = write_number,
  table = write_nested,
  boolean = function(out, value) add(out, value and "true" or "false") end,
}

function write(out, value, depth)
  local writer = WRITERS[type(value)]
  if writer then
    writer(out, value, depth)
  elseif value == json.null then
    add(out, "null")
  elseif is_document(value) then
    out.has_documents = true
    add(out, '"')
    add(out, value)
    add(out, '"')
  elseif value ~= nil and is_of_cjson(value, "empty_array") then
    add(out, "[]")
  else
    problem(out, depth, "cannot be sent: it is a " .. type(value))
  end
end

-- The parts, as few as can be: documents, and the texts between them.
local function joined(out)
  local parts, from = {}, 1
  for i, part in ipairs(out) do
    if type(part) ~= "string" then
      parts[#parts + 1] = table.concat(out, "", from, i - 1)
      parts[#parts + 1] = part
      from = i + 1
    end
  end
  parts[#parts + 1] = table.concat(out, "", from)
  return parts
end

--- Encodes params as a JSON text, names in order. An empty table is `{}`, but `[]` where the
--- vendor documents an array, where it came from an answer as an array, and for
--- `json.empty_array`.
---@param value any tables, strings in UTF-8, finite numbers, booleans, `json.null`,
---  `json.empty_array`, documents of `spherepay.document_file` and overlays
---@return string|table|nil body a string, or a list of strings and documents to be joined
---@return spherepay.Problem[]? problems when something in it cannot be sent
function json.encode(value)
  local out = { problems = {}, above = {}, steps = {} }
  write(out, value, 1)
  if out.problems[1] then return nil, out.problems end
  if out.has_documents then return joined(out) end
  return table.concat(out)
end

-- ---- members that go back as they came ----

--- For `encode`: an object of these members with `changes` laid over it. Null takes a member away
--- (as in RFC 7396); all others go out byte for byte.
---@param members { name: string, text: string }[]
---@param changes table
---@return table
function json.overlay(members, changes)
  local overlay = setmetatable({ members = {}, changes = {} }, OVERLAY)
  local last = {} -- of a name that repeats, the last counts
  for i, member in ipairs(members) do last[member.name] = i end
  for i, member in ipairs(members) do
    if last[member.name] == i and changes[member.name] == nil then
      overlay.members[#overlay.members + 1] = member.text
    end
  end
  for name, value in pairs(changes) do
    if value ~= json.null then overlay.changes[name] = value end
  end
  return overlay
end

return json
