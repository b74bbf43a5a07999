-- A server that answers what it is told, and clients of it: what a spec needs to see the whole way
-- of a call. For misbehaviour see fault.lua, which this stands on.

local fault = require "spec.support.fault"
local spherepay = require "spherepay"

local served = {}
served.__index = served

--- Starts the server.
---@return table served
function served.start()
  return setmetatable({ server = fault.start(), clients = {}, before = 0 }, served)
end

--- A client of the server that sends nothing twice and waits for no rate; `stop` closes it.
---@param options table? of `spherepay.new`
---@return spherepay.Client
function served:client(options)
  local all = {
    token = "token_for_specs", base_url = self.server:url(), max_retries = 0,
    rate_limit = { read = false, write = false },
  }
  for name, value in pairs(options or {}) do all[name] = value end
  self.clients[#self.clients + 1] = spherepay.new(all)
  return self.clients[#self.clients]
end

--- Says how every request from now on is answered, and forgets those that came.
---@param status integer
---@param body string
function served:answer(status, body)
  self.before = #self.server:log()
  self.server:default { "answer", status = status, body = body }
end

--- Says how the next requests are answered, one after the other; forgets those that came.
---@param bodies string[] each answered with status 200
function served:answers(bodies)
  local script = {}
  for i, body in ipairs(bodies) do script[i] = { "answer", body = body } end
  self.before = #self.server:log()
  self.server:script(script)
end

--- What came since, oldest first: `method`, `path`, `headers`, `body` ...
---@return table[]
function served:requests()
  local log, list = self.server:log(), {}
  for i = self.before + 1, #log do list[i - self.before] = log[i] end
  return list
end

--- Closes the clients and ends the server.
function served:stop()
  for _, client in ipairs(self.clients) do client:close() end
  self.server:stop()
end

return served
