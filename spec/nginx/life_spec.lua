-- The life of a worker with calls under way, in a real nginx: reload, quit, crash, handlers that
-- die, and what is left behind afterwards: nothing.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end


local load = require("spec.support.load")
local nginx = require("spec.support.nginx")

local HTTP = [[
  lua_code_cache ${code_cache};
  ${http}
  init_by_lua_block {
    function new_client()
      return require("spherepay").new {
        token = "sandbox_key", base_url = "${peer}", max_retries = 0, max_connections = 64,
        rate_limit = { read = false, write = false },
      }
    end
    client, waiting = new_client(), 0
    ${init}
  }
  init_worker_by_lua_block { ${init_worker} }
]]

local SERVER = [[
    location = /trivial { return 200 "trivial"; }
    location = /get { content_by_lua_block {
      local customer, err = (client or new_client()).customer.get(ngx.var.arg_id)
      ngx.status = customer and 200 or 502
      ngx.say(customer and customer.id or tostring(err))
    } }
    location = /fresh { content_by_lua_block {
      local customer, err = require("spherepay").new({
        token = "sandbox_key", base_url = "${peer}",
      }).customer.get("customer_a")
      ngx.say(customer and customer.id or tostring(err))
    } }
    location = /watchful {
      lua_check_client_abort on;
      content_by_lua_block { client.customer.get("customer_delay1000") ngx.say("done") }
    }
    location = /careless {
      lua_check_client_abort off;
      content_by_lua_block { client.customer.get("customer_delay1000") ngx.say("done") }
    }
    location = /many {
      lua_check_client_abort on;
      content_by_lua_block {
        local ids = {}
        for i = 1, 100 do ids[i] = "customer_delay500" end
        for _ in client.customer.get_many(ids, { concurrency = 2 }) do end
      }
    }
    location = /exit { content_by_lua_block {
      for _ = 1, 5 do
        ngx.thread.spawn(function() client.customer.get("customer_delay300") end)
      end
      client.customer.get("customer_a")
      ngx.exit(204)
    } }
    location = /late { content_by_lua_block {
      waiting = waiting + 1
      while not ngx.worker.exiting() do ngx.sleep(0.01) end
      for _ = 1, 2 do assert(client.customer.get("customer_delay20")) end
    } }
    location = /beside { content_by_lua_block {
      local own = new_client()
      own.customer.get("customer_a")
      local slow = "customer_delay100"
      local thread = ngx.thread.spawn(function() return client.customer.get(slow) end)
      own:close()
      local _, customer = ngx.thread.wait(thread)
      ngx.say(customer and customer.id)
    } }
    location = /waiting { content_by_lua_block { ngx.print(waiting) } }
    location = /in_flight { content_by_lua_block { ngx.say(client:stats().in_flight) } }
    location = /garbage { content_by_lua_block { collectgarbage() collectgarbage() ngx.say("ok") } }
]]

local GET = "/get?id=customer_a"
local ID = "customer_a\n"

describe("a worker of nginx with a client in it", function()
  local peer, app

  local function start(values)
    values = values or {}
    app = nginx.start({ workers = values.workers, http = HTTP, server = SERVER }, {
      peer = values.peer or peer.url,
      code_cache = values.code_cache or "on",
      init = values.init or "",
      init_worker = values.init_worker or "",
      http = values.http or "",
    })
    return app
  end

  setup(function() peer = nginx.peer() end)
  teardown(function() if peer then peer:stop() end end)
  after_each(function()
    if app then app:stop() end
    app = nil
  end)

  local function worker() return app:workers()[1] end

  local function in_flight() return tonumber(app:read("/in_flight")) end

  local function await_in_flight(count)
    assert.truthy(nginx.await(function() return in_flight() == count end),
      "in flight: " .. in_flight())
  end

  -- Until the pump has ended: the worker has its one thread again.
  local function await_rest(pid)
    assert.truthy(nginx.await(function() return app:count(pid, "task") == 1 end))
  end

  -- nginx may close the connection of the last request a moment after its answer.
  local function await_descriptors(pid, count)
    assert.truthy(nginx.await(function() return app:count(pid, "fd") <= count end),
      count .. " descriptors have become " .. app:count(pid, "fd"))
  end

  local function await_gone(pid)
    assert.truthy(nginx.await(function() return not app:is_alive(pid) end, 10))
  end

  -- What the log holds apart from lines that have to be there.
  local function complaints_without(pattern)
    return (app:complaints():gsub("[^\n]*" .. pattern .. "[^\n]*\n?", ""))
  end

  it("goes on with the calls of others when one client is closed", function()
    start()
    for _ = 1, 2 do assert.equal("customer_delay100\n", app:read("/beside")) end
  end)

  describe("at rest", function()
    it("has no thread before the first call", function()
      start()
      app:read("/trivial")
      assert.equal(1, app:count(worker(), "task"))
    end)

    it("ends its thread a second after the last call, and starts it again for the next", function()
      start()
      local pid = worker()
      for _ = 1, 2 do
        assert.equal("customer_delay20\n", app:read("/get?id=customer_delay20"))
        assert.equal(2, app:count(pid, "task"))
        await_rest(pid)
      end
      assert.equal("", app:complaints())
    end)

    it("holds no more after 200 calls than after one", function()
      start()
      local pid = worker()
      app:read(GET)
      await_rest(pid)
      local descriptors = app:count(pid, "fd")
      local answers = load.run(app.port, GET, { at_once = 1, total = 200 })
      assert.equal("200 x 200", load.statuses(answers))
      await_rest(pid)
      await_descriptors(pid, descriptors)
      assert.equal("", app:left_files())
      assert.equal("", app:complaints())
    end)

    it("lets clients be collected with what they opened", function()
      start()
      local pid = worker()
      app:read("/fresh")
      await_rest(pid)
      app:read("/garbage")
      local descriptors = app:count(pid, "fd")
      for _ = 1, 20 do app:read("/fresh") end
      await_rest(pid)
      app:read("/garbage")
      await_descriptors(pid, descriptors)
    end)
  end)

  describe("while calls wait", function()
    it("answers others meanwhile", function()
      start()
      app:read(GET)
      local slow = load.open(app.port, "/get?id=customer_delay2000", 50)
      await_in_flight(50)
      for _ = 1, 10 do assert.equal("trivial", app:read("/trivial")) end
      assert.equal("50\n", app:read("/in_flight"))
      assert.equal("200 x 50", load.statuses(slow:join()))
    end)
  end)

  describe("when it is told to go", function()
    it("loses no request to reloads", function()
      start({ workers = 2 })
      local answers = load.run(app.port, "/get?id=customer_delay20", {
        at_once = 20, total = 600,
        on_done = function(done)
          if done % 150 == 0 then app:kill("HUP") end
        end,
      })
      assert.equal("200 x 600", load.statuses(answers))
      assert.equal("", app:complaints())
      assert.equal("", app:left_files())
    end)

    it("ends the calls under way in the worker that a reload retires", function()
      start()
      local old = worker()
      local answers = load.open(app.port, "/get?id=customer_delay700", 30)
      await_in_flight(30)
      app:kill("HUP")
      assert.equal("200 x 30", load.statuses(answers:join()))
      await_gone(old)
      assert.equal("", app:complaints())
    end)

    it("still makes the calls that a handler comes to only then", function()
      start()
      local answers = load.open(app.port, "/late", 5)
      assert.truthy(nginx.await(function() return app:read("/waiting") == "5" end))
      app:kill("QUIT")
      assert.equal("200 x 5", load.statuses(answers:join()))
      await_gone(app.pid)
      assert.equal("", app:complaints())
    end)

    for _, signal in ipairs { "QUIT", "TERM" } do
      it("goes by itself after " .. signal .. " when it is idle", function()
        start()
        app:read(GET)
        app:kill(signal)
        await_gone(app.pid)
        assert.equal("", app:complaints())
        assert.equal("", app:left_files())
      end)
    end

    it("goes with the last answer after QUIT when it is busy", function()
      start()
      local answers = load.open(app.port, "/get?id=customer_delay700", 10)
      await_in_flight(10)
      app:kill("QUIT")
      assert.equal("200 x 10", load.statuses(answers:join()))
      await_gone(app.pid)
      assert.equal("", app:complaints())
    end)

    it("goes at once with TERM when it is busy", function()
      start()
      local answers = load.open(app.port, "/get?id=customer_delay20000", 10)
      await_in_flight(10)
      app:kill("TERM")
      await_gone(app.pid)
      answers:close()
      assert.equal("", app:left_files())
    end)
  end)

  describe("when something dies", function()
    for _, way in ipairs { "watchful", "careless" } do
      it("survives clients that leave in the middle of a call: " .. way, function()
        start()
        app:read(GET)
        local descriptors = app:count(worker(), "fd")
        local bunch = load.open(app.port, "/" .. way, 10)
        await_in_flight(10)
        bunch:close()
        await_in_flight(0)
        assert.equal(ID, app:read(GET))
        await_rest(worker())
        await_descriptors(worker(), descriptors + 10) -- with the connections to the peer
        assert.equal("", app:complaints())
      end)
    end

    it("survives clients that leave while a handler gets many customers", function()
      start()
      app:read(GET)
      local bunch = load.open(app.port, "/many", 5)
      assert.truthy(nginx.await(function() return in_flight() >= 10 end))
      bunch:close()
      await_in_flight(0)
      await_rest(worker())
      assert.equal("", app:complaints())
    end)

    it("survives ngx.exit beside calls under way", function()
      start()
      for _ = 1, 3 do
        local _, status = app:get("/exit")
        assert.equal(204, status)
      end
      await_in_flight(0)
      assert.equal(ID, app:read(GET))
      assert.equal("", app:complaints())
    end)

    it("is followed by a worker that works, when it is killed", function()
      start()
      app:read(GET)
      local old = worker()
      app:kill("KILL", old)
      assert.truthy(nginx.await(function()
        return worker() and worker() ~= old and app:get(GET) == ID
      end))
      assert.equal("", app:left_files())
      assert.equal("", complaints_without("exited on signal 9"))
    end)
  end)

  describe("where something lacks", function()
    it("polls when it can have no thread", function()
      start({ init = [[
        require("spherepay.core").watch = function() return nil, "no private directory" end
      ]] })
      assert.equal(ID, app:read(GET))
      assert.equal("200 x 50", load.statuses(load.open(app.port, GET, 50):join()))
      assert.truthy(app:complaints():find("polls every millisecond: no private directory", 1, true))
      assert.equal("", complaints_without("polls every millisecond"))
    end)

    it("polls when its thread can watch no more", function()
      start({ init = [[
        local core = require("spherepay.core")
        local watch = core.watch
        core.watch = function()
          local real = watch()
          return {
            path = function() return real:path() end,
            start = function(_, tick) return real:start(tick) end,
            close = function() return real:close() end,
            arm = function() return nil, "no memory" end,
          }
        end
      ]] })
      assert.equal("customer_delay50\n", app:read("/get?id=customer_delay50"))
      assert.equal("200 x 20", load.statuses(load.open(app.port, GET, 20):join()))
      await_rest(worker())
      assert.equal("", complaints_without("polls every millisecond: no memory"))
    end)

    it("lets handlers turn the crank when nginx takes no more timers", function()
      start({
        http = "lua_max_pending_timers 1;",
        init_worker = "assert(ngx.timer.at(100, function() end))",
      })
      assert.equal("customer_delay50\n", app:read("/get?id=customer_delay50"))
      assert.equal("200 x 20", load.statuses(load.open(app.port, GET, 20):join()))
      assert.equal(1, app:count(worker(), "task"))
      assert.equal("", app:complaints())
    end)

    it("lets handlers turn the crank when nginx drops the timer", function()
      start({
        http = "lua_max_running_timers 1;",
        init_worker = "assert(ngx.timer.at(0, function() ngx.sleep(100) end))",
      })
      assert.equal("customer_delay50\n", app:read("/get?id=customer_delay50"))
      assert.equal("", complaints_without("lua_max_running_timers are not enough"))
    end)

    it("works without the code cache", function()
      start({ code_cache = "off" })
      for _ = 1, 5 do assert.equal(ID, app:read(GET)) end
      await_rest(worker())
      assert.equal("", complaints_without("lua_code_cache is off"))
    end)
  end)
end)
