-- A refusal of the gate: a status, a body and headers, whoever answers with them. As one line of
-- text it crosses from a subrequest to the request that it guards. Pure: no nginx.

local decision = require "spherepay.gate.decision"
local problem = require "spherepay.gate.problem"

local refusal = {}

---@class spherepay.gate.Refusal
---@field status 401|403|503
---@field body string application/problem+json
---@field retry_after integer? seconds, with 503

-- Of RFC 6750: whom the gate refuses for want of an id has not been authenticated.
refusal.CHALLENGE = "Bearer"

--- The refusal of a customer who is not allowed.
---@param found spherepay.gate.Decision
---@return spherepay.gate.Refusal
function refusal.forbidden(found)
  return { status = 403, body = problem.forbidden(found) }
end

--- The refusal of a request that names no customer, where it can be asked to.
---@return spherepay.gate.Refusal
function refusal.unauthorized()
  return { status = 401, body = problem.unauthorized() }
end

--- The refusal while nothing is known.
---@param err spherepay.Error
---@return spherepay.gate.Refusal
function refusal.unavailable(err)
  return {
    status = 503, body = problem.unavailable(), retry_after = math.ceil(err.retry_after or 1),
  }
end

--- A refusal as one line, fit for a header.
---@param self spherepay.gate.Refusal
---@return string
function refusal.encode(self)
  return ("%d %d %s"):format(self.status, self.retry_after or 0, self.body)
end

--- The refusal in a line of `encode`; anything else is a plain 403, for who asks has been refused.
---@param line any
---@return spherepay.gate.Refusal
function refusal.decode(line)
  local status, wait, body
  if type(line) == "string" then status, wait, body = line:match("^(%d%d%d) (%d+) (%b{})$") end
  if not status then return refusal.forbidden(decision.denied("refused")) end
  wait = tonumber(wait)
  return { status = tonumber(status), body = body, retry_after = wait > 0 and wait or nil }
end

return refusal
