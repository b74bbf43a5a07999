local ledger = require "spherepay.resources.ledger"

local DIGEST = ("a"):rep(64)

describe("A ledger", function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)
  after_each(function() os.remove(path) end)

  it("knows after a restart what it was told last", function()
    local first = assert(ledger.open(path))
    assert(first:write("begun", 1, DIGEST, 100))
    assert(first:write("done", 1, DIGEST, "customer_1"))
    assert(first:write("begun", 2, DIGEST, 101))
    assert(first:write("undone", 2, DIGEST))
    assert(first:write("begun", 3, DIGEST, 102))
    first:close()
    local second = assert(ledger.open(path))
    for _, each in ipairs { first, second } do
      assert.same({ state = "done", digest = DIGEST, id = "customer_1" }, each.rows[1])
      assert.same({ state = "undone", digest = DIGEST }, each.rows[2])
      assert.equal("begun", each.rows[3].state)
      assert.equal(102, each.rows[3].at)
      assert.same({ customer_1 = true }, each.ids)
    end
    second:close()
  end)

  it("passes over lines that are none of its own", function()
    local file = io.open(path, "w")
    file:write("begun 1 abc 100\nnonsense\n\ndone 2 ", DIGEST, "\nundone 3 ", DIGEST, " x\n",
      "begun 4 ", DIGEST, " 7\nbegun 5 ", DIGEST)
    file:close()
    local found = assert(ledger.open(path))
    local count = 0
    for index in pairs(found.rows) do
      count = count + 1
      assert.equal(4, index)
    end
    assert.equal(1, count)
    found:close()
  end)

  it("tells rows apart by all that is in them, and shows nothing of it", function()
    local jane, john = { email = "jane.smith@example.com" }, { email = "john.doe@example.com" }
    assert.equal(ledger.digest(jane), ledger.digest { email = "jane.smith@example.com" })
    assert.are_not.equal(ledger.digest(jane), ledger.digest(john))
    assert.matches("^%x+$", ledger.digest(jane))
    assert.is_nil(ledger.digest { email = "\255" })
  end)
end)
