-- The gate in a real nginx when something is wrong: an API that wants to be left alone, strangers
-- in crowds, clients that leave, timers that never run, workers that die.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local load = require("spec.support.load")
local nginx = require("spec.support.nginx")
local socket = require("socket")
local told_api = require("spec.support.told_api")

local HTTP = [[
  ${http}
  lua_shared_dict decisions ${size};
  init_by_lua_block {
    spherepay = require("spherepay")
    client = spherepay.new {
      token = "sandbox_key", base_url = "${peer}", rate_limit = ${rate}, max_in_flight = 200,
      max_connections = ${connections},
    }
    gate = spherepay.gate.new {
      client = client, policy = assert(spherepay.verification.policy { currency = "USD" }),
      shm = "decisions", ttl = ${ttl}, deadline = ${deadline},
    }
  }
]]

local SERVER = [[
    lua_check_client_abort on;
    location = /guarded {
      rewrite_by_lua_block { gate:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print(ngx.worker.pid()) }
    }
    location = /in_flight {
      content_by_lua_block {
        local stats = client:stats()
        ngx.print(stats.in_flight + stats.waiting)
      }
    }
    location = /forget { content_by_lua_block { gate:forget(ngx.var.arg_id) ngx.print("ok") } }
    location = /stats { content_by_lua_block { ngx.print(gate:stats()[ngx.var.arg_name]) } }
    location = /timers {
      content_by_lua_block {
        for _ = 1, 8 do ngx.timer.at(0, function() ngx.sleep(20) end) end
        ngx.sleep(0.05)
        ngx.print("ok")
      }
    }
]]

describe("the gate in nginx, in trouble,", function()
  local peer, app
  local ids = 0

  local function new_id(word)
    ids = ids + 1
    return ("customer_%s%d"):format(word or "real", ids)
  end

  local function tell(what) assert(peer:read("/tell?" .. what) == "told\n") end
  local function looks() return tonumber(peer:read("/looks")) end
  local function stat(name) return tonumber(app:read("/stats?name=" .. name)) end

  local function start(given)
    given = given or {}
    app = nginx.start({ workers = given.workers or 2, http = HTTP, server = SERVER }, {
      peer = peer.url, http = given.http or "", rate = given.rate or "false", ttl = given.ttl or 60,
      connections = given.connections or 16, size = given.size or "4m",
      deadline = given.deadline or 20,
    })
  end

  local function ask(id)
    local body, status, headers = app:get("/guarded?id=" .. id)
    return status, headers, body
  end

  setup(function()
    local server = told_api.server("customer_real")
    peer = nginx.start({ http = told_api.http, server = server })
  end)
  before_each(function() tell "delay=0&fail=&retry_after=&status=approved" end)
  after_each(function()
    if app then app:stop() end
    app = nil
  end)
  teardown(function() if peer then peer:stop() end end)

  it("leaves the API alone when that asks for it, whoever the customers are", function()
    start()
    tell "fail=429&retry_after=2"
    local before, began = looks(), socket.gettime()
    repeat
      for _ = 1, 5 do
        local status, headers = ask(new_id())
        assert.equal(503, status)
        assert.is_true(tonumber(headers["retry-after"]) <= 2)
      end
    until socket.gettime() - began > 4.5
    local asked, took = looks() - before, socket.gettime() - began
    assert.is_true(asked >= 2 and asked <= 4 + took / 2, asked .. " looks in " .. took .. " s")
    tell "fail="
    assert.truthy(nginx.await(function() return ask(new_id()) == 200 end))
    for line in app:complaints():gmatch "[^\n]+" do
      assert.matches("%[warn%].*spherepay: rate_limited: %d+ looks? of the gate failed %(429%)",
        line)
      assert.is_nil(line:find("Jane", 1, true))
    end
  end)

  it("leaves it alone when it refuses us, and when the network is gone", function()
    start()
    for _, status in ipairs { 401, 403 } do
      tell("fail=" .. status)
      local before = looks()
      for _ = 1, 20 do assert.equal(503, (ask(new_id()))) end
      assert.is_true(looks() - before <= 3)
      tell "fail="
      assert.truthy(nginx.await(function() return ask(new_id()) == 200 end))
    end
    tell "fail=500"
    local before = looks()
    for _ = 1, 40 do assert.equal(503, (ask(new_id()))) end
    assert.is_true(looks() - before <= 20, looks() - before .. " looks")
  end)

  it("lets customers pass in a crowd of strangers", function()
    start { rate = "{ read = 40, write = 40 }", ttl = 1, deadline = 1.5 }
    local real = {}
    for i = 1, 10 do
      real[i] = new_id()
      assert.equal(200, (ask(real[i])))
    end
    socket.sleep(1.1) -- what was seen of the customers is no longer fresh
    local waiting, last = {}, 0
    load.run(app.port, function() return "/guarded?id=" .. new_id "stranger" end, {
      at_once = 400, total = 1600, on_done = function(done)
        if done < 400 or done % 60 ~= 0 then return end
        last = last % 10 + 1
        waiting[#waiting + 1] = load.open(app.port, "/guarded?id=" .. real[last], 1)
      end,
    })
    assert.equal(20, #waiting)
    for _, each in ipairs(waiting) do assert.equal("200 x 1", load.statuses(each:join())) end
  end)

  it("ends the looks of clients that leave", function()
    start { workers = 1 }
    tell "delay=4"
    for round = 1, 3 do
      local bunch = {}
      for i = 1, 20 do bunch[i] = load.open(app.port, "/guarded?id=" .. new_id(), 1) end
      assert.truthy(nginx.await(function() return stat "misses" == 20 * round end))
      for _, each in ipairs(bunch) do each:close() end
    end
    assert.truthy(nginx.await(function() return app:read "/in_flight" == "0" end))
    assert.truthy(nginx.await(function() return stat "abandoned" == 60 end), stat "abandoned")
    tell "delay=0"
    assert.equal(200, (ask(new_id())))
    assert.equal("", app:complaints())
  end)

  it("keeps nobody waiting beside others whose clients leave", function()
    start { workers = 1, connections = 64 }
    tell "delay=0.5"
    local stay, leave = {}, {}
    for i = 1, 60 do
      leave[i] = load.open(app.port, "/guarded?id=" .. new_id(), 1)
      stay[i] = load.open(app.port, "/guarded?id=" .. new_id(), 1)
    end
    for _, each in ipairs(leave) do each:close() end
    for _, each in ipairs(stay) do assert.equal("200 x 1", load.statuses(each:join())) end
  end)

  it("looks from the request when no timer runs", function()
    start { workers = 1, http = "lua_max_running_timers 4;", connections = 64 }
    assert.equal("ok", app:read "/timers")
    local bunch = {}
    for i = 1, 10 do bunch[i] = load.open(app.port, "/guarded?id=" .. new_id(), 2) end
    for _, each in ipairs(bunch) do assert.equal("200 x 2", load.statuses(each:join())) end
  end)

  it("decides soon although the worker that looks is killed", function()
    start { workers = 2 }
    tell "delay=1"
    local id, before = new_id(), looks()
    local first = load.open(app.port, "/guarded?id=" .. id, 20)
    assert.truthy(nginx.await(function() return looks() > before end))
    local pids = app:workers()
    app:kill("KILL", pids[1])
    local began = socket.gettime()
    local others = load.open(app.port, "/guarded?id=" .. id, 10)
    assert.equal("200 x 10", load.statuses(others:join()))
    assert.is_true(socket.gettime() - began < 12, "it took until the deadline")
    first:join()
    assert.equal(200, (ask(id)))
  end)

  it("probes soon although the worker that probes is killed", function()
    start { workers = 1 }
    tell "fail=429"
    assert.equal(503, (ask(new_id())))
    tell "fail=&delay=4"
    assert.truthy(nginx.await(function() return stat "breaker_open" == 0 end))
    local probe = load.open(app.port, "/guarded?id=" .. new_id(), 1)
    assert.truthy(nginx.await(function() return stat "looks" == 2 end))
    socket.sleep(2.5) -- a probe that is lost is not waited for as long
    assert.equal(503, (ask(new_id())))
    app:kill("KILL", app:workers()[1])
    tell "delay=0"
    assert.truthy(nginx.await(function() return ask(new_id()) == 200 end, 4))
    probe:join()
  end)

  it("forgets in all workers, also what is being looked at", function()
    start { workers = 4 }
    local id = new_id()
    for _ = 1, 20 do assert.equal(200, (ask(id))) end
    tell "delay=0.6&status=rejected"
    assert.equal("ok", app:read("/forget?id=" .. id))
    local function all_are(status)
      local answers = load.open(app.port, "/guarded?id=" .. id, 20):join()
      return load.statuses(answers) == status .. " x 20"
    end
    assert.truthy(nginx.await(function() return all_are(403) end))
    tell "status=approved"
    app:read("/forget?id=" .. id)
    socket.sleep(1)
    local before = looks()
    local waiting = load.open(app.port, "/guarded?id=" .. id, 4)
    assert.truthy(nginx.await(function() return looks() > before end))
    tell "status=rejected"
    app:read("/forget?id=" .. id)
    assert.equal("403 x 4", load.statuses(waiting:join()))
  end)

  it("decides when its dictionary has no room, and says so once a second", function()
    start { size = "12k" }
    local began = socket.gettime()
    for _ = 1, 100 do assert.equal(200, (ask(new_id()))) end
    local seconds, lines = socket.gettime() - began, 0
    for line in app:complaints():gmatch "[^\n]+" do
      assert.matches("%[warn%].*spherepay: the dictionary has no room: %d+ records? of", line)
      lines = lines + 1
    end
    assert.is_true(lines >= 1 and lines <= 2 * (seconds + 1), lines)
  end)

  it("counts over all workers", function()
    start { workers = 4 }
    local id = new_id()
    local answers = load.run(app.port, "/guarded?id=" .. id, { at_once = 10, total = 200 })
    assert.equal("200 x 200", load.statuses(answers))
    assert.truthy(nginx.await(function() return stat "allowed" == 200 end), stat "allowed")
    assert.equal(200, stat "hits" + stat "joins" + stat "misses")
    assert.equal(1, stat "looks")
  end)
end)
