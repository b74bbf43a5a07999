local policy = require("spherepay").verification.policy
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"
local waiter = require "spherepay.resources.waiter"

local ID = "customer_68f1a2b3c4d5e6f7"

local function customer(a, b)
  local list = { { name = "kyc_profile_a", status = a } }
  list[2] = b and { name = "kyc_profile_b", status = b }
  return { id = ID, firstName = "Jane", verificationProfiles = list }
end

local function failure(kind, fields)
  local err = { kind = kind }
  for name, value in pairs(fields or {}) do err[name] = value end
  return require("spherepay.errors").new(err)
end

-- A host without time: pausing moves the clock. It answers what it is told, then the last again.
local function host(answers, random)
  local self = { time = 1000, pauses = {}, looks = {}, allowed = {} }
  function self.get(_, seconds)
    self.looks[#self.looks + 1] = self.time
    self.allowed[#self.allowed + 1] = seconds
    local answer = answers[math.min(#self.looks, #answers)]
    if answer.kind then return nil, answer end
    return answer, nil, { status = 200 }
  end
  function self.sleep(seconds)
    self.pauses[#self.pauses + 1] = seconds
    self.time = self.time + seconds
  end
  function self.now() return self.time end
  function self.random() return random or 1 end -- no jitter: the whole interval
  return self
end

local function run(goal, opts, answers, random)
  local where = host(answers, random)
  local value, err, response = waiter.run(waiter.read(goal, opts), ID, where)
  return where, value, err, response
end

local function first(list, count)
  local copy = {}
  for i = 1, count do copy[i] = list[i] end
  return copy
end

local function refused(...)
  local ok, message = pcall(waiter.read, ...)
  assert.is_false(ok)
  return message
end

describe("a wait for a status", function()
  it("returns the customer at the first look when it has it already", function()
    local where, value, err, response = run("approved", nil, { customer "approved" })
    assert.equal("approved", value.verificationProfiles[1].status)
    assert.is_nil(err)
    assert.same({ status = 200 }, response)
    assert.same({}, where.pauses)
  end)

  it("looks again until it has it", function()
    local where, value = run("approved", nil,
      { customer "incomplete", customer "pending", customer "approved" })
    assert.is_table(value)
    assert.equal(3, #where.looks)
  end)

  it("takes approved to mean all profiles", function()
    local where, value = run("approved", nil,
      { customer("approved", "pending"), customer("approved", "approved") })
    assert.is_table(value)
    assert.equal(2, #where.looks)
  end)

  it("is refused when a profile is rejected", function()
    local where, value, err = run("approved", nil,
      { customer("pending", "pending"), customer("pending", "rejected") })
    assert.is_nil(value)
    assert.equal("rejected", err.kind)
    assert.equal("refused", err.ended)
    assert.equal("rejected", err.customer.verificationProfiles[2].status)
    assert.equal(2, #where.looks)
  end)

  it("can be for one that nobody documents only when that is said", function()
    assert.matches('did you mean "approved"?', refused "aproved", 1, true)
    assert.matches("got another word", refused "frozen", 1, true)
    local _, value = run("frozen", { allow_unknown = true }, { customer "frozen" })
    assert.is_table(value)
  end)

  it("can be for the refusal itself", function()
    local _, value = run("rejected", nil, { customer "pending", customer "rejected" })
    assert.is_table(value)
  end)
end)

describe("a wait for a policy", function()
  local usd = assert(policy { currency = "USD" })

  it("ends when the rule holds, whatever other profiles say", function()
    local _, value = run(usd, nil, { customer("pending", "rejected"), customer("approved", "x") })
    assert.is_table(value)
  end)

  it("cannot be for names of the other version of the API", function()
    local kyc = assert(policy { none = { { profile = "kyc", status = "rejected" } } })
    assert.matches('/none/1/profile: "kyc" is a name of API v1', refused(kyc, nil, "v2"), 1, true)
    assert.is_table(waiter.read(kyc, nil, "v1"))
  end)

  it("is refused only by a profile that the rule needs", function()
    local where, _, err = run(usd, nil, { customer("pending", "rejected"), customer "rejected" })
    assert.equal("refused", err.ended)
    assert.equal(2, #where.looks)
  end)
end)

describe("a wait for a function", function()
  it("ends when it says so", function()
    local _, value = run(function(seen) return seen.tosStatus == "approved" end, nil,
      { customer "pending", { tosStatus = "approved" } })
    assert.equal("approved", value.tosStatus)
  end)

  it("is refused when only rejected and approved profiles are left", function()
    local where, _, err = run(function() return false end, nil,
      { customer("rejected", "pending"), customer("rejected", "approved") })
    assert.equal("refused", err.ended)
    assert.equal(2, #where.looks)
  end)

  it("raises what it raises", function()
    local ok, message = pcall(run, function() error("mine", 0) end, nil, { customer "pending" })
    assert.is_false(ok)
    assert.equal("mine", message)
  end)
end)

describe("the pauses of a wait", function()
  local function pauses(opts, random, answers)
    opts = opts or {}
    opts.deadline = opts.deadline or 100
    return run("approved", opts, answers or { customer "pending" }, random)
  end

  it("double from one second to thirty", function()
    assert.same({ 1, 2, 4, 8, 16, 30, 30, 8 }, (pauses().pauses))
  end)

  it("are shortened by up to half at random", function()
    assert.same({ 0.5, 1, 2, 4 }, first(pauses(nil, 0).pauses, 4))
  end)

  it("are as long as the caller says", function()
    assert.same({ 5, 10, 20, 20 }, first(pauses({ interval = { 5, 20 } }).pauses, 4))
    assert.same({ 7, 7, 7 }, first(pauses({ interval = 7 }).pauses, 3))
  end)

  it("begin anew after a change", function()
    local where = pauses(nil, nil, { customer "incomplete", customer "incomplete",
      customer "incomplete", customer "pending" })
    assert.same({ 1, 2, 4, 1, 2 }, first(where.pauses, 5))
  end)

  it("are as long as the server asks, at least", function()
    local where = pauses(nil, nil, { failure("rate_limited", { retry_after = 17 }),
      customer "approved" })
    assert.same({ 17 }, where.pauses)
  end)
end)

describe("the deadline of a wait", function()
  it("ends it with a timeout that holds what was last seen", function()
    local where, value, err = run("approved", { deadline = 20 }, { customer "pending" })
    assert.is_nil(value)
    assert.equal("timeout", err.kind)
    assert.equal("deadline", err.ended)
    assert.equal("pending", err.customer.verificationProfiles[1].status)
    assert.same({ status = 200 }, err.response)
    assert.equal("yes", err.sent)
    assert.is_true(where.time <= 1020)
  end)

  it("is an hour when nobody says another", function()
    local where, _, err = run("approved", {}, { customer "pending" }, nil)
    assert.equal("deadline", err.ended)
    assert.near(4600, where.time, 1)
  end)

  it("is preceded by a last look", function()
    local where = run("approved", { deadline = 20 }, { customer "pending" })
    assert.equal(1019, where.looks[#where.looks])
    where = run("approved", { deadline = 1 }, { customer "pending" })
    assert.near(1000.9, where.looks[#where.looks], 1e-6)
  end)

  it("is not passed by a look", function()
    local where = run("approved", { deadline = 20 }, { customer "pending" })
    assert.equal(20, where.allowed[1])
    assert.equal(1, where.allowed[#where.allowed])
  end)

  it("ends a wait at once when the server asks for a longer pause", function()
    local err = failure("rate_limited", { retry_after = 60 })
    local where, _, ended = run("approved", { deadline = 20 }, { err })
    assert.equal("deadline", ended.ended)
    assert.equal(err, ended.cause)
    assert.is_nil(ended.customer)
    assert.same({}, where.pauses)
    assert.equal("spherepay: timeout: not reached in time", tostring(ended))
  end)

  it("can be none", function()
    local answers = {}
    for i = 1, 500 do answers[i] = customer "pending" end
    answers[501] = customer "approved"
    local _, value = run("approved", { deadline = math.huge }, answers)
    assert.is_table(value)
  end)
end)

describe("a look that fails", function()
  it("does not end the wait when the failure may pass", function()
    local where, value = run("approved", nil, { failure "network", failure "timeout",
      failure "server", failure "rate_limited", customer "approved" })
    assert.is_table(value)
    assert.equal(5, #where.looks)
  end)

  it("ends it otherwise, with the error of the look", function()
    for _, kind in ipairs { "invalid", "auth", "not_found", "rejected", "tls", "protocol" } do
      local lost = failure(kind)
      local where, _, err = run("approved", nil, { customer "pending", lost })
      assert.equal(lost, err)
      assert.equal("failed", err.ended)
      assert.equal("pending", err.customer.verificationProfiles[1].status)
      assert.equal(2, #where.looks)
    end
  end)

  it("ends it as cancelled when the call was, or the client is closed", function()
    for _, kind in ipairs { "cancelled", "closed" } do
      local _, _, err = run("approved", nil, { failure(kind) })
      assert.equal(kind, err.kind)
      assert.equal("cancelled", err.ended)
    end
  end)
end)

describe("on_change", function()
  local function changes(answers)
    local list = {}
    run("approved", { on_change = function(diff, seen) list[#list + 1] = { diff, seen } end },
      answers)
    return list
  end

  it("is told of each change, the last one included, with the customer", function()
    local last = customer "approved"
    local list = changes { customer "incomplete", customer "pending", customer "pending", last }
    assert.equal(2, #list)
    assert.equal("kyc_profile_a: incomplete -> pending", tostring(list[1][1]))
    assert.equal("kyc_profile_a: pending -> approved", tostring(list[2][1]))
    assert.equal(last, list[2][2])
  end)

  it("compares across a look that failed", function()
    assert.equal(1, #changes { customer "pending", failure "network", customer "approved" })
  end)

  it("is told of the change that refuses", function()
    assert.equal(1, #changes { customer "pending", customer "rejected" })
  end)

  it("passes on what it raises", function()
    local ok, message = pcall(run, "approved", { on_change = function() error("mine", 0) end },
      { customer "pending", customer "approved" })
    assert.is_false(ok)
    assert.equal("mine", message)
  end)
end)

describe("the error of a wait", function()
  it("prints a line without personal data", function()
    local _, _, err = run("approved", { deadline = 3 }, { customer "pending" })
    assert.equal("spherepay: timeout: not reached in time; not ready: kyc_profile_a is pending "
      .. "(0 of 0 criteria complete)", tostring(err))
    _, _, err = run("approved", nil, { customer "rejected" })
    assert.matches("verification was refused; not ready: kyc_profile_a is rejected",
      tostring(err), 1, true)
  end)
end)

describe("wait_until", function()
  it("refuses goals that are none, and names the neighbour of a mistyped one", function()
    assert.matches('did you mean "approved"?', refused("aproved", nil, 1), 1, true)
    assert.matches("known are incomplete, pending", refused("xyz", nil, 1), 1, true)
    assert.matches("make a rule a policy", refused({ currency = "USD" }, nil, 1), 1, true)
    assert.matches("got nothing", refused(nil, nil, 1), 1, true)
    assert.matches("got 7", refused(7, nil, 1), 1, true)
  end)

  it("refuses unknown and wrong options", function()
    assert.matches('did you mean "interval"?', refused("approved", { intervall = 1 }, 1), 1, true)
    for _, interval in ipairs { 0, -1, "1", { 5 }, { 5, 1 }, {}, 0 / 0 } do
      assert.matches('"interval" must be', refused("approved", { interval = interval }, 1), 1, true)
    end
    for _, deadline in ipairs { 0, -1, "1", 0 / 0 } do
      assert.matches('"deadline" must be', refused("approved", { deadline = deadline }, 1), 1, true)
    end
    assert.matches("on_change", refused("approved", { on_change = 1 }, 1), 1, true)
  end)
end)

describe("client.customer.wait_until", function()
  local server, client

  setup(function()
    server = sandbox.start { tls = false }
    client = spherepay.new { token = "sandbox_key", base_url = server.url }
  end)

  teardown(function()
    client:close()
    server.stop()
  end)

  local function create()
    local status, made = server.call("POST", "/v2/customer",
      sandbox.sample "v2-create-request-individual-minimal")
    assert.equal(201, status)
    return made.id
  end

  -- Each look after the first finds what the next review of the list decided.
  local function review_between_looks(id, verdicts)
    local looks = 0
    return function(seen)
      looks = looks + 1
      if verdicts[looks] then server.review(id, verdicts[looks]) end
      return seen
    end
  end

  it("sees a review move on, and returns the approved customer", function()
    local id, told = create(), {}
    local usd = assert(policy { currency = "USD" })
    local next_review = review_between_looks(id,
      { { status = "pending" }, { status = "approved" } })
    local value, err, response = client.customer.wait_until(id, function(seen)
      next_review(seen)
      return usd:check(seen)
    end, {
      interval = 0.01, deadline = 20,
      on_change = function(diff) told[#told + 1] = diff end,
    })
    assert.is_nil(err)
    assert.equal(id, value.id)
    assert.equal(200, response.status)
    assert.equal(2, #told)
    assert.matches("-> approved", tostring(told[2]), 1, true)
  end)

  it("says that the review refused", function()
    local id = create()
    server.review(id, { status = "rejected" })
    local value, err = client.customer.wait_until(id, "approved", { deadline = 20 })
    assert.is_nil(value)
    assert.equal("refused", err.ended)
    assert.equal(id, err.customer.id)
    assert.equal(200, err.response.status)
  end)

  it("says that the deadline came", function()
    local _, err = client.customer.wait_until(create(), "approved",
      { interval = 0.01, deadline = 0.1 })
    assert.equal("timeout", err.kind)
    assert.equal("deadline", err.ended)
  end)

  it("says that there is no such customer, or that the id is none", function()
    local _, err = client.customer.wait_until("customer_0000", "approved")
    assert.equal("not_found", err.kind)
    assert.equal("failed", err.ended)
    _, err = client.customer.wait_until("../customer", "approved")
    assert.equal("invalid", err.kind)
  end)

  it("goes on after answers that may be better next time", function()
    local id = create()
    server.review(id, { status = "approved" })
    local once = spherepay.new { token = "sandbox_key", base_url = server.url, max_retries = 0 }
    server.misbehave { status = 503, times = 2 }
    local value, err = once.customer.wait_until(id, "approved", { interval = 0.01, deadline = 20 })
    assert.is_nil(err)
    assert.equal(id, value.id)
    once:close()
  end)

  it("ends soon when its task is cancelled or the client closed, although it pauses", function()
    for _, how in ipairs { "cancelled", "closed" } do
      local other = spherepay.new { token = "sandbox_key", base_url = server.url }
      local id, found, err = create(), nil, nil
      local looked = false
      local task = other:spawn(function()
        found, err = other.customer.wait_until(id, function() looked = true end, { interval = 60 })
      end)
      while not looked do other:step(0.1) end
      if how == "cancelled" then
        task:cancel()
        other:run()
      else
        other:close()
      end
      assert.is_nil(found)
      assert.equal(how, err.kind)
      assert.equal("cancelled", err.ended)
      assert.equal(id, err.customer.id)
      other:close()
    end
  end)

  it("waits the way the loop waits", function()
    local hosts = {
      manual = function(loop_client, fn)
        loop_client:spawn(fn)
        loop_client:run()
      end,
      luv = function(loop_client, fn)
        local task = loop_client:spawn(fn)
        require("luv").run()
        assert(task:join())
      end,
      cqueues = function(_, fn)
        local controller = require("cqueues").new()
        controller:wrap(fn)
        assert(controller:loop())
      end,
    }
    for loop, run_in in pairs(hosts) do
      local other = spherepay.new { token = "sandbox_key", base_url = server.url, loop = loop }
      local id, told, value = create(), 0, nil
      local next_review = review_between_looks(id, { { status = "approved" } })
      run_in(other, function()
        value = other.customer.wait_until(id, function(seen)
          local ready = seen.verificationProfiles[1].status == "approved"
          next_review(seen)
          return ready
        end, { interval = 0.01, on_change = function() told = told + 1 end })
      end)
      assert.equal(id, value and value.id, loop)
      assert.equal(1, told)
      other:close()
    end
  end)

  it("blames the line that calls it for a wrong option", function()
    local ok, message = pcall(function() client.customer.wait_until("customer_1", "aproved") end)
    assert.is_false(ok)
    assert.matches("waiter_spec.lua:%d+: spherepay: ", message)
    ok, message = pcall(function() client.customer:wait_until("customer_1", "approved") end)
    assert.is_false(ok)
    assert.matches("waiter_spec.lua:%d+: spherepay: .*with a dot", message)
  end)
end)
