-- The API that the specs of the gate ask, an nginx: it counts what it is asked, and is told at
-- /tell?name=value how long to think (`delay`, seconds), whether to hold its answers until it is
-- told otherwise (`hold`), to fail (`fail`, a status, with `retry_after`), and what the customer's
-- profile says of who asks from now on (`status`). An empty value takes back what was told. /looks
-- says how often it was asked, /now how many wait at this moment.

local told_api = { http = "lua_shared_dict told 1m;" }

local SERVER = [[
    location /v2/customer/ {
      content_by_lua_block {
        local told, id = ngx.shared.told, ngx.var.uri:match("[^/]+$")
        local status = told:get("status") or "approved"
        told:incr("looks", 1, 0)
        told:incr("now", 1, 0)
        ngx.sleep(tonumber(told:get("delay") or 0))
        while told:get("hold") do ngx.sleep(0.01) end
        told:incr("now", -1)
        if told:get("fail") then
          ngx.status = tonumber(told:get("fail"))
          ngx.header["Retry-After"] = told:get("retry_after")
          return ngx.say('{"status":' .. ngx.status .. ',"detail":"Jane Smith told to"}')
        end
        if not id:find("^ONLY") then
          ngx.status = 404
          return ngx.say('{"status":404,"detail":"unknown"}')
        end
        ngx.say('{"id":"', id, '","type":"individual","firstName":"Jane","verificationProfiles":[{',
          '"name":"kyc_profile_a","status":"', status, '","criteria":{',
          '"complete":[],"pending":[],"required":["terms_of_service"],"errors":[]}}]}')
      }
    }
    location = /tell {
      content_by_lua_block {
        for name, value in pairs(ngx.req.get_uri_args()) do
          ngx.shared.told:set(name, value ~= "" and value or nil)
        end
        ngx.say("told")
      }
    }
    location = /looks { content_by_lua_block { ngx.print(ngx.shared.told:get("looks") or 0) } }
    location = /now { content_by_lua_block { ngx.print(ngx.shared.told:get("now") or 0) } }
]]

--- The locations, for `nginx.start`.
---@param only string? the beginning of the ids that it knows: all of customers, when not given
---@return string
function told_api.server(only)
  return (SERVER:gsub("ONLY", only or "customer_"))
end

return told_api
