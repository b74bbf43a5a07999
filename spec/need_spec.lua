-- What `require "spherepay"` says where something is missing: one line, at the user's line, that
-- names what and the way to it.

local helper = require "spec.contract.helper"
local need = require "spherepay.need"
local spherepay = require "spherepay"

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

describe("The library", function()
  it("looks no name up when it is loaded, not even that of the machine", function()
    local resolver = helper.library "slow_resolver.c"
    finally(function() os.remove(resolver) end)
    local out = helper.child([[
      local socket = require "socket"
      local began = socket.gettime()
      require "spherepay"
      print(socket.gettime() - began < 10)
    ]], { preload = resolver, env = "SP_SLOW_HOST=$(uname -n) SP_SLOW_SECONDS=20" })
    assert.equal("true\n", out)
  end)

  it("names the libraries that it stands on", function()
    local versions = spherepay.versions
    assert.matches("^libcurl/%d+%.%d+%.%d+ ", versions)
    assert.matches(" %a+/%d[%w.-]* ", versions) -- TLS
    assert.matches(" zlib/%d", versions)
  end)
end)

-- What is loaded of the library, sorted.
local LOADED = [[
  local names = {}
  for name in pairs(package.loaded) do
    if name:find "^spherepay" then names[#names + 1] = name end
  end
  table.sort(names)
  print(table.concat(names, " "))
]]

describe("A program that only reads", function()
  it("loads nothing that is for writing, for several calls at once or for printing", function()
    local out = helper.child([[
      local client = require("spherepay").new { token = "t", base_url = "http://127.0.0.1:1" }
      local customer, err = client.customer.get("customer_1ab2c3d4")
      assert(not customer and err.kind == "network", err)
    ]] .. LOADED)
    for _, name in ipairs {
      "api.fields", "api.criteria", "params", "params.rules", "params.filters", "params.request",
      "http.hooks", "http.written", "privacy.echo", "privacy.personal", "resources.many",
      "resources.pages", "resources.create_many", "resources.document", "resources.representative",
      "verification.profiles", "loop.nginx", "gate",
    } do
      assert.is_nil((out:gsub("\n", " ") .. " "):find("spherepay." .. name .. " ", 1, true), name)
    end
    assert.matches("spherepay.params.id ", out, 1, true)
  end)

  it("loads all of it at once in nginx, whose workers share what was loaded before", function()
    local out = helper.child([[
      ngx = { get_phase = function() return "init" end, config = { subsystem = "http" } }
      require "spherepay"
    ]] .. LOADED)
    for _, name in ipairs { "api.fields", "params", "resources.document", "resources.pages" } do
      assert.matches("spherepay." .. name .. " ", out, 1, true)
    end
  end)
end)

describe("A resource", function()
  it("that is made when it is first looked at has all its functions from then on", function()
    local client = spherepay.new { token = "t" }
    local upload = client.document.upload
    assert.is_function(upload)
    assert.equal(upload, rawget(client.document, "upload"))
    assert.is_nil(client.document.unknown)
    assert.error_matches(function() return client.document.uplaod end, "did you mean \"upload\"")
    assert.error_matches(function() client.document:upload {} end, "with a dot")
    client:close()
  end)
end)

describe("need.late", function()
  it("tries again what could not be loaded, and what that was loading", function()
    finally(function()
      package.preload["spherepay.spec_outer"], package.loaded["spherepay.spec_outer"] = nil, nil
      package.preload["spherepay.spec_inner"], package.loaded["spherepay.spec_inner"] = nil, nil
    end)
    package.preload["spherepay.spec_outer"] = function() return require "spherepay.spec_inner" end
    package.preload["spherepay.spec_inner"] = function() error("too many open files", 0) end
    assert.error_matches(function() need.late "spherepay.spec_outer" end, "too many open files")
    package.preload["spherepay.spec_inner"] = function() return { word = 5 } end
    assert.equal(5, need.lazily("spherepay.spec_outer").word)
  end)
end)
