-- create_many: rows beside each other, and a journal that makes sure that none is created twice,
-- whenever the process is killed.

local fault = require "spec.support.fault"
local helper = require "spec.contract.helper"
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local function row(number)
  return { type = "individual", email = ("jane.smith+%d@example.com"):format(number),
    phone = "+14155550123", address = helper.JANE.address }
end

local function rows(count)
  local list = {}
  for i = 1, count do list[i] = row(i) end
  return list
end

-- index -> { customer, err }
local function collect(...)
  local results, count = {}, 0
  for index, customer, err in ... do
    results[index], count = { customer = customer, err = err }, count + 1
  end
  return results, count
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

describe("create_many", function()
  local host, client, journal

  setup(function() host = sandbox.start {} end)
  teardown(function() host.stop() end)
  before_each(function()
    host.reset()
    client = spherepay.new { token = "key", base_url = host.url, max_retries = 0 }
    journal = os.tmpname()
    os.remove(journal)
  end)
  after_each(function()
    client:close()
    os.remove(journal)
  end)

  local function total()
    return client.customer.list().pagination.total
  end

  local function count_of(number)
    return client.customer.list({ email = row(number).email }).pagination.total
  end

  it("creates each row and says which it is, from a list and from an iterator", function()
    local told
    local results, count = collect(client.customer.create_many(rows(20), {
      concurrency = 4, on_progress = function(...) told = { ... } end,
    }))
    assert.equal(20, count)
    for i = 1, 20 do assert.equal(row(i).email, results[i].customer.email) end
    assert.same({ 20, 20 }, told)
    local given = 0
    results = collect(client.customer.create_many(function()
      given = given + 1
      return given <= 3 and row(given) or nil
    end, { on_progress = function(...) told = { ... } end }))
    assert.equal("jane.smith+3@example.com", results[3].customer.email)
    assert.same({ 3 }, told)
  end)

  it("gives what is wrong with a row as its error, and goes on", function()
    local list = rows(3)
    list[2].email = "nobody"
    for _, opts in ipairs { {}, { journal = journal } } do
      local results = collect(client.customer.create_many(list, opts))
      assert.equal("invalid", results[2].err.kind)
      assert.is_nil(results[1].err or results[3].err)
    end
  end)

  it("keeps the journal to its owner, and no data in it", function()
    collect(client.customer.create_many(rows(3), { journal = journal }))
    local pipe = io.popen("ls -l " .. journal)
    assert.matches("^%-rw%-%-%-%-%-%-%-", pipe:read "*a")
    pipe:close()
    local text = read(journal)
    assert.is_nil(text:find "jane")
    assert.is_nil(text:find "example")
    local _, begun = text:gsub("begun", "")
    local _, done = text:gsub("done %d+ %x+ customer_", "")
    assert.same({ 3, 3 }, { begun, done })
  end)

  it("creates none twice when it runs again, and gives what is done", function()
    local first = collect(client.customer.create_many(rows(5), { journal = journal }))
    local second, count = collect(client.customer.create_many(rows(7), { journal = journal }))
    assert.equal(7, count)
    for i = 1, 5 do assert.equal(first[i].customer.id, second[i].customer.id) end
    assert.equal(7, total())
  end)

  it("looks up a row that may have arrived, and gives it as found", function()
    host.misbehave { drop = true, apply = true }
    local results = collect(client.customer.create_many(rows(2),
      { journal = journal, concurrency = 1 }))
    assert.is_true(results[1].err.maybe_applied)
    results = collect(client.customer.create_many(rows(2), { journal = journal }))
    assert.equal(row(1).email, results[1].customer.email)
    assert.equal(1, count_of(1))
    assert.equal(2, total())
  end)

  it("creates a row that did not arrive, once that is certain", function()
    host.misbehave { status = 503 }
    collect(client.customer.create_many(rows(1), { journal = journal }))
    assert.equal(0, total())
    local results = collect(client.customer.create_many(rows(1),
      { journal = journal, settle = 0.5 }))
    assert.is_nil(results[1].err)
    assert.equal(1, total())
  end)

  it("creates a row that was refused, without looking for it, also when it was changed", function()
    for _, change in ipairs { false, "+14155550199" } do
      host.reset()
      os.remove(journal)
      host.misbehave { status = 422 }
      local list = rows(1)
      local refused = collect(client.customer.create_many(list, { journal = journal }))
      assert.equal("rejected", refused[1].err.kind)
      assert.matches("undone 1 ", read(journal), 1, true)
      list[1].phone = change or list[1].phone
      local results = collect(client.customer.create_many(list, { journal = journal }))
      assert.equal(list[1].phone, (assert(results[1].customer, results[1].err)).phone)
      local methods = {}
      for i, request in ipairs(host.requests()) do methods[i] = request.method end
      assert.same({ "POST", "POST" }, methods)
    end
  end)

  it("waits for that in the time of a fake", function()
    local testing, fake = spherepay.testing.client { max_retries = 0 }
    fake:fail_next(503)
    collect(testing.customer.create_many(rows(1), { journal = journal }))
    local before = fake:now()
    local results = collect(testing.customer.create_many(rows(1), { journal = journal }))
    assert.equal(row(1).email, results[1].customer.email)
    assert.is_true(fake:now() - before > 5)
    testing:close()
  end)

  it("says that a person has to look when two are like the row", function()
    host.misbehave { drop = true, apply = true }
    collect(client.customer.create_many(rows(1), { journal = journal }))
    assert(client.customer.create(row(1)))
    for _ = 1, 2 do
      local results = collect(client.customer.create_many(rows(1), { journal = journal }))
      assert.equal("conflict", results[1].err.kind)
      assert.is_true(results[1].err.maybe_applied)
    end
    assert.equal(2, total())
  end)

  it("says so too of a row without an email, which cannot be looked up", function()
    local nameless = row(1)
    nameless.email = nil
    local opts = { journal = journal, validate = false }
    host.misbehave { drop = true }
    collect(client.customer.create_many({ nameless }, opts))
    local err = collect(client.customer.create_many({ nameless }, opts))[1].err
    assert.same({ "conflict", true }, { err.kind, err.maybe_applied })
    assert.matches("without an email it cannot be looked up", tostring(err), 1, true)
    assert.equal(0, total())
  end)

  it("does not take another row's customer for its own", function()
    local list = { row(1), row(1) }
    host.misbehave { delay = 0 }
    host.misbehave { status = 503 }
    collect(client.customer.create_many(list, { journal = journal, concurrency = 1 }))
    assert.equal(1, total())
    local results = collect(client.customer.create_many(list, { journal = journal, settle = 0.5 }))
    assert.are_not.equal(results[1].customer.id, results[2].customer.id)
    assert.equal(2, total())
  end)

  it("refuses rows that have changed, unless they never arrived", function()
    local list = rows(3)
    list[3].phone = "1"
    collect(client.customer.create_many(list, { journal = journal }))
    list[1].phone = "+14155550199"
    list[3] = row(3)
    local results = collect(client.customer.create_many(list, { journal = journal }))
    assert.equal("conflict", results[1].err.kind)
    assert.is_nil(results[2].err)
    assert.equal(row(3).email, results[3].customer.email)
    assert.equal(3, total())
  end)

  it("sends nothing without a journal that it was told to keep", function()
    local before = #host.requests()
    local fifo = os.tmpname()
    assert(os.execute(("rm %s && mkfifo -m 600 %s"):format(fifo, fifo)))
    for _, path in ipairs { "/nonexistent/journal", "/tmp", fifo } do
      local results = collect(client.customer.create_many(rows(2), { journal = path }))
      assert.equal("invalid", results[0].err.kind)
    end
    os.remove(fifo)
    assert.equal(before, #host.requests())
    local next_row = client.customer.create_many(rows(40), { journal = journal })
    next_row()
    local results = collect(client.customer.create_many(rows(1), { journal = journal }))
    assert.matches("another process", tostring(results[0].err))
  end)

  it("takes a line for none that was cut by a kill", function()
    collect(client.customer.create_many(rows(2), { journal = journal }))
    local text = read(journal)
    for _, cut in ipairs { 1, 10, 40, 80, 100 } do
      local file = io.open(journal, "w")
      file:write(text:sub(1, #text - cut))
      file:close()
      collect(client.customer.create_many(rows(2), { journal = journal, settle = 0.5 }))
      assert.equal(2, total())
      assert.equal(1, count_of(2))
    end
  end)

  it("makes none twice however often it is killed", function()
    local script = ([[
      local spherepay = require "spherepay"
      local client = spherepay.new { token = "key", base_url = %q, max_retries = 0 }
      local rows = {}
      for i = 1, 60 do
        rows[i] = { type = "individual", email = ("jane.smith+%%d@example.com"):format(i),
          phone = "+14155550123",
          address = { line1 = "1 Main Street", city = "Dover", country = "USA" } }
      end
      local done, failed = 0, 0
      for _, customer in client.customer.create_many(rows, {
        journal = %q, concurrency = 8, settle = 1,
      }) do
        if customer then done = done + 1 else failed = failed + 1 end
      end
      print(done, failed)
    ]]):format(host.url, journal)
    for i = 1, 5 do
      host.misbehave { delay = 0.02, times = 30 }
      local pipe, pid = helper.spawn(script)
      require("socket").sleep(0.06 + 0.03 * i)
      os.execute("kill -9 " .. pid .. " 2>/dev/null")
      pipe:read "*a"
      pipe:close()
    end
    local text, code = helper.child(script)
    assert.equal(0, code, text)
    assert.matches("60%s+0", text)
    for i = 1, 60 do assert.equal(1, count_of(i)) end
    assert.equal(60, total())
  end)

  it("raises at the caller for what is no list, and for a key for all", function()
    for _, wrong in ipairs {
      function() client.customer.create_many "rows.csv" end,
      function() client.customer.create_many { a = 1 } end,
      function() client.customer.create_many({}, { idempotency_key = "k" }) end,
      function() client.customer.create_many({}, { concurency = 1 }) end,
    } do
      local ok, message = pcall(wrong)
      assert.is_false(ok)
      assert.matches("^spec/resources/create_many_spec.lua:%d+: ", message)
    end
  end)

  it("lets what is under way go on when the loop is left", function()
    local server, told = fault.start(), {}
    server:default { "answer", body = '{"id":"customer_1"}', delay = 0.1 }
    local other = spherepay.new { token = "key", base_url = server:url(),
      on_error = function(err) told[#told + 1] = err end }
    local next_row, _, _, closer = other.customer.create_many(rows(3), { concurrency = 3 })
    next_row()
    getmetatable(closer).__close()
    helper.step_until(other, function() return other:stats().in_flight == 0 end)
    assert.equal(2, #told)
    for _, err in ipairs(told) do assert.is_true(err.maybe_applied) end
    assert.equal(3, #server:log())
    other:close()
    server:stop()
  end)

  it("tells what had become of rows that were not given when the loop is left", function()
    local server, told = fault.start(), {}
    server:default { "answer", body = '{"id":"customer_1"}' }
    local other = spherepay.new { token = "key", base_url = server:url(),
      on_error = function(err) told[#told + 1] = err end }
    local next_row, _, _, closer = other.customer.create_many(rows(3), { concurrency = 3 })
    next_row()
    helper.step_until(other, function() return other:stats().in_flight == 0 end)
    getmetatable(closer).__close()
    assert.equal(2, #told)
    getmetatable(closer).__close()
    assert.equal(2, #told)
    other:close()
    server:stop()
  end)
end)
