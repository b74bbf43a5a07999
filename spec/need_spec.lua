-- What `require "spherepay"` says where something is missing: one line, at the user's line, that
-- names what and the way to it.

local helper = require "spec.contract.helper"

local LUA = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")
local RUNNING = LUA == "luajit" and "LuaJIT" or _VERSION
local SCRIPT = [[
  print "before"
  local ok, message = pcall(function() require "spherepay" end)
  print(ok, message)
]]

-- What a script is told that finds C modules in `cpath` alone.
local function told(cpath, preload)
  local out = helper.child(SCRIPT, { env = "LUA_CPATH='" .. cpath .. "'", preload = preload })
  local message = out:match("^before\nfalse\t(.*)\n$")
  assert(message, out)
  assert.is_nil(message:find("\n", 1, true), message)
  assert.matches("^stdin:2: spherepay: ", message)
  return message
end

local function has_build(lua)
  local file = io.open("build/" .. lua .. "/spherepay/core.so", "rb")
  if file then file:close() end
  return file ~= nil
end

describe("A Lua", function()
  it("that has no C part of the library is told how to get it", function()
    local message = told("/nowhere/?.so")
    assert.matches("its C part for " .. RUNNING .. " is not in package.cpath", message, 1, true)
    assert.matches("make && make install", message, 1, true)
  end)

  it("that finds one built for another Lua is told for which", function()
    local others = LUA == "lua5.4" and { luajit = "Lua 5.1 or LuaJIT", ["lua5.3"] = "Lua 5.3" }
      or LUA == "lua5.3" and { luajit = "Lua 5.1 or LuaJIT", ["lua5.4"] = "Lua 5.4" }
      or { ["lua5.4"] = "Lua 5.3 or 5.4" }
    for other, name in pairs(others) do
      if has_build(other) then
        local message = told("build/" .. other .. "/?.so;;")
        assert.matches("in build/" .. other .. "/spherepay/core.so was built for " .. name
          .. ", and this is " .. RUNNING, message, 1, true)
        assert.matches("make install", message, 1, true)
      end
    end
  end)

  it("that has no lua-cjson is told what to install", function()
    if _VERSION == "Lua 5.5" then return end
    local message = told("build/" .. LUA .. "/?.so")
    assert.matches("it needs lua-cjson, and " .. RUNNING .. " finds none", message, 1, true)
    assert.matches("install lua-cjson", message, 1, true)
  end)

  it("for which there is none does without, and the sandbox says that it needs it", function()
    local out = helper.child([[
      _VERSION = "Lua 5.5"
      local spherepay = require "spherepay"
      local json = require "spherepay.http.json"
      local list = json.decode "[null,1]"
      print(list[1] == spherepay.null)
      print(json.encode { a = spherepay.null, b = spherepay.empty_array })
      print(pcall(function() return spherepay.testing end))
    ]], { env = "LUA_CPATH='build/" .. LUA .. "/?.so'" })
    local works, message = out:match("^(true\n[^\n]*)\nfalse\t([^\n]*)\n$")
    assert.equal('true\n{"a":null,"b":[]}', works, out)
    assert.matches("sandbox needs lua-cjson, and ", message, 1, true)
  end)

  it("that has a libcurl of old is told which is needed", function()
    local library = helper.library "old_libcurl.c"
    local message = told("build/" .. LUA .. "/?.so;;", library)
    os.remove(library)
    assert.matches("libcurl 7.87 or newer is needed, this is 7.74.0", message, 1, true)
    assert.matches("install libcurl 7.87 or newer", message, 1, true)
  end)

  it("that finds a file that is no module is told what is wrong with it", function()
    local dir = os.tmpname()
    os.remove(dir)
    assert(os.execute(("mkdir -p %s/spherepay && echo no > %s/spherepay/core.so"):format(dir, dir)))
    local message = told(dir .. "/?.so")
    os.execute("rm -r " .. dir)
    assert.matches("/spherepay/core.so cannot be loaded: ", message, 1, true)
  end)
end)
