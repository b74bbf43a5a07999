-- What calls cost beside other ways to make them: wall time and CPU, all ways in turn, as ratios to
-- a base within each round. Prints Markdown.
--   luajit spec/bench/bench.lua [rounds]
-- In the folder that PEERS names it looks for Lua modules to compare with: lcurl.so (for one Lua,
-- or in folders with the names of Luas), resty/http.lua. Others are compared with when they are
-- there: LuaSocket, lua-http, Python 3, Node. It is no spec: a busy machine makes it slow, not
-- wrong. What it needs of a machine is loopback alone.

local ROOT = arg[0]:match("^(.*)spec/bench/[^/]*$") or ""
local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ("%sbuild/%s/?.so;%sbuild/bench/%s/?.so;"):format(ROOT, LUA, ROOT, LUA)
  .. package.cpath

local bare = require "bare"
local certificate = require "spherepay.sandbox.certificate"
local shell = require "spherepay.sandbox.shell"

local body = require "spec.bench.body"
local cases = require "spec.bench.cases"
local nginx = require "spec.support.nginx"
local report = require "spec.bench.report"

local ROUNDS = tonumber(arg[1]) or 5
local PEERS = os.getenv("PEERS") or ""

local SERVER = [[
    listen 127.0.0.1:${tls_port} ssl http2;
    ssl_certificate ${tls}/server.pem;
    ssl_certificate_key ${tls}/server.key;
    keepalive_timeout 600s;
    location = /v2/customer { return 201 '${customer}'; }
    location = /v2/customer/${id} { return 200 '${customer}'; }
    location = /v2/customer/customer_refused { return 422 '${problem}'; }
    location = /v2/string { return 200 '"${string}"'; }
    location /once/ { keepalive_timeout 0; return 200 '${customer}'; }
    location /hold/ {
      lua_check_client_abort on; # or those that nobody waits for keep their connections
      content_by_lua_block { ngx.sleep(300) }
    }
]]

-- ---- running -----------------------------------------------------------------------------------

local FOREIGN = { python3 = "python.py", node = "node.js" }

local function is_there(way)
  if FOREIGN[way.lua] then return shell.run("command -v " .. way.lua .. " >/dev/null 2>&1") == 0 end
  if shell.run("command -v " .. way.lua .. " >/dev/null 2>&1") ~= 0 then return false end
  if not way.needs then return true end
  local look = ("%s -e 'package.cpath = \"%s/?.so;%s/%s/?.so;\" .. package.cpath; require \"%s\"'")
    :format(way.lua, PEERS, PEERS, way.lua, way.needs)
  return shell.run(look .. " >/dev/null 2>&1") == 0
end

-- The client has the last processor to itself, and the server the others: where both may go
-- anywhere, it is chance that decides what a call costs. Gives what a command begins with.
local function part(server)
  local last = tonumber(shell.read "nproc") - 1
  if last < 1 or shell.run("command -v taskset >/dev/null 2>&1") ~= 0 then return "" end
  for _, pid in ipairs(server:workers()) do
    shell.run(("taskset -pc 0-%d %d >/dev/null"):format(last - 1, pid))
  end
  return ("taskset -c %d "):format(last)
end

local function command_of(case, way, host)
  if FOREIGN[way.lua] then
    return ("%s%s %sspec/bench/ways/%s %d %s /v2/customer/%s"):format(host.where, way.lua, ROOT,
      FOREIGN[way.lua], case.count, host.plain, body.ID)
  end
  return ("%s%s %sspec/bench/way.lua %s %s %d %s %s '%s'"):format(host.where, way.lua, ROOT,
    way.file, way.asks, case.whole and 0 or case.count, host[case.server] or "-", host.ca_file,
    PEERS)
end

-- Seconds of wall time and of CPU. Of a whole process, all of it: it makes the one call of its
-- warming up.
local function run(case, way, host)
  local began = bare.now()
  local text = shell.read(command_of(case, way, host) .. " 2>&1")
  local wall, cpu, whole = text:match("^([%d.]+) ([%d.]+) ?([%d.]*)")
  if not wall then error(case.title .. ", " .. way.label .. ": " .. text, 0) end
  if case.whole then return bare.now() - began, tonumber(whole) end
  return tonumber(wall), tonumber(cpu)
end

local function compare(case, host)
  local ways = {}
  for _, way in ipairs(case.ways) do
    if is_there(way) then
      way.wall, way.cpu = {}, {}
      ways[#ways + 1] = way
    end
  end
  for round = 1, ROUNDS do
    for _, way in ipairs(ways) do way.wall[round], way.cpu[round] = run(case, way, host) end
  end
  report.case(case, ways)
end

-- ---- sections that are no comparison of ways ----------------------------------------------------

local function memory(host)
  print("\n### Memory\n\n| | Lua 5.4 |\n| --- | --- |")
  io.write(shell.read(("lua5.4 %sspec/bench/memory.lua %s/hold 2>&1"):format(ROOT, host.plain)))
end

local function in_nginx()
  print("\n### In nginx: a gate's hit, and a get where the gate has not looked\n\n```")
  local path = PEERS == "" and "" or ("LUA_PATH='%s/?.lua;%s/lib/?.lua;;' "):format(PEERS, PEERS)
  io.write(shell.read(("%sluajit %sspec/bench/gate.lua 3 1 2>&1"):format(path, ROOT)))
  print("\n```")
end

-- ---- all of it ---------------------------------------------------------------------------------

local function versions()
  local curl = shell.read("pkg-config --modversion libcurl"):gsub("%s+$", "")
  local cpu = shell.read("sed -n 's/^model name.*: //p' /proc/cpuinfo"):match("[^\n]*")
  local load = shell.read_file("/proc/loadavg"):match("^%S+")
  return ("libcurl %s, %s, load %s, %d rounds; ratios are the median (least to most) of the rounds")
    :format(curl, cpu, load, ROUNDS)
end

local function main()
  local tls = shell.read("mktemp -d /tmp/spherepay-bench.XXXXXX")
  assert(certificate.make(tls))
  local values = {
    tls = tls, tls_port = nginx.free_port(), id = body.ID, customer = body.CUSTOMER,
    problem = body.PROBLEM, string = ("x"):rep(1200),
  }
  shell.run(("chmod 755 %s && chmod 644 %s/ca.pem"):format(tls, tls))
  local server = nginx.start({ server = SERVER }, values)
  local host = {
    plain = server.url, tls = "https://localhost:" .. values.tls_port, ca_file = tls .. "/ca.pem",
    where = part(server),
  }
  print(versions())
  local ok, message = pcall(function()
    for _, case in ipairs(cases) do compare(case, host) end
    memory(host)
    in_nginx()
  end)
  server:stop()
  shell.run("rm -rf " .. shell.quote(tls))
  if not ok then error(message, 0) end
end

main()
