-- What one answer may cost with default options: 0.2 s and 64 MB, whatever it holds. Measured is
-- about a tenth of either.

local core = require "spherepay.core"
local json = require "spherepay.http.json"
local outcome = require "spherepay.http.outcome"
local spherepay = require "spherepay"
local worst = require "spec.support.worst_texts"

local DEFAULTS = spherepay.new { token = "key" }.options
local MAX_BODY = DEFAULTS.max_body
local MAX_VALUES = json.max_values(MAX_BODY)
local SECONDS = os.getenv "ASAN_OPTIONS" and 0.6 or 0.2 -- sanitizers look at each access
local KILOBYTES = 64 * 1024

local WORST = worst.texts { bytes = MAX_BODY, values = MAX_VALUES }

-- The most that is held is a little more than what is left while the value lives.
local function cost(text, status)
  collectgarbage()
  collectgarbage()
  local before, began = collectgarbage "count", os.clock()
  local value, message = core.decode(text, json.ARRAY_MT, false, MAX_VALUES)
  outcome.customer({ body = value, json_error = message, text = text, status = status },
    { method = "GET", path = "/v2/customer/customer_1", id = "customer_1" })
  local seconds = os.clock() - began
  return seconds, collectgarbage "count" - before, message
end

-- Of three times the least: a busy machine takes its own part of a process's time, too.
local function least_cost(text, status)
  local seconds, kilobytes = cost(text, status)
  for _ = 1, 2 do
    local again, held = cost(text, status)
    seconds, kilobytes = math.min(seconds, again), math.min(kilobytes, held)
  end
  return seconds, kilobytes
end

describe("an answer of the largest size", function()
  for name, text in pairs(WORST) do
    it("made of " .. name .. " costs little", function()
      assert.is_true(#text <= MAX_BODY)
      for _, status in ipairs { 200, 422 } do
        local seconds, kilobytes = least_cost(text, status)
        assert.is_true(seconds < SECONDS, seconds .. " s")
        assert.is_true(kilobytes < KILOBYTES, kilobytes .. " kB")
      end
    end)
  end

  it("may have one value for 8 bytes of max_body, and 131072 in any case", function()
    assert.equal(131072, json.max_values(1))
    assert.equal(131072, MAX_VALUES)
    assert.equal(1048576, json.max_values(8 * 1048576))
    local _, _, message = cost(("[") .. ("0,"):rep(MAX_VALUES) .. "0]", 200)
    assert.equal("more than 131072 values", message)
  end)

  it("may be a thousand customers", function()
    local text = WORST.customers
    local value = assert(core.decode(text, json.ARRAY_MT, false, MAX_VALUES))
    assert.is_true(#value.customers > 1000)
  end)
end)
