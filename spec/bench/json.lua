-- What reading JSON costs: the core beside lua-cjson, and the worst texts of the largest size.
-- Instructions are counted by callgrind, as the difference of two runs; times are medians of rounds
-- in turn. Run it with the Lua to measure: lua5.4 spec/bench/json.lua
-- It is no spec: a busy machine makes times long, not wrong.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path

local cjson = require "cjson"
local core = require "spherepay.core"
local json = require "spherepay.http.json"
local worst = require "spec.support.worst_texts"

local SCRIPT = arg[0]
local LUA = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")
local LIMITS = { bytes = 1048576, values = 131072 }
local ROUNDS = 21

-- ---- what is read, and by whom ----

local CUSTOMER = require "spec.support.bench_customer"

local TEXTS = {
  { "a customer", CUSTOMER, 2000 },
  { "a list", '{"customers":[' .. (CUSTOMER .. ","):rep(34) .. "0]}", 100 },
}

local codec = cjson.new()
codec.decode_invalid_numbers(false)

local READERS = {
  core = function(text) return core.decode(text, json.ARRAY_MT, false, LIMITS.values) end,
  cjson = codec.decode,
}

local function repeated(reader, text, count)
  local read = READERS[reader]
  for _ = 1, count do read(text) end
end

-- ---- processes of their own ----

local function child(prefix, ...)
  local command = prefix .. LUA .. " " .. SCRIPT .. " '" .. table.concat({ ... }, "' '") .. "' 2>&1"
  local pipe = io.popen(command)
  local out = pipe:read("*a")
  pipe:close()
  return out
end

local function instructions(reader, index, count)
  local function collected(times)
    local out = child("valgrind --tool=callgrind --callgrind-out-file=/dev/null ",
      "repeat", reader, index, times)
    return assert(tonumber(out:match("Collected : (%d+)")), out)
  end
  local warm = math.ceil(count / 10)
  return (collected(warm + count) - collected(warm)) / count
end

local function resident(field)
  for line in io.lines("/proc/self/status") do
    local kilobytes = line:match("^" .. field .. ":%s*(%d+)")
    if kilobytes then return tonumber(kilobytes) end
  end
end

local function forget_peak()
  local file = assert(io.open("/proc/self/clear_refs", "w"))
  file:write("5")
  file:close()
end

-- The seconds it takes to read the text in a file, and the kilobytes by which the process grows
-- meanwhile. It has not made the text, so it has no memory to use again.
local function measure_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  collectgarbage()
  forget_peak()
  local before, began = resident "VmRSS", os.clock()
  repeated("core", text, 1)
  print(os.clock() - began, resident "VmHWM" - before)
end

local function in_file(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

-- ---- the report ----

local function median_times(text, count)
  local times = { core = {}, cjson = {} }
  for _ = 1, ROUNDS do
    for reader, list in pairs(times) do
      local began = os.clock()
      repeated(reader, text, count)
      list[#list + 1] = (os.clock() - began) / count * 1e6
    end
  end
  for _, list in pairs(times) do table.sort(list) end
  local middle = (ROUNDS + 1) / 2
  return times.core[middle], times.cjson[middle]
end

local function report(index)
  local name, text, count = TEXTS[index][1], TEXTS[index][2], TEXTS[index][3]
  local own, other = instructions("core", index, count), instructions("cjson", index, count)
  local own_time, other_time = median_times(text, count)
  print(("%s of %d bytes: %.0f instructions, %.2f of lua-cjson's %.0f; %.1f us, %.2f of %.1f")
    :format(name, #text, own, own / other, other, own_time, own_time / other_time, other_time))
end

local function report_worst()
  local slowest, largest = { 0 }, { 0 }
  for name, text in pairs(worst.texts(LIMITS)) do
    local path = in_file(text)
    local out = child("", "file", path)
    os.remove(path)
    local seconds, kilobytes = out:match("(%S+)%s+(%S+)")
    seconds, kilobytes = assert(tonumber(seconds), out), tonumber(kilobytes)
    if seconds > slowest[1] then slowest = { seconds, name } end
    if kilobytes > largest[1] then largest = { kilobytes, name } end
  end
  print(("1 MiB at worst: %.3f s (%s), %.1f MB (%s)"):format(slowest[1], slowest[2],
    largest[1] / 1024, largest[2]))
end

if arg[1] == "repeat" then
  repeated(arg[2], TEXTS[tonumber(arg[3])][2], tonumber(arg[4]))
elseif arg[1] == "file" then
  measure_file(arg[2])
else
  print(LUA)
  report(1)
  report(2)
  report_worst()
end
