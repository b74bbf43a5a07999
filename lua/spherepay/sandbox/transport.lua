--- The name that `spherepay.testing.client` had at first; see there.

local testing = require("spherepay.testing")

local transport = {}

--- A client whose API is a sandbox in this process, without repeats unless they are asked for.
---@param options table of `spherepay.new`
---@param sandbox_options table? of `spherepay.sandbox.new`
---@return spherepay.Client client
---@return table sandbox its `handle { method, path, headers, body }` takes control requests too
function transport.client(options, sandbox_options)
  local given = { max_retries = 0 }
  for name, value in pairs(options) do given[name] = value end
  return testing.client(given, sandbox_options)
end

return transport
