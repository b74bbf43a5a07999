local clock = require "spherepay.gate.clock"

describe("spherepay.gate.clock", function()
  it("takes for recent what is so near, also when the clock was set back a little", function()
    for at, expected in pairs { [100] = true, [99.1] = true, [99] = false, [100.9] = true,
      [101] = false, [3700] = false, [-math.huge] = false } do
      assert.equal(expected, clock.is_within(100, at, 1), at)
    end
  end)
end)
