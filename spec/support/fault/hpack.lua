-- Header compression of HTTP/2 (RFC 7541) for the fault server: decodes whatever a client sends
-- (Huffman strings, dynamic table) and encodes in the plainest form there is. Not a tool to save
-- bytes: nothing is ever indexed or compressed on the way out.

local floor = math.floor

local TABLE_SIZE = 4096
local ENTRY_OVERHEAD = 32
local LAST_STATIC = 61

-- Appendix A: name and value by index.
local STATIC = {
  { ":authority", "" }, { ":method", "GET" }, { ":method", "POST" }, { ":path", "/" },
  { ":path", "/index.html" }, { ":scheme", "http" }, { ":scheme", "https" },
  { ":status", "200" }, { ":status", "204" }, { ":status", "206" }, { ":status", "304" },
  { ":status", "400" }, { ":status", "404" }, { ":status", "500" }, { "accept-charset", "" },
  { "accept-encoding", "gzip, deflate" }, { "accept-language", "" }, { "accept-ranges", "" },
  { "accept", "" }, { "access-control-allow-origin", "" }, { "age", "" }, { "allow", "" },
  { "authorization", "" }, { "cache-control", "" }, { "content-disposition", "" },
  { "content-encoding", "" }, { "content-language", "" }, { "content-length", "" },
  { "content-location", "" }, { "content-range", "" }, { "content-type", "" },
  { "cookie", "" }, { "date", "" }, { "etag", "" }, { "expect", "" }, { "expires", "" },
  { "from", "" }, { "host", "" }, { "if-match", "" }, { "if-modified-since", "" },
  { "if-none-match", "" }, { "if-range", "" }, { "if-unmodified-since", "" },
  { "last-modified", "" }, { "link", "" }, { "location", "" }, { "max-forwards", "" },
  { "proxy-authenticate", "" }, { "proxy-authorization", "" }, { "range", "" },
  { "referer", "" }, { "refresh", "" }, { "retry-after", "" }, { "server", "" },
  { "set-cookie", "" }, { "strict-transport-security", "" }, { "transfer-encoding", "" },
  { "user-agent", "" }, { "vary", "" }, { "via", "" }, { "www-authenticate", "" },
}

-- Appendix B: the length in bits of the code of each byte 0..255, then of the end mark. The code
-- is canonical, so the lengths are all of it.
local CODE_LENGTHS = {
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6,
  7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23,
  23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22,
  22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22,
  23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27,
  27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25,
  24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
}

-- For each length: its first code and the symbols that have it, in order of code.
local function code_book()
  local book, code = {}, 0
  for length = 1, 30 do
    local symbols = {}
    for index, bits in ipairs(CODE_LENGTHS) do
      if bits == length then symbols[#symbols + 1] = index - 1 end
    end
    book[length] = { first = code, symbols = symbols }
    code = (code + #symbols) * 2
  end
  return book
end

local book

local function huffman_decode(bytes)
  book = book or code_book()
  local out, code, length = {}, 0, 0
  for position = 1, #bytes do
    local byte = bytes:byte(position)
    for bit = 7, 0, -1 do
      code, length = code * 2 + floor(byte / 2 ^ bit) % 2, length + 1
      local page = book[length]
      local symbol = page and page.symbols[code - page.first + 1]
      if symbol then
        out[#out + 1] = string.char(symbol)
        code, length = 0, 0
      end
    end
  end
  return table.concat(out) -- what is left over is padding
end

-- The integer with a prefix of `bits` bits at `position`, and the position after it.
local function read_integer(bytes, position, bits)
  local limit = 2 ^ bits - 1
  local value = bytes:byte(position) % (limit + 1)
  position = position + 1
  if value < limit then return value, position end
  local scale = 1
  repeat
    local byte = bytes:byte(position)
    position = position + 1
    value, scale = value + byte % 128 * scale, scale * 128
  until byte < 128
  return value, position
end

local function read_string(bytes, position)
  local is_huffman = bytes:byte(position) >= 128
  local length
  length, position = read_integer(bytes, position, 7)
  local text = bytes:sub(position, position + length - 1)
  return is_huffman and huffman_decode(text) or text, position + length
end

local decoder = {}
decoder.__index = decoder

function decoder:_entry(index)
  local entry = STATIC[index] or self.entries[index - LAST_STATIC]
  return assert(entry, "the client used a header index that does not exist")
end

function decoder:_evict()
  while self.size > self.limit do
    local last = table.remove(self.entries)
    self.size = self.size - #last[1] - #last[2] - ENTRY_OVERHEAD
  end
end

function decoder:_remember(entry)
  table.insert(self.entries, 1, entry)
  self.size = self.size + #entry[1] + #entry[2] + ENTRY_OVERHEAD
  self:_evict()
end

function decoder:_literal(block, position, bits)
  local index, name, value
  index, position = read_integer(block, position, bits)
  if index == 0 then
    name, position = read_string(block, position)
  else
    name = self:_entry(index)[1]
  end
  value, position = read_string(block, position)
  return { name, value }, position
end

--- Decodes one complete header block. Raises when it refers to an entry that does not exist.
---@param block string the fragments of HEADERS and CONTINUATION frames, joined
---@return table fields list of `{ name, value }`
function decoder:decode(block)
  local fields, position = {}, 1
  while position <= #block do
    local byte = block:byte(position)
    local entry, index
    if byte >= 128 then
      index, position = read_integer(block, position, 7)
      entry = self:_entry(index)
    elseif byte >= 64 then
      entry, position = self:_literal(block, position, 6)
      self:_remember(entry)
    elseif byte >= 32 then
      self.limit, position = read_integer(block, position, 5)
      self:_evict()
    else
      entry, position = self:_literal(block, position, 4)
    end
    fields[#fields + 1] = entry
  end
  return fields
end

local function write_string(text)
  local length = #text
  if length < 127 then return string.char(length) .. text end
  local out, rest = { string.char(127) }, length - 127
  while rest >= 128 do
    out[#out + 1] = string.char(rest % 128 + 128)
    rest = floor(rest / 128)
  end
  out[#out + 1] = string.char(rest)
  return table.concat(out) .. text
end

local hpack = {}

--- A decoder for one connection: it keeps the client's dynamic table.
---@return table decoder
function hpack.decoder()
  return setmetatable({ entries = {}, size = 0, limit = TABLE_SIZE }, decoder)
end

--- Encodes fields as literals that touch no table.
---@param fields table list of `{ name, value }`, names in lower case
---@return string block
function hpack.encode(fields)
  local out = {}
  for _, field in ipairs(fields) do
    out[#out + 1] = "\0" .. write_string(field[1]) .. write_string(tostring(field[2]))
  end
  return table.concat(out)
end

return hpack
