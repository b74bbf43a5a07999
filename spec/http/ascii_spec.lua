local ascii = require "spherepay.http.ascii"

describe("The letters of ASCII", function()
  it("have a lower and an upper case, and no other byte has", function()
    local lower, upper = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for byte = 0, 255 do
      local char = string.char(byte)
      local small, large = lower:find(char, 1, true), upper:find(char, 1, true)
      assert.equal(large and lower:sub(large, large) or char, ascii.lower(char))
      assert.equal(small and upper:sub(small, small) or char, ascii.upper(char))
    end
    assert.equal("content-type: [x]@", ascii.lower "Content-Type: [X]@")
    assert.equal("CONTENT-TYPE: [X]@{", ascii.upper "Content-Type: [x]@{")
  end)
end)
