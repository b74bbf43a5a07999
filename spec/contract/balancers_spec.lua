-- What real servers do between a client and the API: they end a connection each so many requests,
-- limit its streams, reload, tunnel. Every create arrives, once, and no call fails.

-- The nginx of these takes the Lua paths of the spec, and brings LuaJIT.
if not rawget(_G, "jit") then return end

local fronts = require "spec.support.fronts"
local helper = require "spec.contract.helper"

-- Newer libcurl does as RFC 8446 says in C.4: nginx hands out two for each connection.
local function uses_tickets_once()
  local major, minor = require("spherepay.core").versions:match("libcurl/(%d+)%.(%d+)")
  return tonumber(major) > 8 or tonumber(major) == 8 and tonumber(minor) >= 12
end

describe("creates", function()
  local front, client, made

  local function start(options)
    front = fronts.nginx(options)
    made = 0
  end
  local function connect(base_url, options)
    options = options or {}
    options.token, options.base_url, options.ca_file = "t", base_url, front.ca_file
    options.rate_limit, options.max_retries = false, options.max_retries or 0
    client = helper.spherepay.new(options)
  end
  after_each(function()
    client:close()
    front:stop()
  end)

  local function burst(count)
    local fns = {}
    for i = 1, count do
      made = made + 1
      local params = { meta = { internalUserId = "usr_" .. made } }
      for key, value in pairs(helper.JANE) do params[key] = value end
      fns[i] = function() return client.customer.create(params) end
    end
    return client:parallel(fns)
  end

  local function assert_each_once(results)
    for _, result in ipairs(results) do assert(result[1], result[2]) end
    local counts = front.marks()
    for i = 1, made do assert.equal(1, counts["usr_" .. i], "usr_" .. i) end
  end

  for _, delay in ipairs { 0, 0.1 } do
    it("all arrive when nginx ends a connection each ten requests, after " .. delay .. " s",
      function()
        start { requests = 10, delay = delay }
        connect(front.base_url)
        assert(client.customer.get(helper.ID))
        assert_each_once(burst(50))
      end)
  end

  it("all arrive where a connection has four streams, and there are three", function()
    start { streams = 4, delay = 0.05 }
    connect(front.base_url, { max_connections = 3 })
    assert(client.customer.get(helper.ID))
    assert_each_once(burst(50))
    assert.is_true(client:stats().connections_opened >= 3)
  end)

  it("all arrive while nginx reloads", function()
    start { delay = 0.05 }
    connect(front.base_url, { max_retries = 2 })
    assert(client.customer.get(helper.ID))
    local reload = client:spawn(function()
      client.customer.get(helper.ID)
      front:kill("HUP")
      client.customer.get(helper.ID)
    end)
    assert_each_once(burst(100))
    assert_each_once(burst(100))
    reload:join()
  end)

  it("all arrive through haproxy with ten streams on a connection", function()
    if not fronts.has "haproxy" then return pending "haproxy is not installed" end
    start { delay = 0.02 }
    local balancer = fronts.haproxy(front, 10)
    connect(balancer.base_url)
    local results = burst(100)
    balancer.stop()
    assert_each_once(results)
  end)

  it("all arrive through the proxy tinyproxy, in a burst on a cold client", function()
    if not fronts.has "tinyproxy" then return pending "tinyproxy is not installed" end
    start { delay = 0.02 }
    local proxy = fronts.tinyproxy(front.certificates)
    connect(front.base_url, { proxy = proxy.url })
    local results = burst(50)
    proxy.stop()
    assert_each_once(results)
  end)

  -- Of a cold burst of 16 on one kept connection nearly all open a connection of their own. A
  -- ticket of TLS 1.3 is replaced while they shake hands, so that some of them find none.
  local once = uses_tickets_once()
  for protocol, most in pairs { ["TLSv1.2"] = once and 16 or 1, ["TLSv1.3"] = 16 } do
    it("resume the session of an earlier connection of " .. protocol .. " on a new one", function()
      start { delay = 0.05, protocols = protocol }
      local told = {}
      connect(front.base_url, {
        http_version = "1.1",
        on_event = function(event) if event.state then told[#told + 1] = event.state end end,
      })
      assert_each_once(burst(1))
      assert.same({ "opened" }, told)
      assert_each_once(burst(16))
      local counts, seen = front.marks(), { opened = 0, resumed = 0 }
      for _, state in ipairs(told) do seen[state] = (seen[state] or 0) + 1 end
      assert.is_true(seen.resumed >= 1, table.concat(told, " "))
      assert.is_true(seen.opened - seen.resumed <= most, table.concat(told, " "))
      assert.equal(counts.resumed, seen.resumed)
    end)
  end
end)
