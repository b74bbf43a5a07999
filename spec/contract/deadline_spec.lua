-- `deadline` bounds a whole call wherever it hangs, `timeout` one attempt, `connect_timeout` the
-- way to a connection. What would come of a bound that does not hold is far from it, so the slack
-- can be as wide as a busy machine needs.

local helper = require "spec.contract.helper"

local SLACK = 2 -- seconds a call may return after its deadline

local server, client

local function new(options)
  local full = { deadline = 0.5, max_retries = 10 }
  for key, value in pairs(options or {}) do full[key] = value end
  client = helper.client(server, full)
  return client
end

-- Makes the three calls and requires that each fails at about the deadline, not before `from`
-- seconds.
local function fail_in_time(from, kind, options)
  new(options)
  local fns = {}
  for index, name in ipairs(helper.NAMES) do
    fns[index] = function() return helper.timed(helper.CALLS[name], client) end
  end
  for index, result in ipairs(client:parallel(fns)) do
    local took, returned, name = result[1], result[2], helper.NAMES[index]
    assert.is_nil(returned[1], name)
    assert.equal(kind, returned[2].kind, name)
    assert.is_true(took >= from and took < client.options.deadline + SLACK, took)
  end
  client:close()
end

describe("the deadline", function()
  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)

  it("of two seconds ends every call in time", function()
    server:default { "drip" }
    fail_in_time(1.9, "timeout", { deadline = 2 })
  end)

  it("holds while a server says nothing", function()
    server:default { "stall" }
    fail_in_time(0.45, "timeout")
  end)

  it("holds while bytes drip, of the header or the body", function()
    server:default { "drip", from = "head" }
    fail_in_time(0.45, "timeout")
    server:default { "drip" }
    fail_in_time(0.45, "timeout")
  end)

  it("holds over all attempts and the waits between them", function()
    server:default { "stall" }
    new { timeout = 0.1 }
    local took, results = helper.timed(client.customer.get, helper.ID)
    client:close()
    assert.is_true(took < 0.5 + SLACK, took)
    local attempts = results[2].attempts
    assert.is_true(#attempts >= 2)
    for _, attempt in ipairs(attempts) do
      assert.is_true(attempt.at + attempt.took <= 0.5 + SLACK)
    end
  end)

  it("begins no wait that cannot end in time", function()
    server:default { "answer", status = 503, headers = { ["retry-after-ms"] = "1100" } }
    new { deadline = 2 }
    local _, results = helper.timed(client.customer.get, helper.ID)
    client:close()
    assert.same({ 2, "deadline", "server" },
      { #results[2].attempts, results[2].attempts[2].reason, results[2].kind })
  end)

  it("holds in the queue of max_in_flight", function()
    server:default { "stall" }
    new { max_in_flight = 1, deadline = 5 }
    local first = helper.start(client)
    local took, results = helper.timed(client.customer.get, helper.ID, { deadline = 0.3 })
    local err = results[2]
    assert.is_true(took >= 0.28 and took < 0.3 + SLACK, took)
    assert.same({ "timeout", "no", 0 }, { err.kind, err.sent, #err.attempts })
    assert.is_false(first:is_done())
    client:close()
  end)

  it("holds in the queue of max_connections", function()
    server:default { "stall" }
    new { max_connections = 1, deadline = 5 }
    local first = helper.start(client)
    helper.step_until(client, function() return server:wait { arrived = 1, timeout = 0 } end)
    local took, results = helper.timed(client.customer.get, helper.ID, { deadline = 0.3 })
    local err = results[2]
    assert.is_true(took >= 0.28 and took < 0.3 + SLACK, took)
    assert.same({ "timeout", "no" }, { err.kind, err.sent })
    assert.is_false(first:is_done())
    client:close()
  end)

  it("holds while the rate limit makes calls wait", function()
    new { rate_limit = { read = 1 }, deadline = 1.2 }
    assert(client.customer.get(helper.ID))
    local _, err = client.customer.get(helper.ID, { deadline = 0.3 })
    assert.same({ "rate_limited", "no" }, { err.kind, err.sent })
    client:close()
  end)

  it("of one call wins over that of the client", function()
    server:default { "stall" }
    new { deadline = 5, max_retries = 0 }
    local took = helper.timed(client.customer.get, helper.ID, { deadline = 0.2 })
    client:close()
    assert.is_true(took >= 0.18 and took < 0.2 + SLACK, took)
  end)
end)

describe("connect_timeout", function()
  it("bounds connecting, and the deadline all attempts at it", function()
    local port, give_back = helper.fault.silent_port()
    finally(give_back)
    local silent = helper.spherepay.new {
      token = helper.TOKEN, base_url = "http://127.0.0.1:" .. port, connect_timeout = 0.1,
      deadline = 0.5, max_retries = 10,
    }
    local took, results = helper.timed(silent.customer.create, helper.JANE,
      { max_retries = 0, deadline = 30 })
    assert.is_true(took >= 0.09 and took < 0.1 + SLACK, took)
    assert.same({ "timeout", "no" }, { results[2].kind, results[2].sent })
    took, results = helper.timed(silent.customer.create, helper.JANE)
    assert.is_true(took < 0.5 + SLACK, took)
    assert.is_true(#results[2].attempts > 1)
    silent:close()
  end)

  it("bounds a TLS handshake that stalls", function()
    server = helper.fault.start { tls = true, h2 = true }
    finally(function() server:stop() end)
    server:default { "stall_on_accept" }
    new { connect_timeout = 0.1, max_retries = 0, deadline = 30 }
    local took, results = helper.timed(client.customer.get, helper.ID)
    assert.is_true(took >= 0.09 and took < 0.1 + SLACK, took)
    assert.same({ "timeout", "no" }, { results[2].kind, results[2].sent })
    client:close()
    fail_in_time(0.4, "timeout", { connect_timeout = 10 })
  end)
end)

describe("timeout", function()
  it("bounds one attempt", function()
    server = helper.fault.start()
    finally(function() server:stop() end)
    helper.clear(server)
    server:script { "stall" }
    new { timeout = 0.2, deadline = 5 }
    local took, results = helper.timed(client.customer.get, helper.ID)
    local attempts = results[3].attempts
    assert.is_true(took < 5, took)
    assert.same({ 2, "timeout" }, { #attempts, attempts[1].kind })
    assert.is_true(attempts[1].took >= 0.18 and attempts[1].took < 0.2 + SLACK)
    client:close()
  end)
end)

describe("a name that takes long to resolve", function()
  local SCRIPT = [[
    local spherepay, socket = require "spherepay", require "socket"
    local client = spherepay.new {
      token = "t", base_url = "https://slow.test", deadline = %s, connect_timeout = %s,
    }
    local began = socket.gettime()
    local function show(name, _, err)
      local took = math.floor((socket.gettime() - began) * 1000)
      print(name, err.kind, err.sent, #err.attempts, took)
    end
    client:parallel {
      function() show("create", client.customer.create({}, { validate = false })) end,
      function() show("get", client.customer.get("customer_1")) end,
      function() show("update", client.customer.update("customer_1", { meta = {} })) end,
    }
    %s
  ]]

  local library, host

  setup(function()
    library, host = helper.library "slow_resolver.c", helper.program "host.c"
  end)

  teardown(function()
    os.remove(library)
    os.remove(host)
  end)

  local function run(deadline, connect_timeout, last)
    local began = helper.now()
    local out, code = helper.child(SCRIPT:format(deadline, connect_timeout, last or ""),
      { preload = library, env = "SP_SLOW_HOST=slow.test SP_SLOW_SECONDS=20" })
    assert.equal(0, code, out)
    assert.is_true(helper.now() - began < 15)
    local seen = {}
    for name, kind, sent, attempts, took in out:gmatch("(%w+)\t(%w+)\t(%w+)\t(%d+)\t(%d+)\n") do
      seen[name] = { kind = kind, sent = sent, attempts = tonumber(attempts), took = took / 1000 }
    end
    return seen
  end

  it("does not outlast the deadline, and the program may end right after", function()
    local seen = run(0.4, 10)
    for _, name in ipairs(helper.NAMES) do
      local call = seen[name]
      assert.same({ "timeout", "no" }, { call.kind, call.sent }, name)
      assert.is_true(call.took >= 350 / 1000 and call.took < 0.4 + SLACK, call.took)
    end
  end)

  it("does not outlast connect_timeout, and is tried again because nothing was sent", function()
    local seen = run(0.9, 0.1)
    for _, name in ipairs(helper.NAMES) do
      assert.equal("timeout", seen[name].kind)
      assert.is_true(seen[name].attempts >= 2, name)
    end
  end)

  it("may be resolving still when the client is closed and collected", function()
    run(0.2, 10, "client:close() client = nil collectgarbage() collectgarbage()")
  end)

  it("keeps later lookups from nothing, however many hang", function()
    local out, code = helper.child(([[
      local spherepay = require "spherepay"
      local client = spherepay.new {
        token = "%s", base_url = "https://slow.test:1", deadline = 0.05, max_retries = 0,
      }
      for hung = 0, 60 do
        local _, err = client.customer.get "customer_1"
        if err.kind ~= "timeout" then
          print(hung >= 10, err.kind)
          break
        end
      end
    ]]):format(helper.TOKEN), {
      preload = library, env = "SP_SLOW_HOST=slow.test SP_SLOW_SECONDS=20 SP_SLOW_TIMES=30",
    })
    assert.same({ "true\tnetwork\n", 0 }, { out, code }) -- nobody listens there
  end)

  it("may come back when the Lua state is gone, for the library stays in memory", function()
    local _, code = helper.child(SCRIPT:format(0.1, 10, ""), {
      preload = library, env = "SP_SLOW_HOST=slow.test SP_SLOW_SECONDS=0.4",
      program = host .. " 800",
    })
    assert.equal(0, code)
  end)
end)
