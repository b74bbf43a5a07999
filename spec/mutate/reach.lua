-- Which specs run which lines of csrc and lua: lua5.4 spec/mutate/reach.lua DIR [AT_ONCE]
-- Each busted spec on Lua 5.4 and each C spec runs in a process of its own, with what `make
-- coverage` counts with; `make mutate` has built both. DIR/SPEC.lines gets what ran, a line
-- "path:line" each, and DIR/SPEC.seconds how long that took; SPEC is its path with ":" for "/".
-- DIR/began is as old as the oldest of them.
-- A spec that has not changed since is not run again, though the sources may have moved: remove DIR
-- to begin anew. Not those in nginx, whose LuaJIT counts nothing: spec/nginx and two of spec/fleet.

local cjson = require "cjson"

local DIR, AT_ONCE, ONE = arg[1], arg[2] or "2", arg[3]
local LIMIT = 240 -- seconds of one spec

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return text
end

local HERE = output("pwd"):match "[^\n]+"
local BUILD = HERE .. "/" .. DIR .. "/build"

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- What the counter of Lua left in `counted`.
local function add_lua(seen, counted)
  for line in output(("cat '%s'/*.lines 2>/dev/null"):format(counted)):gmatch "[^\n]+" do
    seen[line] = true
  end
end

-- What gcov finds in the objects below `counted`.
local function add_c(seen, counted)
  local said = output("find '" .. counted .. "' -name '*.gcda' -exec gcov -t -j {} + 2>/dev/null")
  for json in said:gmatch "[^\n]+" do
    for _, file in ipairs(cjson.decode(json).files) do
      for _, line in ipairs(file.file:find "^csrc/" and file.lines or {}) do
        if line.count > 0 then seen[("%s:%d"):format(file.file, line.line_number)] = true end
      end
    end
  end
end

-- gcov wants what the compiler noted beside what the program counted.
local function lay_notes(counted, pattern)
  output(("cd '%s' && find . -path '%s' -name '*.gcno'"
    .. " -exec cp --parents -l -t '%s%s' {} +"):format(BUILD, pattern, counted, BUILD))
end

local function run_one(spec)
  local name = spec:gsub("/", ":")
  local counted = HERE .. "/" .. DIR .. "/" .. name .. ".counted"
  output(("rm -rf '%s' && mkdir -p '%s%s'"):format(counted, counted, BUILD))
  output(("ln '%s/coverage/lines/lua5.4.so' '%s/'"):format(BUILD, counted))
  local command
  if spec:find "%.c$" then
    local program = spec:match "([%w_]+)%.c$"
    lay_notes(counted, "./pure/*")
    lay_notes(counted, "./spec/" .. program .. "-*")
    command = ("timeout %d '%s/spec/%s'"):format(LIMIT, BUILD, program)
  else
    lay_notes(counted, "./core/*")
    lay_notes(counted, "./lua5.4/*")
    command = ("LUA_INIT='@%s/spec/coverage/lines.lua' LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;"
      .. "%s/?.lua;;' LUA_CPATH='%s/lua5.4/?.so;;' timeout %d lua5.4 $(command -v busted) -o TAP"
      .. " %s"):format(HERE, HERE, HERE, HERE, BUILD, LIMIT, spec)
  end
  local began = os.time()
  output(("GCOV_PREFIX='%s' COVERAGE_DIR='%s' sh -c \"%s\" >'%s/log' 2>&1 </dev/null")
    :format(counted, counted, command:gsub("%$", "\\$"), counted))
  local seconds = os.time() - began
  local seen, list = {}, {}
  add_lua(seen, counted)
  add_c(seen, counted)
  for line in pairs(seen) do list[#list + 1] = line end
  table.sort(list)
  write(("%s/%s.lines"):format(DIR, name), table.concat(list, "\n") .. "\n")
  write(("%s/%s.seconds"):format(DIR, name), seconds .. "\n")
  output(("rm -rf '%s'"):format(counted))
  print(("%s: %d lines, %d s"):format(spec, #list, seconds))
end

if ONE then
  run_one(ONE)
else
  local wanted = {}
  for spec in output("ls spec/core/*_spec.c; find spec -name '*_spec.lua' ! -path 'spec/nginx/*'"
    .. " ! -path 'spec/fleet/[gn]*' ! -path 'spec/browser/*' | LC_ALL=C sort"):gmatch "[^\n]+" do
    local done = ("%s/%s.seconds"):format(DIR, (spec:gsub("/", ":")))
    if output(("find '%s' -newer '%s' 2>/dev/null"):format(done, spec)) == "" then
      wanted[#wanted + 1] = spec
    end
  end
  write(DIR .. "/wanted", table.concat(wanted, "\n") .. "\n")
  output(("test -e '%s/began' || touch '%s/began'"):format(DIR, DIR))
  if wanted[1] then
    os.execute(("xargs -P %s -n 1 lua5.4 '%s' '%s' 1 <'%s/wanted'"):format(AT_ONCE, arg[0], DIR,
      DIR))
  end
end
