-- LuaSocket and lua-cjson: a connection for each request, which is how it comes.

local body = require "spec.bench.body"
local cjson = require "cjson"
local http = require "socket.http"
local ltn12 = require "ltn12"

local HEADERS = {
  accept = "application/json", ["api-version"] = "v2", authorization = "Bearer sandbox_key",
}

local ways = {}

function ways.get(ask)
  local url = ask.url .. "/v2/customer/" .. body.ID
  return function(count)
    for _ = 1, count do
      local pieces = {}
      assert(http.request { url = url, headers = HEADERS, sink = ltn12.sink.table(pieces) })
      assert(cjson.decode(table.concat(pieces)).id == body.ID)
    end
  end
end

return ways
