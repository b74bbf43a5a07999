-- A client that was used before fork(2) works in parent and child. The child never writes on the
-- parent's connections; a TLS server that counts every byte would see it. What forks is a Lua of
-- its own, like this one.

local helper = require "spec.contract.helper"

-- Before each script. `fork(fn)` runs `fn` in a child and gives what it exited with: 0 when `fn`
-- raised nothing. `say` writes at once, so that nothing is written twice.
local PRELUDE = [[
  local process = package.loadlib(%q, "luaopen_fork")()
  local spherepay = require "spherepay"
  local function say(...)
    io.stdout:write(table.concat({ ... }, " "), "\n")
    io.stdout:flush()
  end
  local function fork(fn)
    local pid = process.fork()
    if pid > 0 then return process.wait(pid) end
    local ok, message = pcall(fn)
    if not ok then say("failed:", tostring(message)) end
    process.exit(ok and 0 or 1)
  end
  local function new(options)
    options.token, options.base_url, options.ca_file = "t", %q, %q
    return spherepay.new(options)
  end
  local function wait_at_gate() -- until the spec clears it
    local sock = require("socket").connect("127.0.0.1", %d)
    sock:settimeout(20)
    sock:receive()
  end
  local function get(client)
    local customer, err, response = client.customer.get("customer_sample1")
    if not customer then error(tostring(err), 0) end
    return response.timings.reused and "reused" or "new"
  end
]]

for _, mode in ipairs { { name = "HTTP/1.1" }, { name = "HTTP/2", h2 = true } } do
  describe("a client that crosses a fork, over " .. mode.name, function()
    local server, gate, library, prelude

    setup(function()
      server = helper.fault.start { tls = true, h2 = mode.h2 }
      gate = helper.fault.start()
      library = helper.module "fork.c"
      prelude = PRELUDE:format(library, server:url(), server.ca_file, gate.port)
    end)
    teardown(function()
      server:stop()
      gate:stop()
      os.remove(library)
    end)
    before_each(function() helper.clear(server) end)

    local function run(script)
      local out, code = helper.child(prelude .. script)
      assert.equal(0, code, out)
      return out
    end

    it("works in both, and the parent keeps its connection", function()
      assert.equal("new\nchild new\nchild reused\n0\nreused\n", run [[
        local client = new {}
        say(get(client))
        say(fork(function()
          say("child", get(client))
          say("child", get(client))
          client:close()
        end))
        say(get(client))
      ]])
      assert.equal(4, #server:log())
      assert.equal(2, #server:connections())
    end)

    -- The parent has an idle connection; what the child does must not show on it.
    local function is_silent(child)
      helper.clear(server)
      gate:clear()
      local pipe = helper.spawn(prelude .. [[
        local client = new {}
        get(client)
        get(client) -- so that the server has read all that belongs to the first
        wait_at_gate()
        say(fork(function() ]] .. child .. [[ end))
        wait_at_gate()
        say(get(client))
      ]])
      assert(gate:wait { connections = 1 })
      server:mark()
      gate:clear()
      assert(gate:wait { connections = 1 })
      local first = server:connections()[1]
      gate:clear()
      assert.same({ "0", "reused" }, { pipe:read("*l"), pipe:read("*l") })
      pipe:close()
      assert.same({ 0, {} }, { first.since_mark.bytes, first.since_mark.records })
      assert.is_nil(first.closed)
    end

    it("writes nothing on the parent's connection when it is used and closed", function()
      is_silent "get(client) client:close()"
      assert.equal(4, #server:log())
    end)

    it("writes nothing there when it is closed unused, or collected", function()
      is_silent "client:close()"
      is_silent "client = nil collectgarbage() collectgarbage()"
    end)

    it("writes nothing there when the child's Lua ends", function()
      is_silent "os.exit(0, true)"
    end)

    it("ends in the child what the parent has under way, and not in the parent", function()
      server:default(helper.answer { delay = 1 }) -- longer than the second call waits for the first
      assert.equal("closed maybe false\nclosed maybe true\n0\ntrue\ntrue\n", run [[
        local client = new {}
        local reading = client:spawn(function() return client.customer.get("customer_sample1") end)
        local writing = client:spawn(function()
          return client.customer.create({}, { validate = false })
        end)
        while client:stats().in_flight < 2 do client:step(0.01) end
        for _ = 1, 10 do client:step(0.01) end
        say(fork(function()
          local _, _, err = reading:join()
          say(err.kind, err.sent, tostring(err.maybe_applied))
          local _, _, other = writing:join()
          say(other.kind, other.sent, tostring(other.maybe_applied))
        end))
        local _, customer = reading:join()
        say(tostring(customer ~= nil))
        _, customer = writing:join()
        say(tostring(customer ~= nil))
      ]])
      assert.equal(2, #server:log())
    end)

    it("says of a call that is cancelled in the child that the fork had ended it", function()
      server:default(helper.answer { delay = 1 })
      assert.equal("closed maybe\n0\ntrue\n", run [[
        local client = new {}
        local writing = client:spawn(function()
          return client.customer.create({}, { validate = false })
        end)
        while client:stats().in_flight < 1 do client:step(0.01) end
        say(fork(function()
          writing:cancel()
          local _, _, err = writing:join()
          say(err.kind, err.sent)
        end))
        say(tostring(select(2, writing:join()) ~= nil))
      ]])
    end)

    it("has its rate limit to itself in the child, for no token is lost", function()
      server:script { helper.answer(), "stall" }
      assert.equal("0\n", run [[
        local client = new { rate_limit = { read = 2 }, deadline = 4 }
        get(client)
        local stuck = client:spawn(function() return client.customer.get("customer_sample1") end)
        client:step(0.01)
        say(fork(function()
          get(client)
          get(client)
        end))
        stuck:cancel()
        client:run()
      ]])
    end)

    it("has a descriptor to itself in the child, and not the parent's", function()
      assert.equal("other\n0\nsame\n", run [[
        local client = new {}
        get(client)
        local parent = client:pollfd()
        if not parent then -- no such thing on this system
          say("other") say("0") say("same")
          return
        end
        say(fork(function()
          get(client)
          say(client:pollfd() ~= parent and "other" or "same")
        end))
        say(client:pollfd() == parent and "same" or "other")
      ]])
    end)

    it("has the token of a call that the parent has not sent yet", function()
      server:script { "stall_on_accept" }
      assert.equal("0\n", run [[
        local client = new { rate_limit = { read = 1 }, deadline = 4 }
        local stuck = client:spawn(function() return client.customer.get("customer_sample1") end)
        client:step(0.05)
        say(fork(function() get(client) end))
        stuck:cancel()
        pcall(client.run, client)
      ]])
    end)

    it("works in many children at once, and in a child of a child", function()
      assert.equal("child 0\ngrandchild new\nchild 0\n", run [[
        local client = new {}
        get(client)
        say("child", fork(function()
          for _ = 1, 3 do assert(fork(function() get(client) end) == 0) end
          get(client)
        end))
        say("child", fork(function()
          assert(fork(function() say("grandchild", get(client)) end) == 0)
        end))
      ]])
    end)
  end)
end
