-- Calls that are made while another one is being made, and the like: Lua may run a finalizer at
-- any moment, and a finalizer may do what it likes. In processes of their own, whose heaps are
-- small, so that a collection comes every few calls.

local helper = require "spec.contract.helper"

local PRELUDE = [[
  local core = require "spherepay.core"
  -- no pause between two collections; Lua 5.5 has its own word for it
  if not pcall(collectgarbage, "setpause", 100) then collectgarbage("param", "pause", 100) end
  local alive = true

  -- Garbage whose finalizer runs `fn`.
  local function litter(fn)
    local function finalize() if alive then fn() end end
    if newproxy then -- 5.1, LuaJIT
      getmetatable(newproxy(true)).__gc = finalize
    else
      setmetatable({}, { __gc = finalize })
    end
  end

  local engine = core.engine {
    token = %q, max_body = 1000000, max_headers = 100000, max_connections = 4,
    max_in_flight = 100, http_version = "1.1", min_tls = "1.2", rate_read = 0, rate_write = 0,
  }
  local template = engine:template {
    method = "POST", before = %q, after = "", headers = { "Content-Type: text/plain" },
    repeat_as = "create", connect_timeout = 10, timeout = 10, max_retries = 0,
  }
  local own = { body = "a body" }
]]

describe("a call made by a finalizer, while another is made", function()
  local server, prelude

  before_each(function()
    server = helper.fault.start()
    server:default { "answer", body = '"fine"' }
    prelude = PRELUDE:format(helper.TOKEN, server:url("/x"))
  end)
  after_each(function() server:stop() end)

  it("takes nothing from it, nor its memory", function()
    local out, code = helper.child(prelude .. [[
      local inside = { body = "another" }
      local finalized = 0
      local function by_finalizer()
        finalized = finalized + 1
        assert(engine:begin(template, "", 20, inside)):cancel()
      end
      for _ = 1, 300 do
        for _ = 1, 20 do litter(by_finalizer) end
        local call = assert(engine:begin(template, "", 20, own))
        while not call:done() do assert(engine:step()) end
        assert(call:finish({}, false, 1000) == "fine")
        repeat until not engine:take()
      end
      alive = false
      print(finalized > 100)
    ]])
    assert.equal("true\n", out)
    assert.equal(0, code)
    local arrived = server:log()
    assert.equal(300, #arrived)
    for _, entry in ipairs(arrived) do
      assert.equal("a body", entry.body)
      assert.equal("Bearer " .. helper.TOKEN, entry.headers.authorization)
      assert.equal("text/plain", entry.headers["content-type"])
    end
  end)

  it("is refused when the finalizer has closed the engine", function()
    local out, code = helper.child(prelude .. [[
      litter(function() engine:close() end)
      local call, message, kind
      for _ = 1, 100000 do
        call, message, kind = engine:begin(template, "", 20, own)
        if not call then break end
      end
      print(call, message, kind)
      print(engine:step(0), engine:timeout(), engine:ready() == 0, engine:take())
    ]])
    assert.equal("nil\tthe client is closed\tclosed\nnil\tnil\ttrue\n", out)
    assert.equal(0, code)
    assert.equal(0, #server:log())
  end)
end)

describe("a form that is made by a finalizer, while another is made", function()
  it("leaves that one alone", function()
    local out, code = helper.child(PRELUDE:format(helper.TOKEN, "http://localhost/") .. [[
      local finalized, wrong = 0, 0
      for i = 1, 3000 do
        local other = ("Somebody Else"):rep(i % 30)
        litter(function() finalized = finalized + 1 core.fold(other) end)
        local text, form = "JANE " .. i, "jane " .. i
        collectgarbage "restart" -- LuaJIT: collect at the next thing that is made
        if core.fold(text) ~= form then wrong = wrong + 1 end
      end
      alive = false
      print(finalized > 1000, wrong)
    ]])
    assert.equal("true\t0\n", out)
    assert.equal(0, code)
  end)
end)
