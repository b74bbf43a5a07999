-- What `make bench` compares: of each case the ways to do it, the first of which is the base, and
-- how often a round does it.

local HERE = rawget(_G, "jit") and "luajit" or "lua5.4"
local OWN = { "lua5.4", "luajit" }
local NAMES = { ["lua5.4"] = "Lua 5.4", luajit = "LuaJIT" }

local cases = {}

-- A case of ways that are each run by some Luas.
local function case(name, title, server, count, ways)
  local list = {}
  for _, way in ipairs(ways) do
    for _, lua in ipairs(way.luas or OWN) do
      list[#list + 1] = {
        label = way.label .. (way.luas and "" or ", " .. NAMES[lua]), file = way.file, lua = lua,
        asks = way.asks or name, needs = way.needs,
      }
    end
  end
  cases[#cases + 1] = { title = title, server = server, count = count, ways = list }
end

local BARE = { label = "libcurl in C, nothing decoded", file = "bare", luas = { HERE } }
local function bare(label, asks)
  return { label = "libcurl in C, " .. label, file = "bare", asks = asks, luas = { HERE } }
end
local HAND = { label = "libcurl in C + cjson", file = "hand" }
local LCURL = { label = "Lua-cURL + cjson", file = "lcurl", needs = "lcurl" }
local OURS = { label = "spherepay", file = "spherepay" }
local LUASOCKET = { label = "LuaSocket + cjson", file = "luasocket", needs = "socket.http" }
local LUA_HTTP = { label = "lua-http + cjson", file = "lua_http", needs = "http.client" }
local PYTHON = { label = "Python 3, http.client", file = "python", luas = { "python3" } }
local NODE = { label = "Node, http", file = "node", luas = { "node" } }

case("get", "One get after another, HTTP/1.1", "plain", 3000,
  { BARE, bare("its multi interface", "get_multi"), bare("a handle for each request", "get_anew"),
    HAND, LCURL, OURS, LUASOCKET, LUA_HTTP, PYTHON, NODE })
case("get_h2", "One get after another, TLS and HTTP/2", "tls", 1500, { BARE, HAND, LCURL, OURS })
case("create", "One create after another, HTTP/1.1", "plain", 1500, { BARE, HAND, LCURL, OURS })
case("many", "5,000 gets, 100 in flight, HTTP/1.1", "plain", 5000, {
  BARE, bare("a handle for each request", "many_anew"), HAND, OURS,
  { label = "spherepay, a string of 1.2 kB", file = "spherepay", asks = "many_strings" },
})
case("connect", "A get on a new connection, TLS", "tls", 50, { BARE, HAND, LCURL, OURS })

for _, lua in ipairs(OWN) do
  local function way(label, asks)
    return { label = label, file = "spherepay", asks = asks, luas = { lua } }
  end
  case("refused", "A 422 beside a 200 of the same size, " .. NAMES[lua], "plain", 1500,
    { way("200, decoded", "get"), way("422, an error table", "refused") })
end

for _, each in ipairs {
  { "small", "0.6 kB", 4000 }, { "customer", "1.2 kB", 2000 }, { "list", "40 kB", 60 },
} do
  for _, lua in ipairs(OWN) do
    case("decode_" .. each[1], "Decoding " .. each[2] .. ", " .. NAMES[lua], nil, each[3], {
      { label = "cjson.decode", file = "hand", luas = { lua } },
      { label = "the core", file = "spherepay", luas = { lua } },
    })
  end
end

for _, lua in ipairs(OWN) do
  local function way(label, file, needs)
    return { label = label, file = file, asks = "get", luas = { lua }, needs = needs }
  end
  case("start", "A script that makes one get, from start to end, " .. NAMES[lua], "plain", 1, {
    way("libcurl in C + cjson", "hand"), way("Lua-cURL + cjson", "lcurl", "lcurl"),
    way("spherepay", "spherepay"),
  })
  cases[#cases].whole = true
end

return cases
