-- What a loop costs: the wall time of many calls, 100 in flight, on the blocking loop, luv and
-- cqueues, against a program in C that has nothing but libcurl's multi interface (multi.c). The
-- body is a JSON string of 1.2 kB, so that decoding is next to nothing.
--   lua5.4 spec/bench/loops.lua [rounds] [requests]
-- It is no spec: a busy machine makes it slow, not wrong; the ratios are of one interleaved run.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ROOT .. "build/" .. LUA .. "/?.so;" .. package.cpath

local IN_FLIGHT = 100
local BODY = ("x"):rep(1200)
local SERVER = [[
    location = /v2/body { return 200 '"${body}"'; }
]]

local WAYS = {}

-- As many tasks as calls are to be in flight, each making one call after the other.
local function spawn_all(client, requests)
  local left = requests
  for _ = 1, IN_FLIGHT do
    client:spawn(function()
      while left > 0 do
        left = left - 1
        local body = assert(client:request("GET", "/v2/body"))
        assert(#body == #BODY)
      end
    end)
  end
end

WAYS.blocking = function(client, requests)
  spawn_all(client, requests)
  client:run()
end

WAYS.luv = function(client, requests)
  spawn_all(client, requests)
  require("luv").run()
end

WAYS.cqueues = function(client, requests)
  local controller = require("cqueues").new()
  controller:wrap(function() spawn_all(client, requests) end)
  assert(controller:loop())
end

-- One way, in a process of its own: prints the seconds it took.
local function run_way(way, url, requests)
  local clock = require("socket").gettime
  local client = require("spherepay").new {
    token = "sandbox_key", base_url = url, loop = way, rate_limit = false,
    max_connections = IN_FLIGHT, http_version = "1.1",
  }
  local began = clock()
  WAYS[way](client, requests)
  print(("%.6f"):format(clock() - began))
  assert(client:stats().done == requests)
  client:close()
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function compile(shell)
  local path = ROOT .. "build/bench/multi"
  local command = "mkdir -p %sbuild/bench && cc -std=c11 -O2 -o %s %sspec/bench/multi.c"
    .. " $(pkg-config --cflags --libs libcurl)"
  assert(shell.run(command:format(ROOT, path, ROOT)) == 0)
  return path
end

local function compare(shell, url, rounds, requests)
  local commands = { multi = compile(shell) .. " " .. url .. "/v2/body" }
  local order = { "multi", "blocking", "luv", "cqueues" }
  for way in pairs(WAYS) do
    commands[way] = ("%s %sspec/bench/loops.lua --way %s %s"):format(LUA, ROOT, way, url)
  end
  local seconds, ratios = {}, {}
  for _, way in ipairs(order) do seconds[way], ratios[way] = {}, {} end
  for round = 1, rounds do
    for _, way in ipairs(order) do
      local text = shell.read(commands[way] .. " " .. requests)
      seconds[way][round] = assert(tonumber(text), text)
      ratios[way][round] = seconds[way][round] / seconds.multi[round]
    end
  end
  for _, way in ipairs(order) do
    local each = median(seconds[way])
    print(("%-9s %7.3f s  %8.0f requests/s  %5.2f of multi (%.2f to %.2f)"):format(
      way, each, requests / each, median(ratios[way]), ratios[way][1], ratios[way][rounds]))
  end
end

local function main(rounds, requests)
  local nginx = require("spec.support.nginx")
  local host = nginx.start({ server = SERVER }, { body = BODY })
  print(("%s: %d requests, %d in flight, %d rounds; the medians"):format(
    LUA, requests, IN_FLIGHT, rounds))
  local ok, message = pcall(compare, require("spherepay.sandbox.shell"), host.url, rounds, requests)
  host:stop()
  if not ok then error(message, 0) end
end

if arg[1] == "--way" then
  run_way(arg[2], arg[3], tonumber(arg[4]))
else
  main(tonumber(arg[1]) or 5, tonumber(arg[2]) or 10000)
end
