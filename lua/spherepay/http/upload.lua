-- The bytes of an upload, held by the core: a file that is read while it is sent, or a string.

local core = require "spherepay.core"
local documents = require "spherepay.api.documents"

local upload = {}

--- The bytes of a file.
---@param path string
---@return spherepay.core.Upload? bytes
---@return string? message
function upload.of_file(path)
  return core.upload_file(path, documents.max_bytes)
end

--- Bytes that are there already.
---@param bytes string
---@return spherepay.core.Upload? bytes
---@return string? message
function upload.of_string(bytes)
  return core.upload_bytes(bytes, documents.max_bytes)
end

--- Whether a text can stand in the form.
---@param text string
---@return boolean
function upload.is_utf8(text)
  return core.quote(text) ~= nil
end

return upload
