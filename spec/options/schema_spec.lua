local schema = require "spherepay.options.schema"

local function whole(value)
  if type(value) == "number" and value % 1 == 0 then return value end
  return nil, "a whole number", type(value) == "number" and "a fraction" or nil
end

local function lower(value)
  return value:lower()
end

local ITEMS = { { "limit", whole, 10 }, { "name", lower }, { "ready", function(v) return v end } }

describe("options.schema", function()
  it("gathers the names of a schema once, in order", function()
    local known = schema.known(ITEMS)
    assert.same({ "limit", "name", "ready" }, known.list)
    assert.equal(ITEMS[2], known.by_name.name)
    assert.equal(known, schema.known(ITEMS))
  end)

  it("makes a schema of names alone", function()
    assert.same({ "b", "a" }, schema.known(schema.of_names { "b", "a" }).list)
  end)

  it("finds no unknown key where there is none", function()
    assert.is_nil(schema.unknown({}, ITEMS))
    assert.is_nil(schema.unknown({ limit = 1, ready = false }, ITEMS))
  end)

  it("finds every unknown key, those that are no strings first, then by the alphabet", function()
    local unknown = schema.unknown({ zeta = 1, limit = 2, alpha = 3, [true] = 4, [7] = 5 }, ITEMS)
    assert.same({ 7, true, "alpha", "zeta" }, unknown)
  end)

  it("finds a key that is false", function()
    assert.same({ false }, schema.unknown({ [false] = 1 }, ITEMS))
  end)

  it("reads what the checks return, and the defaults", function()
    assert.same({ limit = 10, name = "x" }, schema.read({ name = "X" }, ITEMS))
    assert.same({ limit = 3 }, schema.read({ limit = 3 }, ITEMS))
  end)

  it("takes false for a value", function()
    assert.same({ limit = 10, ready = false }, schema.read({ ready = false }, ITEMS))
  end)

  it("says which value is the first that is wrong, and how", function()
    local values, name, wanted, got = schema.read({ limit = 1.5, name = "X" }, ITEMS)
    assert.is_nil(values)
    assert.same({ "limit", "a whole number", "a fraction" }, { name, wanted, got })
  end)

  it("leaves what it was given as it was", function()
    local given = { name = "X" }
    schema.read(given, ITEMS)
    assert.same({ name = "X" }, given)
  end)

  it("asks for the word that was meant, if one is near", function()
    assert.equal('did you mean "limit"?', schema.meant("limmit", { "name", "limit" }))
    assert.is_nil(schema.meant("colour", { "name", "limit" }))
    assert.is_nil(schema.meant(7, { "name" }))
  end)
end)
