-- Counts which lines of lua/ run, in every process that `make coverage` starts, because LUA_INIT
-- names this file. What was seen is added to a file of the process's own when it ends.

local DIR = os.getenv "COVERAGE_DIR"
if not DIR or _VERSION ~= "Lua 5.4" then return end

local debug, create, wrap, exit = debug, coroutine.create, coroutine.wrap, os.exit
local getinfo, sethook = debug.getinfo, debug.sethook

local seen = {} -- source -> line -> true; false: none of ours
local function lines_of(source)
  local ours = source:match "^@.*lua/spherepay/" ~= nil or source:match "^@bin/spherepay" ~= nil
  seen[source] = ours and {}
  return seen[source]
end

local function hook(_, line)
  local source = getinfo(2, "S").source
  local lines = seen[source]
  if lines == nil then lines = lines_of(source) end
  if lines then lines[line] = true end
end

-- A hook is a coroutine's own.
local function hooked(fn)
  return function(...)
    sethook(hook, "l")
    return fn(...)
  end
end

function coroutine.create(fn) return create(type(fn) == "function" and hooked(fn) or fn) end
function coroutine.wrap(fn) return wrap(type(fn) == "function" and hooked(fn) or fn) end

local function write()
  local name = tostring(seen):match "0x(%x+)" .. os.time() .. os.clock()
  local file = io.open(DIR .. "/" .. name .. ".lines", "w")
  if not file then return end
  for source, lines in pairs(seen) do
    for line in pairs(lines or {}) do
      file:write(source:sub(2):gsub("^.*/lua/spherepay/", "lua/spherepay/"), ":", line, "\n")
    end
  end
  file:close()
end

local guard = setmetatable({}, { __gc = write })
function os.exit(...)
  setmetatable(guard, nil)
  write()
  exit(...)
end


sethook(hook, "l")
-- kept for the life of the state
debug.getregistry()["spherepay.coverage"] = guard
