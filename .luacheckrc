-- What both Lua 5.4 and LuaJIT have, and no more.
std = "min"
max_line_length = 100
exclude_files = { "build", "lua_modules", "lua/spherepay/core.d.lua", "lua/spherepay/types.d.lua" }

-- Lua 5.3 and later; used where it is asked for first.
read_globals = { "math.type" }

files["spec"] = { std = "min+busted" }
files["spec/run.lua"] = { std = "lua54" }
files["spec/mutate/mutate.lua"] = { std = "lua54" }
files["spec/coverage/lines.lua"] = { std = "lua54", globals = { "coroutine", "os" } }
files["spec/coverage/report.lua"] = { std = "lua54" }
files["lua/spherepay/loop/nginx.lua"] = { read_globals = { "ngx" } }
files["lua/spherepay/sandbox"] = { read_globals = { "ngx" } }
files["examples/gateway"] = { read_globals = { "ngx" } }
