-- spherepay document upload: sends a file for a customer or a representative.

local fields = require("spherepay.api.fields")

local function choices(name)
  for _, field in ipairs(fields.v2.document_upload) do
    if field[1] == name then return field.enum or field.open end
  end
  return nil
end

return {
  summary = "Upload a document: PDF, JPEG, PNG, HEIC or TIFF, 15 MB at most.",

  arguments = function(command)
    command:argument("id", "Whose: customer_... or associatedPerson_...")
    command:argument("file", "Its path.")
    command:option("--type", "What it is: " .. table.concat(choices("documentType"), ", ") .. ".")
      :count(1)
    command:option("--country", "Who issued it, in three letters, such as USA.")
    command:option("--side", "Which side of it."):choices(choices("side"))
    command:option("--description", "For whoever reviews it.")
  end,

  run = function(session, args)
    local client = session:writer()
    local bar = session:bar("upload", { unit = "bytes" })
    local document, err, response = client.document.upload({
      targetId = args.id, file = args.file, documentType = args.type, country = args.country,
      side = args.side, description = args.description,
    }, { on_progress = function(sent, total) bar:update(sent, total) end })
    bar:clear()
    session:show(session:need(document, err, response))
  end,
}
