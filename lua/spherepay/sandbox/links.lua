--- Links to hosted pages. A link leads back into the sandbox (`/_sandbox/open/...`): a browser gets
-- a page with a button, see page.lua; whoever else fetches it plays the person who did what the
-- page asks for.

local links = {}

-- As long as the one token in the vendor's samples whose life can be read.
local LIFE_SECONDS = 3600

--- Makes a link.
---@param world table
---@param request table its Host header and scheme tell where the sandbox is reached
---@param kind "tos"|"kyc"|"face"
---@param opened fun() called when somebody opens the link
---@return string url
---@return string expires_at ISO 8601
function links.make(world, request, kind, opened)
  local token = "sbx_" .. world.hex()
  local expires = world.clock() + LIFE_SECONDS
  world.links[token] = { kind = kind, opened = opened, expires = expires }
  local host = request.headers.host or "localhost"
  local url = (request.scheme or "http") .. "://" .. host .. "/_sandbox/open/" .. token
  return url, world.iso(expires)
end

--- The kind of a link.
---@param world table
---@param token string
---@return "tos"|"kyc"|"face"|nil kind nil when the link is unknown or has expired
function links.kind(world, token)
  local link = world.links[token]
  return link and link.expires >= world.clock() and link.kind or nil
end

--- Opens a link; it may be opened again.
---@param world table
---@param token string
---@return boolean opened false when the link is unknown or has expired
function links.open(world, token)
  if not links.kind(world, token) then return false end
  world.links[token].opened()
  return true
end

return links
