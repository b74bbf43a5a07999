-- Calls made in a real nginx: what a handler gets, in which phases, and how many at once.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local fault = require("spec.support.fault")
local load = require("spec.support.load")
local nginx = require("spec.support.nginx")

local HTTP = [[
  lua_shared_dict notes 1m;
  init_by_lua_block {
    spherepay = require("spherepay")
    function new_client(given)
      given = given or {}
      given.token = "sandbox_key"
      given.base_url = given.base_url or "${peer}"
      given.max_retries = 0
      given.max_connections = 64
      given.rate_limit = { read = false, write = false }
      return spherepay.new(given)
    end
    client = new_client()
    function note(name)
      local customer, err = client.customer.get("customer_a")
      ngx.shared.notes:set(name, customer and customer.id or tostring(err))
    end
    function show(customer, err)
      ngx.status = customer and 200 or 502
      ngx.say(customer and customer.id or tostring(err))
    end
    note("init")
  }
  init_worker_by_lua_block {
    note("init_worker")
    assert(ngx.timer.at(0, function() note("timer") end))
  }
  upstream balanced {
    server 0.0.0.1;
    balancer_by_lua_block { note("balancer") ngx.exit(500) }
  }
]]

local SERVER = [[
    location = /get { content_by_lua_block { show(client.customer.get(ngx.var.arg_id)) } }
    location = /worker { content_by_lua_block {
      assert(client.customer.get("customer_a"))
      ngx.say(ngx.worker.pid())
    } }
    location = /refused { content_by_lua_block {
      show(new_client({ base_url = "http://127.0.0.1:${refused}" }).customer.get("customer_a"))
    } }
    location = /timeout { content_by_lua_block {
      show(client.customer.get("customer_delay2000", { timeout = 0.1 }))
    } }
    location = /create { content_by_lua_block {
      local value, err = client:request("POST", "/v2/customer/customer_a", { json = { a = 1 } })
      show(value, err)
    } }
    location = /threads { content_by_lua_block {
      local loop, tasks, good = client.loop, {}, 0
      for i = 1, 50 do
        tasks[i] = loop.spawn(client.dispatcher, function()
          return client.customer.get("customer_delay100")
        end)
      end
      for i = 1, 50 do
        loop.join(client.dispatcher, tasks[i])
        if tasks[i].ok and tasks[i].results[1].id then good = good + 1 end
      end
      ngx.say(good)
    } }
    location = /raise { content_by_lua_block {
      local loop = client.loop
      local other = loop.spawn(client.dispatcher, function()
        return client.customer.get("customer_delay100").id
      end)
      local task = loop.spawn(client.dispatcher, function()
        client.customer.get("customer_a")
        error("thrown by the caller", 0)
      end)
      loop.join(client.dispatcher, task)
      loop.join(client.dispatcher, other)
      ngx.say(tostring(task.ok), " ", task.results[1], ", ", tostring(other.ok), " ",
        other.results[1])
    } }
    location = /lost { content_by_lua_block {
      client:spawn(function()
        client.customer.get("customer_delay100")
        error("lost by the handler", 0)
      end)
      local told
      local own = new_client { on_error = function(err) told = err end }
      own:spawn(function() error("told to on_error", 0) end)
      ngx.say(told)
    } }
    location = /check { content_by_lua_block {
      spherepay.check(client.customer.get("customer_status404"))
    } }
    location = /joiners { content_by_lua_block {
      local loop, seen = client.loop, 0
      local task = loop.spawn(client.dispatcher, function() loop.sleep(client.dispatcher, 0.05) end)
      for _ = 1, 3 do
        ngx.thread.spawn(function()
          loop.join(client.dispatcher, task)
          seen = seen + 1
        end)
      end
      loop.join(client.dispatcher, task)
      ngx.sleep(0.01)
      ngx.say(seen)
    } }
    location = /close { content_by_lua_block {
      local own, tasks, kinds = new_client(), {}, {}
      for i = 1, 3 do
        tasks[i] = own.loop.spawn(own.dispatcher, function()
          local _, err = own.customer.get("customer_delay2000")
          kinds[i] = err.kind
        end)
      end
      ngx.sleep(0.05)
      own:close()
      for i = 1, 3 do own.loop.join(own.dispatcher, tasks[i]) end
      local _, err = own.customer.get("customer_a")
      ngx.say(table.concat(kinds, " "), " ", err.kind)
    } }
    location = /phases {
      set_by_lua_block $unused { note("set") return "" }
      rewrite_by_lua_block { note("rewrite") }
      access_by_lua_block { note("access") }
      content_by_lua_block { note("content") ngx.say("content") }
      header_filter_by_lua_block { note("header_filter") }
      body_filter_by_lua_block { note("body_filter") }
      log_by_lua_block { note("log") }
    }
    location = /balanced { proxy_pass http://balanced; }
    location = /note { content_by_lua_block { ngx.say(ngx.shared.notes:get(ngx.var.arg_name)) } }
]]

local ID = "customer_a"

describe("a client in nginx", function()
  local peer, app

  setup(function()
    peer = nginx.peer()
    app = nginx.start({ workers = 2, http = HTTP, server = SERVER },
      { peer = peer.url, refused = fault.refused_port() })
  end)

  teardown(function()
    if app then app:stop() end
    if peer then peer:stop() end
  end)

  local function say(path)
    local body, status = app:get(path)
    return (body:gsub("%s+$", "")), status
  end

  it("gets a customer, although the client was made before the workers were", function()
    assert.equal(ID, (say("/get?id=customer_a")))
  end)

  it("serves from every worker", function()
    local seen, count = {}, 0
    nginx.await(function()
      local pid = say("/worker")
      if not seen[pid] then seen[pid], count = true, count + 1 end
      return count == 2
    end)
    assert.equal(2, count)
  end)

  it("sends a body", function()
    assert.equal(ID, (say("/create")))
  end)

  it("returns an error of the API", function()
    local text, status = say("/get?id=customer_status404")
    assert.equal(502, status)
    assert.truthy(text:find("^spherepay: not_found: "))
  end)

  it("returns an error about data that cannot be sent", function()
    assert.truthy(say("/get?id=.."):find("^spherepay: invalid: "))
  end)

  it("returns an error of the network", function()
    assert.truthy(say("/refused"):find("^spherepay: network: "))
  end)

  it("returns when the time is over", function()
    assert.truthy(say("/timeout"):find("^spherepay: timeout: "))
  end)

  it("serves fifty requests at once", function()
    local answers = load.open(app.port, "/get?id=customer_delay300", 50):join()
    assert.equal("200 x 50", load.statuses(answers))
    for _, answer in ipairs(answers) do assert.truthy(answer.seconds < 10) end
  end)

  it("makes fifty calls at once in one handler", function()
    assert.equal("50", (say("/threads")))
  end)

  it("leaves other calls alone when a caller raises", function()
    assert.equal("false thrown by the caller, true customer_delay100", (say("/raise")))
  end)

  it("logs what a task raises that nobody waits for, or tells on_error", function()
    assert.equal("told to on_error", (say("/lost")))
    nginx.await(function()
      return app:error_log():find("spherepay: error in a coroutine: lost by the handler", 1, true)
    end)
    assert.is_nil(app:error_log():find("coroutine: told to on_error", 1, true))
  end)

  it("ends a handler with spherepay.check, and the log says what happened", function()
    assert.equal(500, select(2, say("/check")))
    assert.matches("content_by_lua%([^)]*%):%d+: spherepay: not_found: ", app:error_log())
  end)

  it("wakes all who wait for one task", function()
    assert.equal("3", (say("/joiners")))
  end)

  it("ends the calls under way when it is closed", function()
    assert.equal("cancelled cancelled cancelled closed", (say("/close")))
  end)

  describe("in a phase", function()
    setup(function()
      app:get("/phases")
      app:get("/balanced")
    end)

    local function noted(phase)
      return nginx.await(function()
        local text = say("/note?name=" .. phase)
        return text ~= "nil" and text
      end)
    end

    for _, phase in ipairs { "rewrite", "access", "content", "timer" } do
      it("that can yield waits: " .. phase, function()
        assert.equal(ID, noted(phase))
      end)
    end

    for _, phase in ipairs {
      "init_worker", "set", "header_filter", "body_filter", "log", "balancer",
    } do
      it("that cannot yield names it and the way out: " .. phase, function()
        local text = noted(phase)
        assert.truthy(text:find("no call can wait in " .. phase .. "_by_lua", 1, true))
        assert.truthy(text:find("ngx.timer.at(0, ...)", 1, true))
      end)
    end

    it("before there is a worker names it and the way out: init", function()
      local text = noted("init")
      assert.truthy(text:find("no call can wait in init_by_lua", 1, true))
      assert.truthy(text:find("init_worker_by_lua", 1, true))
    end)
  end)

  it("has written nothing else to the error log", function()
    local log = app:complaints()
    for _, known in ipairs { "/balanced", "lost by the handler", "runtime error: content" } do
      log = log:gsub("[^\n]*" .. known .. "[^\n]*\n?", "")
    end
    assert.equal("", log)
  end)
end)
