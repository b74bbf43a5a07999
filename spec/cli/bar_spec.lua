local bar = require "spherepay.cli.bar"

describe("A progress bar", function()
  local now, written, width
  local function make(given)
    now, written, width = 100, {}, 60
    given.label, given.now = "check", function() return now end
    given.width = function() return width end
    given.write = function(text) written[#written + 1] = text end
    return bar.new(given)
  end

  it("shows the rate and the time left, and an end", function()
    local own = make { is_terminal = true }
    own:update(0, 1000)
    now = 110
    own:update(100, 1000)
    assert.equal("\r\27[K[##......................] 100 of 1000, 10/s, 1:30 min left", written[2])
    now = 200
    own:update(1000, 1000)
    assert.equal("\r\27[K[" .. ("#"):rep(31) .. "] 1000 of 1000, in 1:40 min\n", written[3])
    own:update(1000, 1000)
    assert.equal(3, #written)
  end)

  it("draws no more than ten times a second", function()
    local own = make { is_terminal = true }
    for i = 0, 99 do
      now = 100 + i / 1000
      own:update(i, 1000)
    end
    assert.equal(1, #written)
  end)

  it("leaves out what a narrow terminal has no room for", function()
    local own = make { is_terminal = true }
    width = 24
    now = 110
    own:update(100, 1000)
    assert.is_true(#written[1] - #"\r\27[K" < 24, written[1])
    assert.is_truthy(written[1]:find("100 of 1000, 10/s", 1, true))
  end)

  it("is plain lines, now and then, where there is no terminal", function()
    local own = make {}
    for i = 1, 25 do
      now = 100 + i
      own:update(i * 10, 1000)
    end
    assert.same({
      "check: 100 of 1000, 10/s, 1:30 min left\n", "check: 200 of 1000, 10/s, 1:20 min left\n",
    }, written)
  end)

  it("does not count what an earlier run did into the rate", function()
    local own = make { is_terminal = true, resumed = 500 }
    now = 110
    own:update(600, 1000)
    assert.is_truthy(written[1]:find("10/s, 40 s left", 1, true), written[1])
  end)
end)
