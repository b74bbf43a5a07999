-- The gates of two machines that meet in a real Redis: two real nginx with dictionaries of their
-- own. It needs lua-resty-redis; see nginx_spec.lua.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local load = require("spec.support.load")
local nginx = require("spec.support.nginx")
local redis = require("spec.support.redis")
local socket = require("socket")
local told_api = require("spec.support.told_api")

local HTTP = [[
  lua_shared_dict decisions 4m;
  init_by_lua_block {
    local spherepay = require("spherepay")
    local client = spherepay.new { token = "t", base_url = "${peer}", rate_limit = false,
      max_retries = 0 }
    local function new_gate(ttl, stale_ttl)
      return spherepay.gate.new {
        client = client, policy = assert(spherepay.verification.policy { currency = "USD" }),
        shm = "decisions", ttl = ttl, stale_ttl = stale_ttl, deadline = 5,
        redis = { host = "127.0.0.1", port = ${redis}, password = "secret_of_the_spec" },
      }
    end
    gate, short = new_gate(60, 0), new_gate(1, 60)
  }
]]

local SERVER = [[
    location = /guarded {
      rewrite_by_lua_block { gate:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print("passed") }
    }
    location = /short {
      rewrite_by_lua_block { short:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print("passed") }
    }
    location = /forget { content_by_lua_block { gate:forget(ngx.var.arg_id) ngx.print("ok") } }
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
]]

local library = redis.library_for_nginx()
local block = library and describe or pending

local peer, host -- the API that they ask, and Redis
local apps, ids = {}, 0

local function new_id()
  ids = ids + 1
  return "customer_" .. ids
end

local function tell(what) assert(peer:read("/tell?" .. what) == "told\n") end
local function looks() return tonumber(peer:read("/looks")) end

local function ask(app, id)
  return (select(2, app:get("/guarded?id=" .. id)))
end

local function start()
  package.path = package.path .. ";" .. library .. "/?.lua"
  peer = nginx.start({ http = told_api.http, server = told_api.server() })
  host = redis.start { password = "secret_of_the_spec" }
  for i = 1, 2 do
    apps[i] = nginx.start({ workers = 2, http = HTTP, server = SERVER },
      { peer = peer.url, redis = host.port })
  end
end

local function stop()
  for _, app in ipairs(apps) do app:stop() end
  if peer then peer:stop() end
  if host then host:stop() end
end

block("the gates of two machines", function()
  setup(start)

  before_each(function() tell "delay=0&fail=&status=approved" end)

  teardown(stop)

  it("ask once between them, however many wait", function()
    local id, before = new_id(), looks()
    tell "delay=0.5"
    local bunches = {}
    for i = 1, 2 do bunches[i] = load.open(apps[i].port, "/guarded?id=" .. id, 20) end
    for i = 1, 2 do assert.equal("200 x 20", load.statuses(bunches[i]:join())) end
    assert.equal(1, looks() - before)
    for i = 1, 2 do assert.equal(200, ask(apps[i], id)) end
    assert.equal(1, looks() - before)
  end)

  it("hear within a second that a customer was forgotten", function()
    local id = new_id()
    for i = 1, 2 do assert.equal(200, ask(apps[i], id)) end
    tell "status=rejected"
    assert.equal("ok", apps[1]:read("/forget?id=" .. id))
    socket.sleep(1)
    assert.equal(403, ask(apps[2], id))
    assert.equal(403, ask(apps[1], id))
  end)

  it("leave the API alone together", function()
    tell "fail=429&retry_after=4"
    assert.equal(503, ask(apps[1], new_id()))
    local before = looks()
    for _ = 1, 5 do assert.equal(503, ask(apps[2], new_id())) end
    assert.equal(before, looks())
    tell "fail=&retry_after="
    assert.truthy(nginx.await(function() return ask(apps[2], new_id()) == 200 end))
    assert.truthy(nginx.await(function() return ask(apps[1], new_id()) == 200 end))
  end)

  it("answer from their own dictionary where no call can wait", function()
    local id = new_id()
    assert.equal(200, ask(apps[1], id))
    socket.sleep(1.1)
    assert.equal("ok", apps[1]:read("/logged?id=" .. id))
    assert.truthy(nginx.await(function() return apps[1]:read "/was_logged" == "true" end))
  end)

  it("keep nothing personal in Redis", function()
    local seen = 0
    for key in host:ask("keys 'spherepay:gate:*:d*'"):gmatch "%S+" do
      local text = host:ask("get '" .. key .. "'")
      assert.is_nil(text:find("Jane", 1, true))
      seen = seen + 1
    end
    assert.is_true(seen > 0)
  end)

  it("decide each by themselves while Redis is gone, and together when it is back", function()
    local port, known = host.port, new_id()
    assert.equal(200, ask(apps[1], known))
    for i = 1, 2 do
      assert.equal("", (apps[i]:complaints():gsub("[^\n]*rate_limited: [^\n]*\n?", "")))
    end
    host:stop()
    for i = 1, 2 do
      for _ = 1, 3 do assert.equal(200, ask(apps[i], new_id())) end
    end
    assert.equal(200, ask(apps[1], known))
    local _, lines = apps[1]:complaints():gsub("the gate is alone", "")
    assert.is_true(lines >= 1 and lines <= 2, lines) -- one of each worker
    assert.is_nil(apps[1]:error_log():find("secret_of_the_spec", 1, true))
    host = redis.start { port = port, password = "secret_of_the_spec" }
    socket.sleep(1.1)
    local id = new_id()
    assert.truthy(nginx.await(function()
      id = new_id()
      ask(apps[1], id)
      return host:ask("keys 'spherepay:gate:*:d" .. id .. "'") ~= ""
    end))
    local before = looks()
    assert.truthy(nginx.await(function() return ask(apps[2], id) == 200 end))
    assert.is_true(looks() - before <= 1)
  end)

  for what, command in pairs {
    ["has no room"] = { "config set maxmemory 1", "config set maxmemory 0" },
    ["takes no writes"] = { "replicaof 127.0.0.1 1", "replicaof no one" },
  } do
    it("look once at whom they do not know while Redis " .. what, function()
      local id = new_id()
      host:ask(command[1])
      local before = looks()
      for _ = 1, 25 do
        assert.equal(200, ask(apps[1], id))
        socket.sleep(0.1)
      end
      host:ask(command[2])
      assert.equal(1, looks() - before)
    end)
  end
end)

block("the gates of two machines, when Redis falls silent,", function()
  before_each(start)
  after_each(stop)

  -- Whether all of them answer that, for as long as a second.
  local function all_answer(id, status)
    for _ = 1, 3 do
      for i = 1, 2 do
        if ask(apps[i], id) ~= status then return false end
      end
      socket.sleep(0.4)
    end
    return true
  end

  it("hear of what was forgotten while Redis did not answer, when it does again", function()
    for _, halt in ipairs {
      { function() host:pause() end, function() host:resume() end },
      { function() host:ask "replicaof 127.0.0.1 1" end,
        function() host:ask "replicaof no one" end },
    } do
      local id = new_id()
      tell "status=approved"
      for i = 1, 2 do assert.equal(200, ask(apps[i], id)) end
      tell "status=rejected"
      halt[1]()
      assert.equal("ok", apps[1]:read("/forget?id=" .. id))
      socket.sleep(1)
      assert.equal(403, ask(apps[1], id))
      halt[2]()
      assert.truthy(nginx.await(function() return all_answer(id, 403) end, 8))
    end
  end)

  it("hear of it although the nginx that was told was reloaded meanwhile", function()
    local id = new_id()
    for i = 1, 2 do assert.equal(200, ask(apps[i], id)) end
    tell "status=rejected"
    host:ask "replicaof 127.0.0.1 1" -- it takes no writes
    assert.equal("ok", apps[1]:read("/forget?id=" .. id))
    local old = apps[1]:workers()
    apps[1]:kill("HUP")
    assert.truthy(nginx.await(function()
      for _, pid in ipairs(old) do
        if apps[1]:is_alive(pid) then return false end
      end
      return #apps[1]:workers() == 2
    end, 20))
    host:ask "replicaof no one"
    assert.truthy(nginx.await(function()
      ask(apps[1], new_id())
      return ask(apps[2], id) == 403
    end, 8))
  end)

  -- A replica that lags is made the master, or memory runs out, and what was forgotten is lost.
  it("remember what was forgotten when Redis has lost that", function()
    local id = new_id()
    for i = 1, 2 do assert.equal(200, ask(apps[i], id)) end
    local key = host:ask("keys 'spherepay:gate:*:d" .. id .. "'"):match "%S+"
    assert.equal("OK\n", host:ask("rename " .. key .. " kept") .. "\n")
    tell "status=rejected"
    assert.equal("ok", apps[1]:read("/forget?id=" .. id))
    host:ask("del " .. key:gsub(":d(customer_)", ":g%1"))
    host:ask("rename kept " .. key)
    socket.sleep(1)
    assert.is_true(all_answer(id, 403))
  end)

  it("go by what they have seen since, where Redis has what was before", function()
    local id = new_id()
    assert.equal(200, ask(apps[2], id))
    tell "status=rejected"
    host:pause()
    assert.equal(403, ask(apps[1], id))
    host:resume()
    socket.sleep(1.1)
    assert.equal(403, ask(apps[1], id))
  end)

  it("let nobody pass again who was refused, while Redis takes no writes", function()
    local id = new_id()
    local function status() return (select(2, apps[1]:get("/short?id=" .. id))) end
    assert.equal(200, status())
    tell "status=rejected"
    host:ask "replicaof 127.0.0.1 1"
    assert.truthy(nginx.await(function() return status() == 403 end))
    for _ = 1, 30 do
      assert.equal(403, status())
      socket.sleep(0.1)
    end
  end)

  it("leave the API alone although Redis took no writes when that was asked for", function()
    tell "fail=429&retry_after=8"
    host:ask "replicaof 127.0.0.1 1"
    local before = looks()
    assert.equal(503, ask(apps[1], new_id()))
    socket.sleep(1.5)
    for _ = 1, 5 do assert.equal(503, ask(apps[1], new_id())) end -- both workers, most likely
    assert.equal(1, looks() - before)
    host:ask "replicaof no one"
    assert.truthy(nginx.await(function() return host:ask "keys 'spherepay:gate:*:b'" ~= "" end, 4))
    socket.sleep(1.1)
    assert.equal(503, ask(apps[2], new_id()))
    assert.equal(1, looks() - before)
    tell "fail=&retry_after="
    for i = 1, 2 do
      assert.truthy(nginx.await(function() return ask(apps[i], new_id()) == 200 end, 12))
    end
    socket.sleep(1.1)
    assert.equal("", host:ask "keys 'spherepay:gate:*:b'")
  end)

  it("do not remember without Redis what they have heard was forgotten", function()
    local id = new_id()
    for i = 1, 2 do assert.equal(200, ask(apps[i], id)) end
    tell "status=rejected"
    assert.equal("ok", apps[1]:read("/forget?id=" .. id))
    socket.sleep(1)
    assert.equal(403, ask(apps[1], id))
    assert.equal(403, ask(apps[2], id)) -- by what the other has seen
    host:pause()
    socket.sleep(1.1)
    assert.equal(403, ask(apps[2], id))
    host:resume()
  end)
end)
