-- A path can lose a kept connection without a word: a NAT forgets it, a host dies. Nothing comes
-- back, and new connections work. A timeout in which a connection brought nothing ends its use.

local helper = require "spec.contract.helper"

local SHORT, LONG = 0.5, 10 -- seconds

describe("a kept connection that went silent", function()
  local server, client

  local function start(mode, options)
    server = helper.fault.start(mode)
    helper.clear(server)
    client = helper.client(server, options)
  end
  after_each(function()
    client:close()
    server:stop()
  end)

  local function connections_of_log()
    local list = {}
    for i, request in ipairs(server:log()) do list[i] = request.connection end
    return list
  end

  local function several(count, fn)
    local fns = {}
    for i = 1, count do fns[i] = fn end
    return client:parallel(fns)
  end

  describe("of HTTP/2", function()
    local mode = { tls = true, h2 = true }

    it("is left by the retry and by every later call", function()
      start(mode, { timeout = LONG })
      assert(client.customer.get(helper.ID))
      server:freeze()
      local _, err, response = client.customer.get(helper.ID,
        { max_retries = 1, timeout = 4 * SHORT })
      assert.is_nil(err)
      assert.same({ "timeout", "back_off" },
        { response.attempts[1].kind, response.attempts[1].reason })
      assert(client.customer.get(helper.ID))
      assert.same({ 1, 1, 2, 2 }, connections_of_log())
      assert.equal(1, client:stats().connections_suspected)
      assert.equal(2, client:stats().connections_opened)
    end)

    it("costs one create, and the next one succeeds", function()
      start(mode, { timeout = LONG })
      assert(client.customer.get(helper.ID))
      server:freeze()
      local _, err = client.customer.create(helper.JANE, { timeout = SHORT })
      assert.same({ "timeout", "maybe", true }, { err.kind, err.sent, err.maybe_applied })
      assert(client.customer.create(helper.JANE))
      assert.same({ 1, 1, 2 }, connections_of_log())
    end)

    it("is closed when the last call on it has ended", function()
      start(mode, { timeout = LONG })
      assert(client.customer.get(helper.ID))
      server:freeze()
      client.customer.create(helper.JANE, { timeout = SHORT })
      assert(client.customer.get(helper.ID))
      assert(server:wait { left = 1 })
    end)

    it("lets those be answered that are under way on it", function()
      start(mode)
      assert(client.customer.get(helper.ID))
      server:script { "stall", helper.answer { delay = 4 * SHORT } }
      local silent = helper.start(client, "get", { timeout = SHORT, max_retries = 0 })
      local slow = helper.start(client, "create")
      assert.equal("timeout", select(2, helper.finish(silent)).kind)
      assert(client.customer.get(helper.ID))
      assert.equal(helper.ID, helper.finish(slow).id)
      assert.same({ 1, 1, 1, 2 }, connections_of_log())
    end)

    -- A get that is not answered, until its first attempt has run out of time.
    local function stall_one(opts)
      start(mode, { rate_limit = false, timeout = LONG })
      assert(client.customer.get(helper.ID))
      server:script { "stall" }
      local task = helper.start(client, "get", opts)
      helper.step_until(client, function() return server:wait { arrived = 2, timeout = 0 } end)
      local till = helper.now() + opts.timeout - 0.05
      repeat
        client:step(0.02)
        assert(client.customer.get(helper.ID))
      until helper.now() > till
      return helper.finish(task)
    end

    it("is used by the retry when it answers others", function()
      assert(stall_one { timeout = 4 * SHORT, max_retries = 1 })
      assert.equal(1, #server:connections())
    end)

    it("is not one that answers others meanwhile", function()
      assert.equal("timeout", select(2, stall_one { timeout = SHORT, max_retries = 0 }).kind)
      assert(client.customer.get(helper.ID))
      assert.equal(1, #server:connections())
      assert.equal(0, client:stats().connections_suspected)
    end)

    it("counts among max_connections until it is closed", function()
      start(mode, { max_connections = 1, timeout = LONG, deadline = LONG })
      assert(client.customer.get(helper.ID))
      server:freeze()
      local first = helper.start(client, "get", { timeout = SHORT, max_retries = 0 })
      local second = helper.start(client, "get", { timeout = 3 * SHORT, max_retries = 0 })
      assert.equal("timeout", select(2, helper.finish(first)).kind)
      assert(client.customer.get(helper.ID))
      assert.equal("timeout", select(2, helper.finish(second)).kind)
      local list = server:connections()
      assert.equal(2, #list)
      assert.is_true(list[2].opened >= list[1].opened + 3 * SHORT * 1000 - 50)
    end)

    it("does not keep a call that may not open another beyond its deadline", function()
      start(mode, { max_connections = 1, timeout = LONG, deadline = LONG })
      assert(client.customer.get(helper.ID))
      server:freeze()
      local first = helper.start(client, "get", { timeout = SHORT, max_retries = 0 })
      local second = helper.start(client, "get", { timeout = LONG, max_retries = 0 })
      assert.equal("timeout", select(2, helper.finish(first)).kind)
      local took, results = helper.timed(client.customer.create, helper.JANE, { deadline = SHORT })
      assert.same({ "timeout", "no" }, { results[2].kind, results[2].sent })
      assert.is_true(took < LONG / 2, tostring(took))
      second:cancel()
      assert(client.customer.get(helper.ID))
    end)
  end)

  describe("of HTTP/1.1", function()
    -- Four connections, and all of them silent.
    local function warm(options)
      options = options or {}
      options.timeout, options.max_retries = LONG, 0
      start({ tls = true }, options)
      server:default(helper.answer { delay = 0.1 })
      local get = function() return client.customer.get(helper.ID) end
      assert(get())
      for _, result in ipairs(several(4, get)) do assert(result[1], result[2]) end
      assert.equal(4, #server:connections())
      server:freeze()
    end

    it("is one of many that are all left after the first timeout", function()
      warm()
      local _, err = client.customer.create(helper.JANE, { timeout = SHORT })
      assert.equal("timeout", err.kind)
      for _ = 1, 3 do assert(client.customer.create(helper.JANE)) end
      assert.equal(5, #server:connections())
    end)

    it("gives its place to a new one when it is idle, while others are under way", function()
      warm { max_connections = 4 }
      local slow = helper.start(client, "create", { timeout = LONG, deadline = LONG })
      helper.step_until(client, function() return server:wait { arrived = 6, timeout = 0 } end)
      local _, err = client.customer.create(helper.JANE, { timeout = SHORT })
      assert.equal("timeout", err.kind)
      local create = function() return client.customer.create(helper.JANE) end
      for _, result in ipairs(several(6, create)) do
        assert(result[1], result[2])
      end
      assert.equal(4 + 3, client:stats().connections_opened)
      slow:cancel()
    end)

    it("is not waited for by calls that have sent nothing", function()
      warm { max_connections = 4 }
      local frozen = {}
      for i = 1, 4 do
        frozen[i] = helper.start(client, "create", { timeout = i == 1 and SHORT or LONG })
      end
      helper.step_until(client, function() return server:wait { arrived = 9, timeout = 0 } end)
      local took, results = helper.timed(client.customer.create, helper.JANE, { timeout = LONG })
      assert(results[1], results[2])
      assert.is_true(took < LONG / 2, tostring(took))
      for i = 2, 4 do frozen[i]:cancel() end
    end)

    it("is left by the retry, which goes out on a new one", function()
      warm()
      local _, err, response = client.customer.get(helper.ID,
        { max_retries = 1, timeout = 4 * SHORT })
      assert.is_nil(err)
      assert.is_true(response.attempts[1].reused)
      assert.is_false(response.attempts[2].reused)
    end)
  end)
end)
