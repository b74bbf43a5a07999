-- The loop written by hand, as thin as Lua allows: a function in C that gives the body of an
-- answer, and lua-cjson.

local bare = require "bare"
local body = require "spec.bench.body"
local cjson = require "cjson"

local ways = {}

local function decoded(options)
  local handle = bare.easy(options)
  return function(count)
    for _ = 1, count do assert(cjson.decode(handle:get()).id == body.ID) end
  end
end

function ways.get(ask)
  return decoded { url = ask.url .. "/v2/customer/" .. body.ID }
end

function ways.get_h2(ask)
  return decoded {
    url = ask.url .. "/v2/customer/" .. body.ID, http2 = true, ca_file = ask.ca_file,
  }
end

function ways.create(ask)
  local handle = bare.easy { url = ask.url .. "/v2/customer", body = body.JSON }
  return function(count)
    for _ = 1, count do
      assert(cjson.decode(handle:get(cjson.encode(body.PARAMS))).id == body.ID)
    end
  end
end

function ways.connect(ask)
  return decoded { url = ask.url .. "/once/v2/customer/" .. body.ID, ca_file = ask.ca_file }
end

function ways.many(ask)
  local options = { url = ask.url .. "/v2/customer/" .. body.ID }
  local function check(text) assert(cjson.decode(text).id == body.ID) end
  return function(count) bare.multi(options, count, body.IN_FLIGHT, check) end
end

for name, text in pairs(body.TEXTS) do
  ways["decode_" .. name] = function()
    return function(count)
      for _ = 1, count do cjson.decode(text) end
    end
  end
end

return ways
