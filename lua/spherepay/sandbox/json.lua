--- JSON for the sandbox: decoding through a private lua-cjson, encoding by hand.
-- The encoder exists because lua-cjson 2.1.0 writes an empty table as `{}` whatever was meant; here
-- an array says so by its metatable, and keys come out sorted, so an answer can be compared.
-- Not the client's JSON, and not made for speed.

local cjson = require("spherepay.need").sandbox_cjson()

local MAX_DEPTH = 64
local MAX_EXACT = 2 ^ 53

local ARRAY = { __name = "spherepay.sandbox.array" }

local ESCAPES = {
  ['"'] = '\\"',
  ["\\"] = "\\\\",
  ["\b"] = "\\b",
  ["\f"] = "\\f",
  ["\n"] = "\\n",
  ["\r"] = "\\r",
  ["\t"] = "\\t",
}

local json = { null = cjson.null }

local codec

local function decoder()
  if not codec then
    codec = cjson.new()
    codec.decode_invalid_numbers(false)
    codec.decode_max_depth(MAX_DEPTH)
  end
  return codec.decode
end

local function escape(char)
  return ESCAPES[char] or string.format("\\u%04x", char:byte())
end

local function quote(text)
  return '"' .. text:gsub('[%z\1-\31\127"\\]', escape) .. '"'
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    error("JSON has no such number")
  end
  if value % 1 == 0 and value <= MAX_EXACT and value >= -MAX_EXACT then
    return string.format("%.0f", value)
  end
  local short = string.format("%.15g", value)
  return tonumber(short) == value and short or string.format("%.17g", value)
end

local write

local function write_array(out, value)
  out[#out + 1] = "["
  for i, item in ipairs(value) do
    if i > 1 then out[#out + 1] = "," end
    write(out, item)
  end
  out[#out + 1] = "]"
end

local function write_object(out, value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  out[#out + 1] = "{"
  for i, key in ipairs(keys) do
    if i > 1 then out[#out + 1] = "," end
    out[#out + 1] = quote(key)
    out[#out + 1] = ":"
    write(out, value[key])
  end
  out[#out + 1] = "}"
end

function write(out, value)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = quote(value)
  elseif kind == "number" then
    out[#out + 1] = number(value)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif kind ~= "table" then
    if value ~= cjson.null then error("JSON cannot hold a " .. kind) end
    out[#out + 1] = "null"
  elseif getmetatable(value) == ARRAY or value[1] ~= nil then
    write_array(out, value)
  else
    write_object(out, value)
  end
end

--- Marks a list as a JSON array, so that it is written `[]` when it is empty.
---@generic T
---@param list T[]|nil a new list when nil
---@return T[] list the same table
function json.array(list)
  return setmetatable(list or {}, ARRAY)
end

--- Whether a decoded value is a JSON object. An empty array cannot be told from an empty object
--- with lua-cjson 2.1.0 and counts as one.
---@param value any
---@return boolean
function json.is_object(value)
  return type(value) == "table" and value[1] == nil
end

--- Whether a decoded value is a JSON array (an empty one counts, see `is_object`).
---@param value any
---@return boolean
function json.is_array(value)
  return type(value) == "table" and (value[1] ~= nil or next(value) == nil)
end

--- The value, or nil where JSON said null.
---@param value any
---@return any
function json.present(value)
  if value == cjson.null then return nil end
  return value
end

--- Encodes a value; raises on what JSON cannot hold.
---@param value any
---@return string
function json.encode(value)
  local out = {}
  write(out, value)
  return table.concat(out)
end

--- Decodes a text; JSON null becomes `json.null`.
---@param text string
---@return any value nil when the text is not JSON
---@return string|nil message why not
function json.decode(text)
  local ok, value = pcall(decoder(), text)
  if not ok then return nil, tostring(value) end
  return value
end

return json
