-- Small promises that no other spec would miss: when one of them is broken, all others pass.

local await = require("spec.support.nginx").await
local core_call = require "spec.support.core_call"
local helper = require "spec.contract.helper"
local core = require "spherepay.core"

describe("what the calls of a client have in common", function()
  local server, client

  before_each(function()
    server = helper.fault.start {}
    helper.clear(server)
  end)
  after_each(function()
    client:close()
    server:stop()
  end)

  it("does not mix an update of v1 with a create, which is a POST as well", function()
    client = helper.client(server, { api_version = "v1", max_retries = 2 })
    server:default {
      "answer", body = "{\"ok\":true,\"data\":{\"customer\":" .. helper.CUSTOMER .. "}}",
    }
    assert(client.customer.update(helper.ID, { meta = { a = "b" } }, { validate = false }))
    server:default { "answer", status = 503 }
    local _, err = client.customer.create({ type = "individual" }, { validate = false })
    assert.same({ "server", 1, 2 }, { err.kind, #err.attempts, #server:log() })
  end)

  it("does not mix a POST without a body with one that has one", function()
    client = helper.client(server)
    assert(client:request("POST", "/v2/customer"))
    assert(client.customer.create(helper.JANE))
    local log = server:log()
    assert.is_nil(log[1].headers["content-type"])
    assert.equal("application/json", log[2].headers["content-type"])
  end)

  it("does not hold the headers of one call", function()
    client = helper.client(server)
    for _, tenant in ipairs { "a", "b" } do
      assert(client.customer.get(helper.ID, { headers = { ["X-Tenant"] = tenant } }))
    end
    assert(client.customer.get(helper.ID))
    local seen = {}
    for i, entry in ipairs(server:log()) do seen[i] = entry.headers["x-tenant"] or "none" end
    assert.same({ "a", "b", "none" }, seen)
  end)

  it("sends a body of a single byte", function()
    client = helper.client(server)
    local call = assert(core_call.begin(client.dispatcher.engine, {
      url = server:url("/x"), method = "POST", repeat_as = "create", body = "x",
    }))
    while not call:done() do client:step(1) end
    assert.equal(200, core_call.finish(call).status)
    assert.equal("x", server:log()[1].body)
  end)

  it("is refused by the core when a header could begin another", function()
    client = helper.client(server)
    for _, line in ipairs { "A: b\r\nC: d", "A: b\nC: d", "A: \0", "A: \127", "A\r: b" } do
      assert.has_error(function()
        client.dispatcher.engine:template {
          before = "", after = "",
          method = "GET", headers = { line }, repeat_as = "read", connect_timeout = 1, timeout = 1,
          max_retries = 0,
        }
      end, "a header holds a control character")
    end
  end)

  it("waits for a place in flight without turning in circles", function()
    client = helper.client(server, { max_in_flight = 1, loop = "manual", timeout = 5 })
    server:script { { "answer", body = helper.CUSTOMER, delay = 0.5 } }
    local ended = 0
    for _ = 1, 2 do
      client:spawn(function()
        assert(client.customer.get(helper.ID))
        ended = ended + 1
      end)
    end
    helper.step_until(client, function() return server:wait { arrived = 1, timeout = 0 } end)
    for _ = 1, 3 do client:step(0) end
    assert.is_true(client:timeout() > 0.1, client:timeout())
    helper.step_until(client, function() return ended == 2 end)
  end)

  it("tells of each attempt what became of that one", function()
    client = helper.client(server, { timeout = 0.1, max_retries = 2 })
    server:script { "stall", { "stall_body" }, "stall" }
    local _, err = client.customer.get(helper.ID)
    assert.same({ "no answer came in time", "the answer did not end in time",
      "no answer came in time" },
      { err.attempts[1].message, err.attempts[2].message, err.attempts[3].message })
  end)
end)

describe("a wait for a customer", function()
  it("ends at its own deadline, also when a look gets no answer for longer", function()
    local server = helper.fault.start {}
    server:default { "stall" }
    local client = helper.client(server, { deadline = 20, max_retries = 0 })
    local took, results = helper.timed(client.customer.wait_until, helper.ID, "approved",
      { deadline = 0.6 })
    assert.same({ "timeout", "deadline" }, { results[2].kind, results[2].ended })
    assert.is_true(took < 10, took)
    client:close()
    server:stop()
  end)
end)

describe("a task that is cancelled", function()
  it("begins nothing new: what it starts from then on is cancelled as well", function()
    local server = helper.fault.start {}
    helper.clear(server)
    local client = helper.client(server)
    local kinds = {}
    local task
    task = client:spawn(function()
      client.customer.get(helper.ID)
      for i = 1, 2 do
        client:spawn(function()
          local _, err = client.customer.create(helper.JANE)
          kinds[i] = err and err.kind or "created"
        end)
      end
      local results = client:parallel {
        function() return client.customer.create(helper.JANE) end,
      }
      kinds[3] = results[1][2] and results[1][2].kind or "created"
    end)
    task:cancel()
    client:run()
    assert.same({ "cancelled", "cancelled", "cancelled" }, kinds)
    for _, entry in ipairs(server:log()) do assert.equal("GET", entry.method) end
    client:close()
    server:stop()
  end)
end)

describe("an idle connection that the server has ended", function()
  it("is replaced by one, and not by one for each time that it happened", function()
    local server = helper.fault.start {}
    local client = helper.client(server)
    server:default(helper.answer())
    for deaths = 1, 4 do
      server:script { { "keep_alive_then_close_idle", body = helper.CUSTOMER } }
      assert(client.customer.get(helper.ID))
      assert(server:wait { closed = deaths })
      assert.equal(deaths, #server:connections())
    end
    for _ = 1, 3 do assert(client.customer.get(helper.ID)) end
    assert.equal(5, #server:connections())
    client:close()
    server:stop()
  end)
end)

describe("a token of the rate limit", function()
  it("comes back when the attempt never left", function()
    local client = helper.spherepay.new {
      token = helper.TOKEN, base_url = "http://127.0.0.1:" .. helper.fault.refused_port(),
      rate_limit = { read = 2, write = 2 }, max_retries = 0, deadline = 4,
    }
    for _ = 1, 4 do
      local _, err = client.customer.get(helper.ID)
      assert.equal("network", err.kind)
    end
    client:close()
  end)
end)

describe("a proxy that was chosen", function()
  it("is used whatever no_proxy in the environment says", function()
    local server = helper.fault.start { tls = true }
    finally(function() server:stop() end)
    local out = helper.child(([[
      local client = require("spherepay").new {
        token = "t", base_url = "%s", ca_file = "%s", max_retries = 0,
        proxy = "http://127.0.0.1:%d",
      }
      local _, err = client.customer.get "customer_sample1"
      print(err.kind, err.sent)
    ]]):format(server:url(), server.ca_file, helper.fault.refused_port()),
      { env = "no_proxy=127.0.0.1 NO_PROXY=127.0.0.1" })
    assert.equal("network\tno\n", out)
    assert.equal(0, #server:log())
  end)
end)

describe("connections", function()
  it("are shared when the server speaks HTTP/2, also by calls that begin at once", function()
    local server = helper.fault.start { tls = true, h2 = true }
    finally(function() server:stop() end)
    helper.clear(server)
    local client = helper.client(server)
    assert(client.customer.get(helper.ID))
    local tasks = {}
    for i = 1, 20 do tasks[i] = helper.start(client) end
    for i = 1, 20 do assert(helper.finish(tasks[i])) end
    assert.equal(1, #server:connections())
    client:close()
  end)

  it("leave no descriptor behind, and neither do documents", function()
    local server = helper.fault.start {}
    finally(function() server:stop() end)
    helper.clear(server)
    local function count()
      collectgarbage()
      collectgarbage()
      local pipe = io.popen("ls -l /proc/$PPID/fd | grep -vc pipe:")
      local text = pipe:read("*l")
      pipe:close()
      return tonumber(text)
    end
    if count() == 0 then return end -- no /proc here
    local path = os.tmpname()
    local file = io.open(path, "w")
    file:write("%PDF-1.4")
    file:close()
    local before
    for round = 1, 2 do
      for _ = 1, 10 do
        local client = helper.client(server)
        assert(client.customer.get(helper.ID))
        client:close()
        assert(helper.spherepay.document_file(path))
      end
      if round == 1 then before = count() end
    end
    -- a thread that looked a name up may still be on its way out
    assert.is_truthy(await(function() return count() == before end))
    os.remove(path)
  end)
end)

describe("what a client knows", function()
  it("is not in the memory that the module frees", function()
    local server, library = helper.fault.start {}, helper.module "free_watch.c"
    local path = os.tmpname()
    local file = io.open(path, "w")
    file:write(("jane smith "):rep(50))
    file:close()
    finally(function()
      os.remove(library)
      os.remove(path)
      server:stop()
    end)
    helper.clear(server)
    local out, code = helper.child(([[
      local watch = package.loadlib("%s", "luaopen_free_watch")()
      local spherepay = require "spherepay"
      local found = 0
      for _, needle in ipairs {
        "secret_0123456789abcdef0123456789", "\"line1\":\"233 South Wacker Drive\"",
        "amFuZSBzbWl0aCBqYW5lIHNtaXRoIGphbmUg", "my-own-key-that-is-long-enough",
      } do
        watch(needle)
        local client = spherepay.new { token = "%s", base_url = "%s" }
        local address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" }
        client.customer.create({ type = "individual", address = address },
          { validate = false, idempotency_key = "my-own-key-that-is-long-enough" })
        local documents = { idDocument = spherepay.document_file("%s") }
        client.customer.create({ type = "individual", address = address,
          personalInformation = documents }, { validate = false })
        client.customer.get "customer_sample1"
        client:close()
        client, documents = nil, nil
        collectgarbage()
        collectgarbage()
        local hits = watch()
        if hits > 0 then print(needle, hits) end
      end
    ]]):format(library, helper.TOKEN, server:url(), path), { preload = library })
    assert.same({ "", 0 }, { out, code })
    assert.equal(12, #server:log())
  end)
end)

describe("a system that refuses to wait", function()
  it("ends every call, and the next one works", function()
    local server, library = helper.fault.start {}, helper.module "broken_wait.c"
    finally(function()
      os.remove(library)
      server:stop()
    end)
    helper.clear(server)
    local silence = { "stall", path = "/v2/customer/customer_silent" } -- no answer before the wait
    server:script { silence, silence, silence }
    local out, code = helper.child(([[
      local break_wait = package.loadlib("%s", "luaopen_broken_wait")()
      local spherepay, socket = require "spherepay", require "socket"
      local client = spherepay.new { token = "%s", base_url = "%s", deadline = 5 }
      print(client.customer.get("customer_sample1").id)
      break_wait(true)
      local began, ended = os.clock(), {}
      for i = 1, 3 do
        client:spawn(function()
          local _, err = client.customer.get "customer_silent"
          ended[i] = err and err.kind .. ": " .. err.message
        end)
      end
      client:run()
      for i = 1, 3 do print(ended[i]) end
      client:step(0.05)
      print(os.clock() - began < 2)
      break_wait(false)
      print(client.customer.get("customer_sample1").id)
    ]]):format(library, helper.TOKEN, server:url()), { preload = library })
    local refused = "network: the system refused to wait\n"
    assert.same({ "customer_sample1\n" .. refused:rep(3) .. "true\ncustomer_sample1\n", 0 },
      { out, code })
  end)
end)

describe("the thread that watches for nginx", function()
  it("takes no signal that the host waits for", function()
    local unix = require "socket.unix"
    local function masks()
      local list = {}
      local pipe = io.popen("grep -h SigBlk /proc/$PPID/task/*/status 2>/dev/null")
      for line in pipe:lines() do list[#list + 1] = line:match("%x+$") end
      pipe:close()
      table.sort(list)
      return list
    end
    local before, watch = masks(), assert(core.watch())
    local sock = assert((unix.stream or unix)())
    finally(function()
      watch:close()
      sock:close()
    end)
    assert(sock:connect(watch:path()))
    assert(watch:start(1))
    local after = masks()
    if #before == 0 then return end -- no /proc here
    assert.equal(#before + 1, #after)
    -- all but those that nobody can block, and those of the C library
    local blocked = after[#after]
    assert.equal("ffff", blocked:sub(-16, -13), blocked)
    for _, mask in ipairs { blocked:sub(-4) } do
      -- SIGHUP, SIGINT, SIGQUIT are 1 to 3; SIGTERM is 15
      assert.truthy(mask:find("^[4-7c-f]..[7f]$"), blocked)
    end
  end)
end)
