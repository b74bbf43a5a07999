local printable = require("spherepay.verification.printable")

describe("spherepay.verification.printable", function()
  it("leaves text alone", function()
    assert.equal("Jos\195\169 (2)", printable("Jos\195\169 (2)"))
  end)

  it("lets nothing break a line or steer a terminal", function()
    assert.equal("a b [31mc d", printable("a\r\nb\27[31mc\194\155d"))
  end)
end)
