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

local function several(ask, in_flight, anew)
  local options = { url = ask.url .. "/v2/customer/" .. body.ID, anew = anew }
  return function(count) bare.multi(options, count, in_flight) end
end

function ways.many(ask)
  return several(ask, body.IN_FLIGHT, false)
end

-- What this library has to do where libcurl is older than 8.1.1 (see csrc/core/sp_libcurl.c).
function ways.many_anew(ask)
  return several(ask, body.IN_FLIGHT, true)
end

function ways.get_anew(ask)
  return several(ask, 1, true)
end

function ways.get_multi(ask)
  return several(ask, 1, false)
end

return ways
