-- Nothing but libcurl, in C: what any client on it has to pay.

local bare = require "bare"
local body = require "spec.bench.body"

local ways = {}

local function easy(options)
  local handle = bare.easy(options)
  return function(count) handle:loop(count) end
end

function ways.get(ask)
  return easy { url = ask.url .. "/v2/customer/" .. body.ID }
end

function ways.get_h2(ask)
  return easy { url = ask.url .. "/v2/customer/" .. body.ID, http2 = true, ca_file = ask.ca_file }
end

function ways.create(ask)
  return easy { url = ask.url .. "/v2/customer", body = body.JSON }
end

function ways.connect(ask)
  return easy { url = ask.url .. "/once/v2/customer/" .. body.ID, ca_file = ask.ca_file }
end

function ways.many(ask)
  local options = { url = ask.url .. "/v2/customer/" .. body.ID }
  return function(count) bare.multi(options, count, body.IN_FLIGHT) end
end

return ways
