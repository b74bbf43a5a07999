--- Links to hosted pages. A link leads back into the sandbox (`/_sandbox/open/...`): whoever
-- fetches it plays the person who did what the page asks for.

local links = {}

-- As long as the one token in the vendor's samples whose life can be read.
local LIFE_SECONDS = 3600

--- Makes a link.
---@param world table
---@param request table its Host header and scheme tell where the sandbox is reached
---@param opened fun() called when somebody opens the link
---@return string url
---@return string expires_at ISO 8601
function links.make(world, request, opened)
  local token = "sbx_" .. world.hex()
  local expires = world.clock() + LIFE_SECONDS
  world.links[token] = { opened = opened, expires = expires }
  local host = request.headers.host or "localhost"
  local url = (request.scheme or "http") .. "://" .. host .. "/_sandbox/open/" .. token
  return url, world.iso(expires)
end

--- Opens a link; it may be opened again.
---@param world table
---@param token string
---@return boolean opened false when the link is unknown or has expired
function links.open(world, token)
  local link = world.links[token]
  if not link or link.expires < world.clock() then return false end
  link.opened()
  return true
end

return links
