-- The gate in a real nginx with four workers: how often it asks, what it answers, what it survives.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local cjson = require("cjson")
local load = require("spec.support.load")
local nginx = require("spec.support.nginx")
local told_api = require("spec.support.told_api")

local HTTP = [[
  lua_shared_dict decisions 4m;
  lua_shared_dict tight 4m;
  lua_shared_dict seen 1m;
  init_by_lua_block {
    local spherepay = require("spherepay")
    local client = spherepay.new {
      token = "sandbox_key", base_url = "${peer}", max_retries = 0, rate_limit = false,
      max_connections = 256,
    }
    local dollars = assert(spherepay.verification.policy { currency = "USD" })
    local function new(given)
      given.client, given.policy = client, dollars
      given.shm = given.shm or "decisions"
      return spherepay.gate.new(given)
    end
    gate = new { deadline = 10 }
    quick = new { shm = "tight", ttl = 0.2, negative_ttl = 0.2, stale_ttl = 60, deadline = 10 }
    open = new { fail = "open" }
    at_start = select(2, gate:check "customer_early")
    gate:put { id = "customer_put", verificationProfiles = {
      { name = "kyc_profile_a", status = "approved" } } }
  }
]]

local SERVER = [[
    location = /guarded {
      access_by_lua_block { gate:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print(ngx.worker.pid()) }
    }
    location = /impatient {
      lua_check_client_abort on;
      access_by_lua_block {
        ngx.shared.seen:incr("came", 1, 0)
        gate:enforce { id = ngx.var.arg_id }
      }
      content_by_lua_block { ngx.print(ngx.worker.pid()) }
    }
    location = /came { content_by_lua_block { ngx.print(ngx.shared.seen:get("came") or 0) } }
    location = /quick {
      access_by_lua_block { quick:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print(ngx.worker.pid()) }
    }
    location = /open {
      access_by_lua_block { open:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print(ngx.worker.pid()) }
    }
    location = /logged {
      content_by_lua_block { ngx.print("ok") }
      log_by_lua_block {
        local found, err = gate:check(ngx.var.arg_id)
        ngx.shared.decisions:set("logged", found and tostring(found.allowed) or tostring(err))
      }
    }
    location = /was_logged {
      content_by_lua_block { ngx.print(ngx.shared.decisions:get("logged") or "") }
    }
    location = /at_start { content_by_lua_block { ngx.print(tostring(at_start)) } }
    location = /worker { content_by_lua_block { ngx.print(ngx.worker.pid()) } }
]]

describe("the gate in nginx", function()
  local peer, app
  local ids = 0

  local function new_id()
    ids = ids + 1
    return ("customer_%08d"):format(ids)
  end

  local function tell(what)
    assert(peer:read("/tell?" .. what) == "told\n")
  end

  local function looks() return tonumber(peer:read("/looks")) end

  -- Requests of /impatient that have reached the gate.
  local function came() return tonumber(app:read("/came")) end

  local function departures()
    return select(2, app:error_log():gsub("client prematurely closed connection", ""))
  end

  -- What the API was asked between two moments.
  local function looks_of(fn)
    local before = looks()
    fn()
    return looks() - before
  end

  local function at_once(path, count)
    return load.open(app.port, path, count):join()
  end

  setup(function()
    peer = nginx.start({ http = told_api.http, server = told_api.server() })
    app = nginx.start({ workers = 4, http = HTTP, server = SERVER }, { peer = peer.url })
  end)

  before_each(function() tell("delay=0&hold=&fail=&status=approved") end)

  teardown(function()
    if app then app:stop() end
    if peer then peer:stop() end
  end)

  it("asks once, however many requests wait in however many workers", function()
    local id, workers, count = new_id(), {}, 0
    tell("delay=0.5")
    local asked = looks_of(function()
      local answers = at_once("/guarded?id=" .. id, 80)
      assert.equal("200 x 80", load.statuses(answers))
      for _, answer in ipairs(answers) do workers[answer.body] = true end
    end)
    assert.equal(1, asked)
    for _ in pairs(workers) do count = count + 1 end
    assert.is_true(count >= 2, "one worker took every request")
  end)

  it("asks no more while the decision is fresh", function()
    local id = new_id()
    app:read("/guarded?id=" .. id)
    assert.equal(0, looks_of(function()
      assert.equal("200 x 100", load.statuses(load.run(app.port, "/guarded?id=" .. id,
        { at_once = 10, total = 100 })))
    end))
  end)

  it("answers 403 with what is outstanding, once for all who wait", function()
    local id = new_id()
    tell("status=incomplete&delay=0.2")
    local asked = looks_of(function()
      assert.equal("403 x 20", load.statuses(at_once("/guarded?id=" .. id, 20)))
    end)
    assert.equal(1, asked)
    local body, status, headers = app:get("/guarded?id=" .. id)
    assert.equal(403, status)
    assert.equal("application/problem+json", headers["content-type"])
    assert.same({ { profile = "kyc_profile_a", criterion = "terms_of_service",
      state = "required" } }, cjson.decode(body).outstanding)
    assert.is_nil(body:find("Jane", 1, true))
    assert.is_nil(body:find(id, 1, true))
  end)

  it("answers 403 without asking when there is no id, or none that could be one", function()
    assert.equal(0, looks_of(function()
      for _, query in ipairs { "", "?id=", "?id=x", "?id=customer_%2e%2e" } do
        local _, status = app:get("/guarded" .. query)
        assert.equal(403, status)
      end
    end))
  end)

  it("answers 503 when the API fails, after one look for all who wait", function()
    local id = new_id()
    tell("fail=500&hold=1")
    local before = came()
    local asked = looks_of(function()
      local answers = load.open(app.port, "/impatient?id=" .. id, 40)
      assert.is_truthy(nginx.await(function() return came() == before + 40 end))
      tell("hold=")
      assert.equal("503 x 40", load.statuses(answers:join()))
    end)
    assert.equal(1, asked)
    local _, status, headers = app:get("/guarded?id=" .. id)
    assert.equal(503, status)
    assert.equal("1", headers["retry-after"])
  end)

  it("lets requests pass instead when it fails open, but not strangers", function()
    tell("fail=500")
    assert.equal("200 x 10", load.statuses(at_once("/open?id=" .. new_id(), 10)))
    tell("fail=404")
    local _, status = app:get("/open?id=" .. new_id())
    assert.equal(403, status)
  end)

  it("decides about many customers at once", function()
    tell("delay=0.3")
    local bunches = {}
    for i = 1, 200 do bunches[i] = load.open(app.port, "/guarded?id=" .. new_id(), 2) end
    for i = 1, 200 do assert.equal("200 x 2", load.statuses(bunches[i]:join())) end
    assert.is_nil(app:error_log():find("lua_max_running_timers", 1, true))
  end)

  it("lets an approved customer pass at once while it looks again", function()
    local id = new_id()
    app:read("/quick?id=" .. id)
    tell("hold=1&status=rejected")
    require("socket").sleep(0.3) -- what was seen is no longer fresh
    local before = looks()
    assert.equal("200 x 20", load.statuses(at_once("/quick?id=" .. id, 20)))
    assert.is_truthy(nginx.await(function() return looks() > before end))
    local asked = looks() - before
    assert.equal(1, asked)
    tell("hold=")
    assert.is_truthy(nginx.await(function()
      return select(2, app:get("/quick?id=" .. id)) == 403
    end))
  end)

  it("decides for the others when the one who asked first leaves", function()
    local id = new_id()
    tell("hold=1")
    local asked_before, came_before, departed = looks(), came(), departures()
    local asked = looks_of(function()
      local first = load.open(app.port, "/impatient?id=" .. id, 1)
      assert.is_truthy(nginx.await(function() return looks() > asked_before end))
      local others = load.open(app.port, "/impatient?id=" .. id, 20)
      assert.is_truthy(nginx.await(function() return came() == came_before + 21 end))
      first:close()
      assert.is_truthy(nginx.await(function() return departures() > departed end))
      tell("hold=")
      assert.equal("200 x 20", load.statuses(others:join()))
    end)
    assert.equal(1, asked)
  end)

  it("answers in the log phase from what is known, and else says why it cannot", function()
    local id = new_id()
    local function logged(words)
      app:read("/logged?id=" .. id)
      return nginx.await(function() return app:read("/was_logged"):find(words, 1, true) end)
    end
    assert.is_truthy(logged("no call can wait in log_by_lua"))
    app:read("/guarded?id=" .. id)
    assert.is_truthy(logged("true"))
  end)

  it("takes what init_by_lua has seen, and says that it cannot look there", function()
    assert.matches("no call can wait in init_by_lua", app:read "/at_start", 1, true)
    local asked = looks_of(function() app:read "/guarded?id=customer_put" end)
    assert.equal(0, asked)
  end)

  it("loses no request to a reload", function()
    tell("delay=0.5")
    local waiting = load.open(app.port, "/guarded?id=" .. new_id(), 20)
    local id = new_id()
    load.open(app.port, "/guarded?id=" .. id, 1):close()
    app:kill("HUP")
    assert.equal("200 x 20", load.statuses(waiting:join()))
    assert.equal("200 x 10", load.statuses(at_once("/guarded?id=" .. id, 10)))
  end)

  it("leaves no complaint in the error log but what it says of failures", function()
    for line in app:complaints():gmatch("[^\n]+") do
      assert.matches("%[warn%].*spherepay: %a+: ", line)
    end
  end)

  it("decides although the worker that asked is killed", function()
    local id = new_id()
    tell("hold=1")
    local before = looks()
    local lost = load.open(app.port, "/quick?id=" .. id, 1)
    assert.is_truthy(nginx.await(function() return looks() > before end))
    -- those that the reload has retired go by themselves
    assert.is_truthy(nginx.await(function() return #app:workers() == 4 end, 20))
    for _, pid in ipairs(app:workers()) do app:kill("KILL", pid) end
    lost:join()
    tell("hold=")
    assert.is_truthy(nginx.await(function()
      return select(2, app:get("/quick?id=" .. id)) == 200
    end, 8))
  end)
end)
