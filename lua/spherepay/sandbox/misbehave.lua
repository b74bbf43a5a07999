--- Misbehaviour on command: the next answers are replaced or spoilt.
-- With status, body, json, large or duplicate_key the request is not processed and another answer
-- is given (with `apply` it is processed first, and its answer lost). The other fields spoil the
-- delivery of whatever answer there is.

local ascii = require("spherepay.http.ascii")
local json = require("spherepay.sandbox.json")
local numbers = require("spherepay.http.numbers")

local misbehave = {}

local MAX_SECONDS = 3600 -- the longest timeout of a client
local MAX_BYTES = 64 * 1024 * 1024
local HEADER_BYTES = 1000

local FIELDS = {
  times = "number", -- how many answers (1)
  status = "number", -- HTTP status (200)
  body = "string", -- sent as it is
  json = "table", -- sent as JSON
  content_type = "string", -- (application/json)
  headers = "table", -- extra headers, name to value
  retry_after = "any", -- Retry-After: seconds or a date
  large = "number", -- a JSON body of at least so many bytes
  headers_large = "number", -- extra headers of at least so many bytes
  duplicate_key = "boolean", -- as if the Idempotency-Key had been used before
  apply = "boolean", -- process the request although its answer is replaced
  delay = "number", -- seconds before the answer
  cut = "number", -- so many bytes of the body are sent, then the connection is closed
  drop = "boolean", -- the connection is closed instead of an answer
}

local LIMITS = { delay = MAX_SECONDS, large = MAX_BYTES, headers_large = 1024 * 1024 }

--- Checks an order.
---@param order table as decoded from JSON
---@return string|nil message what is wrong with it
function misbehave.check(order)
  for name, value in pairs(order) do
    local wanted = FIELDS[name]
    if not wanted then return "unknown field " .. name end
    if wanted ~= "any" and type(value) ~= wanted then return name .. " must be a " .. wanted end
    local most = LIMITS[name] or MAX_BYTES
    if wanted == "number" and not (value >= 0 and value <= most) then
      return ("%s must be from 0 to %d"):format(name, most)
    end
  end
end

--- Whether an order replaces the answer.
---@param order table
---@return boolean
function misbehave.replaces(order)
  return (order.status or order.body or order.json or order.large) ~= nil
end

local function body_of(order)
  if order.body then return order.body end
  if order.json then return json.encode(order.json) end
  if order.large then return '{"filler":"' .. string.rep("x", order.large) .. '"}' end
  return ""
end

--- The answer that is given instead of the right one.
---@param order table
---@return table response
function misbehave.replacement(order)
  local body = body_of(order)
  local headers = {}
  if body ~= "" or order.content_type then
    headers["content-type"] = order.content_type or "application/json"
  end
  return { status = order.status or 200, headers = headers, body = body }
end

--- Spoils an answer: headers, delay, cut, drop.
---@param order table
---@param response table changed in place
---@return table response
function misbehave.spoil(order, response)
  local headers = response.headers
  for name, value in pairs(order.headers or {}) do headers[ascii.lower(name)] = tostring(value) end
  if order.retry_after ~= nil then
    local after = order.retry_after
    headers["retry-after"] = type(after) == "number" and numbers.text(after) or after
  end
  for i = 1, math.ceil((order.headers_large or 0) / HEADER_BYTES) do
    headers["x-filler-" .. i] = string.rep("x", HEADER_BYTES)
  end
  if not misbehave.replaces(order) and order.content_type then
    headers["content-type"] = order.content_type
  end
  response.delay = order.delay
  response.cut = order.cut
  response.drop = order.drop
  return response
end

return misbehave
