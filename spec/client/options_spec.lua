-- What spherepay.new takes and refuses. The single options are in spec/options/init_spec.lua.

local helper = require "spec.contract.helper"
local leaks = require "spec.support.leaks"
local spherepay = require "spherepay"

local SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

local function message_of(...)
  local ok, message = pcall(...)
  assert.is_false(ok)
  return message
end

describe("spherepay.new", function()
  it("raises for an unknown option, at the caller, and names its neighbour", function()
    local message = message_of(function() spherepay.new { token = SECRET, timout = 3 } end)
    assert.matches("^spec/client/options_spec.lua:%d+: ", message)
    assert.matches('unknown option "timout" %(did you mean "timeout"%?%)', message)
  end)

  it("names the option, the type and the value's type when the type is wrong", function()
    local message = message_of(spherepay.new, { token = SECRET, timeout = "soon" })
    assert.matches('option "timeout" must be a number', message)
    assert.matches("string", message)
    assert.is_nil(message:find("soon", 1, true))
  end)

  it("wants a token", function()
    assert.matches('option "token" is required', message_of(spherepay.new, {}))
  end)

  it("refuses a token with CR, LF or NUL without repeating it", function()
    for _, byte in ipairs { "\r", "\n", "\0" } do
      local message = message_of(spherepay.new, { token = SECRET .. byte .. "X-Evil: 1" })
      assert.matches('"token"', message)
      assert.is_nil(message:find(SECRET, 1, true))
    end
  end)

  it("speaks to production by default and to the sandbox host when asked", function()
    assert.matches("https://api.spherepay.co,", tostring(spherepay.new { token = "k" }))
    assert.matches("https://api.sandbox.spherepay.co,",
      tostring(spherepay.new { token = "k", environment = "sandbox" }))
  end)

  it("refuses plain http to any host but loopback", function()
    assert.matches("base_url", message_of(spherepay.new,
      { token = "k", base_url = "http://api.spherepay.co" }))
    assert.is_table(spherepay.new { token = "k", base_url = "http://127.0.0.1:8080" })
  end)

  it("refuses a loop table that lacks a function, naming it", function()
    local message = message_of(spherepay.new, { token = "k", loop = { check = print } })
    assert.matches('option "loop" lacks the function "attach"', message)
  end)

  it("shows the host and the version in tostring, and no secret", function()
    local client = spherepay.new { token = SECRET }
    assert.equal("spherepay.client (https://api.spherepay.co, v2)", tostring(client))
    client:close()
    assert.equal("spherepay.client (https://api.spherepay.co, v2, closed)", tostring(client))
  end)

  it("keeps the token out of every Lua table of the client", function()
    local client = spherepay.new { token = SECRET }
    assert.is_string(leaks.find(client, "api.spherepay.co"))
    assert.is_nil(leaks.find(client, SECRET))
  end)

  it("opens nothing before the first call", function()
    -- in a process of its own: here, threads and garbage of earlier specs come and go
    local out, code = helper.child [[
      local spherepay = require "spherepay"
      os.execute "ls /proc/$PPID/fd | wc -l"
      local client = spherepay.new { token = "k" }
      os.execute "ls /proc/$PPID/fd | wc -l"
      print(client)
    ]]
    assert.matches("^(%d+)\n%1\nspherepay.client %(https://api.spherepay.co, v2%)\n$", out)
    assert.equal(0, code)
  end)
end)
