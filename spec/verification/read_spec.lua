local cjson = require("cjson")
local read = require("spherepay.verification.read")

describe("spherepay.verification.read", function()
  it("takes only strings with something in them for text", function()
    assert.equal("a", read.text("a"))
    for _, value in ipairs({ "", 1, true, {}, cjson.null, print }) do
      assert.is_nil(read.text(value))
    end
  end)

  it("finds an array under criteria, or inline in the profile", function()
    local list = { "a" }
    assert.equal(list, read.list({ criteria = { required = list } }, "required"))
    assert.equal(list, read.list({ required = list }, "required"))
    assert.equal(list, read.list({ criteria = {}, required = list }, "required"))
    assert.is_nil(read.list({ criteria = cjson.null, required = "a" }, "required"))
  end)

  it("finds a name among strings and among named items", function()
    assert.is_true(read.holds({ "a", "b" }, "b"))
    assert.is_true(read.holds({ { name = "b" } }, "b"))
    assert.is_false(read.holds({ cjson.null, 1, {} }, "b"))
    assert.is_false(read.holds(nil, "b"))
  end)

  it("ranks a criterion by the worst the profile says of it", function()
    local profile = { criteria = {
      complete = { "a", "b", "c", "d" }, pending = { "b", "c", "d" }, required = { "c", "d" },
      errors = { { name = "d" } },
    } }
    for name, rank in pairs({ a = 1, b = 2, c = 3, d = 4, e = 0 }) do
      assert.equal(rank, read.rank(profile, name))
    end
  end)
end)
