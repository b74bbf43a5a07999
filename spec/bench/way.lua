-- One way of doing one thing, in a process of its own: does it some times to warm up, then as often
-- as told, and prints what that took: seconds of wall time, seconds of CPU; and the seconds of CPU
-- since its start. To do it 0 times is to do it once, for who counts all of the process.
--   LUA spec/bench/way.lua <way> <case> <count> <url> [ca file] [peers]
-- Ways are the files of spec/bench/ways. Each gives a function for each case that it knows: of
-- what is asked (`url`, `ca_file`), it makes a function that does the thing `count` times.

local ROOT = arg[0]:match("^(.*)spec/bench/[^/]*$") or ""
local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
local way, case, count, url = arg[1], arg[2], tonumber(arg[3]), arg[4]
local ca_file, peers = arg[5], arg[6]
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ("%sbuild/%s/?.so;%sbuild/bench/%s/?.so;"):format(ROOT, LUA, ROOT, LUA)
  .. package.cpath
if peers and peers ~= "" then
  package.path = peers .. "/?.lua;" .. package.path
  package.cpath = ("%s/?.so;%s/%s/?.so;"):format(peers, peers, LUA) .. package.cpath
end

local WARM = 0.1

local bare = require "bare"
local ask = { url = url, ca_file = ca_file ~= "" and ca_file or nil }
local run = assert(require("spec.bench.ways." .. way)[case], case)(ask)
run(math.max(1, math.ceil(count * WARM)))
local wall, cpu = bare.now(), os.clock()
run(count)
print(("%.6f %.6f %.6f"):format(bare.now() - wall, os.clock() - cpu, os.clock()))
