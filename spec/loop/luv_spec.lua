local collect = require "spec.support.collect"
local fault = require "spec.support.fault"
local interpreter = require "spec.support.interpreter"
local spherepay = require "spherepay"
local uv = require "luv"

-- Runs a program of its own; returns its exit status in whatever way this Lua tells it.
local function run(program)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(program)
  file:close()
  local ok, _, status = os.execute(interpreter() .. " " .. path .. " 2>&1")
  os.remove(path)
  return status or ok
end

describe("the loop luv", function()
  local server, client

  local function new_client(given)
    given = given or {}
    given.token, given.base_url, given.loop = "sandbox_key", server:url(), "luv"
    return spherepay.new(given)
  end

  before_each(function()
    server = fault.start()
    server:default({ "answer", body = '{"id":"customer_1"}' })
    client = new_client()
  end)

  after_each(function()
    client:close()
    server:stop()
  end)

  it("raises for a call outside a coroutine, and for waiting there for a task", function()
    local ok, message = pcall(client.customer.get, "customer_1")
    assert.is_false(ok)
    assert.truthy(message:find("made in a coroutine", 1, true))
    local task = client:spawn(function() return client.customer.get("customer_1") end)
    assert.is_false(pcall(task.join, task))
    uv.run()
    assert.is_true(task:join())
  end)

  it("lets uv.run() return when nothing is under way, and start again", function()
    local done = 0
    for _ = 1, 3 do
      coroutine.wrap(function()
        assert(client.customer.get("customer_1"))
        done = done + 1
      end)()
      uv.run()
    end
    assert.equal(3, done)
    assert.equal(2, client:stats().reused)
  end)

  it("lets the callbacks of others run while calls are under way", function()
    server:default({ "answer", body = "{}", delay = 0.05 })
    local order = {}
    coroutine.wrap(function()
      client:request("GET", "/v2/customer")
      order[#order + 1] = "call"
    end)()
    local timer = uv.new_timer()
    timer:start(1, 0, function()
      order[#order + 1] = "timer"
      timer:close()
    end)
    uv.run()
    assert.same({ "timer", "call" }, order)
  end)

  it("writes an error of the host's coroutine to stderr and goes on", function()
    local real, written, finished = io.stderr, {}, 0
    rawset(io, "stderr", {
      write = function(_, ...) written[#written + 1] = table.concat({ ... }) end,
    })
    finally(function() rawset(io, "stderr", real) end)
    for i = 1, 4 do
      coroutine.wrap(function()
        assert(client.customer.get("customer_1"))
        if i == 2 then error("thrown by the host", 0) end
        finished = finished + 1
      end)()
    end
    uv.run()
    assert.equal(3, finished)
    assert.same({ "spherepay: error in a coroutine: thrown by the host\n" }, written)
  end)

  it("is kept alive by its calls, and by nothing when it is idle", function()
    local seen, customer = setmetatable({}, { __mode = "v" }), nil
    do
      local lost = new_client()
      seen.client = lost
      coroutine.wrap(function() customer = lost.customer.get("customer_1") end)()
    end
    collect()
    uv.run()
    assert.equal("customer_1", customer.id)
    collect()
    assert.is_nil(seen.client)
    uv.run()
  end)

  it("can be closed by the coroutine that it has just woken", function()
    coroutine.wrap(function()
      client.customer.get("customer_1")
      client:close()
    end)()
    uv.run()
    assert.is_true(client.closed)
  end)

  it("leaves another handle alone that gets the number of its descriptor", function()
    coroutine.wrap(function() client.customer.get("customer_1") end)()
    uv.run()
    local fd, ends, got = client:pollfd(), {}, nil
    client:close()
    repeat
      local pipe = uv.pipe({ nonblock = true }, { nonblock = true })
      ends[#ends + 1], ends[#ends + 2] = pipe.read, pipe.write
    until pipe.read >= fd or pipe.write >= fd
    local reader, writer = uv.new_pipe(false), uv.new_pipe(false)
    assert.equal(fd, ends[#ends - 1])
    reader:open(table.remove(ends, #ends - 1))
    writer:open(table.remove(ends))
    reader:read_start(function(_, data)
      got = data
      reader:close()
    end)
    uv.run("nowait") -- it is watched now
    for _ = 1, 3 do collectgarbage() end
    writer:write("still read", function() writer:close() end)
    local patience = uv.new_timer()
    patience:start(20000, 0, function() reader:close() end)
    patience:unref()
    uv.run()
    patience:close()
    uv.run("nowait")
    for _, each in ipairs(ends) do uv.fs_close(each) end
    assert.equal("still read", got)
  end)

  it("is woken for each of several retries, one after the other", function()
    local again = { "answer", status = 503, headers = { ["retry-after-ms"] = "100" } }
    server:script { again, again, { "answer", body = "{\"id\":\"customer_1\"}" } }
    local customer, response, _
    coroutine.wrap(function() customer, _, response = client.customer.get("customer_1") end)()
    uv.run()
    assert.equal("customer_1", customer.id)
    assert.equal(3, #response.attempts)
  end)

  it("lets a program end at once after it has closed its client", function()
    local program = [[
      local client = require("spherepay").new {
        token = "sandbox_key", base_url = "%s", loop = "luv",
      }
      coroutine.wrap(function() assert(client.customer.get("customer_1")) end)()
      require("luv").run()
      client:close()
    ]]
    local status = run(program:format(server:url()))
    assert.is_true(status == 0 or status == true, tostring(status))
  end)
end)
