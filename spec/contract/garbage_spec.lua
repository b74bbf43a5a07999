-- What a call leaves to the collector beside its value. A program that makes many calls pays for
-- every byte of it twice: when it is made, and when it is collected.

local helper = require "spec.contract.helper"
local json = require "spherepay.http.json"
local spherepay = helper.spherepay

local CALLS = 50

-- What LuaJIT compiles meanwhile lies in the same memory.
local compiler = rawget(_G, "jit")
local compiles = compiler and compiler.status()

-- Bytes: 580 where the machine is idle, and more where a wait has to go round by Lua. The userdata
-- and tables of other Luas are larger.
local MOST = (compiler or _VERSION == "Lua 5.4") and 800 or 1100

-- Bytes that `make` leaves, each time, while nothing is collected.
local function left_by(make)
  for _ = 1, CALLS do make() end -- what is made once has been made
  collectgarbage()
  collectgarbage()
  collectgarbage "stop"
  if compiles then compiler.off() end
  local before = collectgarbage "count"
  local ok, problem = pcall(function()
    for _ = 1, CALLS do make() end
  end)
  local left = (collectgarbage "count" - before) * 1024 / CALLS
  if compiles then compiler.on() end
  collectgarbage "restart"
  assert(ok, problem)
  return left
end

describe("a get", function()
  it("leaves little beside the customer", function()
    local server = helper.fault.start {}
    local client = spherepay.new {
      token = helper.TOKEN, base_url = server:url(), loop = "blocking", rate_limit = false,
    }
    finally(function()
      client:close()
      server:stop()
    end)
    helper.clear(server)
    local text = json.encode(assert(client.customer.get(helper.ID)))
    local value = left_by(function() assert(json.decode(text)) end)
    local all = left_by(function() assert(client.customer.get(helper.ID)) end)
    assert.is_true(value > 100 and all > value, "the collector did not count")
    assert.is_true(all - value <= MOST, ("%.0f bytes beside the value of %.0f"):format(
      all - value, value))
  end)
end)
