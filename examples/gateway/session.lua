-- Whose request it is: the gateway's own authentication, in its smallest form. The application's
-- login signs a JSON Web Token (HS256), whose claim customer_id is the id; it comes as a bearer
-- token or in the cookie "session". Never take the id from a plain header or argument: whoever
-- sends the request writes there what they like.

local cjson = require "cjson.safe"
local webhook = require("spherepay").webhook

local session = {}

local SECRET = assert(os.getenv "SESSION_SECRET", "set SESSION_SECRET")
local LIFETIME = 3600 -- seconds

local function encode(text)
  return (ngx.encode_base64(text, true):gsub("+", "-"):gsub("/", "_"))
end

local function decode(text)
  return ngx.decode_base64((text:gsub("-", "+"):gsub("_", "/") .. ("="):rep(-#text % 4)))
end

-- An HMAC-SHA256 in hexadecimal is what signs a webhook, too.
local function sign(text)
  return webhook.sign(text, SECRET)
end

local function hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

-- Signed once more, so that the comparison tells nothing by the time it takes.
local function is_signed(text, signature)
  return signature ~= nil and sign(hex(signature)) == sign(sign(text))
end

--- What the login hands out.
---@param id string
---@return string
function session.new(id)
  local text = encode '{"alg":"HS256","typ":"JWT"}' .. "."
    .. encode(cjson.encode { customer_id = id, exp = ngx.time() + LIFETIME })
  return text .. "." .. encode((sign(text):gsub("%x%x", function(byte)
    return string.char(tonumber(byte, 16))
  end)))
end

--- The customer of this request; nil when nobody is logged in.
---@return string? id
function session.customer_id()
  local bearer = (ngx.var.http_authorization or ""):match "^Bearer (%S+)$"
  local token = bearer or ngx.var.cookie_session or ""
  local header, payload, signature = token:match "^([%w_-]+)%.([%w_-]+)%.([%w_-]+)$"
  if not header then return nil end
  local head = cjson.decode(decode(header) or "")
  if type(head) ~= "table" or head.alg ~= "HS256" then return nil end -- "none" is no signature
  if not is_signed(header .. "." .. payload, decode(signature)) then return nil end
  local claims = cjson.decode(decode(payload) or "")
  if type(claims) ~= "table" or (tonumber(claims.exp) or 0) < ngx.time() then return nil end
  return claims.customer_id
end

return session
