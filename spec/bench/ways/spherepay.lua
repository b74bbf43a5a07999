-- This library, with all that it does beside: deadline, retries, limits, one send.

local body = require "spec.bench.body"
local spherepay = require "spherepay"

local ways = {}

local function client_of(ask, more)
  local options = { token = "sandbox_key", base_url = ask.url, ca_file = ask.ca_file,
    rate_limit = false, http_version = "1.1" }
  for name, value in pairs(more or {}) do options[name] = value end
  return spherepay.new(options)
end

local function gets(client)
  return function(count)
    for _ = 1, count do assert(client.customer.get(body.ID).id == body.ID) end
  end
end

function ways.get(ask)
  return gets(client_of(ask))
end

function ways.get_h2(ask)
  return gets(client_of(ask, { http_version = "auto" }))
end

function ways.connect(ask)
  return gets(client_of({ url = ask.url .. "/once", ca_file = ask.ca_file }))
end

function ways.create(ask)
  local client = client_of(ask)
  return function(count)
    for _ = 1, count do assert(client.customer.create(body.PARAMS).id == body.ID) end
  end
end

function ways.refused(ask)
  local client = client_of(ask)
  return function(count)
    for _ = 1, count do
      local _, err = client.customer.get("customer_refused")
      assert(err.status == 422 and #err.errors == 13)
    end
  end
end

function ways.many(ask)
  local client = client_of(ask, { max_connections = body.IN_FLIGHT })
  return function(count)
    for _ = 1, body.IN_FLIGHT do
      client:spawn(function()
        while count > 0 do
          count = count - 1
          assert(client.customer.get(body.ID).id == body.ID)
        end
      end)
    end
    client:run()
  end
end

-- The body of one string: nothing to decode.
function ways.many_strings(ask)
  local client = client_of(ask, { max_connections = body.IN_FLIGHT })
  return function(count)
    for _ = 1, body.IN_FLIGHT do
      client:spawn(function()
        while count > 0 do
          count = count - 1
          assert(client:request("GET", "/v2/string"))
        end
      end)
    end
    client:run()
  end
end

for name, text in pairs(body.TEXTS) do
  ways["decode_" .. name] = function()
    local core, json = require "spherepay.core", require "spherepay.http.json"
    return function(count)
      for _ = 1, count do core.decode(text, json.ARRAY_MT, false, 131072) end
    end
  end
end

return ways
