local fault = require "spec.support.fault"
local spherepay = require "spherepay"

describe("a client's tasks", function()
  local server, client, told

  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)

  before_each(function()
    server:clear()
    server:default({ "answer", body = '{"id":"customer_1"}' })
    client = spherepay.new { token = "sandbox_key", base_url = server:url(), loop = "manual" }
    told = {}
    client.dispatcher.report = function(err, traceback) told[#told + 1] = { err, traceback } end
  end)

  after_each(function() client:close() end)

  local function get()
    return client.customer.get("customer_1")
  end

  describe("spawn", function()
    it("gives a task that can be joined for what its function returns", function()
      local task = client:spawn(function() return get().id, nil, "three" end)
      assert.is_false(task:is_done())
      assert.same({ true, "customer_1", nil, "three" }, { task:join() })
      assert.is_true(task:is_done())
      assert.equal("spherepay.task (done)", tostring(task))
    end)

    it("lets several wait for the same task", function()
      local task, joined = client:spawn(function() return get().id end), {}
      for i = 1, 3 do
        client:spawn(function() joined[i] = select(2, task:join()) end)
      end
      client:run()
      assert.same({ "customer_1", "customer_1", "customer_1" }, joined)
    end)

    it("takes nothing but a function", function()
      assert.has_error(function() client:spawn(get()) end)
      local ok, message = pcall(client.spawn, client, "get")
      assert.is_false(ok)
      assert.matches("client:spawn takes a function: wrap the call in function() ... end, got a"
        .. " string", message, 1, true)
    end)

    it("refuses to let a task wait for itself", function()
      local task, message
      task = client:spawn(function()
        get()
        message = select(2, pcall(task.join, task))
        error(select(2, pcall(client.run, client)), 0)
      end)
      local _, other = task:join()
      assert.truthy(message:find("a task cannot wait for itself", 1, true))
      assert.truthy(other:find("a task cannot wait for itself", 1, true))
    end)

    it("forgets the tasks that have ended, and the first failure not", function()
      for i = 1, 1000 do
        client:spawn(function()
          if i > 2 and i < 5 then error("task " .. i, 0) end
        end)
      end
      assert.is_true(#client.spawned.tasks < 200)
      local ok, message = pcall(client.run, client)
      assert.is_false(ok)
      assert.equal("task 3", message)
      assert.has_no_error(function() client:run() end)
    end)
  end)

  describe("run", function()
    it("returns when every task has ended, those that tasks start included", function()
      local ended = 0
      client:spawn(function()
        get()
        client:spawn(function()
          get()
          ended = ended + 1
        end)
        ended = ended + 1
      end)
      client:run()
      assert.equal(2, ended)
    end)

    it("raises what a task raised, whatever it is, after the others have ended", function()
      local failure, ended = { "a table" }, false
      client:spawn(function() error(failure) end)
      client:spawn(function()
        get()
        ended = true
      end)
      local ok, raised = pcall(client.run, client)
      assert.is_false(ok)
      assert.equal(failure, raised)
      assert.is_true(ended)
    end)

    it("does not raise what somebody has joined", function()
      local task = client:spawn(function() error("seen", 0) end)
      assert.same({ false, "seen" }, { task:join() })
      assert.has_no_error(function() client:run() end)
    end)

    it("raises nothing when there is an on_error", function()
      local seen = {}
      client:close()
      client = spherepay.new {
        token = "sandbox_key", base_url = server:url(), loop = "manual",
        on_error = function(err) seen[#seen + 1] = err end,
      }
      for i = 1, 2 do
        client:spawn(function()
          get()
          error("task " .. i, 0)
        end)
      end
      client:run()
      table.sort(seen)
      assert.same({ "task 1", "task 2" }, seen)
    end)
  end)

  describe("an error of a task", function()
    it("is reported with where it happened, each one", function()
      for i = 1, 10 do
        client:spawn(function()
          get()
          if i % 2 == 0 then error("task " .. i, 0) end
        end)
      end
      assert.is_false((pcall(client.run, client)))
      local seen = {}
      for i, each in ipairs(told) do
        seen[i] = each[1]
        assert.matches("scheduler_spec.lua:%d+", each[2])
      end
      table.sort(seen)
      assert.same({ "task 10", "task 2", "task 4", "task 6", "task 8" }, seen)
    end)

    it("is not reported when somebody waits for the task", function()
      local function fail()
        get()
        error("seen", 0)
      end
      assert.same({ false, "seen" }, { client:spawn(fail):join() })
      client:spawn(function() client:parallel { fail, fail } end):join()
      assert.same({}, told)
    end)

    it("is reported once when a loop of the host's tells nobody", function()
      local plain = {}
      for name, fn in pairs(require "spherepay.loop.manual") do plain[name] = fn end
      plain.spawn = function(dispatcher, fn) return client.loop.spawn(dispatcher, fn) end
      local own = spherepay.new { token = "k", base_url = server:url(), loop = plain }
      own.dispatcher.report = client.dispatcher.report
      own:spawn(function() error("in a plain loop", 0) end)
      assert.is_false((pcall(own.run, own)))
      own:run()
      assert.same({ { "in a plain loop", "" } }, told)
      own:close()
    end)
  end)

  describe("parallel", function()
    local function parallel(fns)
      local results
      client:spawn(function() results = client:parallel(fns) end)
      client:run()
      return results
    end

    it("gives what each function returned, in order", function()
      server:script({ { "answer", body = "{}", delay = 0.05, path = "/v2/customer" } })
      local results = parallel {
        function() return client:request("GET", "/v2/customer") end,
        get,
        function() end,
      }
      assert.equal(3, #results)
      assert.same({}, results[1][1])
      assert.equal("customer_1", results[2][1].id)
      assert.equal(200, results[2][3].status)
      assert.equal(0, results[3].n)
    end)

    it("gives errors as values, whether returned or raised", function()
      local results = parallel {
        function() return client.customer.get("no id") end,
        function() error("raised", 0) end,
        get,
      }
      assert.equal("invalid", results[1][2].kind)
      assert.is_nil(results[1].raised)
      assert.same({ nil, "raised", n = 2, raised = true }, results[2])
      assert.equal("customer_1", results[3][1].id)
    end)

    it("takes a list of functions", function()
      for _, wrong in ipairs { "x", { get, 1 } } do
        local ok, message = pcall(client.parallel, client, wrong)
        assert.is_false(ok)
        assert.truthy(message:find("client:parallel takes a list of functions, got a", 1, true))
      end
    end)
  end)

  describe("a host that drives the client", function()
    it("is told when to step", function()
      assert.is_nil(client:timeout())
      client:spawn(get)
      assert.is_number(client:timeout())
      client:run()
      assert.is_nil(client:timeout())
    end)

    it("is told of a sleep that ends before anything else", function()
      client:spawn(function() client.loop.sleep(client.dispatcher, 50) end)
      local left = client:timeout()
      assert.is_true(left > 30 and left < 50.001, left) -- a difference of two times
    end)

    it("gets the same descriptor each time, or a message that names the way out", function()
      local fd, message = client:pollfd()
      if not fd then
        assert.truthy(message:find("no descriptor", 1, true))
        assert.truthy(message:find("\"blocking\" and \"manual\"", 1, true))
        return
      end
      client:spawn(get)
      client:run()
      assert.equal(fd, client:pollfd())
    end)

    it("gets nothing of a closed client", function()
      client:close()
      assert.same({ nil, "the client is closed" }, { client:step(0) })
      assert.same({ nil, "the client is closed" }, { client:pollfd() })
      assert.is_nil(client:timeout())
    end)

    it("may not step for a negative time or none that is a number", function()
      for _, wrong in ipairs { -1, 0 / 0, "1" } do
        local ok, message = pcall(client.step, client, wrong)
        assert.is_false(ok)
        assert.truthy(message:find("client:step takes seconds", 1, true))
      end
    end)
  end)
end)
