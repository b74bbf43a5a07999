-- Runs everything a contributor runs, some parts at a time, quietly, and sums what really ran:
--   lua5.4 spec/run.lua [part ...]
-- A long part runs only when it is named.
-- Each part is a shell command with a log of its own below build/test. A part counts by what its
-- runner reports (TAP lines, or "N passed, N failed"), and as one failure when it ends badly
-- without having reported any. build/test/times says where the time went, and so does the output
-- when TIMES is set.

local OUT = "build/test"
local AT_ONCE = 5 -- on two cores: specs wait more than they work

local function sh(command)
  local ok, _, code = os.execute(command)
  return ok and 0 or code
end

local function read(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read "a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

local HERE = output_of "pwd"
local LUAS = {}
for _, name in ipairs { "luajit", "lua5.4", "lua5.1", "lua5.3" } do
  if io.open("build/" .. name .. "/spherepay/core.so") then LUAS[#LUAS + 1] = name end
end

local function environment(lua, build)
  return ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;%s/?.lua;;' LUA_CPATH='%s/%s/%s/?.so;;' ")
    :format(HERE, HERE, HERE, HERE, build or "build", lua)
end

local function busted(lua, what, build, before)
  return environment(lua, build) .. (before or "") .. lua
    .. " $(command -v busted) -o TAP " .. what
end

local parts = {}
local function part(name, command)
  parts[#parts + 1] = { name = name, command = command }
end
local function long_part(name, command)
  parts[#parts + 1] = { name = name, command = command, is_long = true }
end

-- The longest first, so that they do not run alone at the end: the two Luas that matter, which try
-- the many processes of the command as well. In two halves: the rooms that wait most, and the rest.
local WAITING = "spec/contract spec/loop"
local OTHERS = "$(ls spec/*_spec.lua; find spec -mindepth 2 -maxdepth 2 -name '*_spec.lua'"
  .. " | cut -d/ -f1-2 | sort -u | grep -v -x -e spec/contract -e spec/loop)"
local MATTERS = { ["lua5.4"] = true, luajit = true }
local function specs_on(lua, options)
  part("specs on " .. lua .. ", contract and loops", busted(lua, WAITING .. options))
  part("specs on " .. lua .. ", all others", busted(lua, OTHERS .. options))
end
for _, lua in ipairs(LUAS) do
  if MATTERS[lua] then specs_on(lua, "") end
end
-- With the sanitizers all that drives the module: not the specs of the tools, whose child processes
-- would inherit them. The rooms that are Lua but for a function or two need them on one Lua only:
-- both walk the same C.
local DRIVES_THE_MODULE = {
  ["lua5.4"] = "$(ls spec/*_spec.lua) spec/async spec/client spec/http spec/loop spec/options"
    .. " spec/privacy spec/contract spec/ratelimit spec/resources",
  luajit = "spec/client spec/http spec/loop spec/contract",
}
local ASAN = "ASAN_OPTIONS=detect_leaks=1 LD_PRELOAD=\"$(cc -print-file-name=libasan.so)"
  .. " $(cc -print-file-name=libubsan.so)\" "
-- There every Lua has them, by a PATH that `make sanitize` has made.
for _, lua in ipairs(LUAS) do
  if MATTERS[lua] then
    long_part("every spec on " .. lua .. " with ASan, UBSan and LeakSanitizer",
      "export PATH=\"" .. HERE .. "/build/asan/bin:$PATH\" ASAN_OPTIONS=detect_leaks=1; "
      .. busted(lua, "spec", "build/asan"))
  end
end
for _, lua in ipairs(LUAS) do
  if DRIVES_THE_MODULE[lua] then
    part("specs on " .. lua .. " with ASan, UBSan and LeakSanitizer",
      busted(lua, DRIVES_THE_MODULE[lua], "build/asan", ASAN))
  end
end
for _, lua in ipairs(LUAS) do
  if not MATTERS[lua] then
    specs_on(lua, " --exclude-tags=command")
  end
end
-- Lua 5.5, for which lua-cjson is not packaged yet: what needs neither that nor a server.
if io.open("build/lua5.5/spherepay/core.so") then
  part("specs on lua5.5", busted("lua5.5", "spec/http/decode_spec.lua spec/http/limits_spec.lua"
    .. " spec/http/numbers_spec.lua spec/http/path_spec.lua spec/http/template_spec.lua"
    .. " spec/options/init_spec.lua spec/params/request_spec.lua spec/params/rules_spec.lua"
    .. " spec/privacy/echo_spec.lua spec/privacy/scrub_spec.lua spec/verification/init_spec.lua"
    .. " spec/verification/rule_spec.lua spec/verification/select_spec.lua"))
  part("syntax of Lua 5.5", "for file in $(find lua spec examples -name '*.lua'); do"
    .. " lua5.5 -e 'assert(loadfile(arg[1]))' /dev/null \"$file\" || exit 1; done")
end
part("specs on lua5.4 without epoll", busted("lua5.4", "spec/loop/contract_spec.lua"
  .. " spec/loop/auto_spec.lua spec/loop/blocking_spec.lua spec/loop/manual_spec.lua"
  .. " spec/async/scheduler_spec.lua spec/resources/many_spec.lua", "build/poll"))
part("valgrind over 200 mixed calls", "sh spec/valgrind.sh")
for _, lua in ipairs { "lua5.4", "luajit -joff" } do
  part("instructions of a call on " .. lua, environment("luajit")
    .. "luajit spec/bench/instructions.lua check '" .. lua .. "'")
end
part("both compilers, every Lua, no warning", "sh spec/compilers.sh")
part("C specs", "for spec in build/spec/*_spec; do \"$spec\" || exit 1; done")
part("corpus of the fuzzers under ASan and UBSan", "for harness in build/corpus/*; do"
  .. " \"$harness\" spec/fuzz/corpus/\"${harness##*/}\"/* || exit 1; done")
part("two hundred simulated clients", "build/simulate 200")
part("twenty simulated fleets", environment("lua5.4") .. "lua5.4 spec/simulate/shared.lua 20")
part("memory that runs out", "make -s --no-print-directory oom STEP=7")
part("calls against servers that fail at random",
  "make -s --no-print-directory soak-built LUA=lua5.4 CALLS=750 SEEDS=1 && "
  .. "make -s --no-print-directory soak-built LUA=luajit CALLS=750 SEEDS=2")
part("luarocks make, make install and make env", "sh spec/install.sh")
part("luacheck", "luacheck --quiet lua spec docs/generate examples rockspec/*.rockspec")
part("layers", "lua5.4 spec/layers.lua")
part("format of C", "make -s --no-print-directory format-check")

local function wanted(each)
  if not arg[1] then return not each.is_long end
  for _, word in ipairs(arg) do
    if each.name:find(word, 1, true) then return true end
  end
  return false
end

-- What a log says happened: passed, failed, skipped.
local function count(log, code)
  local passed, failed, skipped = 0, 0, 0
  for line in log:gmatch "[^\n]+" do
    local p, f = line:match "^(%d+) passed, (%d+) failed"
    if p then
      passed, failed = passed + tonumber(p), failed + tonumber(f)
    elseif line:find "^ok %d+ %- # SKIP" then
      skipped = skipped + 1
    elseif line:find "^ok %d+" then
      passed = passed + 1
    elseif line:find "^not ok %d+" then
      failed = failed + 1
    end
  end
  if code == 0 and passed + failed + skipped == 0 then passed = 1 end
  if code ~= 0 and failed == 0 then failed = 1 end
  return passed, failed, skipped
end

-- Of a long log only what failed, with the lines that explain it.
local function complaint(log)
  local shown, explaining = {}, false
  for line in log:gmatch "[^\n]+" do
    if line:find "^not ok" then
      explaining = true
    elseif line:find "^ok %d" then
      explaining = false
    end
    if explaining then shown[#shown + 1] = line end
  end
  if shown[1] then return table.concat(shown, "\n", 1, math.min(#shown, 200)) end
  return log:sub(-6000)
end

local function run_all(chosen)
  local names = {}
  for i, each in ipairs(chosen) do
    -- the job server of the make that began all this is not theirs
    write(("%s/%d.sh"):format(OUT, i), "unset MAKEFLAGS MFLAGS\ncd '" .. HERE .. "'\n"
      .. each.command .. "\n")
    names[i] = tostring(i)
  end
  write(OUT .. "/order", table.concat(names, "\n") .. "\n")
  sh(("cd %s && xargs -a order -P %d -n 1 sh -c 'began=$(date +%%s);"
    .. " timeout 3600 sh $0.sh >$0.log 2>&1 </dev/null; echo $? >$0.rc;"
    .. " { echo $(($(date +%%s) - began)); times; } >$0.times'"):format(OUT, AT_ONCE))
end

-- "0m12.3s 0m4.5s" in seconds, together.
local function cpu_seconds(line)
  local sum = 0
  for minutes, seconds in line:gmatch "(%d+)m([%d.]+)s" do
    sum = sum + tonumber(minutes) * 60 + tonumber(seconds)
  end
  return sum
end

local function write_times(chosen)
  local lines = {}
  for i, each in ipairs(chosen) do
    local seconds, children = read(("%s/%d.times"):format(OUT, i)):match "^(%d+)\n[^\n]*\n([^\n]*)"
    lines[i] = ("%4d s, %5.1f of a core: %s"):format(tonumber(seconds) or 0,
      cpu_seconds(children or ""), each.name)
  end
  table.sort(lines, function(a, b) return a > b end)
  local text = table.concat(lines, "\n") .. "\n"
  write(OUT .. "/times", text)
  if (os.getenv "TIMES" or "") ~= "" then io.write(text) end
end

sh("rm -rf " .. OUT .. " && mkdir -p " .. OUT)
local chosen = {}
for _, each in ipairs(parts) do
  if wanted(each) then chosen[#chosen + 1] = each end
end
if not chosen[1] then
  print "no part has such a name: they are in spec/run.lua"
  os.exit(1)
end
run_all(chosen)
write_times(chosen)

local all_passed, all_failed, all_skipped = 0, 0, 0
for i, each in ipairs(chosen) do
  local log, code = read(("%s/%d.log"):format(OUT, i)), tonumber(read(("%s/%d.rc"):format(OUT, i)))
  local passed, failed, skipped = count(log, code or 1)
  all_passed, all_failed = all_passed + passed, all_failed + failed
  all_skipped = all_skipped + skipped
  if failed > 0 then print("---- " .. each.name .. "\n" .. complaint(log)) end
  write(("%s/%d.name"):format(OUT, i), each.name .. "\n")
end
print(("%d passed, %d failed"):format(all_passed, all_failed)
  .. (all_skipped > 0 and ", " .. all_skipped .. " skipped" or ""))
os.exit(all_failed == 0)
