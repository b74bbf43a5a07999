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

  it("prefers the first of equally near names", function()
    assert.equal("ab1", suggest("ab", { "ab1", "ab2" }))
  end)
end)
