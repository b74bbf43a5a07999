-- The types of files by their first bytes, as their formats say.

local media_type = require "spherepay.sandbox.media_type"

local function ftyp(...)
  return "\0\0\0\24ftyp" .. table.concat({ ... })
end

describe("The type of a file", function()
  it("is known by its first bytes", function()
    for beginning, wanted in pairs {
      ["\255\216\255\224..JFIF"] = "image/jpeg", ["\137PNG\r\n\26\n...."] = "image/png",
      ["II*\0...."] = "image/tiff", ["MM\0*...."] = "image/tiff",
      ["%PDF-1.7"] = "application/pdf", [("x"):rep(1019) .. "%PDF-"] = "application/pdf",
    } do
      assert.equal(wanted, media_type(beginning), beginning:sub(1, 8))
    end
    for _, other in ipairs {
      "", "\255\216", "\137PNG\r\n", "II*", "MM\0\0", "%PDF", "GIF89a",
      ("x"):rep(1020) .. "%PDF-",
    } do
      assert.is_nil(media_type(other))
    end
  end)

  it("is HEIC when a brand says so: the first, or one from the third on", function()
    for _, brand in ipairs { "heic", "heix", "hevc", "hevx", "mif1", "msf1" } do
      assert.equal("image/heic", media_type(ftyp(brand, "\0\0\0\0")))
      assert.equal("image/heic", media_type(ftyp("avif", "\0\0\0\0", "miaf", brand)))
      assert.is_nil(media_type(ftyp("avif", brand, "miaf")))
    end
    assert.is_nil(media_type(ftyp("isom", "\0\0\0\0", "mp41")))
    assert.is_nil(media_type("\0\0\0\24free" .. "heic"))
    assert.equal("image/heic", media_type(ftyp(("xxxx"):rep(13), "mif1"))) -- the sixty-first byte
    assert.is_nil(media_type(ftyp(("xxxx"):rep(14), "mif1")))
  end)
end)
