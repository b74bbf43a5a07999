local breaker = require "spherepay.gate.breaker"
local errors = require "spherepay.errors"
local fake_ngx = require "spec.support.fake_ngx"

describe("spherepay.gate.breaker", function()
  local world, one, other, count

  before_each(function()
    world, count = fake_ngx.new(), 0
    local function new()
      return breaker.new { dict = world.dict, prefix = "gate:", now = world.ngx.now }
    end
    one, other = new(), new() -- of two workers
  end)

  -- A look at another customer each time, unless one is named.
  local function fails(kind, fields, probed, id)
    local given = { kind = kind }
    for name, value in pairs(fields or {}) do given[name] = value end
    count = count + 1
    return one:report(errors.new(given), probed, id or "customer_" .. count)
  end

  local function is_open() return one:refusal() ~= nil and other:refusal() ~= nil end

  it("lets look while SpherePay answers", function()
    for _ = 1, 20 do
      assert.is_nil(one:enter())
      assert.is_false(one:report(nil))
    end
    assert.is_nil(other:refusal())
  end)

  for name, given in pairs {
    ["429"] = { "rate_limited", { status = 429, retry_after = 2 } },
    ["401 or 403"] = { "auth", { status = 403 } },
    ["5xx that says when to come again"] = { "server", { status = 503, retry_after = 3 } },
  } do
    it("opens at the first " .. name .. ", for all workers", function()
      assert.is_true(fails(given[1], given[2]))
      assert.is_true(is_open())
      local refused = other:enter()
      assert.equal(given[1], refused.kind)
      assert.near(given[2].retry_after or 1, refused.retry_after, 0.01)
    end)
  end

  it("opens when the network fails again and again, and not for less", function()
    for _ = 1, 4 do assert.is_false(fails "network") end
    assert.is_nil(other:enter())
    one:report(nil)
    for _ = 1, 2 do
      for _, kind in ipairs { "timeout", "server" } do fails(kind) end
    end
    assert.is_false(is_open())
    assert.is_true(fails "tls")
    assert.is_true(is_open())
  end)

  it("does not open for one customer alone, who does not take the probe from others", function()
    for _ = 1, 20 do assert.is_false(fails("server", { status = 500 }, nil, "customer_bad")) end
    assert.is_false(is_open())
    for _ = 1, 4 do fails "network" end
    assert.is_true(is_open())
    local last = "customer_" .. count
    world.pass(1.1)
    one:enter()
    assert.is_false(fails("network", nil, true, last)) -- it may be that customer's alone
    local refused, probes = other:enter()
    assert.is_nil(refused)
    assert.is_true(probes)
    assert.is_true(fails("network", nil, true, "customer_other"))
    assert.is_true(is_open())
  end)

  it("does not open for what concerns one customer, or ourselves", function()
    for _ = 1, 20 do
      for _, kind in ipairs { "rejected", "protocol", "invalid", "rate_limited", "closed" } do
        assert.is_false(fails(kind))
      end
    end
    assert.is_false(is_open())
  end)

  it("lets one probe when the time is over, and closes when that is answered", function()
    fails("rate_limited", { status = 429, retry_after = 2 })
    world.pass(2.1)
    local refused, probes = one:enter()
    assert.is_nil(refused)
    assert.is_true(probes)
    assert.equal("rate_limited", other:enter().kind)
    one:report(nil) -- of a look that began before
    assert.equal("rate_limited", other:enter().kind)
    one:report(nil, probes)
    assert.is_nil(other:enter())
  end)

  it("stays open for longer each time, up to half a minute", function()
    local waits = {}
    local probes
    for i = 1, 7 do
      fails("auth", { status = 401 }, probes)
      waits[i] = math.floor(one:refusal().retry_after + 0.5)
      world.pass(waits[i] + 0.1)
      probes = select(2, one:enter())
      assert.is_true(probes)
    end
    assert.same({ 1, 2, 4, 8, 16, 30, 30 }, waits)
  end)

  it("takes the server's word for the time, within bounds", function()
    for wanted, said in pairs { [1] = 0.2, [7] = 7, [30] = 86400 } do
      one:report(nil, true)
      fails("rate_limited", { status = 429, retry_after = said })
      assert.near(wanted, one:refusal().retry_after, 0.01)
    end
  end)

  it("is not opened again by looks that began before", function()
    fails("rate_limited", { status = 429, retry_after = 2 })
    world.pass(1)
    assert.is_false(fails("rate_limited", { status = 429, retry_after = 2 }))
    assert.near(1, one:refusal().retry_after, 0.01)
  end)

  it("waits a minute for somebody to probe, and then forgets", function()
    for said, forgotten in pairs { [2] = 62, [30] = 90 } do
      for after, probes in pairs { [forgotten - 0.5] = true, [forgotten + 0.5] = false } do
        one:report(nil, true)
        fails("rate_limited", { status = 429, retry_after = said })
        world.pass(after)
        assert.equal(probes, select(2, other:enter()) or false, said .. " " .. after)
      end
    end
  end)

  it("counts the failures of half a minute", function()
    for after, opens in pairs { [29.5] = true, [30.5] = false } do
      for _ = 1, 4 do assert.is_false(fails "network") end
      world.pass(after)
      assert.equal(opens, fails "network")
      one:report(nil, true)
      world.pass(60)
    end
  end)

  it("counts the failures of a customer once in half a minute", function()
    for after, opens in pairs { [29.5] = false, [30.5] = true } do
      fails("auth", { status = 401 })
      world.pass(1.1)
      local _, probes = one:enter()
      assert.is_false(fails("network", nil, nil, "customer_same")) -- of before it was opened
      assert.is_true(fails("network", nil, probes, "customer_same"))
      world.pass(after)
      probes = select(2, one:enter())
      assert.equal(opens, fails("network", nil, probes, "customer_same"))
      one:report(nil, true)
      world.pass(60)
    end
  end)

  it("says how long is left, and for how long the probe of another is waited for", function()
    fails("rate_limited", { status = 429, retry_after = 2 })
    world.pass(1.9)
    for _, ask in ipairs { "refusal", "enter" } do
      local refused = other[ask](other)
      assert.near(0.1, refused.retry_after, 0.01)
      assert.same({ "no", true }, { refused.sent, refused.retryable })
    end
    world.pass(0.2)
    one:enter()
    for _ = 1, 2 do
      for _, ask in ipairs { "refusal", "enter" } do
        local refused = other[ask](other)
        assert.equal("rate_limited", refused.kind)
        assert.near(1, refused.retry_after, 0.01)
      end
      one:renew()
      world.pass(1.9)
    end
  end)

  it("lets probe anew after each probe, whatever came of it", function()
    local told_off = { status = 429, retry_after = 1 }
    fails("rate_limited", told_off)
    for _ = 1, 2 do
      world.pass(1.1)
      local _, probes = one:enter()
      assert.is_true(probes)
      assert.is_true(fails("rate_limited", told_off, probes))
    end
    world.pass(1.1)
    one:report(nil, select(2, one:enter()))
    fails("rate_limited", told_off)
    world.pass(1.1)
    assert.is_true(select(2, other:enter()))
  end)

  it("takes no word of a probe that was lost while another found out", function()
    fails("auth", { status = 401 })
    world.pass(1.1)
    local _, lost = one:enter()
    world.pass(2.1)
    local _, probes = other:enter()
    assert.is_true(fails("auth", { status = 401 }, probes))
    world.pass(0.5)
    assert.is_false(fails("auth", { status = 401 }, lost))
    assert.near(1.5, one:refusal().retry_after, 0.01)
  end)

  it("counts a customer again who was answered meanwhile", function()
    fails("network", nil, nil, "customer_same")
    one:report(nil)
    fails("network", nil, nil, "customer_same")
    for _ = 1, 3 do assert.is_false(fails "network") end
    assert.is_true(fails "network")
  end)

  it("gives the probe to another when it taught nothing or was lost", function()
    fails("auth", { status = 401 })
    world.pass(1.1)
    one:enter()
    one:leave()
    assert.is_nil(other:enter())
    for _ = 1, 4 do
      world.pass(1.9)
      other:renew()
    end
    assert.is_table(one:enter())
    world.pass(2.1)
    assert.is_nil(one:enter())
  end)

  it("lets probe when the clock was set back", function()
    fails("rate_limited", { status = 429, retry_after = 20 })
    world.set_clock(-1)
    assert.is_true(is_open()) -- the clocks of two machines may differ by as much
    world.set_clock(-3600)
    assert.is_nil(one:refusal())
    assert.same({ nil, true }, { other:enter() })
    assert.is_truthy(one:enter())
  end)

  it("lets look when the dictionary is full", function()
    world.dict.full = true
    fails("rate_limited", { status = 429, retry_after = 2 })
    assert.is_nil(one:enter())
    world.dict.full = false
    fails("rate_limited", { status = 429, retry_after = 2 })
    world.dict.full = true
    world.pass(2.1)
    assert.same({ nil, true }, { one:enter() })
  end)
end)
