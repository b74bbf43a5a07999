local fold = require("spherepay.core").fold

-- The letters of Latin that Unicode takes apart into one of ASCII and marks.
local ACCENTED = {
  a = "ÀÁÂÃÄÅàáâãäåĀāĂăĄąǍǎǞǟǠǡǺǻȀȁȂȃȦȧḀḁẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặ",
  b = "ḂḃḄḅḆḇ",
  c = "ÇçĆćĈĉĊċČčḈḉ",
  d = "ĎďḊḋḌḍḎḏḐḑḒḓ",
  e = "ÈÉÊËèéêëĒēĔĕĖėĘęĚěȄȅȆȇȨȩḔḕḖḗḘḙḚḛḜḝẸẹẺẻẼẽẾếỀềỂểỄễỆệ",
  f = "Ḟḟ",
  g = "ĜĝĞğĠġĢģǦǧǴǵḠḡ",
  h = "ĤĥȞȟḢḣḤḥḦḧḨḩḪḫẖ",
  i = "ÌÍÎÏìíîïĨĩĪīĬĭĮįİǏǐȈȉȊȋḬḭḮḯỈỉỊị",
  j = "Ĵĵǰ",
  k = "ĶķǨǩḰḱḲḳḴḵ",
  l = "ĹĺĻļĽľḶḷḸḹḺḻḼḽ",
  m = "ḾḿṀṁṂṃ",
  n = "ÑñŃńŅņŇňǸǹṄṅṆṇṈṉṊṋ",
  o = "ÒÓÔÕÖòóôõöŌōŎŏŐőƠơǑǒǪǫǬǭȌȍȎȏȪȫȬȭȮȯȰȱṌṍṎṏṐṑṒṓỌọỎỏỐốỒồỔổỖỗỘộỚớ"
    .. "ỜờỞởỠỡỢợ",
  p = "ṔṕṖṗ",
  r = "ŔŕŖŗŘřȐȑȒȓṘṙṚṛṜṝṞṟ",
  s = "ŚśŜŝŞşŠšȘșṠṡṢṣṤṥṦṧṨṩ",
  t = "ŢţŤťȚțṪṫṬṭṮṯṰṱẗ",
  u = "ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲųƯưǓǔǕǖǗǘǙǚǛǜȔȕȖȗṲṳṴṵṶṷṸṹṺṻỤụỦủỨứỪừỬửỮữỰự",
  v = "ṼṽṾṿ",
  w = "ŴŵẀẁẂẃẄẅẆẇẈẉẘ",
  x = "ẊẋẌẍ",
  y = "ÝýÿŶŷŸȲȳẎẏẙỲỳỴỵỶỷỸỹ",
  z = "ŹźŻżŽžẐẑẒẓẔẕ",
}
local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

-- The UTF-8 of a code, of three bytes at most.
local function utf8_of(code)
  local low = 128 + code % 64
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(192 + math.floor(code / 64), low) end
  return string.char(224 + math.floor(code / 4096), 128 + math.floor(code / 64) % 64, low)
end

describe("The form of a letter", function()
  it("is the one below its accents", function()
    for letter, all in pairs(ACCENTED) do
      for accented in all:gmatch(CHARACTER) do
        assert.equal(letter, fold(accented), accented)
      end
    end
  end)

  it("is two where it stands for two, or the one that it looks like", function()
    for letter, form in pairs {
      ["Æ"] = "ae", ["æ"] = "ae", ["Œ"] = "oe", ["œ"] = "oe", ["Þ"] = "th", ["þ"] = "th",
      ["ß"] = "ss", ["ẞ"] = "ss", ["Ĳ"] = "ij", ["ĳ"] = "ij", ["Ø"] = "o", ["ø"] = "o",
      ["Đ"] = "d", ["đ"] = "d", ["Ð"] = "d", ["ð"] = "d", ["Ł"] = "l", ["ł"] = "l", ["Ħ"] = "h",
      ["ħ"] = "h", ["Ŋ"] = "n", ["ŋ"] = "n", ["ı"] = "i", ["Ŧ"] = "t", ["ŧ"] = "t", ["Ə"] = "e",
      ["ə"] = "e", ["K"] = "k", ["’"] = "'", ["ʼ"] = "'",
    } do
      assert.equal(form, fold(letter), letter)
    end
  end)

  it("is itself where there is none below, and outside of what is known", function()
    for _, letter in ipairs { "×", "÷", "Ƣ", "Ƹ", "ǀ", "Ɐ", "ɐ", "¿", "ἀ", "Ⴀ", "א", "中", "😀" } do
      assert.equal(letter, fold(letter), letter)
    end
  end)

  it("is small in Greek and Cyrillic, without accents", function()
    for given, form in pairs {
      ["ΑΩΡ"] = "αωρ", ["АЯР"] = "аяр", ["ЁЙЂЏ"] = "еиђџ", ["ЀЍ"] = "еи", ["ς"] = "σ",
      ["ЎўѝΆ"] = "ууиα", ["Άέήίόύώ"] = "αεηιουω", ["αω"] = "αω", ["ая"] = "ая", ["ΐΰϊϋ"] = "ιυιυ",
    } do
      assert.equal(form, fold(given), given)
    end
  end)

  it("is narrow where it is wide", function()
    assert.equal("!az~09", fold "！ＡＺ～０９")
    assert.equal("｟", fold "｟")
  end)
end)

describe("The form of what is no letter", function()
  local function forms(codes)
    local list = {}
    for i, code in ipairs(codes) do list[i] = fold("a" .. utf8_of(code) .. "b") end
    return list
  end

  it("is nothing for a mark", function()
    for _, form in ipairs(forms { 0x300, 0x36F, 0xAD, 0x200B, 0x200F, 0x202A, 0x202E, 0x2060,
      0x2069, 0xFEFF }) do
      assert.equal("ab", form)
    end
    for _, code in ipairs { 0x2FF, 0x370, 0xAC, 0xAE, 0x2029, 0x206A, 0xFEFE } do
      assert.equal("a" .. utf8_of(code) .. "b", forms({ code })[1])
    end
  end)

  it("is a space for a separator", function()
    for _, form in ipairs(forms { 0x01, 0x20, 0x2B, 0x2C, 0x2D, 0x2E, 0x5F, 0x85, 0xA0, 0x2000,
      0x200A, 0x2010, 0x2015, 0x202F, 0x3000 }) do
      assert.equal("a b", form)
    end
    for _, code in ipairs { 0x21, 0x2A, 0x2F, 0x5E, 0x60, 0x84, 0x86, 0xA1, 0x1FFF, 0x2016,
      0x3001 } do
      assert.equal("a" .. utf8_of(code) .. "b", forms({ code })[1])
    end
  end)
end)

describe("The form of a text", function()
  it("is the same for every spelling", function()
    for _, text in ipairs {
      "Jos\195\169", "JOS\195\137", "Jose\204\129", "jose", "Jos%C3%A9", "Jos\\u00e9",
      "Jos\\\\u00E9", "Jos\233", "Jos&#233;", "Jos&#xE9;", "Jos%25C3%25A9",
      "Jo\194\173s\226\128\139e",
    } do
      assert.equal("jose", fold(text), text)
    end
    assert.equal("aero strasse", fold "\195\134r\195\184 Stra\195\159e")
    assert.equal("nguyen", fold "Nguy\225\187\133n")
    assert.equal("istanbul", fold "\196\176stanbul")
    assert.equal("a b", fold "A \t_-+. B")
  end)

  it("reads the escapes of HTML and of JSON to their ends", function()
    local last = "\244\143\191\191" -- U+10FFFF
    for text, form in pairs {
      [last] = last, ["&#1114111;"] = last, ["&#x10FFFF;"] = last, ["\\udbff\\udfff"] = last,
      ["&#1114112;"] = "&#1114112;", ["&#x110000;"] = "&#x110000;",
      ["&#0000233;"] = "e", ["&#00000233;"] = "&#00000233;",
      ["&#x0000E9;"] = "e", ["&#XE9;"] = "e", ["&#x00000E9;"] = "&#x00000e9;",
      ["\\ud800\\u0041"] = "\237\160\128a",
      ["\\ud800\\ue000"] = "\237\160\128\238\128\128",
      ["a\\tb"] = "a b", ["a\\nb"] = "a b", ["a\\rb"] = "a b", ["a\\/b"] = "a/b",
      ["a\\\\x"] = "a\\x", ["a\\\\\\x"] = "a\\x", ["a\\x"] = "a\\x",
    } do
      assert.equal(form, fold(text), text)
    end
  end)

  it("leaves broken escapes as they are", function()
    for _, text in ipairs { "%", "%4", "%zz", "\\", "\\u00", "&", "&#", "&#;", "&nope;" } do
      assert.equal(text, fold(text))
    end
  end)

  it("is the same when every byte comes as an escape", function()
    assert.equal("e 164 jane", fold "E.164, +Jane")
    for first = 0, 255 do
      for _, second in ipairs { "", " ", "B", "_", "\0", "\127", "\195", "\1" } do
        local text = string.char(first) .. second .. "Jos-E. " .. string.char(first) .. "x"
        local escaped = text:gsub(".", function(byte) return ("%%%02X"):format(byte:byte()) end)
        if not text:find("[%%\\&]") then assert.equal(fold(text), fold(escaped), escaped) end
      end
    end
  end)

  it("is made of texts of a length", function()
    assert.equal(2 * 65535, #fold(("\223"):rep(65535)))
    assert.equal("", fold "")
    assert.error_matches(function() fold(("x"):rep(65536)) end, "too long")
  end)

  it("is made of any bytes", function()
    for byte = 0, 255 do
      assert.matches("^a", fold(("a" .. string.char(byte)):rep(3)))
    end
  end)
end)
