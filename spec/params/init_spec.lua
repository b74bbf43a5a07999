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

describe("params.check_id", function()
  it("accepts ids as every sample shows them", function()
    for _, version in ipairs { "v1", "v2" } do
      assert.is_nil(params.check_id(version, "customer_1ab2c3d4"))
      assert.is_nil(params.check_id(version, "customer_f31121c389624d3697cbf3ea8830b7a4"))
    end
  end)

  it("refuses whatever could change the URL", function()
    for _, id in ipairs {
      "", "customer_", "../x", "customer_a/../b", "customer_a?x=1", "customer_a#f",
      "customer_a\r\n", "customer_a\0", "customer_a%2f", " customer_a", ".", "..",
      "jane.smith@example.com", "customer_\195\169", "customer_" .. ("a"):rep(300), 5, {}, true,
    } do
      local problems = params.check_id("v2", id)
      assert.equal("/id", problems and problems[1].pointer, tostring(id))
    end
    assert.is_table(params.check_id("v2", nil))
  end)

  it("lets other forms pass with a warning, and strictly not", function()
    for _, id in ipairs { "customer_6EC4EE8E-5D2A", "wallet_1ab2", "1ab2c3d4", "customer_A" } do
      local problems, warnings = params.check_id("v2", id)
      assert.is_nil(problems)
      assert.equal("/id", warnings[1].pointer)
      assert.equal("/id", params.check_id("v2", id, "strict")[1].pointer)
    end
    assert.same({}, { params.check_id("v1", "customer_1ab2c3d4", "strict") })
  end)

  it("looks without validation only for what is not safe in a URL", function()
    for _, id in ipairs { "customer:1", "jane@example.com", "a+b", "{x}", "customer_" } do
      assert.same({}, { params.check_id("v2", id, false) })
      assert.is_table(params.check_id("v2", id, true))
    end
    for _, id in ipairs {
      "", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a%2fb", "a b", "a\n", "a\0", "\195\169", 5,
      ("a"):rep(300),
    } do
      assert.equal("/id", params.check_id("v2", id, false)[1].pointer, tostring(id))
    end
  end)
end)
