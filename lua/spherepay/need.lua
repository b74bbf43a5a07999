-- Loads what the library stands on, or says in one line what is missing and how to get it. The
-- loader's own complaint is a list of paths, or the name of a symbol.

local need = {}

-- The Lua that runs, as people call it.
local function running()
  local jit = rawget(_G, "jit")
  return type(jit) == "table" and type(jit.version) == "string" and "LuaJIT" or _VERSION
end

-- Which Lua a module was built for, by the first function of it that is missing here.
local BUILT_FOR = {
  { "luaL_register", "Lua 5.1 or LuaJIT" }, { "lua_objlen", "Lua 5.1 or LuaJIT" },
  { "lua_pcall", "Lua 5.1 or LuaJIT" }, { "lua_call", "Lua 5.1 or LuaJIT" },
  { "lua_setfenv", "Lua 5.1 or LuaJIT" },
  { "lua_setuservalue", "Lua 5.3" }, { "lua_newuserdata", "Lua 5.3" },
  { "lua_newuserdatauv", "Lua 5.4" }, { "lua_setiuservalue", "Lua 5.4" },
  { "lua_rotate", "Lua 5.3 or 5.4" }, { "lua_pcallk", "Lua 5.3 or 5.4" },
}

local function built_for(message)
  local symbol = message:match("undefined symbol: (lua[L_][%w_]*)")
    or message:match("symbol not found[^\n]-_(lua[L_][%w_]*)") -- macOS
  if not symbol then return nil end
  for _, each in ipairs(BUILT_FOR) do
    if each[1] == symbol then return each[2] end
  end
  return "another Lua"
end

local LIBCURL = "install libcurl 7.87 or newer (Debian 12: libcurl4)"

-- What the message of a loader means, when a file was found that could not be loaded.
local function broken(what, message)
  local path = message:match("from file '([^']*)'")
  local where = what .. (path and " in " .. path or "")
  local lua = built_for(message)
  if lua then return ("%s was built for %s, and this is %s"):format(where, lua, running()) end
  if message:find("libcurl", 1, true) or message:find("symbol: curl_", 1, true) then
    return where .. " does not find the libcurl that it needs", LIBCURL
  end
  return ("%s cannot be loaded: %s"):format(where, (message:gsub("^.*\n%s*", ""):gsub("%c", " ")))
end

local function fail(message, advice)
  local blame = require "spherepay.options.blame"
  blame("spherepay: " .. message .. "; " .. advice)
end

local function load(name, what, absent, advice)
  local ok, module = pcall(require, name)
  if ok then return module end
  local message = tostring(module)
  local missing = message:find("module '" .. name .. "' not found", 1, true)
  if missing then return fail(absent, advice) end
  if message:find("error loading module", 1, true) then
    local meaning, other = broken(what, message)
    return fail(meaning, other or advice)
  end
  -- what the module itself says of this system
  return fail(message, message:find("libcurl", 1, true) and LIBCURL or advice)
end

--- The C part.
---@return table core
function need.core()
  return load("spherepay.core", "its C part", "its C part for " .. running()
    .. " is not in package.cpath", "build and install it for this Lua with make && make install, "
    .. "or use a checkout with eval \"$(make -s env LUA=...)\" (README: Install)")
end

-- The Luas that lua-cjson is packaged for.
local HAS_CJSON = { ["Lua 5.1"] = true, ["Lua 5.3"] = true, ["Lua 5.4"] = true }

local function load_cjson(what)
  return load("cjson", "lua-cjson", what .. " needs lua-cjson, and " .. running() .. " finds none",
    "install it for this Lua (Debian: lua-cjson; luarocks --lua-version "
    .. (_VERSION:match("%d.%d") or "5.1") .. " install lua-cjson)")
end

--- lua-cjson, whose null and array marks hosts share with us. A Lua that has none to be had (5.5 so
--- far) does without: nothing that is sent or answered passes through it.
function need.cjson()
  if HAS_CJSON[_VERSION] then load_cjson("it") end
end

--- lua-cjson, for the sandbox, which writes and reads by it.
---@return table cjson
function need.sandbox_cjson()
  return load_cjson("the sandbox")
end

local LAZY = {}

--- Loads a module of ours while calls are made. That may fail when no file can be opened any more,
--- and then must not fail for ever: Lua 5.1 and LuaJIT never try again what raised while it was
--- loaded, and leave a mark in its place: a userdata, or in LuaJIT a number.
---@param name string
---@return any module
function need.late(name)
  local ok, module = pcall(require, name)
  if ok then return module end
  for other, value in pairs(package.loaded) do
    local is_mark = type(value) == "userdata" or type(value) == "number"
    if is_mark and other:find("^spherepay%.") then package.loaded[other] = nil end
  end
  return error(module, 0)
end

--- A module that few programs need, or few calls: it is loaded when a member of it is first read.
--- Members never change, so each is looked up once.
---@param name string
---@return table
function need.lazily(name)
  LAZY[#LAZY + 1] = name
  return setmetatable({}, { __index = function(self, member)
    local value = need.late(name)[member]
    self[member] = value
    return value
  end })
end

--- Loads all of these now: for a host that forks workers from what it has loaded.
function need.all()
  for _, name in ipairs(LAZY) do require(name) end
end

return need
