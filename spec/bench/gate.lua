-- What the gate costs an nginx worker. A hit: requests per second and worker CPU per request,
-- against an access handler that is empty. A miss: every request another customer, against
-- lua-resty-http with lua-cjson when PEERS names its folder, or LUA_PATH. One worker, ways
-- interleaved, medians. And what four processes make of a rate limit that Redis shares among them.
-- Needs wrk:
--   luajit spec/bench/gate.lua [rounds] [seconds]
-- It is no spec: a busy machine makes it slow, not wrong; the ratios are of one interleaved run.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ROOT .. "build/luajit/?.so;" .. package.cpath
local PEERS = os.getenv("PEERS") or ""
if PEERS ~= "" then package.path = PEERS .. "/?.lua;" .. package.path end

local shell = require("spherepay.sandbox.shell")

local nginx = require("spec.support.nginx")
local redis = require("spec.support.redis")
local shared_limit = require("spec.support.shared_limit")

local ROUNDS, SECONDS = tonumber(arg[1]) or 5, tonumber(arg[2]) or 3
local TICKS = tonumber(shell.read("getconf CLK_TCK"))

local PEER = [[
    location /v2/customer/ {
      content_by_lua_block {
        ngx.header.content_length = nil
        ngx.print('{"id":"', ngx.var.uri:match("[^/]+$"), '",${rest}')
      }
    }
]]

local HTTP = [[
  lua_shared_dict decisions 64m;
  init_by_lua_block {
    local spherepay = require("spherepay")
    local policy = assert(spherepay.verification.policy { currency = "USD" })
    gate = spherepay.gate.new {
      client = spherepay.new {
        token = "sandbox_key", base_url = "${peer}", http_version = "1.1",
        max_connections = 128, rate_limit = { read = false, write = false },
      },
      policy = policy, shm = "decisions", ttl = 3600,
    }
    state = { count = 0 }
    function by_resty(id)
      local http = require("resty.http").new()
      local url = "${peer}/v2/customer/" .. id
      local answer = assert(http:request_uri(url, { keepalive_pool = 128 }))
      return policy:check(require("cjson").decode(answer.body))
    end
  }
]]

local SERVER = [[
    keepalive_timeout 600s;
    location = /hit/empty {
      access_by_lua_block { local _ = ngx.var.arg_id }
      content_by_lua_block { ngx.print("ok") }
    }
    location = /hit/gate {
      access_by_lua_block { gate:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print("ok") }
    }
    location = /miss/gate { content_by_lua_block {
      state.count = state.count + 1
      ngx.print(tostring(assert(gate:check("customer_" .. state.count)).allowed))
    } }
    location = /miss/resty { content_by_lua_block {
      state.count = state.count + 1
      ngx.print(tostring(by_resty("customer_" .. state.count)))
    } }
]]

-- Seconds of CPU that a process has used.
local function cpu(pid)
  local fields = {}
  for field in shell.read_file(("/proc/%d/stat"):format(pid)):match("%) (.*)$"):gmatch("%S+") do
    fields[#fields + 1] = field
  end
  return (fields[12] + fields[13]) / TICKS
end

local function measure(app, path, connections)
  local pid = app:workers()[1]
  local before = cpu(pid)
  local text = shell.read(("wrk -t1 -c%d -d%ds '%s' 2>&1"):format(connections, SECONDS,
    app.url .. path))
  local used = cpu(pid) - before
  local requests, rate = text:match("(%d+) requests in"), text:match("Requests/sec:%s+([%d.]+)")
  assert(rate, text)
  assert(not text:find("Non-2xx", 1, true), path .. ": " .. text .. app:complaints():sub(1, 500))
  return tonumber(rate), used / tonumber(requests) * 1e6
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

-- Each way in turn, ROUNDS times; the last one is what the others are compared with.
local function row(app, what, ways, connections)
  local rates, costs = {}, {}
  for _, way in ipairs(ways) do rates[way], costs[way] = {}, {} end
  for round = 1, ROUNDS do
    for _, way in ipairs(ways) do
      rates[way][round], costs[way][round] = measure(app, ways.path:format(way), connections)
    end
  end
  local base = ways[#ways]
  local base_rate, base_cost = median(rates[base]), median(costs[base])
  for _, way in ipairs(ways) do
    local rate, cost = median(rates[way]), median(costs[way])
    print(("%-5s %3d  %-6s %8.0f req/s  %6.2f   CPU %6.1f us  %5.2f  %+6.1f us of %s"):format(
      what, connections, way, rate, rate / base_rate, cost, cost / base_cost, cost - base_cost,
      base))
  end
end

-- Four processes that want more than there is, once their shares have settled.
local function limit_row(url)
  if not redis.library() then return print("limit: redis-lua is not installed") end
  local host = redis.start()
  local text, times = shared_limit.read(shared_limit.start {
    count = 4, seconds = 8, limit = 100, url = url, port = host.port, more = "",
  })
  host:stop()
  local _, ended = text:gsub("done", "")
  assert(ended == 4 and times[1], text)
  print(("limit   4 processes share 100 a second: %.1f a second used, never more than %d"):format(
    shared_limit.rate(times, 3.5, 4), shared_limit.most_in_a_second(times)))
end

local rest = '"type":"individual","email":"jane.smith@example.com","verificationProfiles":[{'
  .. '"name":"kyc_profile_a","status":"approved","criteria":{"complete":["email_address",'
  .. '"phone_number","residential_address","identity_document","liveness_check"],"pending":[],'
  .. '"required":[],"errors":[]}}],"meta":{"internalUserId":"usr_9912"}}'
local peer = nginx.start({ server = PEER, workers = 1 }, { rest = rest })
local app = nginx.start({ http = HTTP, server = SERVER }, { peer = peer.url })
local ok, message = pcall(function()
  row(app, "hit", { "gate", "empty", path = "/hit/%s?id=customer_a" }, 50)
  local ways = { "gate", path = "/miss/%s" }
  local searchpath = rawget(package, "searchpath")
  if searchpath("resty.http", package.path) then ways[2] = "resty" end
  row(app, "miss", ways, 1)
  row(app, "miss", ways, 50)
  limit_row(peer.url)
end)
app:stop()
peer:stop()
assert(ok, message)
