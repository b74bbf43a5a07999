-- A name can have several addresses, and the first can lead nowhere.

local helper = require "spec.contract.helper"

local CONNECT_TIMEOUT = 2 -- seconds

describe("a name whose first address leads nowhere", function()
  local server, library, give_back

  setup(function()
    library = helper.library("slow_resolver.c")
    server = helper.fault.start { tls = true, h2 = true }
    local _
    _, give_back = helper.fault.silent_port("127.0.0.3", server.port)
  end)
  teardown(function()
    give_back()
    server:stop()
    os.remove(library)
  end)
  before_each(function() helper.clear(server) end)

  -- What `body` prints in a process that knows the name, with a client of it.
  local function run(body)
    local script = ([[
      local helper = require "spec.contract.helper"
      local client = helper.spherepay.new {
        token = "t", base_url = "https://slow.test:%d", ca_file = "%s", connect_timeout = %d,
        max_retries = 0,
      }
      %s
    ]]):format(server.port, server.ca_file, CONNECT_TIMEOUT, body)
    return helper.child(script, {
      preload = library, env = "SP_SLOW_HOST=slow.test SP_SLOW_FIRST=127.0.0.3",
    })
  end

  it("is reached by the second within half of connect_timeout and a second", function()
    local out = run [[
      local took, results = helper.timed(client.customer.get, helper.ID)
      print(results[1] and "answered" or results[2], took)
    ]]
    local took = tonumber(out:match("^answered%s+(%S+)\n$"))
    assert(took, out)
    assert.is_true(took < CONNECT_TIMEOUT / 2 + 1, out)
  end)

  it("is reached by every call of a burst", function()
    local out = run [[
      local fns = {}
      for i = 1, 20 do fns[i] = function() return client.customer.create(helper.JANE) end end
      local made = 0
      for _, result in ipairs(client:parallel(fns)) do
        if result[1] then made = made + 1 else print(result[2]) end
      end
      print(made)
    ]]
    assert.equal("20\n", out)
    assert.equal(20, #server:log())
  end)
end)
