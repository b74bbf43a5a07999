local fake_ngx = require "spec.support.fake_ngx"
local unique = require "spherepay.gate.unique"

describe("spherepay.gate.unique", function()
  it("gives no name twice, in one worker or in two of one pid", function()
    local host, seen = fake_ngx.new().ngx, {}
    local first, second = unique.new(host), unique.new(host)
    for _ = 1, 100 do
      for _, name in ipairs { first(), second() } do
        assert.is_nil(seen[name])
        assert.matches("^%S+$", name)
        assert.is_nil(tonumber(name))
        seen[name] = true
      end
    end
  end)

  it("gives others after a fork", function()
    local host = fake_ngx.new().ngx
    local name = unique.new(host)
    local before = name()
    function host.worker.pid() return 2 end
    assert.matches("^2%.", name())
    assert.matches("^1%.", before)
  end)

  it("gives them again after there was no memory for one", function()
    local host = fake_ngx.new().ngx
    local name, now = unique.new(host), host.now
    function host.now() error("not enough memory", 0) end
    assert.has_error(name, "not enough memory")
    host.now = now
    assert.matches("^%d+%.", name())
  end)
end)
