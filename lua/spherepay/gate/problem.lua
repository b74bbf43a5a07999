-- What the gate answers instead of the guarded location, as application/problem+json (RFC 9457):
-- what is outstanding by name, and nothing of the customer, not even the id. Pure.

local json = require "spherepay.http.json"

local problem = {}

local DETAILS = {
  verification = "The verification of this customer is not complete.",
  not_found = "There is no such customer.",
  bad_id = "There is no such customer.",
  no_id = "No customer was named.",
  refused = "The request was refused.",
}

local function encode(body)
  local text = json.encode(body)
  return type(text) == "table" and table.concat(text) or text
end

--- The answer to a customer who is not allowed.
---@param found spherepay.gate.Decision
---@return string
function problem.forbidden(found)
  return encode {
    type = "about:blank", title = "Forbidden", status = 403, detail = DETAILS[found.reason],
    outstanding = found.outstanding[1] and found.outstanding or json.empty_array,
  }
end

--- The answer to a request that has to say first whose it is.
---@return string
function problem.unauthorized()
  return encode {
    type = "about:blank", title = "Unauthorized", status = 401, detail = DETAILS.no_id,
  }
end

--- The answer when nothing is known.
---@return string
function problem.unavailable()
  return encode {
    type = "about:blank", title = "Service Unavailable", status = 503,
    detail = "Whether this customer is verified cannot be told at the moment.",
  }
end

return problem
