-- Small bodies that grow: zeros, packed with each coding a libcurl may decode. Only bytes are made
-- here; sending them is for behaviours.lua.

local BLOCK = 128 * 1024

-- 64 MiB of zeros as a brotli stream, made once with the reference encoder.
local BROTLI_SIZE = 64 * 1024 * 1024
local BROTLI = "cfffff7ff82700e2b14020f7fe9ffffffff04f00c4610180eefd3fffffffe19f0088c32200ddfbfffc"
  .. "ffffc73f0110870500baf7ff"

local packed_with_gzip = {}

local bombs = {}

--- A gzip stream of zeros, made by the gzip command and kept.
---@param size integer bytes after decoding
---@return string
function bombs.gzip(size)
  if not packed_with_gzip[size] then
    local pipe = assert(io.popen(string.format("head -c %.0f /dev/zero | gzip -9c", size)))
    packed_with_gzip[size] = pipe:read("*a")
    pipe:close()
  end
  return packed_with_gzip[size]
end

--- A brotli stream of zeros; there is one size only.
---@param size? integer nil or 64 MiB, anything else raises
---@return string
function bombs.brotli(size)
  assert(size == nil or size == BROTLI_SIZE, "the brotli bomb has 64 MiB and no other size")
  return (BROTLI:gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function little_endian(value, bytes)
  local out = {}
  for index = 1, bytes do
    out[index] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(out)
end

--- A zstd frame of zeros: a header, then four bytes for each 128 KiB (RFC 8878, section 3.1.1).
---@param size integer bytes after decoding, rounded up to whole blocks
---@return string
function bombs.zstd(size)
  local blocks = math.max(1, math.ceil(size / BLOCK))
  local one = little_endian(BLOCK * 8 + 2, 3) .. "\0" -- size, type RLE, not the last
  local last = little_endian(BLOCK * 8 + 2 + 1, 3) .. "\0"
  local window = string.char(7 * 8) -- 2 ^ (10 + 7) = 128 KiB
  return "\40\181\47\253\0" .. window .. one:rep(blocks - 1) .. last
end

return bombs
