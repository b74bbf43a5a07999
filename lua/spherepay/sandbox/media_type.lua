--- What a file is by its first bytes: the types that the vendor takes as documents.

local HEAD = 1024

local BEGINNINGS = {
  ["\255\216\255"] = "image/jpeg", ["\137PNG\r\n\26\n"] = "image/png",
  ["II*\0"] = "image/tiff", ["MM\0*"] = "image/tiff",
}

local HEIC = { heic = true, heix = true, hevc = true, hevx = true, mif1 = true, msf1 = true }

local function is_heic(head)
  if head:sub(5, 8) ~= "ftyp" then return false end
  for at = 9, math.min(#head, 64), 4 do
    if at ~= 13 and HEIC[head:sub(at, at + 3)] then return true end
  end
  return false
end

---@param bytes string
---@return string|nil type nil when it is none of them
return function(bytes)
  for beginning, media_type in pairs(BEGINNINGS) do
    if bytes:sub(1, #beginning) == beginning then return media_type end
  end
  local head = bytes:sub(1, HEAD)
  if is_heic(head) then return "image/heic" end
  return head:find("%PDF-", 1, true) and "application/pdf" or nil
end
