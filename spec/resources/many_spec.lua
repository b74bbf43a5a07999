local core = require "spherepay.core"
local fault = require "spec.support.fault"
local many = require "spherepay.resources.many"
local spherepay = require "spherepay"

describe("get_many", function()
  local server, client

  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)

  before_each(function()
    server:clear()
    server:default({ "answer", body = '{"id":"${id}"}' })
    client = spherepay.new {
      token = "sandbox_key", base_url = server:url(), loop = "blocking", rate_limit = false,
      max_retries = 0,
    }
  end)

  after_each(function() client:close() end)

  local function ids(count)
    local list = {}
    for i = 1, count do list[i] = "customer_" .. i end
    return list
  end

  local function collect(given, opts)
    local list = {}
    for id, customer, err, response in client.customer.get_many(given, opts) do
      list[#list + 1] = { id = id, customer = customer, err = err, response = response }
    end
    return list
  end

  it("gives each id with its customer and its response", function()
    local list = collect(ids(3))
    assert.equal(3, #list)
    for _, each in ipairs(list) do
      assert.equal(each.id, each.customer.id)
      assert.equal(200, each.response.status)
      assert.is_nil(each.err)
    end
  end)

  it("gives errors as values and goes on", function()
    server:script({ { "answer", status = 404, body = "{}" } })
    local list = collect({ "customer_1", "no id", "customer_2" }, { concurrency = 1 })
    assert.equal("not_found", list[1].err.kind)
    assert.equal("invalid", list[2].err.kind)
    assert.equal("customer_2", list[3].customer.id)
  end)

  it("does not let a slow customer hold up the others", function()
    local slow = "/v2/customer/" .. ids(20)[1]
    server:script({ { "answer", body = '{"id":"${id}"}', delay = 0.2, path = slow } })
    local list = collect(ids(20), { concurrency = 2 })
    assert.equal(20, #list)
    assert.equal(slow, "/v2/customer/" .. list[20].id)
  end)

  it("asks an iterator for no more ids than there are calls under way", function()
    local asked, handed = 0, 0
    local function next_id()
      asked = asked + 1
      return asked <= 50 and "customer_" .. asked or nil
    end
    for _ in client.customer.get_many(next_id, { concurrency = 5 }) do
      handed = handed + 1
      assert.is_true(asked - handed <= 5)
    end
    assert.equal(50, handed)
  end)

  it("tells how far it is, and of how many", function()
    local seen = {}
    local function on_progress(done, total) seen[#seen + 1] = done .. "/" .. tostring(total) end
    collect(ids(3), { on_progress = on_progress })
    local left = ids(2)
    collect(function() return table.remove(left) end, { on_progress = on_progress })
    assert.same({ "1/3", "2/3", "3/3", "1/nil", "2/nil" }, seen)
  end)

  it("gives nothing for no ids", function()
    assert.same({}, collect({}))
  end)

  it("hands the other options to each call", function()
    server:default("stall")
    local began = core.now()
    local list = collect(ids(3), { deadline = 0.1 })
    assert.is_true(core.now() - began < 5)
    for _, each in ipairs(list) do assert.equal("timeout", each.err.kind) end
    for _, each in ipairs(collect(ids(2), { headers = { ["X-Note"] = "a\r\nb" } })) do
      assert.equal("invalid", each.err.kind)
    end
  end)

  it("ends with errors of kind closed when the client is closed on the way", function()
    local kinds = {}
    for _, customer, err in client.customer.get_many(ids(6), { concurrency = 2 }) do
      kinds[#kinds + 1] = customer and "customer" or err.kind
      client:close()
    end
    assert.equal(6, #kinds)
    assert.equal("customer", kinds[1])
    assert.equal("closed", kinds[6])
  end)

  it("cancels what is under way when the loop is left early, in Lua 5.4", function()
    if _VERSION ~= "Lua 5.4" then return end
    server:script({ { "answer", body = '{"id":"${id}"}' } })
    server:default("stall")
    for _, customer in client.customer.get_many(ids(8), { concurrency = 3 }) do
      if customer then break end
    end
    assert.equal(0, client:stats().in_flight)
  end)

  it("keeps within the rate limit", function()
    local limited = spherepay.new {
      token = "sandbox_key", base_url = server:url(), loop = "blocking",
      rate_limit = { read = 20, write = 20 },
    }
    local began = core.now()
    for _, customer, err in limited.customer.get_many(ids(30)) do assert(customer, err) end
    limited:close()
    assert.is_true(core.now() - began > 0.4)
  end)

  it("holds no more for a hundred thousand ids than for a hundred", function()
    local function grown(count)
      local n, most = 0, 0
      local iterator = many.iterator(function()
        n = n + 1
        return n <= count and "customer_" .. n or nil
      end, { client = client, concurrency = 16, start = function() return nil, "an error" end })
      collectgarbage()
      local before = collectgarbage("count")
      while iterator() do
        if n % math.floor(count / 10) == 0 then
          collectgarbage()
          most = math.max(most, collectgarbage("count") - before)
        end
      end
      return most
    end
    local many_grown, few_grown = grown(100000), grown(100)
    -- 40 bytes an id would be 4,000 kB; Lua's own table of strings may grow by some
    assert.is_true(many_grown < few_grown + 500, many_grown .. " kB and " .. few_grown .. " kB")
  end)

  it("raises for wrong use", function()
    local function message_of(...)
      local ok, message = pcall(client.customer.get_many, ...)
      assert.is_false(ok)
      return message
    end
    assert.truthy(message_of("customer_1"):find("takes a list of ids or a function", 1, true))
    assert.truthy(message_of({}, { concurrency = 0 }):find("\"concurrency\" must be", 1, true))
    assert.truthy(message_of({}, { timout = 1 }):find("did you mean \"timeout\"", 1, true))
    assert.truthy(message_of({}, 5):find("takes a table of options", 1, true))
    assert.has_error(function() collect({ 5 }) end)
  end)
end)
