local params = require "spherepay.params"

describe("params.check", function()
  it("answers nothing when nothing is wrong", function()
    assert.is_nil(params.check("v1", "create", {}))
  end)

  it("reports params that are no table instead of raising", function()
    for _, given in ipairs { "x", 5, true, print } do
      assert.same("", params.check("v2", "create", given)[1].pointer)
    end
    assert.equal(1, #params.check("v2", "update", nil))
  end)

  it("gives the same problems in the same order each time", function()
    local given = { type = "individual", meta = { c = {}, a = {}, b = {} },
      address = { country = 1 } }
    local first = params.check("v2", "create", given)
    for _ = 1, 5 do assert.same(first, params.check("v2", "create", given)) end
  end)

  it("raises on a version that does not exist", function()
    assert.has_error(function() params.check("v3", "create", {}) end)
  end)
end)
