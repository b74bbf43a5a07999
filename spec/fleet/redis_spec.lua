-- The rate limit that four processes share through a real Redis, seen where the requests arrive.

local contract = require "spec.contract.helper"
local fault = require "spec.support.fault"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local shared_limit = require "spec.support.shared_limit"
local spherepay = require "spherepay"

-- The library is the same on every Lua; two of them have to do.
if _VERSION ~= "Lua 5.4" and not rawget(_G, "jit") then return end

local library = redis.library()
local block = library and describe or pending

block("a rate limit in a real Redis", function()
  local host, server

  setup(function()
    package.path = package.path .. ";" .. library
    host, server = redis.start { password = "secret_of_the_spec" }, fault.start()
  end)

  teardown(function()
    if host then host:stop() end
    if server then server:stop() end
  end)

  local function start(count, seconds, limit, more, enough)
    return shared_limit.start {
      count = count, seconds = seconds, limit = limit, url = server:url(), port = host.port,
      enough = enough, more = more or 'password = "secret_of_the_spec"',
    }
  end

  local read = shared_limit.read

  before_each(function()
    server:clear()
    server:default { "answer", body = '{"id":"customer_1"}' }
  end)

  it("is used and never exceeded by four processes, who ask Redis for a tenth of it", function()
    local before = tonumber(host:ask("info commandstats"):match "cmdstat_eval:calls=(%d+)" or 0)
    local text, times = read(start(4, 6, 100))
    assert.is_nil(text:find "[Ww]arning" or text:find "not shared", text)
    local most, rate = shared_limit.most_in_a_second(times), shared_limit.rate(times, 3.5, 2)
    assert.is_true(most <= 100, most .. " in a second")
    assert.is_true(rate >= 90, rate .. " a second")
    local asked = tonumber(host:ask("info commandstats"):match "cmdstat_eval:calls=(%d+)") - before
    assert.is_true(asked <= #times / 10 + 8, asked .. " questions for " .. #times)
  end)

  it("is kept with repeats, too", function()
    local LIMIT, CALLS, list, fns = 10, 12, {}, {}
    for i = 1, CALLS do list[i] = { "answer", status = 503 } end
    server:script(list)
    local client = spherepay.new { token = "sandbox_key", base_url = server:url(), max_retries = 3,
      rate_limit = { read = LIMIT, redis = { host = "127.0.0.1", port = host.port,
        password = "secret_of_the_spec", prefix = "repeats" } } }
    for i = 1, CALLS do fns[i] = function() assert(client.customer.get("customer_1")) end end
    for _, result in ipairs(client:parallel(fns)) do assert.is_nil(result.raised, result[2]) end
    assert.equal(CALLS, client:stats().retries)
    client:close()
    local log = server:log()
    assert.equal(2 * CALLS, #log)
    for i = LIMIT + 1, #log do
      local apart = log[i].at - log[1].at
      assert.is_true(apart >= math.floor((i - 1) / LIMIT) * 1000 - 50, i .. " after " .. apart)
    end
  end)

  local FORKS = [[
    package.path = package.path .. ";%s"
    local process = package.loadlib(%q, "luaopen_fork")()
    local client = require("spherepay").new { token = "t", base_url = %q, rate_limit = { read = 40,
      redis = { host = "127.0.0.1", port = %d, password = "secret_of_the_spec" } } }
    assert(client.customer.get("customer_1"))
    local children = {}
    for i = 1, 3 do
      children[i] = process.fork()
      if children[i] == 0 then
        process.exit(client.customer.get("customer_1") and 0 or 1)
      end
    end
    for i = 1, 3 do assert(process.wait(children[i]) == 0) end
    assert(client.customer.get("customer_1"))
  ]]

  it("is asked for by each process over a connection of its own, also after a fork", function()
    local module = contract.module "fork.c"
    local function connections()
      return tonumber(host:ask("info stats"):match "total_connections_received:(%d+)")
    end
    local before = connections()
    local out, code = contract.child(FORKS:format(library, module, server:url(), host.port))
    assert.same({ "", 0 }, { out, code })
    assert.equal(4, connections() - before - 1) -- and the one of this question
    assert(os.remove(module))
  end)

  it("is kept in part when Redis refuses, which is said once and without the password", function()
    local text = read(start(1, 2.5, 40, 'password = "wrong_one", fallback_share = 0.5'))
    local _, lines = text:gsub("the rate limit is not shared", "")
    assert.equal(1, lines, text)
    assert.is_nil(text:find("wrong_one", 1, true))
    local count = tonumber(text:match "done%s+(%d+)")
    assert.is_true(count >= 35 and count <= 62, count)
  end)

  -- Answers with a list, piece by piece, for three seconds or until nobody listens.
  local DRIPS = [[
    local socket = require("socket")
    local listener = assert(socket.bind("127.0.0.1", %d))
    print("ready")
    io.stdout:flush()
    local peer = listener:accept()
    peer:receive(1)
    peer:send("*100\r\n")
    for _ = 1, 60 do
      if not peer:send(":1\r\n") then return end
      socket.sleep(0.05)
    end
  ]]

  it("does not wait for what answers in Redis's place piece by piece", function()
    local port = nginx.free_port()
    local pipe = assert(io.popen("lua5.4 -e '" .. DRIPS:format(port) .. "'"))
    assert.equal("ready", pipe:read())
    local client = spherepay.new { token = "t", base_url = server:url(),
      rate_limit = { read = 40, redis = { host = "127.0.0.1", port = port } } }
    local began = client.dispatcher:now()
    assert(client.customer.get("customer_1"))
    local took = client.dispatcher:now() - began
    client:close()
    pipe:close()
    assert.is_true(took < 1.5, took .. " s")
  end)

  it("is shared again when Redis is back", function()
    local port = host.port
    host:stop()
    local pipes = start(1, 20, 40, nil, 25) -- without Redis it may send 10 in a second
    assert.truthy(nginx.await(function() return #server:log() > 0 end))
    host = redis.start { port = port, password = "secret_of_the_spec" }
    local text, times = read(pipes)
    assert.matches("done%s+%d+", text)
    assert.equal(25, shared_limit.most_in_a_second(times))
    assert.truthy(nginx.await(function() return host:ask "keys '*read*'" ~= "" end))
  end)

  it("is shared at an address of IPv6, with or without brackets", function()
    if not host:listens_on "::1" then return pending "no IPv6 here" end
    for i, address in ipairs { "::1", "[::1]" } do
      local client = spherepay.new { token = "t", base_url = server:url(), rate_limit = {
        redis = { host = address, port = host.port, password = "secret_of_the_spec",
          prefix = "v6 " .. i } } }
      assert(client.customer.get("customer_1"))
      client:close()
      assert.not_equal("", host:ask("keys 'v6 " .. i .. "*'"))
    end
  end)

  it("loads what speaks to Redis only when it is asked for", function()
    local out = contract.child(([[
      package.path = package.path .. ";%s"
      local spherepay = require "spherepay"
      local client = spherepay.new { token = "t", base_url = %q, rate_limit = { read = 50 } }
      assert(client.customer.get("customer_1"))
      print(package.loaded.redis, package.loaded["spherepay.ratelimit.redis"])
      spherepay.new { token = "t", rate_limit = { redis = { host = "127.0.0.1" } } }
      print(type(package.loaded.redis))
    ]]):format(library, server:url()))
    assert.equal("nil\tnil\ntable\n", out)
  end)

  it("is named without its password wherever the client is shown", function()
    local client = spherepay.new { token = "t", rate_limit = {
      redis = { host = "127.0.0.1", port = host.port, password = "secret_of_the_spec" } } }
    assert.is_nil(client.options.rate_limit.redis)
    assert.is_nil(tostring(client):find("secret", 1, true))
    client:close()
  end)
end)
