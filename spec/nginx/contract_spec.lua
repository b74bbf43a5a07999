-- The cases that every loop must pass (spec/loop/cases.lua), in a handler of a real nginx.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local cases = require("spec.loop.cases")
local nginx = require("spec.support.nginx")

local HTTP = [[
  init_by_lua_block { server = false }
]]

-- The worker starts the fault server itself and, for a moment each time, blocks to talk to it.
local SERVER = [[
    location = /case { content_by_lua_block {
      local case = require("spec.loop.cases")[tonumber(ngx.var.arg_number)]
      server = server or require("spec.support.fault").start()
      server:clear()
      local client = require("spherepay").new {
        token = "sandbox_key", base_url = server:url(), rate_limit = false, max_retries = 0,
        http_version = case.http_version,
      }
      local ok, message = pcall(case.run, client, server, {
        abandon = function(one, fn) one:spawn(fn) end,
      })
      client:close()
      ngx.say(ok and "passed" or tostring(message))
    } }
    location = /stop { content_by_lua_block { server:stop() ngx.say("stopped") } }
]]

describe("a client on the loop nginx", function()
  local app

  setup(function() app = nginx.start({ http = HTTP, server = SERVER }) end)
  teardown(function() if app then app:stop() end end)

  for number, case in ipairs(cases) do
    it(case.does, function()
      assert.equal("passed\n", app:read("/case?number=" .. number))
    end)
  end

  it("leaves nothing but a worker at rest", function()
    assert.equal("stopped\n", app:read("/stop"))
    assert.truthy(nginx.await(function() return app:count(app:workers()[1], "task") == 1 end))
    assert.equal("", app:left_files())
    assert.equal("", app:complaints())
  end)
end)
