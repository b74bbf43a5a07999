-- Requests per second through an nginx handler that gets and decodes a customer of 1.2 kB, against
-- a location that proxies the same to the same upstream (`proxy_pass`): the ceiling, for it reads
-- nothing. One worker each. Then what 50 calls that wait two seconds do to a location that needs
-- none. Needs wrk:
--   luajit spec/bench/nginx.lua [rounds] [seconds]
-- With lua-resty-http in the folder that PEERS names (resty/http.lua) or on the Lua path there is a
-- third way. It is no spec: a busy machine makes it slow, not wrong; the ratios are of one
-- interleaved run.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ROOT .. "build/luajit/?.so;" .. package.cpath
local PEERS = os.getenv("PEERS") or ""
if PEERS ~= "" then package.path = PEERS .. "/?.lua;" .. package.path end

local certificate = require("spherepay.sandbox.certificate")
local shell = require("spherepay.sandbox.shell")

local nginx = require("spec.support.nginx")

local ROUNDS, SECONDS = tonumber(arg[1]) or 5, tonumber(arg[2]) or 3
local CONNECTIONS = { 1, 50 }
local TICKS = tonumber(shell.read("getconf CLK_TCK"))

local UPSTREAM = [[
    listen 127.0.0.1:${tls_port} ssl http2;
    ssl_certificate ${tls}/server.pem;
    ssl_certificate_key ${tls}/server.key;
    keepalive_timeout 600s;
    location /v2/customer/ { return 200 '${customer}'; }
    location = /v2/customer/customer_slow {
      content_by_lua_block { ngx.sleep(2) ngx.print('{"id":"customer_slow"}') }
    }
]]

local HTTP = [[
  upstream plain { server 127.0.0.1:${plain_port}; keepalive 64; keepalive_requests 10000000; }
  upstream tls { server 127.0.0.1:${tls_port}; keepalive 64; keepalive_requests 10000000; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  lua_ssl_trusted_certificate ${tls}/ca.pem;
  init_by_lua_block {
    local spherepay = require("spherepay")
    local function client(url, http_version)
      return spherepay.new {
        token = "sandbox_key", base_url = url, http_version = http_version, max_connections = 64,
        ca_file = "${tls}/ca.pem", rate_limit = { read = false, write = false },
      }
    end
    clients = {
      plain = client("http://127.0.0.1:${plain_port}", "1.1"),
      tls = client("https://localhost:${tls_port}", "2"),
    }
    function by_resty(url)
      local http = require("resty.http").new()
      url = url .. "/v2/customer/customer_a"
      return require("cjson").decode(assert(http:request_uri(url, { keepalive_pool = 64 })).body)
    end
  }
]]

local SERVER = [[
    location = /plain/spherepay { content_by_lua_block {
      ngx.say(assert(clients.plain.customer.get("customer_a")).id)
    } }
    location = /tls/spherepay { content_by_lua_block {
      ngx.say(assert(clients.tls.customer.get("customer_a")).id)
    } }
    location = /slow { content_by_lua_block {
      ngx.say(assert(clients.plain.customer.get("customer_slow")).id)
    } }
    location = /in_flight { content_by_lua_block {
      ngx.say(clients.plain:stats().in_flight)
    } }
    location = /trivial { return 200 "trivial"; }
    location = /plain/resty { content_by_lua_block {
      ngx.say(by_resty("http://127.0.0.1:${plain_port}").id)
    } }
    location = /plain/proxy { proxy_pass http://plain/v2/customer/customer_a; }
    location = /tls/proxy { proxy_pass https://tls/v2/customer/customer_a; }
]]

-- "812.50us", "1.20ms", "2.01s" as milliseconds.
local function milliseconds(text)
  local number, unit = text:match("([%d.]+)(%a+)")
  return tonumber(number) * ({ us = 0.001, ms = 1, s = 1000 })[unit]
end

-- Seconds of CPU that a process has used.
local function cpu(pid)
  local fields = {}
  for field in shell.read_file(("/proc/%d/stat"):format(pid)):match("%) (.*)$"):gmatch("%S+") do
    fields[#fields + 1] = field
  end
  return (fields[12] + fields[13]) / TICKS
end

local function wrk(url, connections)
  local command = "wrk -t1 -c%d -d%ds --latency %s 2>&1"
  local text = shell.read(command:format(connections, SECONDS, url))
  local rate = tonumber(text:match("Requests/sec:%s+([%d.]+)"))
  assert(rate, text)
  if text:find("Non-2xx", 1, true) then error(url .. ": " .. text) end
  local p50, p99 = text:match("\n%s+50%%%s+(%S+).-\n%s+99%%%s+(%S+)")
  return rate, milliseconds(p50), milliseconds(p99), tonumber(text:match("(%d+) requests in"))
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

-- One row: every way in turn, ROUNDS times; the ratio is the median of each round's.
local function row(app, scheme, ways, connections)
  local seen = {}
  for _, way in ipairs(ways) do
    seen[way] = { rate = {}, p50 = {}, p99 = {}, ratio = {}, cost = {} }
  end
  local worker = app:workers()[1]
  for round = 1, ROUNDS do
    for _, way in ipairs(ways) do
      local of, before = seen[way], cpu(worker)
      local rate, p50, p99, count = wrk(app.url .. "/" .. scheme .. "/" .. way, connections)
      of.rate[round], of.p50[round], of.p99[round] = rate, p50, p99
      of.cost[round] = (cpu(worker) - before) / count * 1e6
    end
    for _, way in ipairs(ways) do
      seen[way].ratio[round] = seen[way].rate[round] / seen.proxy.rate[round]
    end
  end
  for _, way in ipairs(ways) do
    local of = seen[way]
    print(("%-6s %3d  %-10s %9.0f req/s   p50 %7.2f ms   p99 %7.2f ms   %5.2f of proxy_pass"
      .. "   CPU %6.1f us")
      :format(scheme, connections, way, median(of.rate), median(of.p50), median(of.p99),
        median(of.ratio), median(of.cost)))
  end
end

-- The trivial location in turn with an idle worker and with 50 calls under way.
local function stall(app)
  local idle, busy = {}, {}
  for round = 1, ROUNDS do
    idle[round] = select(3, wrk(app.url .. "/trivial", 1))
    local calls = ("wrk -t1 -c50 -d%ds --timeout 10s %s/slow >/dev/null 2>&1"):format(
      SECONDS + 2, app.url)
    local pipe = assert(io.popen(calls))
    assert(nginx.await(function() return app:read("/in_flight") == "50\n" end), "no 50 calls")
    busy[round] = select(3, wrk(app.url .. "/trivial", 1))
    pipe:close()
  end
  print(("trivial location, p99: %.2f ms in an idle worker, %.2f ms while 50 calls wait"):format(
    median(idle), median(busy)))
end

local function read_customer()
  local name = ROOT .. "spec/fixtures/api/v2-get-individual-tos-status.json"
  local body = assert(shell.read_file(name)):gsub("%s+$", "")
  return (body:gsub('"id":%s*"[^"]*"', '"id":"customer_a"', 1))
end

local function main()
  local tls = shell.read("mktemp -d /tmp/spherepay-bench.XXXXXX")
  assert(certificate.make(tls))
  shell.run(("chmod 755 %s && chmod 644 %s/ca.pem"):format(tls, tls))
  local values = { tls = tls, tls_port = nginx.free_port(), customer = read_customer() }
  local upstream = nginx.start({ server = UPSTREAM }, values)
  values.plain_port = upstream.port
  local app = nginx.start({ http = HTTP, server = SERVER }, values)
  local ways = { "proxy", "spherepay" }
  local searchpath = rawget(package, "searchpath")
  if searchpath("resty.http", package.path) then ways[3] = "resty" end
  local ok, message = pcall(function()
    for _, connections in ipairs(CONNECTIONS) do row(app, "plain", ways, connections) end
    for _, connections in ipairs(CONNECTIONS) do
      row(app, "tls", { "proxy", "spherepay" }, connections)
    end
    stall(app)
    io.write(app:complaints())
  end)
  app:stop()
  upstream:stop()
  shell.run("rm -rf " .. shell.quote(tls))
  if not ok then error(message, 0) end
end

print(("%d rounds of %d s; the medians"):format(ROUNDS, SECONDS))
main()
