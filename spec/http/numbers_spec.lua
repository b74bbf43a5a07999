local numbers = require "spherepay.http.numbers"

describe("A number as text", function()
  it("is its digits when it is whole, on every Lua", function()
    for text, number in pairs {
      ["5"] = 10 / 2, ["0"] = 0, ["-17"] = -17, ["1700000000000123"] = 1700000000000123,
      ["9007199254740992"] = 2 ^ 53, ["-9007199254740991"] = 1 - 2 ^ 53,
    } do
      assert.equal(text, numbers.text(number))
    end
    assert.equal("0", numbers.text(-0.0))
  end)

  it("is the shortest that reads back", function()
    for text, number in pairs {
      ["0.1"] = 0.1, ["0.30000000000000004"] = 0.1 + 0.2, ["2.5"] = 2.5, ["1e+300"] = 1e300,
      ["1e-07"] = 1e-7,
    } do
      assert.equal(text, numbers.text(number))
      assert.equal(number, tonumber(numbers.text(number)))
    end
  end)

  it("has no more digits than a double knows", function()
    assert.equal("9999999999999998", numbers.text(9999999999999998.0))
    assert.equal("-9999999999999998", numbers.text(-9999999999999998.0))
    for _, number in ipairs { 1e16, -1e16, 1.5e16, 2e16 } do
      assert.equal(number < 0 and "-1e+16" or ("%.15g"):format(number), numbers.text(number))
    end
    assert.equal("0.12345678901234568", numbers.text(0.12345678901234568))
    assert.equal("0.1234567890123456", numbers.text(0.1234567890123456))
    assert.equal("0.123456789012345", numbers.text(0.123456789012345))
  end)

  it("has a point where the locale has a comma", function()
    local format = string.format
    finally(function() rawset(string, "format", format) end)
    rawset(string, "format", function(...) return (format(...):gsub("%.", ",")) end)
    assert.equal("-0.5", numbers.text(-0.5))
  end)

  it("is there only for finite numbers", function()
    for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0, "1", {} } do
      assert.is_false(numbers.is_finite(value))
    end
    assert.is_true(numbers.is_finite(-1.5))
  end)
end)
