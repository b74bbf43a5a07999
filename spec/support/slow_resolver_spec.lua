-- Shows that the preloaded resolver is slow for its name alone; the client is the curl command.

local fault = require("spec.support.fault")
local socket = require("socket")

local SLOW, FOREVER = 0.2, 60 -- seconds

describe("the slow resolver", function()
  local library, server

  setup(function()
    library, server = os.tmpname(), fault.start()
    os.execute("cc -std=c11 -shared -fPIC -o " .. library .. " spec/support/slow_resolver.c -ldl")
  end)

  teardown(function()
    os.remove(library)
    server:stop()
  end)

  -- Gives what curl wrote for a host name, and how long it took.
  local function ask(host, limit, slow)
    local began = socket.gettime()
    local pipe = io.popen("LD_PRELOAD=" .. library .. " SP_SLOW_HOST=slow.test SP_SLOW_SECONDS="
      .. slow .. " curl -s -m " .. limit .. " -w ' %{exitcode}' http://" .. host .. ":"
      .. server.port)
    local text = pipe:read("*a")
    pipe:close()
    return text, socket.gettime() - began
  end

  it("keeps one name waiting and resolves it to the loopback then", function()
    local text, seconds = ask("slow.test", 30, SLOW)
    assert.equal("{} 0", text)
    assert.is_true(seconds >= SLOW)
  end)

  it("is what a time limit runs into", function()
    assert.equal(" 28", (ask("slow.test", SLOW, FOREVER)))
  end)

  it("leaves other names alone", function()
    assert.equal("{} 0", (ask("localhost", 30, FOREVER)))
  end)
end)
