--- spherepay.sandbox.paging: query strings and pages.

local paging = require("spherepay.sandbox.paging")

describe("sandbox paging", function()
  it("decodes names and values, the last of a name winning", function()
    assert.same({ a = "b c&d", ["e="] = "", page = "2" },
      paging.parse("a=b+c%26d&e%3D&page=1&page=2"))
    assert.same({}, paging.parse(nil))
  end)

  it("gives ten per page and says what is before and behind", function()
    local list = {}
    for i = 1, 25 do list[i] = i end
    local items, pagination = paging.cut(list, { page = "2" })
    assert.equal("11 12 13 14 15 16 17 18 19 20", table.concat(items, " "))
    assert.same({
      page = 2, limit = 10, total = 25, totalPages = 3, hasNext = true, hasPrevious = true,
    }, pagination)
  end)

  it("answers a page past the end with nothing", function()
    local items, pagination = paging.cut({ 1 }, { page = "9", limit = "5" })
    assert.equal(0, #items)
    assert.is_false(pagination.hasNext)
    assert.is_true(pagination.hasPrevious)
  end)

  it("refuses what is not a positive integer and names the parameter", function()
    for _, text in ipairs { "0", "-1", "1.5", "x", "", string.rep("9", 400) } do
      local items, fault = paging.cut({}, { limit = text })
      assert.is_nil(items)
      assert.equal("limit", fault.errors[1].parameter)
    end
  end)
end)
