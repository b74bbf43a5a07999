local fold = require "spherepay.privacy.fold"

describe("The form of a text", function()
  it("is the same for every spelling", function()
    for _, text in ipairs {
      "Jos\195\169", "JOS\195\137", "Jose\204\129", "jose", "Jos%C3%A9", "Jos\\u00e9",
      "Jos\\\\u00E9", "Jos\233", "Jos&#233;", "Jos&#xE9;", "Jos%25C3%25A9",
      "Jo\194\173s\226\128\139e",
    } do
      assert.equal("jose", (fold.text(text)), text)
    end
    assert.equal("aero strasse", (fold.text "\195\134r\195\184 Stra\195\159e"))
    assert.equal("nguyen", (fold.text "Nguy\225\187\133n"))
    assert.equal("istanbul", (fold.text "\196\176stanbul"))
    assert.equal("a b", (fold.text "A \t_-+. B"))
  end)

  it("leaves broken escapes as they are", function()
    for _, text in ipairs { "%", "%4", "%zz", "\\", "\\u00", "&", "&#", "&#;", "&nope;" } do
      assert.equal(text, (fold.text(text)))
    end
  end)

  it("knows where in the text each of its bytes stands", function()
    local text = "x %C3%A9 \\uD83D\\uDE00!"
    local form, from, to = fold.text(text)
    assert.equal("x e \240\159\152\128!", form)
    assert.equal(#form, #from)
    assert.equal(#form, #to)
    local at = form:find("e", 1, true)
    assert.equal("%C3%A9", text:sub(from[at], to[at]))
    at = form:find("\240", 1, true)
    assert.equal("\\uD83D\\uDE00", text:sub(from[at], to[at + 3]))
  end)

  it("is made of any bytes", function()
    for byte = 0, 255 do
      local form, from, to = fold.text(("a" .. string.char(byte)):rep(3))
      assert.equal(#form, #from)
      assert.equal(#form, #to)
    end
  end)
end)
