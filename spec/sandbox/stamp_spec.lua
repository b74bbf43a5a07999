--- spherepay.sandbox.stamp: identifiers and times.

local stamp = require("spherepay.sandbox.stamp")

describe("sandbox stamp", function()
  it("writes times with milliseconds, in UTC", function()
    assert.equal("1970-01-01T00:00:00.000Z", stamp.iso(0))
    assert.equal("2026-03-09T20:46:31.305Z", stamp.iso(1773089191.305))
  end)

  it("carries milliseconds that round up into the next second", function()
    assert.equal("1970-01-01T00:00:02.000Z", stamp.iso(1.9996))
  end)

  it("never repeats an identifier and gives the same ones for the same seed", function()
    local first, second, other = stamp.generator(7), stamp.generator(7), stamp.generator(8)
    local seen = {}
    for _ = 1, 5000 do
      local id = first()
      assert.is_truthy(id:find("^" .. string.rep("[0-9a-f]", 32) .. "$"))
      assert.is_nil(seen[id])
      seen[id] = true
      assert.equal(id, second())
      assert.is_nil(seen[other()])
    end
  end)
end)
