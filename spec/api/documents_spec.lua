-- What the vendor says of files, by hand.

local documents = require "spherepay.api.documents"

describe("What is documented of files", function()
  it("is a limit of 15 MiB, five types, and which ones need a country", function()
    assert.equal(15728640, documents.max_bytes)
    assert.same({
      ["application/pdf"] = "PDF", ["image/jpeg"] = "JPEG", ["image/png"] = "PNG",
      ["image/heic"] = "HEIC", ["image/tiff"] = "TIFF",
    }, documents.media_types)
    assert.same({ "drivers", "id_card", "passport", "residence_permit" }, documents.identity)
  end)
end)
