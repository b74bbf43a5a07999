-- Has the lines of lua/ counted (lines.c) in every process that `make coverage` starts, because
-- LUA_INIT names this file. COVERAGE_DIR has the counter, and gets what was seen. Not in nginx:
-- its LuaJIT reads no LUA_INIT, see excused.lua.

local DIR = os.getenv "COVERAGE_DIR"
if not DIR or _VERSION ~= "Lua 5.4" then return end

assert(package.loadlib(DIR .. "/lua5.4.so", "luaopen_coverage_lines"))()(DIR)
