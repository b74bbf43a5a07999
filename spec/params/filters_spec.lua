local filters = require "spherepay.params.filters"

local function places_of(problems)
  local places = {}
  for i, problem in ipairs(problems or {}) do places[i] = problem.pointer end
  return table.concat(places, " ")
end

describe("The filters of a list", function()
  it("can be texts, finite numbers and booleans, and nothing else", function()
    assert.is_nil(filters.unsendable { a = "x", b = 1, c = true })
    assert.equal("/a /b /c", places_of(filters.unsendable {
      a = {}, b = 1 / 0, c = function() end,
    }))
    assert.equal("", places_of(filters.unsendable { "x" }))
    assert.equal(1, #filters.unsendable { "x" })
    assert.equal(1, #filters.unsendable { search = ("x"):rep(70000) })
  end)

  it("count pages from one, in digits or as numbers", function()
    for _, good in ipairs { 1, 2.0, "1", "120" } do
      assert.same({}, filters.check("v2", "customer_filters", { page = good, limit = good }))
    end
    for _, bad in ipairs { 0, -1, 1.5, "0", "01", "x", "", "1 ", 1e12, true } do
      assert.equal("/page /limit",
        places_of(filters.check("v2", "customer_filters", { page = bad, limit = bad })))
    end
  end)

  it("keep to what is documented of them, and pass where nothing is", function()
    assert.equal("/search", places_of(filters.check("v2", "customer_filters", {
      search = ("x"):rep(256), status = "new_status", anything = 1,
    })))
    assert.same({}, filters.check("v1", nil, { page = 0 }))
  end)
end)
