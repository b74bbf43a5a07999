-- What the vendor documents of the files of uploads, as data: it requires nothing. Which types of
-- document each kind of customer may upload: see `criteria`.
-- Source: vendor docs, "Upload a document".

return {
  max_bytes = 15 * 1024 * 1024,

  -- By the first bytes.
  media_types = {
    ["application/pdf"] = "PDF", ["image/jpeg"] = "JPEG", ["image/png"] = "PNG",
    ["image/heic"] = "HEIC", ["image/tiff"] = "TIFF",
  },

  -- The types of document that need the country that issued them.
  identity = { "drivers", "id_card", "passport", "residence_permit" },
}
