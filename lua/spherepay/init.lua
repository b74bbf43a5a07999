-- spherepay: the SpherePay customer API. This file is the list of what there is.

local client = require "spherepay.client"
local core = require "spherepay.core"
local json = require "spherepay.json"
local paths = require "spherepay.paths"

local spherepay = {
  _VERSION = require "spherepay.version",

  --- A client (README: Options).
  new = client.new,

  --- Where a customer stands: tables in, tables out, no I/O.
  verification = require "spherepay.verification",

  --- JSON null and an empty JSON array, for params.
  null = json.null,
  empty_array = json.empty_array,

  --- A copy of a table that is fit for a log.
  redact = require "spherepay.redact",

  --- Percent-encodes what becomes a step of a path for `client:request`.
  escape = paths.escape,

  --- The C parts this runs on: "libcurl/... OpenSSL/...".
  versions = core.versions,
}

-- The vendor's limit for an uploaded file (vendor docs: Upload a document).
local MAX_DOCUMENT = 15 * 1024 * 1024

--- A file as a value for params: it is read and base64-encoded in C, and not visible to Lua.
---@param path string
---@return userdata? document
---@return string? message why it cannot be read, without the path
function spherepay.document_file(path)
  if type(path) ~= "string" then
    error("spherepay.document_file takes a path (a string), got a " .. type(path), 2)
  end
  return core.document_file(path, MAX_DOCUMENT)
end

return spherepay
