-- The scenarios of lua_oom.lua where no allocation can be refused, as in LuaJIT: each with a whole
-- round of the collector at every EVERY-th instruction of Lua's:
--   luajit spec/fuzz/collecting.lua EVERY [scenario ...]
-- Compiled code calls no hook, so nothing is compiled.

local jit = rawget(_G, "jit")
if jit then jit.off() end
local EVERY = tonumber(arg[1]) or 1
local rounds = 0

local function collect()
  rounds = rounds + 1
  collectgarbage()
end

-- In LuaJIT a hook is that of every coroutine.
rawset(_G, "collecting", function(fn, ...)
  debug.sethook(collect, "", EVERY)
  local result = { pcall(fn, ...) }
  debug.sethook()
  return (table.unpack or unpack)(result, 1, 4) -- luacheck: ignore 113 143
end)
rawset(_G, "refuse", function(_, _, _, fn, ...)
  return 0, pcall(fn, ...)
end)
rawset(_G, "descriptors", function() return 0 end)

rawset(_G, "arg", { "1", "1", select(2, ...) })
dofile "spec/fuzz/lua_oom.lua"
assert(rounds > 0)
