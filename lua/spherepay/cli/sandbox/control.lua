-- What the sub-commands of `sandbox` share: telling a sandbox that runs what to do. A host that is
-- not this machine is refused, so that nobody's real customers are meant by mistake.

local paths = require("spherepay.http.path")

local control = {}

local function is_loopback(url)
  local host = url:match("^https?://%[?([^/%]]+)"):gsub(":%d+$", "")
  return host == "localhost" or host == "::1" or host:find("^127%.") ~= nil
end

--- Sends one order.
---@param session spherepay.cli.Session
---@param path string below /_sandbox/
---@param order table
---@return table answer
function control.tell(session, path, order)
  local client = session:client()
  if not is_loopback(session:host()) then
    session:misused("no sandbox is meant: set SPHEREPAY_BASE_URL as `spherepay sandbox` prints it")
  end
  local answer, err = client:request("POST", "/_sandbox/" .. path, { json = order })
  if not answer and type(err.raw) == "table" and type(err.raw.error) == "string" then
    session:misused("the sandbox says: " .. err.raw.error)
  end
  return session:need(answer, err)
end

--- The place of a customer or representative among the orders.
---@param id string
---@param what string "review" or "set"
---@return string path
function control.subject(id, what)
  local kind = id:find("^associatedPerson_") and "business-representative" or "customer"
  return kind .. "/" .. paths.escape(id) .. "/" .. what
end

--- Says what is so now.
---@param session spherepay.cli.Session
---@param id string
function control.show(session, id)
  if not id:find("^customer_") then return end
  session:show_card(session:need(session:client().customer.get(id)))
end

return control
