local semaphores = require "spherepay.loop.semaphores"

describe("semaphores that are used again", function()
  local real, made

  before_each(function()
    real, made = package.loaded["ngx.semaphore"], 0
    package.loaded["ngx.semaphore"] = {
      new = function(count)
        made = made + 1
        return { count = count }
      end,
    }
  end)

  after_each(function() package.loaded["ngx.semaphore"] = real end)

  it("are new at zero when none has been given back", function()
    local kept = semaphores.new()
    assert.same({ count = 0 }, kept:take())
    kept:take()
    assert.equal(2, made)
  end)

  it("are those that were given back, each once, and nobody else's", function()
    local kept, other = semaphores.new(), semaphores.new()
    local one = kept:take()
    kept:give_back(one)
    assert.is_not.equal(one, other:take())
    assert.equal(one, kept:take())
    assert.is_not.equal(one, kept:take())
  end)

  it("need no file later: in nginx their module is read when they are made", function()
    local host, module = rawget(_G, "ngx"), package.loaded["ngx.semaphore"]
    package.loaded["ngx.semaphore"] = nil
    package.preload["ngx.semaphore"] = function() return module end
    rawset(_G, "ngx", {})
    local kept = semaphores.new()
    rawset(_G, "ngx", host)
    package.preload["ngx.semaphore"] = nil
    assert.same({ count = 0 }, kept:take())
  end)

  it("are kept up to 256", function()
    local kept = semaphores.new()
    for _ = 1, 300 do kept:give_back({}) end
    for _ = 1, 300 do kept:take() end
    assert.equal(44, made)
  end)
end)
