local ports = require "spherepay.sandbox.ports"
local socket = require "socket"

describe("the ports of a sandbox", function()
  it("are free, and none that a connection could be given", function()
    local found = assert(ports.free(20))
    assert.equal(20, #found)
    local seen = {}
    for _, port in ipairs(found) do
      assert.is_true(port >= 10000 and port < 32768, port)
      assert.is_nil(seen[port])
      seen[port] = true
      assert(socket.bind("127.0.0.1", port)):close()
    end
  end)

  it("begin with the one that is wanted, or there are none", function()
    local free = assert(ports.free(1))[1]
    assert.equal(free, assert(ports.free(2, free))[1])
    local listener = assert(socket.bind("127.0.0.1", free))
    local found, message = ports.free(2, free)
    listener:close()
    assert.is_nil(found)
    assert.equal("port " .. free .. ": address already in use", message)
  end)
end)
