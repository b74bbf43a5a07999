local suggest = require "spherepay.options.suggest"

local NAMES = { "token", "timeout", "connect_timeout", "deadline", "base_url", "min_tls" }

describe("suggest", function()
  it("finds the name one letter away", function()
    assert.equal("timeout", suggest("timout", NAMES))
    assert.equal("token", suggest("tokn", NAMES))
    assert.equal("deadline", suggest("deadlines", NAMES))
  end)

  it("counts two swapped letters as one mistake", function()
    assert.equal("timeout", suggest("tiemout", NAMES))
    assert.equal("shm", suggest("smh", { "app", "shm" }))
  end)

  it("ignores case, underscores and hyphens", function()
    assert.equal("base_url", suggest("baseUrl", NAMES))
    assert.equal("connect_timeout", suggest("connect-timeout", NAMES))
  end)

  it("answers nothing when no name is near", function()
    assert.is_nil(suggest("colour", NAMES))
    assert.is_nil(suggest("x", NAMES))
    assert.is_nil(suggest("token", {}))
  end)

  it("answers nothing for what cannot be a name", function()
    assert.is_nil(suggest(nil, NAMES))
    assert.is_nil(suggest(12, NAMES))
    assert.is_nil(suggest("", NAMES))
    assert.is_nil(suggest(("token"):rep(100), NAMES))
  end)

  -- A name, and the same with so many letters that are wrong.
  it("knows a name by two thirds of its letters, and with three wrong ones at most", function()
    for _, each in ipairs {
      { "a", 1 }, { "ab", 1 }, { "abc", 1 }, { "abcd", 2 }, { "abcdef", 2 }, { "abcdefg", 3 },
      { "abcdefghij", 3 }, { "abcdefghijklm", 3 },
    } do
      local name, most = each[1], each[2]
      for wrong = 0, math.min(#name, 4) do
        local written = ("z"):rep(wrong) .. name:sub(wrong + 1)
        assert.equal(wrong <= most and name or nil, suggest(written, { name }), written)
      end
    end
  end)

  it("counts letters that are left out or too many, each as one mistake", function()
    for _, written in ipairs { "deadli", "eadlin", "deaadlliine", "xdeadlinexx", "daedilen" } do
      assert.equal("deadline", suggest(written, { "deadline" }), written)
    end
    for _, written in ipairs { "dead", "eadli", "deaadlliinne", "xxdeadlinexx", "eddailen" } do
      assert.is_nil(suggest(written, { "deadline" }), written)
    end
  end)

  it("looks at names of up to 64 bytes", function()
    local name = ("n"):rep(64)
    assert.equal(name, suggest(name, { name }))
    assert.is_nil(suggest(name .. "n", { name .. "n" }))
  end)

  it("prefers the nearer, wherever in the list", function()
    assert.equal("abcdefg", suggest("abcdefh", { "abcdeij", "abcdefg", "abcdekl" }))
  end)

  it("prefers the first of equally near names", function()
    assert.equal("ab1", suggest("ab", { "ab1", "ab2" }))
  end)
end)
