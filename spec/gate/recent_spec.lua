-- spherepay.gate.recent: what a worker remembers of its own decisions, and for how long.

local recent = require "spherepay.gate.recent"

describe("spherepay.gate.recent", function()
  local now, kept

  before_each(function()
    now = 1000
    kept = recent.new(function() return now end)
  end)

  it("gives a decision for a second, with its age", function()
    local found = { at = 999.5 }
    kept:put("a", found, 2000)
    now = 1000.9
    assert.equal(found, kept:get "a")
    assert.near(1.4, found.age, 1e-6)
    now = 1001
    assert.is_nil(kept:get "a")
    assert.is_nil(kept:get "b")
  end)

  it("gives none that is no longer fresh, was stale, or is dropped", function()
    kept:put("a", { at = 1000 }, 1000.5)
    now = 1000.4
    assert.is_table(kept:get "a")
    now = 1000.5
    assert.is_nil(kept:get "a")
    kept:put("b", { at = 1000, stale = true }, 2000)
    assert.is_nil(kept:get "b")
    kept:put("c", { at = 1000 }, 2000)
    kept:drop "c"
    kept:drop "c"
    assert.is_nil(kept:get "c")
  end)

  it("gives none when the clock was set back", function()
    kept:put("a", { at = 1000 }, 2000)
    assert.is_table(kept:get "a")
    now = 990
    assert.is_nil(kept:get "a")
  end)

  it("drops all at ten thousand, and counts each customer once", function()
    for _ = 1, 2 do
      for i = 1, 9999 do kept:put(i, { at = now }, 2000) end
    end
    kept:drop(5000)
    kept:put(5000, { at = now }, 2000)
    kept:put("last", { at = now }, 2000)
    assert.is_table(kept:get(1))
    kept:put("one more", { at = now }, 2000)
    assert.is_nil(kept:get(1))
    assert.is_nil(kept:get "last")
    assert.is_table(kept:get "one more")
    for i = 1, 9999 do kept:put(i, { at = now }, 2000) end
    assert.is_table(kept:get "one more")
  end)
end)
