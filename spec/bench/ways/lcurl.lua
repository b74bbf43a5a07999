-- Lua-cURL and lua-cjson, as a careful script writes them.

local body = require "spec.bench.body"
local cjson = require "cjson"
local curl = require "lcurl"

local HEADERS = {
  "Accept: application/json", "Accept-Encoding: gzip", "Api-Version: v2",
  "Authorization: Bearer sandbox_key", "User-Agent: spherepay-lua/0.1.0",
}

local ways = {}

local function handle(url, more)
  local pieces = {}
  local easy = curl.easy {
    url = url, httpheader = HEADERS, nosignal = true, timeout_ms = 30000, proxy = "",
    http_version = curl.HTTP_VERSION_1_1,
    writefunction = function(piece) pieces[#pieces + 1] = piece end,
  }
  for option, value in pairs(more or {}) do easy["setopt_" .. option](easy, value) end
  return easy, function()
    pieces = {}
    easy:perform()
    assert(easy:getinfo_response_code() < 300)
    return cjson.decode(table.concat(pieces))
  end
end

local function decoded(url, more)
  local _, perform = handle(url, more)
  return function(count)
    for _ = 1, count do assert(perform().id == body.ID) end
  end
end

function ways.get(ask)
  return decoded(ask.url .. "/v2/customer/" .. body.ID)
end

function ways.get_h2(ask)
  return decoded(ask.url .. "/v2/customer/" .. body.ID,
    { cainfo = ask.ca_file, http_version = curl.HTTP_VERSION_2TLS })
end

function ways.connect(ask)
  return decoded(ask.url .. "/once/v2/customer/" .. body.ID, { cainfo = ask.ca_file })
end

function ways.create(ask)
  local lines = { "Content-Type: application/json" }
  for i, line in ipairs(HEADERS) do lines[i + 1] = line end
  local easy, perform = handle(ask.url .. "/v2/customer", { httpheader = lines })
  return function(count)
    for _ = 1, count do
      easy:setopt_postfields(cjson.encode(body.PARAMS))
      assert(perform().id == body.ID)
    end
  end
end

return ways
