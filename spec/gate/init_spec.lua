local errors = require "spherepay.errors"
local fake_joint = require "spec.support.fake_joint"
local fake_ngx = require "spec.support.fake_ngx"
local gate = require "spherepay.gate"
local policy = require("spherepay").verification.policy

local ID = "customer_68f1a2b3c4d5e6f7"
local OTHER = "customer_0123456789abcdef"

local USD = assert(policy { currency = "USD" })

local function customer(status, id)
  return {
    id = id or ID, firstName = "Jane", lastName = "Smith", email = "jane.smith@example.com",
    verificationProfiles = { {
      name = "kyc_profile_a", status = status,
      criteria = {
        complete = { "email_address" }, pending = {}, required = { "terms_of_service" },
        errors = { { name = "identity_document", detail = "Jane's passport is blurred" } },
      },
    } },
  }
end

-- It runs in nginx's LuaJIT; Lua 5.1 cannot yield within a pcall.
local is_5_1 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

local block = is_5_1 and pending or describe

local function specs_of(is_joint) return function()
  local world, calls, answers, took, real_ngx, real_semaphore, restore

  -- A client whose calls take `took` seconds and are answered from `answers`, the last for good.
  local function client()
    local self = {
      options = { base_url = "https://api.example", api_version = "v2" },
      loop = { check = function() return true end },
      customer = {},
    }
    function self.customer.get(id, opts)
      calls[#calls + 1] = { id = id, at = world.time, deadline = opts.deadline }
      local found = answers[math.min(#calls, #answers)]
      world.busy = world.busy + 1
      world.ngx.sleep(took)
      world.busy = world.busy - 1
      if type(found) == "function" then return found(id) end
      if found.kind then return nil, found end
      return found
    end
    return self
  end

  local function new(options)
    local all = { client = client(), policy = USD, shm = "decisions" }
    for name, value in pairs(options or {}) do all[name] = value end
    return gate.new(all)
  end

  -- What a check comes to: the decision and the error.
  local function ask(which, id)
    local result = {}
    world.request(function() result.found, result.err = which:check(id or ID) end)
    return result
  end

  local function ask_now(which, id)
    local result = ask(which, id)
    world.run()
    return result.found, result.err
  end

  local function enforce(which, given, method)
    local result
    world.request(function()
      local ok, value = pcall(which[method or "enforce"], which, given)
      if not ok and not (type(value) == "table" and value.exit) then error(value, 0) end
      result = ok and { passed = value } or {
        status = world.ngx.status, body = world.ngx.body, header = world.ngx.header,
        exit = value.exit,
      }
    end)
    world.run()
    return result
  end

  before_each(function()
    world, calls, answers, took = fake_ngx.new(), {}, { customer "approved" }, 0.1
    real_ngx, real_semaphore = rawget(_G, "ngx"), package.loaded["ngx.semaphore"]
    rawset(_G, "ngx", world.ngx)
    package.loaded["ngx.semaphore"] = world.semaphores
    restore = is_joint and fake_joint.install(world)
  end)

  after_each(function()
    rawset(_G, "ngx", real_ngx)
    package.loaded["ngx.semaphore"] = real_semaphore
    if restore then restore() end
  end)

  it("asked with a dot says so, at that line", function()
    local which = new()
    for name, method in pairs(getmetatable(which)) do
      if type(method) == "function" and not name:find "^_" then
        local ok, message = pcall(method, ID)
        assert.is_false(ok)
        assert.matches("^spec/gate/init_spec.lua:%d+: spherepay: write gate:" .. name
          .. "%(%.%.%.%), with a colon$", message)
      end
    end
  end)

  describe("check", function()
    it("allows whom the policy allows", function()
      local found = ask_now(new())
      assert.is_true(found.allowed)
      assert.is_false(found.stale)
      assert.same({}, found.outstanding)
    end)

    it("says of the others what is outstanding", function()
      answers = { customer "incomplete" }
      local found = ask_now(new())
      assert.is_false(found.allowed)
      assert.equal("verification", found.reason)
      assert.same({
        { profile = "kyc_profile_a", criterion = "identity_document", state = "error" },
        { profile = "kyc_profile_a", criterion = "terms_of_service", state = "required" },
      }, found.outstanding)
    end)

    it("says the same from the dictionary", function()
      answers = { customer "incomplete" }
      local which = new()
      local first = ask_now(which)
      local second = ask_now(which)
      assert.same(first.outstanding, second.outstanding)
      assert.equal(first.reason, second.reason)
      assert.equal(1, #calls)
    end)

    it("does not allow who is no customer, and remembers it", function()
      answers = { errors.new { kind = "not_found" } }
      local which = new()
      for _ = 1, 2 do
        local found = ask_now(which)
        assert.is_false(found.allowed)
        assert.equal("not_found", found.reason)
      end
      assert.equal(1, #calls)
    end)

    it("does not allow what is no id, without asking anyone", function()
      local which = new { fail = "open" }
      for _, id in ipairs { "", "../x", "customer_", "customer_1/2", "customer_1\n", "x" } do
        local found = ask_now(which, id)
        assert.is_false(found.allowed)
        assert.equal("bad_id", found.reason)
      end
      assert.equal(0, #calls)
      assert.is_nil(world.dict:text():find("customer", 1, true))
    end)

    it("does not allow a customer by the answer about another", function()
      answers = { customer("approved", OTHER) }
      local found, err = ask_now(new())
      assert.is_nil(found)
      assert.equal("protocol", err.kind)
    end)

    it("does not allow who has no id", function()
      local which = new { fail = "open" }
      world.request(function()
        for _, id in ipairs { 5, true, {}, print } do
          assert.same({ allowed = false, reason = "no_id", outstanding = {} }, (which:check(id)))
        end
        assert.equal("no_id", which:check(nil).reason)
      end)
      world.run()
      assert.equal(0, #calls)
    end)

    it("says so where nothing can wait", function()
      local which = new()
      which.client.loop.check = function() return nil, "no call can wait in log_by_lua" end
      local found, err = ask_now(which)
      assert.is_nil(found)
      assert.equal("invalid", err.kind)
      assert.matches("log_by_lua", tostring(err), 1, true)
    end)

    it("keeps nothing personal in the dictionary", function()
      answers = { customer "incomplete" }
      ask_now(new())
      local text = world.dict:text()
      assert.matches("terms_of_service", text, 1, true)
      for _, word in ipairs { "Jane", "Smith", "example", "passport" } do
        assert.is_nil(text:find(word, 1, true))
      end
    end)
  end)

  describe("a decision", function()
    it("is kept for ttl when it allows, for negative_ttl when not", function()
      local which = new { ttl = 60, negative_ttl = 5 }
      ask_now(which)
      world.pass(59)
      assert.is_true(ask_now(which).age > 58)
      assert.equal(1, #calls)
      world.pass(2)
      answers = { customer "incomplete" }
      assert.is_false(ask_now(which).allowed)
      assert.equal(2, #calls)
      world.pass(6)
      ask_now(which)
      assert.equal(3, #calls)
    end)

    it("is kept for a gate's own ttl, whatever another gate of the dictionary has", function()
      local patient, eager = new { ttl = 600 }, new { ttl = 10 }
      ask_now(patient)
      world.pass(60)
      assert.is_true(ask_now(patient).age > 59)
      assert.equal(1, #calls)
      answers = { customer "incomplete" }
      assert.is_false(ask_now(eager).allowed)
      assert.equal(2, #calls)
    end)

    it("is kept for the longest of the gates of a client, each of which judges by its own",
      function()
        local one = client()
        for _, order in ipairs { { 5, 60 }, { 60, 5 } } do
          world.dict.entries, calls = {}, {}
          answers = { errors.new { kind = "not_found" } }
          local gates = {}
          for _, seconds in ipairs(order) do
            gates[seconds] = new { client = one, negative_ttl = seconds, ttl = seconds }
          end
          ask_now(gates[5])
          world.pass(30)
          ask_now(gates[60])
          assert.equal(1, #calls)
          ask_now(gates[5])
          assert.equal(2, #calls)
          answers = { customer("approved", OTHER) }
          ask_now(gates[5], OTHER)
          world.pass(30)
          ask_now(gates[60], OTHER)
          assert.equal(3, #calls)
        end
      end)

    it("is kept for as long as the longest gate asks, beyond the hour of a customer's name",
      function()
        local one = client()
        local long = new { client = one, ttl = 7000, stale_ttl = 400 }
        new { client = one, ttl = 5 }
        ask_now(long)
        local function left() -- seconds for which the dictionary has it
          for key, entry in pairs(world.dict.entries) do
            if key:find(":d" .. ID, 1, true) then return entry.till - world.time end
          end
        end
        assert.is_true(left() > 7300)
        world.dict.entries = {}
        ask_now(new { client = client(), ttl = 5 }, ID) -- of another client: an hour at least
        assert.is_true(left() > 3500 and left() <= 3600)
      end)

    it("comes as soon as the look has, also for one who waits alone", function()
      local which, done = new(), nil
      took = 0.02
      local began = world.time
      world.request(function()
        which:check(ID)
        done = world.time - began
      end)
      world.run()
      assert.is_true(done < 0.05, done)
    end)

    it("is made anew when the clock was set back: who knows how old it is", function()
      local workers = { new { ttl = 60, stale_ttl = 60 }, new { ttl = 60, stale_ttl = 60 } }
      for _, which in ipairs(workers) do
        for _ = 1, 2 do ask_now(which) end
      end
      assert.equal(1, #calls)
      world.set_clock(-3600)
      answers = { customer "rejected" }
      for _, which in ipairs(workers) do assert.is_false(ask_now(which).allowed) end
      assert.equal(2, #calls)
      assert.is_false(ask_now(workers[1]).allowed)
    end)

    it("is not kept beyond ttl by the worker that has just made it", function()
      local which = new { ttl = 0.5 }
      ask_now(which)
      answers = { customer "incomplete" }
      world.pass(0.6)
      assert.is_false(ask_now(which).allowed)
    end)

    it("is revalidated after many customers were looked at, by one look", function()
      local which = new { ttl = 10, stale_ttl = 100 }
      for i = 1, 200 do
        local id = ("customer_%016x"):format(i)
        answers = { function(asked) return customer("approved", asked) end }
        ask_now(which, id)
      end
      calls = {}
      world.pass(11)
      assert.is_true(ask_now(which, "customer_0000000000000001").stale)
      world.pass(2)
      assert.is_false(ask_now(which, "customer_0000000000000001").stale)
      assert.equal(1, #calls)
    end)

    it("is made from a look that took longer than it stays fresh", function()
      took = 3
      assert.is_true(ask_now(new { ttl = 1 }).allowed)
      answers = { customer("incomplete", OTHER) }
      assert.is_false(ask_now(new { negative_ttl = 1 }, OTHER).allowed)
      assert.equal(2, #calls)
    end)

    it("costs no look into the dictionary when it was made twice a moment ago", function()
      local which, asked = new(), 0
      for _ = 1, 2 do ask_now(which) end
      local get = world.dict.get
      function world.dict.get(...)
        asked = asked + 1
        return get(...)
      end
      for _ = 1, 10 do assert.is_true(ask_now(which).allowed) end
      assert.equal(0, asked)
      world.pass(1)
      ask_now(which)
      assert.is_true(asked > 0)
    end)

    it("is heard of by another worker soon after it was made, however long that took", function()
      for _, seconds in ipairs { 0.1, 2 } do
        world.dict.entries, took = {}, seconds
        local ended = {}
        for i = 1, 2 do
          local which = new { deadline = 10 }
          world.request(function()
            which:check(ID)
            ended[i] = world.time
          end)
        end
        world.run()
        assert.is_true(ended[2] - ended[1] <= 0.1, ended[2] - ended[1])
      end
    end)

    it("is made by every policy from one look", function()
      assert.is_true(ask_now(new()).allowed)
      assert.is_false(ask_now(new { policy = assert(policy { currency = "BRL" }) }).allowed)
      assert.equal(1, #calls)
    end)

    it("is made by a policy about fields that no look has seen yet after another look", function()
      local gold = assert(policy { field = "meta.tier", one_of = { "gold", "platinum" } })
      local which = new()
      local rich = customer "approved"
      rich.meta = { tier = "gold", note = "met Jane in Chicago" }
      answers = { rich }
      assert.is_true(ask_now(which).allowed)
      assert.is_true(ask_now(new { policy = gold }).allowed)
      assert.equal(2, #calls)
      world.pass(2)
      assert.is_true(ask_now(new { policy = gold }).allowed)
      assert.is_true(ask_now(which).allowed)
      assert.equal(2, #calls)
      assert.is_nil(world.dict:text():find("Chicago", 1, true))
    end)

    it("can be made by another policy than the gate's own, for one request", function()
      local brl, which = assert(policy { currency = "BRL" }), new()
      world.request(function()
        assert.is_true(which:check(ID).allowed)
        assert.is_false(which:check(ID, brl).allowed)
        assert.is_true(which:check(ID).allowed)
      end)
      world.run()
      assert.equal(1, #calls)
      assert.has_error(function() which:check(ID, { currency = "BRL" }) end)
    end)

    it("brings the facts that were gathered, and no others", function()
      local given = customer "approved"
      given.meta = { tier = "gold" }
      answers = { given }
      local which = new { facts = function(seen)
        return { tier = seen.meta.tier, name = { "Jane" }, level = 3, [1] = "x" }
      end }
      for _ = 1, 2 do
        assert.same({ tier = "gold", level = 3 }, ask_now(which).facts)
        world.pass(2)
      end
      assert.equal(1, #calls)
      assert.is_nil(ask_now(new()).facts)
      answers = { customer "approved" }
      assert.same({}, ask_now(new { facts = function(seen) return seen.no.such end }).facts)
      assert.matches("the function facts raised", world.logged[#world.logged][2], 1, true)
    end)

    it("is made for every request that waits, by one call", function()
      local which, results = new(), {}
      for i = 1, 50 do results[i] = ask(which) end
      world.run()
      for i = 1, 50 do assert.is_true(results[i].found.allowed) end
      assert.equal(1, #calls)
    end)

    it("is made for every worker that waits, by one call", function()
      local workers, results = {}, {}
      for i = 1, 4 do workers[i] = new() end
      for i = 1, 40 do results[i] = ask(workers[i % 4 + 1]) end
      world.run()
      for i = 1, 40 do assert.is_true(results[i].found.allowed) end
      assert.equal(1, #calls)
    end)

    it("is made for customers beside each other", function()
      answers = { function(id) return customer("approved", id) end }
      local which = new()
      ask(which)
      ask(which, OTHER)
      world.run()
      assert.equal(2, #calls)
      assert.is_true(calls[2].at - calls[1].at < took)
    end)

    it("comes although the request that asked first is gone", function()
      local which = new()
      ask(which)
      world.turn()
      world.turn() -- it waits; its timer looks
      world.kill(1)
      assert.is_true(ask_now(which).allowed)
      assert.equal(1, #calls)
    end)

    it("comes although a worker died while it looked", function()
      local dying, living = new { deadline = 1 }, new { deadline = 5 }
      ask(dying)
      world.turn()
      world.turn()
      world.kill()
      assert.equal(1, #calls)
      assert.is_true(ask_now(living).allowed)
      assert.equal(2, #calls)
    end)

    it("is given up at the deadline while another worker takes longer", function()
      local slow, hasty = new { deadline = 5 }, new { deadline = 0.9995 }
      took = 4
      ask(slow)
      world.turn()
      local result, began, waited = {}, world.time, nil
      world.request(function()
        result.found, result.err = hasty:check(ID)
        waited = world.time - began
      end)
      world.run()
      assert.equal("timeout", result.err.kind)
      assert.near(1, waited, 0.3)
      assert.equal(1, #calls)
    end)

    it("comes although nginx has no timer left, or the worker is leaving", function()
      for _, name in ipairs { "no_timers", "exiting" } do
        world[name] = true
        world.dict.entries = {}
        local which = new()
        local first, second = ask(which), ask(which)
        world.run()
        assert.is_true(first.found.allowed)
        assert.is_true(second.found.allowed)
        world[name] = false
      end
      assert.equal(2, #calls)
    end)

    it("comes although nginx lost the timer: a request that waits looks itself", function()
      local which = new { deadline = 1 }
      world.ngx.timer.at = function() return true end
      local first, second = ask(which), ask(which)
      world.run()
      assert.is_true(first.found.allowed)
      assert.is_true(second.found.allowed)
      assert.equal(1, #calls)
    end)

    it("comes although the request that looked itself is gone", function()
      local which = new { deadline = 5 }
      world.no_timers, took = true, 0.5
      ask(which)
      world.turn()
      local second = ask(which)
      world.turn()
      assert.equal(1, #calls)
      world.kill(1)
      if not is_joint then
        world.kill(1) -- the light thread of the request with it
        world.busy = 0
      end
      world.run()
      assert.is_true(second.found.allowed)
      assert.equal(is_joint and 1 or 2, #calls)
    end)

    it("comes although the clock is set back, and leaves nothing behind", function()
      took = 2
      local which = new()
      local flights = which.application.flights
      ask(which)
      ask(which, OTHER)
      world.turn()
      world.set_clock(-3600)
      world.kill(2) -- the other leaves
      world.run()
      assert.equal(1, which:stats().abandoned)
      for i = 3, 10 do -- who looks finds what nobody keeps any more
        world.pass(0.3)
        ask_now(which, "customer_" .. i)
      end
      assert.is_nil(next(flights.under_way))
      assert.is_nil(next(flights.aside))
    end)

    it("is not waited for by a look for which nobody waits any more", function()
      local which = new { deadline = 5 }
      took = 4
      ask(which)
      world.turn()
      world.turn()
      assert.equal(1, #calls)
      world.kill(1)
      for _ = 1, 20 do
        world.pass(0.1)
        world.turn()
      end
      assert.equal(1, which:stats().abandoned)
      assert.is_nil(world.dict:text():find(ID .. "=L ", 1, true)) -- nobody has its lock
    end)

    it("comes by the same look to one who joins just before that would be given up", function()
      took = 4
      for tenths = 1, 9 do
        world.dict.entries, calls = {}, {}
        local which = new { deadline = 5 }
        ask(which)
        local first = world.runs[#world.runs]
        world.turn()
        world.kill_run(first)
        local function pass(seconds)
          for _ = 1, seconds * 100 do
            world.pass(0.01)
            world.turn()
          end
        end
        pass(tenths / 10 - 0.04)
        local is_given_up = which:stats().abandoned > 0
        local second = ask(which)
        world.run()
        assert.is_true(second.found.allowed)
        assert.equal(is_given_up and 2 or 1, #calls, tenths .. " tenths of a second")
      end
    end)

    it("leaves no place taken although who took up a look that was given up leaves, too", function()
      local which = new { deadline = 5 }
      local flights = which.application.flights
      flights.begin, took = nil, 4
      ask(which)
      local waiting = world.runs[#world.runs]
      world.turn()
      world.turn()
      local flight = flights.under_way[ID]
      world.kill_run(flight.thread.parent) -- as if its keeper had heard of nobody
      flight.thread = nil
      flight:release()
      flight:abandon()
      for _ = 1, 10 do
        world.turn()
        world.pass(0.1)
      end
      assert.equal(2, #calls)
      world.kill_run(waiting)
      world.busy, took = 0, 0.1
      for i = 1, 10 do -- who looks finds what nobody keeps any more
        world.pass(0.3)
        ask_now(which, "customer_" .. i)
      end
      assert.same({ 0, 0 }, { flights.lanes.held, flights.lanes.held_by_strangers })
    end)

    it("comes although there is a record that nobody can read any more", function()
      local which = new { ttl = 60, deadline = 2 }
      local key
      which:forget(ID)
      ask_now(which)
      for name in pairs(world.dict.entries) do
        if name:find(":d" .. ID, 1, true) then key = name end
      end
      for _, text in ipairs { "0 unknown", "", world.dict:get(key) } do
        world.pass(60)
        for name in pairs(world.dict.entries) do -- the name that it got when it was forgotten
          if name:find(":g" .. ID, 1, true) then world.dict.entries[name] = nil end
        end
        calls, world.dict.entries[key].value = {}, text
        assert.is_true((ask_now(which) or {}).allowed)
        assert.equal(1, #calls)
      end
    end)

    it("comes although the dictionary is full", function()
      world.dict.full = true
      local which = new()
      assert.is_true(ask_now(which).allowed)
      world.pass(2)
      assert.is_true(ask_now(which).allowed)
      assert.equal(2, #calls)
      assert.matches("no room", world.logged[1][2], 1, true)
    end)
  end)

  describe("a customer", function()
    it("who is forgotten is looked at again, by every worker within a second", function()
      local workers = { new(), new() }
      for _, worker in ipairs(workers) do assert.is_true(ask_now(worker).allowed) end
      answers = { customer "rejected" }
      workers[1]:forget(ID)
      assert.is_false(ask_now(workers[1]).allowed)
      world.pass(1)
      assert.is_false(ask_now(workers[2]).allowed)
      assert.equal(2, #calls)
      assert.has_error(function() workers[1]:forget(nil) end)
    end)

    it("who is forgotten while a look is under way is looked at once more", function()
      local which = new()
      took, answers = 0.5, { customer "approved", customer "rejected" }
      local result = ask(which)
      world.turn()
      world.turn()
      assert.equal(1, #calls)
      which:forget(ID)
      world.run()
      assert.is_false(result.found.allowed)
      assert.is_false(ask_now(which).allowed)
      assert.equal(2, #calls)
    end)

    it("who is put needs no look, and no look that began before undoes that", function()
      local which = new()
      assert.is_true(assert(which:put(customer "approved")))
      assert.is_true(ask_now(which).allowed)
      assert.equal(0, #calls)
      which:forget(ID)
      took = 0.5
      local result = ask(which) -- the API still says approved
      world.turn()
      world.turn()
      assert.is_true(assert(which:put(customer "rejected")))
      world.run()
      assert.is_false(result.found.allowed)
      assert.is_false(ask_now(which).allowed)
      assert.equal(1, #calls)
    end)

    it("is put only as one with an id", function()
      for _, given in ipairs { 5, "x", {}, { id = 7 }, { id = "../x" } } do
        local ok, err = new():put(given)
        assert.is_nil(ok)
        assert.equal("invalid", err.kind)
      end
    end)
  end)

  describe("an application", function()
    it("that is told off asks once more when it may, whoever the customers are", function()
      answers = { errors.new { kind = "rate_limited", status = 429, retry_after = 2 } }
      local workers = { new(), new() }
      for second = 1, 10 do
        for i = 1, 20 do
          local which = workers[i % 2 + 1]
          local _, err = ask_now(which, ("customer_%d%d"):format(second, i))
          assert.equal("rate_limited", err.kind)
        end
        world.pass(0.5)
      end
      assert.is_true(#calls <= 8, #calls .. " calls")
      assert.is_true(#calls >= 3, #calls .. " calls")
      answers = { function(id) return customer("approved", id) end }
      world.pass(3)
      assert.is_true(ask_now(workers[1]).allowed)
      assert.is_true(ask_now(workers[2], OTHER).allowed)
    end)

    it("repeats an attempt that may have failed by chance, as often as its client would", function()
      for _, kind in ipairs { "network", "timeout", "server" } do
        world.dict.entries, calls = {}, {}
        local which = new()
        which.client.options.max_retries = 2
        answers = { errors.new { kind = kind }, errors.new { kind = kind }, customer "approved" }
        assert.is_true(ask_now(which).allowed)
        assert.equal(3, #calls)
        local first, second = calls[2].at - calls[1].at - took, calls[3].at - calls[2].at - took
        -- nginx counts in milliseconds
        assert.is_true(first >= 0.024 and first <= 0.051, first)
        assert.is_true(second >= 0.049 and second <= 0.101, second)
        assert.near(calls[1].deadline - (calls[3].at - calls[1].at), calls[3].deadline, 0.001)
        which.client.options.max_retries = 1
        world.dict.entries, calls = {}, {}
        local _, err = ask_now(which)
        assert.equal(kind, err.kind)
        assert.equal(2, #calls)
      end
    end)

    it("repeats no attempt that it was told off for, nor told when to repeat", function()
      for _, given in ipairs { { kind = "auth", status = 401 }, { kind = "protocol" },
        { kind = "rate_limited", status = 429 }, { kind = "tls" },
        { kind = "server", status = 503, retry_after = 0.01 } } do
        world.dict.entries, calls = {}, {}
        local which = new()
        which.client.options.max_retries = 2
        answers = { errors.new(given), customer "approved" }
        local _, err = ask_now(which)
        assert.equal(given.kind, err.kind)
        assert.equal(1, #calls)
      end
    end)

    it("counts what its gates do", function()
      local which = new { ttl = 10, stale_ttl = 30 }
      ask(which)
      ask_now(which) -- joins
      ask_now(which)
      answers = { customer("incomplete", OTHER) }
      ask_now(which, OTHER)
      which:forget(OTHER)
      which:put(customer "approved")
      local stats = which:stats()
      assert.same({ misses = 2, joins = 1, hits = 1, looks = 2, allowed = 3, denied = 1,
        forgotten = 1, put = 1, breaker_open = 0 }, {
        misses = stats.misses, joins = stats.joins, hits = stats.hits, looks = stats.looks,
        allowed = stats.allowed, denied = stats.denied, forgotten = stats.forgotten,
        put = stats.put, breaker_open = stats.breaker_open,
      })
      assert.matches("spherepay_gate_allowed_total 3\n", which:prometheus(), 1, true)
    end)
  end)

  describe("a stale decision", function()
    it("is not used unless that is allowed", function()
      local which = new { ttl = 10 }
      ask_now(which)
      world.pass(11)
      answers = { customer "incomplete" }
      assert.is_false(ask_now(which).allowed)
    end)

    it("is used at once while one call revalidates it", function()
      local workers = { new { ttl = 10, stale_ttl = 30 }, new { ttl = 10, stale_ttl = 30 } }
      ask_now(workers[1])
      world.pass(11)
      answers = { customer "incomplete" }
      local began, results = world.time, {}
      for i = 1, 20 do results[i] = ask(workers[i % 2 + 1]) end
      world.turn()
      for i = 1, 20 do
        assert.is_true(results[i].found.allowed)
        assert.is_true(results[i].found.stale)
      end
      assert.equal(began, world.time)
      world.run()
      assert.equal(2, #calls)
      assert.is_false(ask_now(workers[1]).allowed)
    end)

    it("is revalidated by a look that others wait for, although that takes long", function()
      local one = client()
      local patient, strict = new { client = one, ttl = 10, stale_ttl = 30 }, new { client = one,
        ttl = 10 }
      ask_now(patient)
      world.pass(11)
      world.dict.full, took = true, 2 -- so no lock says that somebody looks
      local first = ask(strict)
      for _ = 1, 12 do
        world.turn()
        world.pass(0.1)
      end
      assert.is_true(ask_now(patient).stale)
      assert.is_true(first.found.allowed)
      assert.equal(2, #calls)
    end)

    it("is never a refusal", function()
      local which = new { negative_ttl = 5, stale_ttl = 30 }
      answers = { customer "incomplete", customer "approved" }
      ask_now(which)
      world.pass(6)
      assert.is_true(ask_now(which).allowed)
    end)

    it("is used as long as stale_ttl while revalidating fails", function()
      local which = new { ttl = 10, stale_ttl = 30 }
      ask_now(which)
      answers = { errors.new { kind = "network" } }
      world.pass(11)
      for _ = 1, 10 do assert.is_true(ask_now(which).allowed) end
      assert.equal(2, #calls) -- the failure answers for the next second
      world.pass(30)
      local found, err = ask_now(which)
      assert.is_nil(found)
      assert.equal("network", err.kind)
    end)
  end)

  describe("a failure", function()
    it("is an error, also for those who waited", function()
      answers = { errors.new { kind = "server", status = 503 } }
      local workers, results = { new(), new() }, {}
      for i = 1, 10 do results[i] = ask(workers[i % 2 + 1]) end
      world.run()
      for i = 1, 10 do
        assert.is_nil(results[i].found)
        assert.equal("server", results[i].err.kind)
      end
      assert.equal(1, #calls)
    end)

    it("is looked at again after a second, or when the server said", function()
      answers = { errors.new { kind = "network" }, customer "approved" }
      local which = new()
      ask_now(which)
      world.pass(1.1)
      assert.is_true(ask_now(which).allowed)

      world.dict.entries, calls = {}, {}
      world.pass(2)
      answers = { errors.new { kind = "rate_limited", retry_after = 7 }, customer "approved" }
      ask_now(which)
      world.pass(6)
      local _, err = ask_now(which)
      assert.equal("rate_limited", err.kind)
      assert.is_true(err.retryable)
      assert.matches("the last look at this customer failed", tostring(err), 1, true)
      assert.near(1, err.retry_after, 0.3)
      assert.equal(1, #calls)
      world.pass(2)
      assert.is_true(ask_now(which).allowed)
    end)

    it("is over when the clock was set back", function()
      answers = { errors.new { kind = "protocol" }, customer "approved" }
      local which = new()
      ask_now(which)
      world.set_clock(-3600)
      assert.is_true(ask_now(which).allowed)
    end)

    it("is not kept for longer than half a minute, whatever the server asks", function()
      answers = { errors.new { kind = "rate_limited", retry_after = 3600 }, customer "approved" }
      local which = new()
      ask_now(which)
      world.pass(31)
      assert.is_true(ask_now(which).allowed)
      assert.equal(2, #calls)
    end)

    it("is over when the customer is forgotten or put", function()
      for _, way in ipairs { "forget", "put" } do
        world.dict.entries, calls = {}, {}
        answers = { errors.new { kind = "invalid" }, customer "approved" }
        local which = new()
        ask_now(which)
        which[way](which, way == "put" and customer "approved" or ID)
        assert.is_true(ask_now(which).allowed, way)
        assert.equal(way == "put" and 1 or 2, #calls)
        world.pass(3)
      end
    end)

    it("of our own making is one too, and is logged", function()
      answers = { function() error("a bug", 0) end }
      local _, err = ask_now(new())
      assert.same({ "protocol", "maybe" }, { err.kind, err.sent })
      assert.matches("a bug", world.logged[1][2], 1, true)
    end)

    it("tells of all attempts whether anything was sent", function()
      for first, expected in pairs { no = "no", maybe = "maybe", yes = "yes" } do
        world.dict.entries, calls = {}, {}
        answers = { errors.new { kind = "network", sent = first }, errors.new { kind = "network" } }
        local which = new()
        which.client.options.max_retries = 1
        local _, err = ask_now(which)
        assert.same({ 2, expected }, { #calls, err.sent })
        world.pass(60)
      end
    end)

    it("is an answer when another customer came", function()
      answers = { customer("approved", OTHER) }
      local _, err = ask_now(new())
      assert.same({ "protocol", "yes" }, { err.kind, err.sent })
    end)

    it("is a timeout when the answer is later than the deadline", function()
      took = 3
      local began = world.time
      local _, err = ask_now(new { deadline = 1 })
      assert.equal("timeout", err.kind)
      assert.equal(1, calls[1].deadline)
      assert.is_true(world.time - began < 4)
    end)
  end)

  describe("enforce", function()
    it("lets a request pass", function()
      assert.is_true(enforce(new(), { id = ID }).passed.allowed)
    end)

    it("answers 403 with what is outstanding and nothing personal", function()
      answers = { customer "incomplete" }
      local result = enforce(new(), { id = ID })
      assert.equal(403, result.status)
      assert.equal("application/problem+json", result.header["Content-Type"])
      assert.equal("no-store", result.header["Cache-Control"])
      local body = require("cjson").decode(result.body)
      assert.equal(403, body.status)
      assert.equal("Forbidden", body.title)
      assert.same({ profile = "kyc_profile_a", criterion = "terms_of_service", state = "required" },
        body.outstanding[2])
      for _, word in ipairs { "Jane", "Smith", "example.com", "passport", ID } do
        assert.is_nil(result.body:find(word, 1, true))
      end
    end)

    it("answers 403 with an empty list to who is no customer or none at all", function()
      answers = { errors.new { kind = "not_found" } }
      for _, id in ipairs { ID, "x", true, {}, "" } do
        local result = enforce(new { fail = "open" }, { id = id })
        assert.equal(403, result.status)
        assert.matches('"outstanding":[]', result.body, 1, true)
      end
      assert.equal(403, enforce(new { fail = "open" }, {}).status)
    end)

    it("answers 503 when nothing is known and it fails closed", function()
      answers = { errors.new { kind = "rate_limited", retry_after = 2.5 } }
      local result = enforce(new(), { id = ID })
      assert.equal(503, result.status)
      assert.equal("application/problem+json", result.header["Content-Type"])
      assert.equal("3", result.header["Retry-After"])
      assert.equal(503, require("cjson").decode(result.body).status)
    end)

    it("lets a request pass that nobody can judge when it fails open", function()
      for _, kind in ipairs { "network", "timeout", "server", "rate_limited" } do
        world.dict.entries, calls = {}, {}
        answers = { errors.new { kind = kind } }
        local result = enforce(new { fail = "open" }, { id = ID })
        assert.is_true(result.passed.allowed)
        assert.is_true(result.passed.open)
      end
    end)

    it("does not fail open when the API refuses us or is not to be trusted", function()
      for _, kind in ipairs { "auth", "tls", "protocol", "rejected", "closed" } do
        world.dict.entries, calls = {}, {}
        answers = { errors.new { kind = kind } }
        assert.equal(503, enforce(new { fail = "open" }, { id = ID }).status)
      end
    end)

    it("has another answer when it is told so", function()
      answers = { customer "incomplete" }
      local which, seen = new(), nil
      local result = enforce(which, { id = ID, on_deny = function(found, err, refused)
        seen = { found.reason, err, refused.status }
        world.ngx.status, world.ngx.headers_sent = 402, true
      end })
      assert.same({ "verification", nil, 403 }, seen)
      assert.equal(402, result.status)
      assert.is_nil(result.passed)
      world.ngx.status, world.ngx.headers_sent, world.ngx.body = nil, nil, nil
      for _, given in ipairs {
        { id = ID, answer = false }, { id = ID, on_deny = function() end },
      } do
        result = enforce(which, given)
        assert.is_nil(result.passed)
        assert.is_nil(result.body)
        assert.equal(403, result.exit)
      end
    end)

    it("answers auth_request by a status and a header that no cache keeps", function()
      local passed = enforce(new(), { id = ID }, "auth_request")
      assert.same({ 204, 204, "no-store" },
        { passed.status, passed.exit, passed.header["Cache-Control"] })
      local unknown = enforce(new(), {}, "auth_request")
      assert.same({ 401, "no-store" }, { unknown.status, unknown.header["Cache-Control"] })
      assert.is_string(unknown.header["WWW-Authenticate"])
      assert.is_string(unknown.header["SpherePay-Gate"])
      answers = { customer "incomplete" }
      local refused = enforce(new(), { id = OTHER }, "auth_request")
      assert.equal(403, refused.status)
      assert.is_string(refused.header["SpherePay-Gate"])
      assert.equal(204, enforce(new { dry_run = true }, { id = OTHER }, "auth_request").status)
    end)

    it("lets everybody pass in a dry run, and says what the answer would have been", function()
      answers = { customer "incomplete" }
      local which = new { dry_run = true,
        facts = function(seen) return { name = seen.verificationProfiles[1].name } end }
      local result = enforce(which, { id = ID })
      assert.equal(403, result.passed.would.status)
      assert.same({ name = "kyc_profile_a" }, result.passed.facts)
      answers = { errors.new { kind = "network" } }
      assert.equal(503, enforce(which, { id = OTHER }).passed.would.status)
      assert.equal(2, which:stats().passed_dry)
      assert.equal(2, which:stats().denied + which:stats().unavailable)
    end)

    it("raises for anything but an id", function()
      local which = new()
      assert.has_error(function() which:enforce { id = ID, on_deny = "x" } end)
      assert.has_error(function() which:enforce { ID } end)
      assert.has_error(function() which:enforce { id = ID, ip = "x" } end)
      assert.has_error(function() which:enforce(ID) end)
    end)
  end)

  describe("new", function()
    local function refused(given)
      local ok, message = pcall(gate.new, given)
      assert.is_false(ok)
      return message
    end

    it("names what is missing, wrong or mistyped", function()
      local good = { client = client(), policy = USD, shm = "decisions" }
      for name in pairs(good) do
        local given = { client = good.client, policy = good.policy, shm = good.shm }
        given[name] = nil
        assert.matches('"' .. name .. '" of spherepay.gate.new is req', refused(given), 1, true)
      end
      assert.matches('did you mean "stale_ttl"?', refused { stale_tll = 1 }, 1, true)
      assert.matches("a policy", refused { policy = { currency = "USD" } }, 1, true)
      assert.matches('"ttl"', refused { ttl = 0 }, 1, true)
      assert.matches('"fail"', refused { fail = "shut" }, 1, true)
    end)

    it("refuses a policy about names that the client's API does not have", function()
      local old = assert(policy { none = { { profile = "kyc", status = "rejected" } } })
      assert.matches('/none/1/profile: "kyc" is a name of API v1',
        refused { client = client(), policy = old, shm = "decisions" }, 1, true)
    end)

    it("asks for a dictionary and for nginx", function()
      local given = { client = client(), policy = USD, shm = "none" }
      assert.matches("lua_shared_dict none", refused(given), 1, true)
      rawset(_G, "ngx", nil)
      assert.matches("needs nginx", refused(given), 1, true)
    end)
  end)
end end

block("spherepay.gate", specs_of(false))
block("spherepay.gate, by calls that go on whoever leaves", specs_of(true))
