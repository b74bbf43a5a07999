-- Webhooks: whether a body was signed by SpherePay, and what it says. It keeps nothing and asks
-- nobody. No time is signed, so a delivery can be played again: whoever acts on events remembers
-- their ids for as long as that would do harm (vendor docs: at least once, not in order).

local blame = require "spherepay.options.blame"
local core = require "spherepay.core"
local errors = require "spherepay.errors"
local json = require "spherepay.http.json"

---@class spherepay.webhook
local webhook = {}

local MASK = "[redacted]"
local MAX_DEPTH = 64

-- v1 events hold the webhook they are sent to, with its secret (vendor docs: Event).
local SECRETS = { secret = true, signingSecret = true }

local function refuse(message)
  return nil, errors.new { kind = "invalid", message = message }
end

-- Why a text cannot be a secret; blanks at its ends come from files and environments.
local function secret_problem(secret)
  if secret == "" then return "the webhook secret is empty" end
  if secret:find "^%s" or secret:find "%s$" then
    return "the webhook secret begins or ends with a blank or a line break"
  end
  return nil
end

local function list_of(secrets, name)
  local list = type(secrets) == "string" and { secrets } or secrets
  if type(list) ~= "table" or list[1] == nil then
    blame("spherepay.webhook." .. name .. " takes a secret (a string, or a list of strings), got "
      .. (type(list) == "table" and "an empty table" or secrets == nil and "nothing"
        or "a " .. type(secrets)))
  end
  for _, secret in ipairs(list) do
    if type(secret) ~= "string" then
      blame("spherepay.webhook." .. name .. " takes secrets that are strings, got a "
        .. type(secret))
    end
  end
  return list
end

local function refuse_type(body, name)
  if type(body) == "string" then return end
  blame("spherepay.webhook." .. name .. " takes the raw body (a string), got "
    .. (body == nil and "nothing" or "a " .. type(body)))
end

-- Every secret is tried, so that the time does not tell which of them fits.
local function is_signed(body, signature, secrets)
  local found = false
  for _, secret in ipairs(secrets) do
    found = core.is_signed(body, signature, secret) or found
  end
  return found
end

local function hide_secrets(value, depth)
  for name, item in pairs(value) do
    if SECRETS[name] and type(item) == "string" then
      value[name] = MASK
    elseif type(item) == "table" and depth < MAX_DEPTH then
      hide_secrets(item, depth + 1)
    end
  end
end

local function id_in(value)
  local id = type(value) == "table" and value.id
  return type(id) == "string" and id:find "^customer_" and id or nil
end

-- Payloads of customer events are not documented for v2, so the id is looked for where the other
-- events have theirs.
local function customer_id(event)
  local data = event.data
  if type(data) ~= "table" then return nil end
  local other = data.customerId
  return id_in(data.customer) or id_in(data) or type(other) == "string" and other or nil
end

--- Checks that a delivery is SpherePay's, and reads it. Compares in constant time.
---@param body string the raw body, byte for byte as it came: not decoded and encoded again
---@param signature string? the header `signature`, hexadecimal in either case
---@param secret string|string[] of the webhook; several while it is replaced
---@return table? event as the API wrote it, with `customer_id` where it names one, and secrets
---  inside it redacted
---@return spherepay.Error err kind "invalid": not signed, signed by another, no event
--- Raises when an argument has the wrong type.
function webhook.verify(body, signature, secret)
  refuse_type(body, "verify")
  local secrets = list_of(secret, "verify")
  for _, each in ipairs(secrets) do
    local problem = secret_problem(each)
    if problem then return refuse(problem) end
  end
  if type(signature) ~= "string" or signature == "" then
    return refuse "the delivery has no signature: pass on the header named signature"
  elseif #signature ~= 64 or signature:find "%X" then
    return refuse "the signature is not 64 hexadecimal digits"
  elseif not is_signed(body, signature, secrets) then
    return refuse("the signature does not fit the body: another secret, or a body that was changed"
      .. " on its way (verify the raw bytes)")
  end
  local event = json.decode(body)
  if type(event) ~= "table" or getmetatable(event) == json.ARRAY_MT then
    return refuse "the body is signed, but it is no JSON object"
  end
  hide_secrets(event, 1)
  event.customer_id = customer_id(event)
  return event
end

--- The signature of a body, for specs that play SpherePay.
---@param body string
---@param secret string
---@return string signature 64 lower-case hexadecimal digits
--- Raises when an argument has the wrong type, or for a secret that `verify` refuses.
function webhook.sign(body, secret)
  refuse_type(body, "sign")
  if type(secret) ~= "string" then
    blame("spherepay.webhook.sign takes a secret (a string), got "
      .. (secret == nil and "nothing" or "a " .. type(secret)))
  end
  local problem = secret_problem(secret)
  if problem then blame("spherepay: " .. problem) end
  return core.sign(body, secret)
end

return webhook
