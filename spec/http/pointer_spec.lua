local pointer = require "spherepay.http.pointer"

describe("pointer", function()
  it("joins member names and list indexes", function()
    assert.equal("/address", pointer.join("", "address"))
    assert.equal("/ubos/0/dob", pointer.join(pointer.join("/ubos", 0), "dob"))
  end)

  it("escapes tilde and slash as RFC 6901 says", function()
    assert.equal("/meta/a~1b~0c", pointer.join("/meta", "a/b~c"))
  end)
end)
