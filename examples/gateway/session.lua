-- Whose request it is: the gateway's own authentication, in its smallest form. The application's
-- login signs a cookie, "customer_....<expiry>.<signature>"; with a JWT the id would be a claim of
-- it, read after its signature was verified. Never take the id from a plain header or argument:
-- whoever sends the request writes there what they like.

local session = {}

local SECRET = assert(os.getenv "SESSION_SECRET", "set SESSION_SECRET")
local LIFETIME = 3600 -- seconds

local function sign(text)
  return ngx.encode_base64(ngx.hmac_sha1(SECRET, text)):gsub("[+/=]", "")
end

--- What the login puts into the cookie "session".
---@param id string
---@return string
function session.new(id)
  local text = id .. "." .. ngx.time() + LIFETIME
  return text .. "." .. sign(text)
end

--- The customer of this request; nil when nobody is logged in.
---@return string? id
function session.customer_id()
  local cookie = ngx.var.cookie_session or ""
  local text, id, expiry, signature = cookie:match("^((customer_%w+)%.(%d+))%.(%w+)$")
  if not text or tonumber(expiry) < ngx.time() then return nil end
  -- signed once more, so that the comparison tells nothing by the time it takes
  return sign(signature) == sign((sign(text))) and id or nil
end

return session
