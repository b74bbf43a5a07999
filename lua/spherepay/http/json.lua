-- JSON for request bodies and answers, through one private instance of lua-cjson: what a host
-- does to its own instance does not reach us, nor the other way round. Only this file and the
-- core's answer mapper know lua-cjson.
--
-- Debian's lua-cjson 2.1.0 cannot write an empty array and writes 14 digits of a number. What it
-- cannot write is put into the text as a marker, a string with a control character at each end,
-- and replaced afterwards; a string of the caller's that holds that character takes the same way.

local blame = require "spherepay.options.blame"
local cjson = require "cjson"

local pointers = require "spherepay.http.pointer"

local json = {}

local MAX_DEPTH = 32
local MARK = "\1"

--- The metatable of tables that stay arrays when they are empty.
local ARRAY_MT = { __name = "spherepay.array" }
json.ARRAY_MT = ARRAY_MT

--- JSON null in params; in answers only with `nulls = "keep"`, and inside arrays.
json.null = cjson.null

--- An empty array in params. It is shared, so it cannot be changed.
json.empty_array = setmetatable({}, {
  __name = "spherepay.array",
  __newindex = function() blame("spherepay.empty_array cannot be changed") end,
})

--- The fields that the vendor documents as arrays, in every version (vendor docs: customer,
--- representative, list, webhook).
json.ARRAY_FIELDS = {}
for name in ([[verificationProfiles complete pending required errors addresses roles customers
  requirements kycRequirements ubos wallets bankAccounts verificationLevels highRiskActivities
  events webhookRecords requestIds]]):gmatch("%S+") do
  json.ARRAY_FIELDS[name] = true
end

local codec = cjson.new()
codec.decode_max_depth(64)
codec.decode_invalid_numbers(false)
codec.encode_invalid_numbers(false)
codec.encode_max_depth(MAX_DEPTH + 1)
codec.encode_sparse_array(false, 0)
codec.encode_keep_buffer(false)

--- Decodes one JSON text; raises on anything else. For the core's answer mapper.
json.decode = codec.decode

local prepare

-- How a value that lua-cjson cannot write as it is gets into the text.
local function mark(state, part)
  local splices = state.splices
  splices[#splices + 1] = part
  return MARK .. #splices .. MARK
end

local function problem(state, pointer, detail)
  state.problems[#state.problems + 1] = { pointer = pointer, detail = detail }
end

-- The shortest text that reads back as the same number.
local function exact(number)
  if number == math.floor(number) and number > -1e15 * 10 and number < 1e15 * 10 then
    return string.format("%.0f", number)
  end
  if tonumber(string.format("%.15g", number)) == number then
    return string.format("%.15g", number)
  end
  return string.format("%.17g", number)
end

local function prepare_number(number, pointer, state)
  if number ~= number or number == math.huge or number == -math.huge then
    problem(state, pointer, "must be a finite number")
    return nil
  end
  if math.abs(number) < 1e14 and tonumber(string.format("%.14g", number)) == number then
    return number
  end
  local is_integer = math.type and math.type(number) == "integer"
  return mark(state, is_integer and string.format("%d", number) or exact(number))
end

local function prepare_array(list, pointer, state, depth)
  local copy = {}
  for i = 1, #list do
    copy[i] = prepare(list[i], pointers.join(pointer, i - 1), state, depth)
  end
  return copy
end

local function prepare_object(object, pointer, state, depth)
  local copy = {}
  for name, value in pairs(object) do
    if type(name) ~= "string" then
      problem(state, pointer, "must have names as keys, or be a list without holes")
      return nil
    elseif name:find("%c") then
      problem(state, pointer, "has a name with a control character")
      return nil
    end
    copy[name] = prepare(value, pointers.join(pointer, name), state, depth)
  end
  return copy
end

local function is_list(value)
  local count = 0
  for key in pairs(value) do
    if type(key) ~= "number" then return false end
    count = count + 1
  end
  return count > 0 and count == #value
end

-- The OpenResty fork of lua-cjson has marks of its own, which a host may have set.
local function is_marked(value)
  local mt = getmetatable(value)
  if type(mt) ~= "table" then return false end
  return mt.__name == "spherepay.array" or mt == cjson.array_mt or mt == cjson.empty_array_mt
end

-- A field that is documented as an array, unless it is within the caller's own `meta`.
local function is_array_field(pointer)
  return json.ARRAY_FIELDS[pointer:match("[^/]*$")] and not pointer:find("/meta/", 1, true)
end

local function prepare_table(value, pointer, state, depth)
  if depth > MAX_DEPTH then
    problem(state, pointer, "is nested too deeply, or holds itself")
    return nil
  end
  if next(value) == nil and (is_marked(value) or is_array_field(pointer)) then
    return mark(state, "[]")
  end
  if is_list(value) then return prepare_array(value, pointer, state, depth + 1) end
  return prepare_object(value, pointer, state, depth + 1)
end

local function is_document(value)
  return type(value) == "userdata" and tostring(value) == "spherepay.document"
end

local function prepare_string(text, state)
  if not text:find(MARK, 1, true) then return text end
  return mark(state, codec.encode(text))
end

function prepare(value, pointer, state, depth)
  local kind = type(value)
  if kind == "string" then return prepare_string(value, state) end
  if kind == "number" then return prepare_number(value, pointer, state) end
  if kind == "table" then return prepare_table(value, pointer, state, depth) end
  if kind == "boolean" or value == json.null then return value end
  if is_document(value) then return mark(state, { '"', value, '"' }) end
  if value ~= nil and value == cjson.empty_array then return mark(state, "[]") end
  problem(state, pointer, "cannot be sent: it is a " .. kind)
  return nil
end

local function append(parts, part)
  if type(part) ~= "table" then
    parts[#parts + 1] = part
    return
  end
  for _, piece in ipairs(part) do parts[#parts + 1] = piece end
end

local function splice(text, splices)
  local parts, from = {}, 1
  while true do
    local first, last, index = text:find('"\\u0001(%d+)\\u0001"', from)
    if not first then break end
    append(parts, text:sub(from, first - 1))
    append(parts, splices[tonumber(index)])
    from = last + 1
  end
  append(parts, text:sub(from))
  return parts
end

--- Encodes params as a JSON text. An empty table is `{}`, but `[]` where the vendor documents an
--- array, where it came from an answer as an array, and for `json.empty_array`.
---@param value any tables, strings, finite numbers, booleans, `json.null`, `json.empty_array` and
---  documents of `spherepay.document_file`
---@return string|table|nil body a string, or a list of strings and documents to be joined
---@return spherepay.Problem[]? problems when something in it cannot be sent
function json.encode(value)
  local state = { splices = {}, problems = {} }
  local copy = prepare(value, "", state, 1)
  if state.problems[1] then return nil, state.problems end
  local text = codec.encode(copy)
  if not state.splices[1] then return text end
  return splice(text, state.splices)
end

return json
