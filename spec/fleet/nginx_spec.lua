-- The rate limit that workers of two real nginx share through a real Redis. It needs
-- lua-resty-redis, which OpenResty brings; on Debian the set-up unpacks it (.ci/setup).

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local load = require("spec.support.load")
local nginx = require("spec.support.nginx")
local redis = require("spec.support.redis")

local LIMIT = 40

local HTTP = [[
  ${path}
  init_by_lua_block {
    client = require("spherepay").new {
      token = "sandbox_key", base_url = "${peer}", max_retries = 0,
      rate_limit = { read = ${limit}, write = 10,
        redis = { host = "127.0.0.1", port = ${redis}, password = "secret_of_the_spec" } },
    }
  }
]]

local SERVER = [[
    location = /get { content_by_lua_block {
      local customer, err = client.customer.get("customer_a", { deadline = 20 })
      ngx.status = customer and 200 or 502
      ngx.say(customer and customer.id or tostring(err))
    } }
]]

local found = redis.library_for_nginx()
local block = found and describe or pending

block("the workers of two nginx, with Redis", function()
  local peer, host
  local apps = {}

  setup(function()
    peer, host = nginx.peer(), redis.start { password = "secret_of_the_spec" }
    package.path = package.path .. ";" .. found .. "/?.lua"
    for i = 1, 2 do
      apps[i] = nginx.start({ workers = 2, http = HTTP, server = SERVER },
        { peer = peer.url, limit = LIMIT, redis = host.port, path = "" })
    end
  end)

  teardown(function()
    for _, app in ipairs(apps) do app:stop() end
    if peer then peer:stop() end
    if host then host:stop() end
  end)

  it("keep one rate limit, seen where the requests arrive", function()
    local bunches = {}
    for i = 1, 2 do bunches[i] = load.open(apps[i].port, "/get", 2 * LIMIT) end
    for i = 1, 2 do
      assert.equal("200 x " .. 2 * LIMIT, load.statuses(bunches[i]:join()))
    end
    local arrivals = peer.arrivals()
    assert.equal(4 * LIMIT, #arrivals)
    for i = LIMIT + 1, #arrivals do
      local window = arrivals[i] - arrivals[i - LIMIT]
      assert.truthy(window >= 0.999, LIMIT + 1 .. " requests in " .. window .. " s")
    end
    assert.truthy(arrivals[#arrivals] - arrivals[1] < 9)
    for i = 1, 2 do assert.equal("", apps[i]:complaints()) end
  end)

  it("go on in part when Redis is gone, and say so", function()
    host:stop()
    for i = 1, 2 do
      assert.equal("200 x 20", load.statuses(load.open(apps[i].port, "/get", 20):join()))
    end
    assert.truthy(nginx.await(function()
      for i = 1, 2 do
        load.open(apps[i].port, "/get", 5):join()
        if apps[i]:error_log():find("[warn]", 1, true) then return true end
      end
    end, 15))
    for i = 1, 2 do
      for line in apps[i]:complaints():gmatch("[^\n]+") do
        assert.is_nil(line:find("secret_of_the_spec", 1, true))
      end
    end
  end)
end)

block("nginx, with a Redis at an address of IPv6", function()
  it("shares the limit there, with or without brackets", function()
    local peer, host = nginx.peer(), redis.start { password = "secret_of_the_spec" }
    finally(function()
      peer:stop()
      host:stop()
    end)
    if not host:listens_on "::1" then return pending "no IPv6 here" end
    package.path = package.path .. ";" .. found .. "/?.lua"
    for _, address in ipairs { "::1", "[::1]" } do
      host:ask "flushall"
      local app = nginx.start({ http = HTTP:gsub("127.0.0.1", address, 1), server = SERVER },
        { peer = peer.url, limit = LIMIT, redis = host.port, path = "" })
      local answer, complaints = app:read "/get", app:complaints()
      app:stop()
      assert.matches("customer_a", answer)
      assert.matches("spherepay:[^\n]*:read", host:ask "keys '*'")
      assert.equal("", complaints)
    end
  end)
end)

block("nginx, with a Redis that speaks TLS", function()
  local peer, host, app

  setup(function()
    peer = nginx.peer()
    host = redis.start { password = "secret_of_the_spec", tls = true }
    package.path = package.path .. ";" .. found .. "/?.lua"
  end)

  after_each(function()
    if app then app:stop() end
    app = nil
  end)

  teardown(function()
    if peer then peer:stop() end
    if host then host:stop() end
  end)

  local function start(trusted)
    local http = HTTP:gsub("port = ", "tls = true, port = ")
    local path = trusted and ("lua_ssl_trusted_certificate %s;"):format(trusted) or ""
    app = nginx.start({ http = http, server = SERVER },
      { peer = peer.url, limit = LIMIT, redis = host.port, path = path })
    assert.equal("200 x 10", load.statuses(load.open(app.port, "/get", 10):join()))
  end

  it("shares the limit there when it trusts the certificate", function()
    start(host.certificate)
    assert.matches("spherepay:[^\n]*:read", host:ask "keys '*'")
    assert.equal("", app:complaints())
  end)

  it("sends no password to one it does not trust, says so, and goes on in part", function()
    host:ask "flushall"
    start(nil)
    assert.matches("the rate limit is not shared: Redis does not answer: [^\n]*certificate",
      app:error_log())
    assert.is_nil(host:ask("keys '*'"):find "spherepay")
    assert.is_nil(app:error_log():find("secret_of_the_spec", 1, true))
  end)
end)
