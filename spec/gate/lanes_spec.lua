local fake_ngx = require "spec.support.fake_ngx"
local lanes = require "spherepay.gate.lanes"

describe("spherepay.gate.lanes", function()
  local world, four, order

  before_each(function()
    world, order = fake_ngx.new(), {}
    four = lanes.new { most = 4, strangers = 2, new_semaphore = function()
      return world.semaphores.new(0)
    end }
  end)

  -- One who wants to look, for `seconds`.
  local function come(name, known, seconds, patience)
    local place = { known = known }
    world.request(function()
      if not four:enter(place, patience or 100) then
        order[#order + 1] = name .. " left"
        return
      end
      order[#order + 1] = name
      world.ngx.sleep(seconds or 1)
      four:leave(place)
    end)
    return place
  end

  it("has a share of the places for strangers", function()
    for i = 1, 4 do come("stranger " .. i, false) end
    come("known", true)
    world.turn()
    assert.same({ "stranger 1", "stranger 2", "known" }, order)
  end)

  it("lets those who are known come first, each kind in its order", function()
    for i = 1, 4 do come("early " .. i, true) end
    world.turn()
    for i = 1, 2 do come("stranger " .. i, false) end
    for i = 1, 5 do come("known " .. i, true) end
    world.run()
    assert.same({ "early 1", "early 2", "early 3", "early 4", "known 1", "known 2", "known 3",
      "known 4", "known 5", "stranger 1", "stranger 2" }, order)
  end)

  it("does not let thousands of strangers hold up one who is known", function()
    for _ = 1, 1000 do come("stranger", false, 0.1) end
    world.turn()
    local began, waited = world.time, nil
    world.request(function()
      four:enter({ known = true }, 100)
      waited = world.time - began
    end)
    world.turn()
    assert.equal(0, waited)
  end)

  it("gives a place up that is not had in time, and one whose owner is gone", function()
    for i = 1, 2 do come("stranger " .. i, false, 5) end
    local gone = come("gone", false)
    come("hasty", false, 1, 0.5)
    come("patient", false)
    world.turn()
    four:leave(gone)
    world.kill(3)
    world.run()
    assert.same({ "stranger 1", "stranger 2", "hasty left", "patient" }, order)
    assert.is_nil(gone.holds)
    assert.same({ 0, 0 }, { four.held, four.held_by_strangers })
  end)

  it("keeps no place for one who did not have the patience", function()
    for i = 1, 2 do come("stranger " .. i, false, 5) end
    local hasty = come("hasty", false, 1, 0.5)
    world.run()
    assert.same({ "stranger 1", "stranger 2", "hasty left" }, order)
    assert.is_nil(hasty.holds)
    assert.same({ 0, 0 }, { four.held, four.held_by_strangers })
  end)

  it("counts a place once, however often it is left", function()
    local place = { known = false }
    four:enter(place, 1)
    for _ = 1, 3 do four:leave(place) end
    assert.same({ 0, 0 }, { four.held, four.held_by_strangers })
  end)
end)
