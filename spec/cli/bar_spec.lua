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

  it("shows times in seconds, minutes or hours, rounded up", function()
    for left, text in pairs {
      [1] = "1 s", [59] = "59 s", [60] = "1:00 min", [61] = "1:01 min", [3599] = "59:59 min",
      [3600] = "1:00 h", [3660] = "1:01 h", [36000] = "10:00 h",
    } do
      local own = make { is_terminal = true }
      now = 101
      own:update(1, left + 1)
      local said = ("1 of %d, 1/s, %s left"):format(left + 1, text)
      assert.equal(said, written[1]:sub(-#said))
    end
    local own = make { is_terminal = true }
    now = 100.2
    own:update(3, 10)
    assert.truthy(written[1]:find("3 of 10, 15/s, 1 s left", 1, true), written[1])
    now = 101.001
    own:update(10, 10)
    assert.truthy(written[2]:find("10 of 10, in 2 s\n", 1, true), written[2])
  end)

  it("shows bytes in the unit that suits them", function()
    for bytes, text in pairs {
      [0] = "0 bytes", [1023] = "1023 bytes", [1024] = "1 KB", [1535] = "1 KB",
      [1024 * 1024 - 1024] = "1023 KB", [1024 * 1024] = "1.0 MB", [3 * 512 * 1024] = "1.5 MB",
    } do
      local own = make { is_terminal = true, unit = "bytes" }
      own:update(bytes, nil)
      assert.equal("\r\27[K" .. text, written[1])
    end
    local own = make { is_terminal = true, unit = "bytes" }
    now = 102
    own:update(4096, 8192)
    assert.truthy(written[1]:find("4 KB of 8 KB, 2 KB/s, 2 s left", 1, true), written[1])
  end)

  it("is of eight to forty columns, filled as far as all is done", function()
    for columns, room in pairs { [18] = 0, [19] = 8, [20] = 9, [50] = 39, [51] = 40, [90] = 40 } do
      local own = make { is_terminal = true }
      width = columns
      own:update(5, 10) -- "5 of 10" and no rate yet
      local drawn = written[1]:match "%[([#.]*)%] 5 of 10$" or ""
      assert.equal(room, #drawn, columns)
      assert.equal(math.floor(room / 2), #drawn:gsub("%.", ""))
    end
    local own = make { is_terminal = true }
    own:update(0, 0)
    assert.equal("\r\27[K0 of 0, in 0 s\n", written[1])
  end)

  it("says how many there are while nobody knows of how many", function()
    local own = make { is_terminal = true }
    now = 110
    own:update(50, nil)
    assert.equal("\r\27[K50, 5/s", written[1])
    own:clear()
    own:clear()
    assert.same({ "\r\27[K50, 5/s", "\r\27[K" }, written)
    now = 110.09
    own:update(51, nil)
    assert.equal(2, #written)
    now = 110.1
    own:update(51, nil)
    assert.equal(3, #written)
  end)

  it("does not count what an earlier run did into the rate", function()
    local own = make { is_terminal = true, resumed = 500 }
    now = 110
    own:update(600, 1000)
    assert.is_truthy(written[1]:find("10/s, 40 s left", 1, true), written[1])
  end)
end)
