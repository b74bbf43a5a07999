local ids = require "spherepay.params.id"

describe("ids.check", function()
  it("accepts ids as every sample shows them", function()
    assert.is_nil(ids.check("customer_1ab2c3d4"))
    assert.is_nil(ids.check("customer_f31121c389624d3697cbf3ea8830b7a4"))
  end)

  it("refuses whatever could change the URL", function()
    for _, id in ipairs {
      "", "customer_", "../x", "customer_a/../b", "customer_a?x=1", "customer_a#f",
      "customer_a\r\n", "customer_a\0", "customer_a%2f", " customer_a", ".", "..",
      "jane.smith@example.com", "customer_\195\169", "customer_" .. ("a"):rep(300), 5, {}, true,
    } do
      local problems = ids.check(id)
      assert.equal("/id", problems and problems[1].pointer, tostring(id))
    end
    assert.is_table(ids.check(nil))
  end)

  it("lets other forms pass with a warning, and strictly not", function()
    for _, id in ipairs { "customer_6EC4EE8E-5D2A", "wallet_1ab2", "1ab2c3d4", "customer_A" } do
      local problems, warnings = ids.check(id)
      assert.is_nil(problems)
      assert.equal("/id", warnings[1].pointer)
      assert.equal("/id", ids.check(id, "strict")[1].pointer)
    end
    assert.same({}, { ids.check("customer_1ab2c3d4", "strict") })
  end)

  it("looks without validation only for what is not safe in a URL", function()
    for _, id in ipairs { "customer:1", "jane@example.com", "a+b", "{x}", "customer_" } do
      assert.same({}, { ids.check(id, false) })
      assert.is_table(ids.check(id, true))
    end
    for _, id in ipairs {
      "", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a%2fb", "a b", "a\n", "a\0", "\195\169", 5,
      ("a"):rep(300),
    } do
      assert.equal("/id", ids.check(id, false)[1].pointer, tostring(id))
    end
  end)
end)
