-- The core as Lua sees it: that it has what core.d.lua says, hides its metatables, and refuses
-- times that are none. What its parts do is in specs of their own.

local core = require "spherepay.core"
local core_call = require "spec.support.core_call"
local fault = require "spec.support.fault"

local TIMES = { "connect_timeout", "timeout" }
local NAN = 0 / 0

local function new_engine(asks)
  return core.engine {
    max_body = 1000, max_headers = 1000, max_connections = 1, max_in_flight = 1,
    http_version = "1.1", min_tls = "1.2", rate_read = 0, rate_write = 0, asks = asks,
  }
end

-- The names of functions that core.d.lua declares of `owner`.
local function declared(owner)
  local names = {}
  for line in io.lines "lua/spherepay/core.d.lua" do
    names[#names + 1] = line:match("^function " .. owner .. "[.:]([%w_]+)%(")
  end
  return names
end

describe("the core", function()
  local engine, things

  before_each(function()
    engine = new_engine()
    things = {
      core = core, Engine = engine,
      Call = assert(core_call.begin(engine, { url = "http://127.0.0.1:1/" })),
      Upload = assert(core.upload_bytes("%PDF-1.7", 1000)),
      Watch = core.watch(), -- of Linux alone
    }
  end)
  after_each(function()
    engine:close()
    things.Upload:close()
    if things.Watch then things.Watch:close() end
  end)

  it("has the functions that are declared", function()
    for owner, thing in pairs(things) do
      local names = declared(owner)
      assert.is_true(#names > 3, owner)
      for _, name in ipairs(names) do
        assert.equal("function", type(thing[name]), owner .. " " .. name)
      end
    end
  end)

  it("lets nobody reach the metatables of its objects", function()
    for owner, thing in pairs(things) do
      if type(thing) == "userdata" then
        assert.equal("protected", getmetatable(thing), owner)
      end
    end
  end)

  it("calls its objects by their type", function()
    assert.equal("spherepay.engine (open)", tostring(things.Engine))
    assert.equal("spherepay.call (under way)", tostring(things.Call))
    assert.equal("spherepay.upload", tostring(things.Upload))
    local other = new_engine()
    other:close()
    assert.equal("spherepay.engine (closed)", tostring(other))
  end)

  it("has nothing to hand out once an engine is closed", function()
    local other = new_engine()
    other:close()
    for _, name in ipairs { "take", "take_retry", "take_asking", "timeout" } do
      assert.equal(0, select("#", other[name](other)), name)
    end
    assert.equal(0, other:ready())
    for _, name in ipairs { "step", "pollfd", "arm" } do
      local ok, message = other[name](other, 0)
      assert.is_nil(ok, name)
      assert.matches("closed", message, 1, true)
    end
  end)

  it("asks for each repeat which line it stands in, and goes on when it is admitted", function()
    local server, other = fault.start(), new_engine(true)
    finally(function()
      other:close()
      server:stop()
    end)
    for repeat_as, line in pairs { read = "read", update = "write" } do
      server:script { { "answer", status = 503, headers = { ["retry-after-ms"] = "1" } } }
      server:default { "answer", body = "{}" }
      local call = assert(core_call.begin(other, {
        url = server:url() .. "/", repeat_as = repeat_as, max_retries = 1,
      }))
      local asked
      repeat
        assert(other:step(1))
        asked = { other:take_asking() }
      until asked[1]
      collectgarbage()
      assert.same({ call, line }, asked)
      assert.equal(0, select("#", other:take_asking())) -- each asks once
      other:admit(call, 0)
      while not call:done() do assert(other:step(1)) end
      assert.equal(call, other:take())
      assert.equal(200, core_call.finish(call).status)
    end
  end)

  it("refuses times that are not above nothing", function()
    for _, name in ipairs(TIMES) do
      for _, wrong in ipairs { 0, -1, -0.001, NAN, "5", false } do
        local fields = {
          method = "GET", before = "", after = "", headers = {}, repeat_as = "read",
          connect_timeout = 5, timeout = 5, max_retries = 0,
        }
        fields[name] = wrong or nil
        local ok, message = pcall(engine.template, engine, fields)
        assert.is_false(ok, name .. " " .. tostring(wrong))
        assert.matches("field '" .. name .. "' must be a positive number", message, 1, true)
      end
    end
  end)

  it("keeps the tokens for repeats that it is given", function()
    local full = engine:retry_budget()
    assert.is_true(full > 7)
    assert.equal(7, engine:retry_budget(7))
    assert.equal(7, engine:retry_budget(nil))
    assert.equal(7, engine:stats().retry_budget)
  end)
end)

describe("core.text", function()
  it("is the first that says something", function()
    for _, text in ipairs { "a", " a", "\n\ta ", "\0", "\1", "\160", "a b" } do
      assert.equal(text, core.text(text))
      assert.equal(text, core.text(nil, 1, true, {}, "", " \t\n\v\f\r", text, "another"))
    end
    for _, nothing in ipairs { "", " ", " \t\n\v\f\r ", 1, true, {} } do
      assert.is_nil(core.text(nothing))
    end
    assert.is_nil(core.text())
    assert.equal(1, select("#", core.text(nil)))
  end)
end)
