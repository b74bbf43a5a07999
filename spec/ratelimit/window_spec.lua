local window = require "spherepay.ratelimit.window"

describe("spherepay.ratelimit.window", function()
  it("lets so many go within any second, and says when there is room again", function()
    local own = window.new()
    for i = 0, 4 do assert.equal(0, own:take(100 + i / 100, 5)) end
    local wait = own:take(100.05, 5)
    assert.near(100 + 1.035 - 100.05, wait, 1e-6)
    assert.equal(0, own:take(100.05 + wait, 5))
    assert.is_true(own:take(100.05 + wait, 5) > 0)
  end)

  it("follows a limit that changes", function()
    local own = window.new()
    for _ = 1, 10 do assert.equal(0, own:take(100, 10)) end
    assert.is_true(own:take(100.5, 4) > 0.5)
    assert.equal(0, own:take(100.5, 11))
    assert.is_true(own:take(101.1, 0) > 1)
    assert.equal(0, own:take(101.1, 4))
  end)

  it("counts what went without asking", function()
    local own = window.new()
    own:add(100)
    own:add(100)
    assert.is_true(own:take(100, 2) > 1)
  end)
end)
