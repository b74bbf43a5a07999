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

  it("lets one go a second after the last, and not sooner", function()
    local own = window.new()
    assert.equal(0, own:take(100, 1))
    assert.near(0.735, own:take(100.3, 1), 1e-6)
    assert.near(0.001, own:take(101.0349, 1), 1e-6)
    assert.equal(0, own:take(101.04, 1))
    assert.near(1.035, own:take(101.04, 1), 1e-6)
    assert.equal(1.035, own:take(105, 0)) -- nothing has gone for long, and nothing may
    assert.equal(0, own:take(105, 1))
  end)

  it("keeps nothing of those that went more than a second ago", function()
    local own = window.new()
    for i = 1, 50 do own:take(100 + 1.1 * i, 5) end
    local count = 0
    for _ in pairs(own.times) do count = count + 1 end
    assert.equal(1, count)
  end)

  it("counts what went without asking", function()
    local own = window.new()
    own:add(100)
    own:add(100)
    assert.is_true(own:take(100, 2) > 1)
  end)
end)
