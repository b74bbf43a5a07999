-- What a loop costs: the wall time of many calls, 100 in flight, on the blocking loop, luv and
-- cqueues, against a loop in C that has nothing but libcurl's multi interface (bare.c). The body is
-- a string of 1.2 kB. First the loops over the core alone: a request that is ready, a body that is
-- not decoded; then all of `client:request`, with checks, headers, decoding and mapping.
--   luajit spec/bench/loops.lua [rounds] [requests] [lua that runs the loops]
-- It is no spec: a busy machine makes it slow, not wrong; the ratios are of one interleaved run.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ("%sbuild/%s/?.so;%sbuild/bench/%s/?.so;"):format(ROOT, LUA, ROOT, LUA)
  .. package.cpath

local IN_FLIGHT = 100
local LOOPS = { "blocking", "luv", "cqueues" }
local BODY = ("x"):rep(1200)
local SERVER = [[
    location = /v2/body { return 200 '"${body}"'; }
]]

-- ---- one way, in a process of its own ----------------------------------------------------------

local ARRAY_MT = {}

-- What is to be made a hundred at a time, each giving a body.
local CALLS = {}

function CALLS.core(client, url)
  local template = client.dispatcher.engine:template {
    method = "GET", before = url, after = "", repeat_as = "read", connect_timeout = 10,
    timeout = 30, max_retries = 2, headers = { "Accept: application/json", "Api-Version: v2" },
  }
  return function()
    local call = assert(client.dispatcher.engine:begin(template, "/v2/body", 60))
    client.loop.wait(client.dispatcher, call)
    return (call:finish(ARRAY_MT, false, 100000))
  end
end

function CALLS.request(client)
  return function() return assert(client:request("GET", "/v2/body")) end
end

local function spawn_all(client, call, requests)
  local left = requests
  for _ = 1, IN_FLIGHT do
    client:spawn(function()
      while left > 0 do
        left = left - 1
        assert(#call() >= #BODY)
      end
    end)
  end
end

local HOSTS = {}

function HOSTS.blocking(client, start)
  start()
  client:run()
end

function HOSTS.luv(_, start)
  start()
  require("luv").run()
end

function HOSTS.cqueues(_, start)
  local controller = require("cqueues").new()
  controller:wrap(start)
  assert(controller:loop())
end

-- Prints the seconds it took.
local function run_bare(url, requests)
  local bare = require "bare"
  local began = bare.now()
  bare.multi({ url = url .. "/v2/body" }, requests, IN_FLIGHT)
  print(("%.6f"):format(bare.now() - began))
end

-- Prints the seconds it took.
local function run_way(what, loop, url, requests)
  local clock = require("socket").gettime
  local client = require("spherepay").new {
    token = "sandbox_key", base_url = url, loop = loop, rate_limit = false,
    max_connections = IN_FLIGHT, http_version = "1.1",
  }
  client:attach()
  local call = CALLS[what](client, url)
  local began = clock()
  HOSTS[loop](client, function() spawn_all(client, call, requests) end)
  print(("%.6f"):format(clock() - began))
  assert(client:stats().done == requests)
  client:close()
end

-- ---- all ways in turn --------------------------------------------------------------------------

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function ways_of(url, requests, lua)
  local ways = {
    { name = "bare.c", command = ("%s %sspec/bench/loops.lua --bare %s"):format(lua, ROOT, url) },
  }
  for _, what in ipairs { "core", "request" } do
    for _, loop in ipairs(LOOPS) do
      ways[#ways + 1] = {
        name = what .. ", " .. loop,
        command = ("%s %sspec/bench/loops.lua --way %s %s %s"):format(lua, ROOT, what, loop, url),
      }
    end
  end
  for _, way in ipairs(ways) do
    way.command = way.command .. " " .. requests
    way.seconds, way.ratios = {}, {}
  end
  return ways
end

local function compare(shell, ways, rounds, requests)
  for round = 1, rounds do
    for _, way in ipairs(ways) do
      local text = shell.read(way.command)
      way.seconds[round] = assert(tonumber(text), text)
      way.ratios[round] = way.seconds[round] / ways[1].seconds[round]
    end
  end
  for _, way in ipairs(ways) do
    local seconds, ratio = median(way.seconds), median(way.ratios)
    print(("%-18s %7.3f s %8.0f requests/s  %5.2f of bare.c (%.2f to %.2f)"):format(
      way.name, seconds, requests / seconds, ratio, way.ratios[1], way.ratios[rounds]))
  end
end

local function main(rounds, requests, lua)
  local nginx = require("spec.support.nginx")
  local shell = require("spherepay.sandbox.shell")
  local host = nginx.start({ server = SERVER }, { body = BODY })
  print(("%s: %d requests, %d in flight, %d rounds; the medians"):format(
    lua, requests, IN_FLIGHT, rounds))
  local ok, message = pcall(function()
    compare(shell, ways_of(host.url, requests, lua), rounds, requests)
  end)
  host:stop()
  if not ok then error(message, 0) end
end

if arg[1] == "--bare" then
  run_bare(arg[2], tonumber(arg[3]))
elseif arg[1] == "--way" then
  run_way(arg[2], arg[3], arg[4], tonumber(arg[5]))
else
  main(tonumber(arg[1]) or 15, tonumber(arg[2]) or 10000, arg[3] or LUA)
end
