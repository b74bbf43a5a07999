-- Whether the specs notice when the program is changed:
--   SANITIZE=flags lua5.4 spec/mutate/mutate.lua SEED N [FROM [PART]]
-- N small changes (places.lua) that the seed chooses, one at a time, in a copy of the tree below
-- build/mutate; FROM is the number of the first, PART a part of "c loop csrc/core/sp_rate.c", which
-- is the language, the kind (places.lua) and the path of a change. The
-- specs that judge a change (judges.lua) run until one fails; C runs with the sanitizers. What no
-- spec notices is printed, with the line before and after.
--
-- Not counted is what does not compile, what compiles to the same code, and what equivalent.lua
-- knows. A spec that fails must fail twice, and pass on the tree as it is: a busy machine kills
-- nothing. A change that makes a spec hang is noticed.

local equivalent = require "spec.mutate.equivalent"
local judges = require "spec.mutate.judges"
local places = require "spec.mutate.places"

local reach = judges.reach "build/reach"

local SEED, N = tonumber(arg[1]), tonumber(arg[2])
local FROM, PART = tonumber(arg[3]) or 1, arg[4] or ""
local SANITIZE = assert(os.getenv "SANITIZE", "make mutate runs this")
local COMPILER = "CC='cc -w'" -- a change may leave something unused
local LIMIT = 25 -- seconds of a stage, and five times what its specs took when they were counted
local STEP = 11 -- of the allocations that are refused

-- What no spec on this system could judge, and what is not code.
local LEFT_OUT = {
  ["csrc/core/sp_poll_kqueue.c"] = true,
  ["lua/spherepay/core.d.lua"] = true,
  ["lua/spherepay/types.d.lua"] = true,
  ["lua/spherepay/version.lua"] = true,
  ["lua/spherepay/sandbox/console_page.lua"] = true,
}

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return text
end

local function run(command)
  local ok, how, code = os.execute(command)
  return ok and 0 or how == "signal" and 128 + code or code
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function lines_of(command)
  local list = {}
  for line in output(command):gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

local HERE = lines_of("pwd")[1]
local DIR = ("%s/build/mutate/%d-%d%s"):format(HERE, SEED, FROM, PART:gsub("%W", "-"))
local COPY = DIR .. "/tree"
local LOG = DIR .. "/log"

-- ---- chance ------------------------------------------------------------------------------------

local state = SEED * 2654435761 + 1

-- The next number in [1, bound]: xorshift, the same on every machine.
local function chance(bound)
  state = state ~ (state << 13)
  state = state ~ (state >> 7)
  state = state ~ (state << 17)
  return (state >> 1) % bound + 1
end

local function shuffle(list)
  for i = #list, 2, -1 do
    local k = chance(i)
    list[i], list[k] = list[k], list[i]
  end
end

-- ---- what can be changed -----------------------------------------------------------------------

local function is_known(change, before, after)
  for _, each in ipairs(equivalent) do
    if each.file == change.path and each.before == before
      and (not each.after or each.after == after)
      and (not each.above or each.above == places.above(change.text, change.place)) then
      return true
    end
  end
  return false
end

-- Every change, by language and kind: { { "c comparison", change, ... }, ... }
local function collect()
  local by_kind, kinds = {}, {}
  for _, path in ipairs(lines_of "find csrc lua -name '*.c' -o -name '*.lua' | LC_ALL=C sort") do
    local text, language = read(path), path:match "%.c$" and "c" or "lua"
    for _, place in ipairs(LEFT_OUT[path] and {} or places.of(text, language)) do
      local kind = language .. " " .. place.kind
      if not by_kind[kind] then
        by_kind[kind] = {}
        kinds[#kinds + 1] = kind
      end
      table.insert(by_kind[kind], { path = path, text = text, place = place, language = language })
    end
  end
  table.sort(kinds)
  return by_kind, kinds
end

-- One of C, one of Lua, and each kind as often as the others, however many of it there are.
local function choose()
  local by_kind, kinds = collect()
  local chosen, of = {}, { c = {}, lua = {} }
  for _, kind in ipairs(kinds) do
    shuffle(by_kind[kind])
    table.insert(of[kind:match "^%a+"], by_kind[kind])
  end
  for round = 1, 2000 do
    for _, language in ipairs { "c", "lua" } do
      local list = of[language][round % #of[language] + 1]
      chosen[#chosen + 1] = table.remove(list)
    end
  end
  for number, change in ipairs(chosen) do change.number = number end
  return chosen
end

-- ---- the copy ----------------------------------------------------------------------------------

local function make(target)
  return run(("cd '%s' && %s -s --no-print-directory %s %s >>'%s' 2>&1"):format(COPY,
    os.getenv "MAKE" or "make", COMPILER, target, LOG))
end

local MODULE = ("B=build/mutant LUAS=lua5.4 CFLAGS='%s' all"):format(SANITIZE)

local function copy_tree()
  run(("rm -rf '%s' && mkdir -p '%s'"):format(DIR, COPY))
  assert(run(("tar -c --exclude=./build/mutate --exclude=./build/test --exclude=./build/coverage"
    .. " --exclude=./build/reach --exclude=./build/fuzz --exclude=./.git . | tar -x -C '%s'")
    :format(COPY)) == 0)
  assert(make(MODULE) == 0, "the module does not compile: see " .. LOG)
end

-- The code alone, without what names its lines.
local function code_of(path, language, out)
  local command = language == "c"
    and ("gcc -std=c11 -fPIC -w -O1 -g0 %s %s -Icsrc/core -Icsrc/binding -c -o '%s' %s"):format(
      output "pkg-config --cflags lua5.4 libcurl | tr -d '\n'", "-DNDEBUG", out, path)
    or ("luac5.4 -s -o '%s' %s"):format(out, path)
  return run(("cd '%s' && %s 2>/dev/null"):format(COPY, command)) == 0 and read(out) or nil
end

-- What began in the copy and is still there.
local function end_processes()
  run(("for one in /proc/[0-9]*; do case \"$(readlink $one/cwd)\" in '%s'*)"
    .. " kill -9 ${one#/proc/};; esac; done 2>/dev/null"):format(COPY))
end

-- ---- judging -----------------------------------------------------------------------------------

local PRELOAD = "ASAN_OPTIONS=detect_leaks=1 LD_PRELOAD=\"$(cc -print-file-name=libasan.so)"
  .. " $(cc -print-file-name=libubsan.so)\" "

-- The processes of the command would have the sanitizers in them: they run with changes of Lua.
local function busted(tree, build, what, limit, lua)
  lua = lua or "lua5.4"
  local before = build == "build/mutant" and PRELOAD or ""
  local without = build == "build/mutant" and "--exclude-tags=command" or ""
  return ("cd '%s' && LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;%s/?.lua;;'"
    .. " LUA_CPATH='%s/%s/%s/?.so;;' %s timeout -k 5 %d %s $(command -v busted) -o TAP"
    .. " --no-keep-going %s %s >'%s/out' 2>&1 </dev/null"):format(tree, tree, tree, tree, tree,
    build, lua, before, limit, lua, without, what, DIR)
end

local function is_hang(code) return code == 124 or code == 137 end

local function limit_of(seconds) return LIMIT + 5 * seconds end

-- A spec is believed once it has passed on the tree as it is.
local trusted = {}
local function trust(spec, lua)
  if not trusted[spec] then
    trusted[spec] = run(busted(HERE, "build", spec, LIMIT, lua)) == 0
    end_processes()
  end
  return trusted[spec]
end

-- The spec that failed, of what busted printed.
local function failing()
  local text = read(DIR .. "/out")
  local name, spec = text:match "not ok %d+ %- ([^\n]*)\n# (spec/[%w_/]+%.lua)"
  return spec, name
end

local function judge_by_busted(stage, build, change)
  local what = table.concat(stage.what, " ")
  for _ = 1, 3 do
    local code = run(busted(COPY, build, what, limit_of(stage.seconds), stage.lua))
    end_processes()
    if code == 0 then return nil end
    local spec, name = failing()
    if is_hang(code) then return "nothing ends in " .. what end
    if not spec then return ("busted ended with %d in %s"):format(code, what) end
    local again = run(busted(COPY, build, spec, limit_of(stage.seconds), stage.lua))
    end_processes()
    if again ~= 0 and trust(spec, stage.lua) then
      judges.note(reach, spec, change.path)
      return spec .. ": " .. name
    end
  end
  return nil
end

local function judge_by_program(program, arguments)
  local code = run(("cd '%s' && timeout -k 5 %d %s %s >'%s/out' 2>&1"):format(COPY, LIMIT, program,
    arguments or "", DIR))
  if code == 0 then return nil end
  return is_hang(code) and program .. " does not end"
    or program .. ": " .. (read(DIR .. "/out"):match "not ok[^\n]*" or "it ended with " .. code)
end

local function judge_by_memory()
  local code = run(("cd '%s' && timeout -k 5 %d %s -s --no-print-directory %s STEP=%d"
    .. " oom-built oom-lua >'%s'/out 2>&1"):format(COPY, 8 * LIMIT, os.getenv "MAKE" or "make",
    COMPILER, STEP, DIR))
  if code == 0 then return nil end
  local said = read(DIR .. "/out"):match "not ok[^\n]*"
  return "memory that runs out: " .. (said or "it ended with " .. code)
end

local function judge_by(stage, change)
  if stage.kind == "oom" then return judge_by_memory() end
  if stage.kind == "busted" then
    local is_c = change.language == "c"
    if is_c and not change.is_built then
      if make(MODULE) ~= 0 then return "the module cannot be linked" end
      change.is_built = true
    end
    return judge_by_busted(stage, is_c and "build/mutant" or "build", change)
  end
  local programs, arguments = { "build/simulate" }, "200"
  if stage.kind == "core" then
    programs, arguments = {}, ""
    for i, name in ipairs(stage.what) do programs[i] = "build/spec/" .. name end
  elseif stage.kind == "corpus" then
    programs, arguments = { "build/corpus/" .. stage.what[1] },
      ("spec/fuzz/corpus/%s/*"):format(stage.what[1])
  end
  local targets = table.concat(programs, " ")
  if make(targets) ~= 0 then return targets .. " cannot be built" end
  for _, program in ipairs(programs) do
    local noticed = judge_by_program(program, arguments)
    if noticed then return noticed end
  end
  return nil
end

-- Who noticed the change; nil: nobody.
local function judge(change)
  for _, stage in ipairs(judges.of(change.path, change.place.line, reach)) do
    local noticed = judge_by(stage, change)
    if noticed then return noticed end
  end
  return nil
end

-- Whether the change makes another program that can run.
local function differs(change)
  local file = COPY .. "/" .. change.path
  local before = code_of(change.path, change.language, DIR .. "/before")
  write(file, places.changed(change.text, change.place))
  local after = code_of(change.path, change.language, DIR .. "/after")
  return after ~= nil and after ~= before
end

local function say(...)
  io.write(...)
  io.flush()
end

local function try(change, counts)
  local before, after = places.shown(change.text, change.place)
  if is_known(change, before, after) then
    counts.known = counts.known + 1
  elseif differs(change) then
    counts.all = counts.all + 1
    local began = os.time()
    local noticed = judge(change)
    local where = ("%d: %s:%d (%s)"):format(change.number, change.path, change.place.line,
      change.place.kind)
    if noticed then
      counts.killed = counts.killed + 1
      say(("killed   %s by %s [%d s]\n"):format(where, noticed:sub(1, 160), os.time() - began))
    else
      say(("SURVIVED %s [%d s]\n  - %s\n  + %s\n"):format(where, os.time() - began, before, after))
    end
  end
  write(COPY .. "/" .. change.path, change.text)
end

local function is_wanted(change)
  local name = change.language .. " " .. change.place.kind .. " " .. change.path
  return name:find(PART, 1, true)
end

local counts = { all = 0, killed = 0, known = 0 }
copy_tree()
for _, change in ipairs(choose()) do
  if counts.all == N then break end
  if change.number >= FROM and is_wanted(change) then try(change, counts) end
end
end_processes()
run(("rm -rf '%s'"):format(DIR))
say(("%d mutants of seed %d, %d noticed; %d more are known to change nothing\n"):format(counts.all,
  SEED, counts.killed, counts.known))
