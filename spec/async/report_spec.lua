-- Where errors go that nobody waits for. What tasks do is in scheduler_spec.

local errors = require "spherepay.errors"
local helper = require "spec.contract.helper"
local report = require "spherepay.async.report"

-- What `fn` writes to stderr, or to the log of a host that is nginx.
local function written(fn)
  local lines, real = {}, io.stderr
  io.stderr = { write = function(_, ...) lines[#lines + 1] = table.concat { ... } end } -- luacheck: ignore
  local ok, message = pcall(fn)
  io.stderr = real -- luacheck: ignore
  assert(ok, message)
  return lines
end

describe("an error that nobody waits for", function()
  it("is one line on stderr", function()
    assert.same({ "spherepay: error in a coroutine: x.lua:1: boom\n" },
      written(function() report.write("x.lua:1: boom", "stack") end))
    assert.same({ "spherepay: error in a coroutine: two lines\n" },
      written(function() report.write("two\nlines", "stack") end))
    assert.same({ "spherepay: error in a coroutine: an error that is a table\n" },
      written(function() report.write({}, "stack") end))
  end)

  it("is written without secrets", function()
    local lines = written(function() report.write("key secret_0123456789abcdef", "stack") end)
    assert.is_nil(lines[1]:find("0123456789", 1, true))
    local path = "/v2/customer/customer_1a2b3c"
    local err = errors.new { kind = "timeout", method = "GET", path = path }
    lines = written(function() report.write(err, "stack") end)
    assert.is_nil(lines[1]:find("1a2b3c", 1, true))
  end)

  it("is a line of the error log in nginx", function()
    local logged = {}
    _G.ngx = { ERR = 4, log = function(...) logged[#logged + 1] = { ... } end }
    local ok, message = pcall(report.write, "boom", "stack")
    _G.ngx = nil
    assert(ok, message)
    assert.same({ { 4, "spherepay: error in a coroutine: boom" } }, logged)
  end)

  it("goes to on_error in place of that", function()
    local told = {}
    assert.same({}, written(function()
      report.to(function(...) told[#told + 1] = { ... } end)("boom", "\nstack")
    end))
    assert.same({ { "boom", "stack" } }, told)
  end)

  it("is written after all when on_error raises, with what that raised", function()
    assert.same({
      "spherepay: error in a coroutine: boom\n", "spherepay: on_error raised: broken\n",
    }, written(function() report.to(function() error("broken", 0) end)("boom", "stack") end))
  end)

  it("does not raise when there is no stderr", function()
    local real = io.stderr
    io.stderr = nil -- luacheck: ignore
    local ok = pcall(report.write, "boom", "stack")
    io.stderr = real -- luacheck: ignore
    assert.is_true(ok)
  end)
end)

describe("tasks that never ended", function()
  local START = [[
    local spherepay = require "spherepay"
    local client = spherepay.new { token = "k", base_url = "http://127.0.0.1:1", %s }
    for _ = 1, 2 do client:spawn(function() client.customer.get "customer_1" end) end
  ]]

  it("are a line when the script ends, which names the way out", function()
    for _, case in ipairs {
      { "", "call client:run() after it" },
      { "loop = 'manual'", "call client:step() until they have" },
      { "loop = 'luv'", "run uv.run()" },
    } do
      local out, code = helper.child(START:format(case[1]))
      assert.equal("spherepay: cancelled: 2 tasks of client:spawn never ended: " .. case[2] .. "\n",
        out)
      assert.equal(0, code)
    end
  end)

  it("are a line when the client is collected", function()
    local out = helper.child("do " .. START:format("") .. [[
      end
      collectgarbage()
      collectgarbage()
      print "after"
    ]])
    assert.equal("spherepay: cancelled: 2 tasks of client:spawn never ended: "
      .. "call client:run() after it\nafter\n", out)
  end)

  it("are a line also when the script ends inside client:run", function()
    local out = helper.child(START:format("loop = 'manual'") .. [[
      coroutine.wrap(function() client:run() end)()
    ]])
    assert.matches("2 tasks of client:spawn never ended", out, 1, true)
  end)

  it("go to on_error", function()
    local out = helper.child(START:format(
      "on_error = function(err, traceback) print('told', err.kind, traceback) end"))
    assert.equal("told\tcancelled\tnil\n", out)
  end)

  it("are no line when they were run, closed or never there", function()
    assert.equal("", (helper.child(START:format("max_retries = 0") .. "client:run()")))
    assert.equal("", (helper.child(START:format("") .. "client:close()")))
    assert.equal("", (helper.child [[
      local client = require("spherepay").new { token = "k" }
      client:spawn(function() end)
    ]]))
  end)
end)
