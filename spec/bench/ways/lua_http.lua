-- lua-http and lua-cjson, on a connection that is kept.

local body = require "spec.bench.body"
local cjson = require "cjson"
local client = require "http.client"
local new_headers = require("http.headers").new

local ways = {}

function ways.get(ask)
  local host, port = ask.url:match("//([^:/]+):(%d+)")
  local connection = assert(client.connect { host = host, port = tonumber(port), tls = false })
  local headers = new_headers()
  headers:append(":method", "GET")
  headers:append(":scheme", "http")
  headers:append(":authority", host .. ":" .. port)
  headers:append(":path", "/v2/customer/" .. body.ID)
  headers:append("accept", "application/json")
  headers:append("api-version", "v2")
  headers:append("authorization", "Bearer sandbox_key")
  return function(count)
    for _ = 1, count do
      local stream = assert(connection:new_stream())
      assert(stream:write_headers(headers, true))
      assert(stream:get_headers())
      assert(cjson.decode(assert(stream:get_body_as_string())).id == body.ID)
    end
  end
end

return ways
