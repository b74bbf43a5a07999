local scrub = require "spherepay.privacy.scrub"
local suspects = require("spherepay.core").suspects

-- The names of what is said of a text.
local function said(text)
  local secrets, untidy, values, names = suspects(text)
  local list = {}
  if secrets then list[#list + 1] = "secrets" end
  if untidy then list[#list + 1] = "untidy" end
  if values then list[#list + 1] = "values" end
  if names then list[#list + 1] = "names" end
  return table.concat(list, " ")
end

-- The same of it alone, within words, and at both their ends.
local function always(wanted, text)
  for _, whole in ipairs { text, "it is " .. text .. " here", text .. " it", "it is " .. text } do
    assert.equal(wanted, said(whole), whole)
  end
end

describe("core.suspects", function()
  it("finds nothing in plain sentences", function()
    for _, text in ipairs {
      "", "x", "Validation failed for the customer.", "dateOfBirth is a date",
      "must be 10 to 20 (or 99) letters/digits!",
      ("k"):rep(19), ("k"):rep(19) .. " " .. ("k"):rep(19), "eyes, bear",
    } do
      assert.equal("", said(text), text)
    end
  end)

  it("finds what may be a secret, an address, an id or a link", function()
    for _, text in ipairs {
      "a:b", "a=b", "a@b", "a_b", "eyJ0", "xeyJ", ("k"):rep(20), ("ka-"):rep(7),
      "bearer x", "xbearerx",
    } do
      always("secrets", text)
    end
    assert.equal("secrets names", said "the BEARER x")
  end)

  it("finds a word of twenty bytes, whatever the last of them is", function()
    for _, last in ipairs { "k", "K", "7", "-" } do
      local word = ("k"):rep(19) .. last
      for _, text in ipairs { word, word .. " it", word .. "k", "(" .. word .. ")" } do
        assert.equal("secrets", said(text), text)
      end
    end
    assert.equal("secrets untidy", said(("k"):rep(19) .. "\195\169"))
    for _, apart in ipairs { ".", "/", "(", " ", "!" } do
      assert.equal("", said(("k"):rep(10) .. apart .. ("k"):rep(10)), apart)
    end
  end)

  it("finds what is no line of words of ASCII", function()
    for _, text in ipairs { "a  b", "a\nb", "a\tb", "a\127b", "a\0b", "\195\169" } do
      always("untidy", text)
    end
    assert.equal("untidy", said " a")
    assert.equal("untidy", said(("k"):rep(19) .. "\n" .. ("k"):rep(19))) -- two words
    assert.equal("untidy", said "a ")
    assert.equal("untidy", said "\195\137cole") -- no word on its capital: all of it is looked at
  end)

  it("finds quotations, and digits that are enough for somebody's number", function()
    for _, text in ipairs { "\"a\"", "'a'", "`a`", "don't", "1234567", "12 (34) 56/7" } do
      always("values", text)
    end
    assert.equal("", said "123456")
    assert.equal("", said "12 ab 3456")
  end)

  it("finds capitals, but for the one at the beginning of several words", function()
    for _, text in ipairs { "it is Jane", "the (Jane)", "a-B", "Jane Smith", "of X", "It. And" } do
      assert.equal("names", said(text), text)
    end
    for _, text in ipairs { "Jane", "Jane.", "Jane. .", "O-Neil", "A" } do
      assert.equal("names", said(text), text)
    end
    for _, text in ipairs { "Jane is", "The fooBar", "Abc, def", "line1A" } do
      assert.equal("", said(text), text)
    end
  end)

  it("leaves such a text as it is, but for its length", function()
    for _, text in ipairs {
      "Customer was not found.", "must be at most 20 letters", "Only 3 of 5 (or less)",
    } do
      assert.equal("", said(text))
      assert.equal(text, scrub.foreign(text))
      assert.equal(text, scrub.own(text))
      assert.equal(text, scrub.secrets(text))
      assert.equal(text:sub(1, 7) .. "...", scrub.foreign(text, 10))
      assert.equal(text:sub(1, 7) .. "...", scrub.own(text, 10))
    end
    local long = ("words "):rep(100) .. "words"
    assert.equal("", said(long))
    assert.equal(512 - 512 % 6 - 1, #scrub.foreign(long, 1000))
    assert.equal(512 - 512 % 6 - 1, #scrub.own(long, 1000))
  end)
end)
