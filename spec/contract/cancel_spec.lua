-- A call can be ended at any stage: `task:cancel()`, or closing the client. Nobody waits for a peer
-- or a resolver, and the error knows how far the request got.

local helper = require "spec.contract.helper"

local AT_ONCE = 5 -- seconds; nothing here would end by itself before 10

local server, client

-- Cancels the task and requires what comes of it.
local function cancel(task, sent, attempts)
  local began = helper.now()
  task:cancel()
  local value, err = helper.finish(task)
  assert.is_true(helper.now() - began < AT_ONCE)
  assert.is_nil(value)
  assert.same({ "cancelled", sent, false, attempts or #err.attempts },
    { err.kind, err.sent, err.retryable, #err.attempts })
  return err
end

local function until_arrived(count)
  helper.step_until(client, function() return server:wait { arrived = count, timeout = 0 } end)
end

describe("a call that is cancelled", function()
  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    helper.clear(server)
    client = helper.client(server, { max_in_flight = 2 })
  end)
  after_each(function() client:close() end)

  it("in the queue has sent nothing", function()
    server:default { "stall" }
    local first, second = helper.start(client), helper.start(client)
    local third = helper.start(client, "create")
    until_arrived(2)
    local err = cancel(third, "no", 0)
    assert.is_false(err.maybe_applied)
    assert.is_false(first:is_done() or second:is_done())
    assert.equal(2, #server:log())
  end)

  it("before the first step has sent nothing", function()
    cancel(helper.start(client, "create"), "no", 0)
    assert.equal(0, client:stats().in_flight)
  end)

  it("while it waits for the rate limit has sent nothing", function()
    client:close()
    client = helper.client(server, { rate_limit = { read = 1 } })
    assert(client.customer.get(helper.ID))
    local task = helper.start(client)
    client:step(0)
    cancel(task, "no", 0)
  end)

  it("after its request went out may have been applied, and says so", function()
    server:default { "stall" }
    local task = helper.start(client, "create")
    until_arrived(1)
    local err = cancel(task, "maybe", 1)
    assert.is_true(err.maybe_applied)
    assert.equal("cancelled", err.attempts[1].kind)
    assert.equal(server:log()[1].idempotency_key, err.idempotency_key)
    assert(server:wait { left = 1 })
  end)

  it("in the middle of the answer has arrived", function()
    server:default { "stall_body", body = helper.CUSTOMER }
    local task = helper.start(client, "update")
    until_arrived(1)
    local till = helper.now() + 0.1
    while helper.now() < till do client:step(0.01) end
    local err = cancel(task, "yes", 1)
    assert.is_true(err.maybe_applied)
  end)

  it("in a back-off keeps what is known of the attempts before", function()
    server:default { "answer", status = 429, headers = { ["Retry-After"] = "30" } }
    local task = helper.start(client, "create")
    helper.step_until(client, function() return client:stats().retries == 1 end)
    local err = cancel(task, "yes", 1)
    assert.is_false(err.maybe_applied)
    assert.is_nil(err.status)
  end)

  it("in a back-off after a lost attempt may have been applied", function()
    server:default { "answer", status = 503, headers = { ["Retry-After"] = "30" } }
    local task = helper.start(client, "update")
    helper.step_until(client, function() return client:stats().retries == 1 end)
    assert.is_true(cancel(task, "yes", 1).maybe_applied)
  end)

  it("leaves the others and the client as they were", function()
    server:script { "stall" }
    local first = helper.start(client)
    until_arrived(1)
    local second = helper.start(client)
    cancel(first, "maybe", 1)
    assert.equal(helper.ID, (helper.finish(second)).id)
    assert.equal(helper.ID, client.customer.get(helper.ID).id)
    assert.equal(0, client:stats().in_flight)
  end)

  it("when it is done already, is done", function()
    local task = helper.start(client)
    local customer = helper.finish(task)
    task:cancel()
    assert.equal(helper.ID, customer.id)
  end)

  it("while connecting has sent nothing", function()
    local port, give_back = helper.fault.silent_port()
    finally(give_back)
    client:close()
    client = helper.spherepay.new { token = "t", base_url = "http://127.0.0.1:" .. port }
    local task = helper.start(client, "create")
    for _ = 1, 3 do client:step(0.01) end
    assert.is_false(cancel(task, "no", 1).maybe_applied)
  end)

  it("while TLS shakes hands has sent nothing", function()
    local tls = helper.fault.start { tls = true }
    finally(function() tls:stop() end)
    tls:default { "stall_on_accept" }
    client:close()
    client = helper.client(tls)
    local task = helper.start(client, "create")
    helper.step_until(client, function() return tls:wait { connections = 1, timeout = 0 } end)
    assert.is_false(cancel(task, "no", 1).maybe_applied)
  end)

  it("over HTTP/2 resets its stream alone", function()
    local h2 = helper.fault.start { tls = true, h2 = true }
    finally(function() h2:stop() end)
    helper.clear(h2)
    client:close()
    client = helper.client(h2)
    assert(client.customer.get(helper.ID))
    h2:default { "stall" }
    local task = helper.start(client)
    helper.step_until(client, function() return h2:wait { arrived = 2, timeout = 0 } end)
    cancel(task, "maybe", 1)
    h2:default(helper.answer())
    assert(client.customer.get(helper.ID))
    assert(h2:wait { cancelled = 1 })
    assert.equal(1, #h2:connections())
  end)
end)

describe("closing the client", function()
  setup(function() server = helper.fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() helper.clear(server) end)

  it("ends its calls wherever they are, and at once", function()
    server:default { "stall" }
    client = helper.client(server, { max_in_flight = 3, max_connections = 2 })
    local tasks = {}
    for index = 1, 6 do
      tasks[index] = helper.start(client, index % 2 == 0 and "create" or "get")
    end
    until_arrived(2)
    local took = helper.timed(client.close, client)
    assert.is_true(took < AT_ONCE, took)
    local sent = { no = 0, maybe = 0 }
    for index, task in ipairs(tasks) do
      local _, err = helper.finish(task)
      assert.equal("cancelled", err.kind)
      sent[err.sent] = sent[err.sent] + 1
      assert.equal(err.sent == "maybe" and index % 2 == 0, err.maybe_applied)
    end
    assert.same({ no = 4, maybe = 2 }, sent)
    assert(server:wait { left = 2 })
    assert.equal(2, #server:log())
  end)

  it("makes every later call fail as closed", function()
    client = helper.client(server)
    client:close()
    client:close()
    for _, name in ipairs(helper.NAMES) do
      local _, err = helper.CALLS[name](client)
      assert.same({ "closed", "no" }, { err.kind, err.sent })
    end
    assert.equal(0, #server:log())
  end)

  it("in a hook ends the call that the hook is told of", function()
    server:default { "answer", status = 503 }
    for _, kind in ipairs { "request", "retry", "attempt" } do
      client = helper.client(server, { on_event = function(event)
        if event.type == kind then client:close() end
      end })
      local _, err = client.customer.get(helper.ID)
      assert.is_truthy(err.kind == "cancelled", kind)
    end
  end)

  it("in a task ends the other tasks", function()
    server:default { "stall" }
    client = helper.client(server)
    local task = helper.start(client)
    local closer = client:spawn(function()
      client.customer.get(helper.ID, { timeout = 0.1, max_retries = 0 })
      client:close()
      return "closed"
    end)
    assert.same({ true, "closed" }, { closer:join() })
    local _, err = helper.finish(task)
    assert.equal("cancelled", err.kind)
  end)
end)

describe("a call that is resolving a name", function()
  it("is cancelled without waiting for the resolver, and so is the client", function()
    local library = helper.library "slow_resolver.c"
    finally(function() os.remove(library) end)
    local out, code = helper.child([[
      local spherepay, socket = require "spherepay", require "socket"
      local client = spherepay.new { token = "t", base_url = "https://slow.test" }
      local function get() return client.customer.get("customer_1") end
      local first, second = client:spawn(get), client:spawn(get)
      for _ = 1, 5 do client:step(0.01) end
      local began = socket.gettime()
      first:cancel()
      local _, _, err = first:join()
      client:close()
      local _, _, other = second:join()
      print(err.kind, err.sent, other.kind, other.sent, socket.gettime() - began < 10)
    ]], { preload = library, env = "SP_SLOW_HOST=slow.test SP_SLOW_SECONDS=20" })
    assert.same({ "cancelled\tno\tcancelled\tno\ttrue\n", 0 }, { out, code })
  end)
end)
