-- The wrong turns of people who use the library for the first time, and whether the message says
-- what to do instead. The turns themselves are a table, in spec/support/wrong_turns.lua.

local helper = require "spec.contract.helper"
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"
local turns = require "spec.support.wrong_turns"

local LUA = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")

-- Where a C part lies that was built for a Lua of another family, if one was.
local function other_cpath()
  local other = LUA == "lua5.4" and "luajit" or "lua5.4"
  local file = io.open("build/" .. other .. "/spherepay/core.so", "rb")
  if not file then return nil end
  file:close()
  return "build/" .. other .. "/?.so;;"
end

describe("A new user", function()
  local host, old, env, clients

  setup(function()
    host, old = assert(sandbox.start { token = "key" }), assert(sandbox.start {
      generation = "v2-2025",
    })
    env = {
      url = host.url, tls_url = host.tls_url, old_url = old.url,
      own_cpath = "build/" .. LUA .. "/?.so", other_cpath = other_cpath(),
      has_luv = pcall(require, "luv"),
    }
    function env.new(given)
      local full = { token = "key", base_url = host.url, max_retries = 0, deadline = 10 }
      for name, value in pairs(given or {}) do full[name] = value or nil end
      local client = spherepay.new(full)
      clients[#clients + 1] = client
      return client
    end
    function env.child(script, cpath)
      local given = cpath and { env = "LUA_CPATH='" .. cpath .. "'" } or nil
      return (helper.child(script, given))
    end
  end)

  teardown(function()
    host.stop()
    old.stop()
  end)

  before_each(function() clients = {} end)
  after_each(function()
    for _, client in ipairs(clients) do client:close() end
  end)

  -- What the user reads: raised, or returned beside nil. Anything else is no message.
  local function message_of(take)
    local ok, value, err = pcall(take, env)
    if not ok then return value end
    if value == nil or value == false then return tostring(err) end
    return type(value) == "string" and value or "nothing was said"
  end

  for _, turn in ipairs(turns) do
    it("is told what to do: " .. turn[1], function()
      if turn.needs and not env[turn.needs] then return pending("needs " .. turn.needs) end
      local message = message_of(turn[2])
      assert.equal("string", type(message))
      for i = 3, #turn do assert.matches(turn[i], message, 1, true) end
    end)
  end

  it("has sixty ways to go wrong, each with something to be said", function()
    assert.is_true(#turns >= 60)
    for _, turn in ipairs(turns) do assert.is_string(turn[3], turn[1]) end
  end)

  it("whose hook raises can see it in the counts", function()
    local client = env.new {
      base_url = "http://127.0.0.1:1", on_event = function() error "broken" end,
    }
    client.customer.get "customer_1"
    assert.equal(3, client:stats().hook_errors)
    client:close()
    assert.equal(3, client:stats().hook_errors)
  end)
end)
