-- spherepay: the SpherePay customer API. This file is the list of what there is.

local need = require "spherepay.need"

local core = need.core() -- before anything else asks for it

local blame = require "spherepay.options.blame"
local client = require "spherepay.client"
local documents = require "spherepay.api.documents"
local errors = require "spherepay.errors"
local json = require "spherepay.http.json"
local paths = require "spherepay.http.path"

---@class spherepay
---@field verification spherepay.verification
---@field gate spherepay.gate
---@field webhook spherepay.webhook
---@field testing spherepay.testing
---@field redact fun(value: any): any
local spherepay = {
  _VERSION = require "spherepay.version",

  --- JSON null and an empty JSON array, for params.
  null = json.null,
  empty_array = json.empty_array,

  --- What a call returned, or an error of one line at the line that made it.
  check = require "spherepay.options.check",

  --- Percent-encodes what becomes a step of a path for `client:request`.
  escape = paths.escape,

  --- The C parts this runs on: "libcurl/... OpenSSL/...".
  versions = core.versions,
}

-- What a call does not need is loaded when it is first used.
local DOORS = {
  --- Where a customer stands: tables in, tables out, no I/O.
  verification = "spherepay.verification",

  --- "May this customer pass?" for nginx: kept decisions, one look at a time.
  gate = "spherepay.gate",

  --- Whether a webhook is SpherePay's, and what it says.
  webhook = "spherepay.webhook",

  --- For specs of your own: a client whose API is in this process, and errors for stubs.
  testing = "spherepay.testing",

  --- A copy of a table that is fit for a log.
  redact = "spherepay.privacy.redact",
}

setmetatable(spherepay, {
  __index = function(_, name)
    if not DOORS[name] then return nil end
    local module = require(DOORS[name])
    spherepay[name] = module
    return module
  end,
})

--- A client. Nothing is opened and nothing is sent before the first call.
---@param given spherepay.Options
---@return spherepay.Client
--- Raises for an unknown option, a wrong type, or a value out of range.
function spherepay.new(given)
  if given == spherepay then
    blame("spherepay: write spherepay.new { ... }, with a dot")
  end
  return client.new(given)
end

--- A file as a value for a v1 document field: it is read and base64-encoded now, in C, and not
--- visible to Lua. Look at the result before it goes into params, where nil is an absent field.
---@param path string of a file of at most 15 MiB
---@return userdata? document
---@return spherepay.Error err kind "invalid": why it cannot be read, without the path
function spherepay.document_file(path)
  if type(path) ~= "string" then
    blame("spherepay.document_file takes a path (a string), got a " .. type(path))
  end
  local document, message = core.document_file(path, documents.max_bytes) -- v1 states no limit
  if document then return document end
  return nil, errors.new {
    kind = "invalid",
    message = "the document cannot be read: " .. message,
  }
end

-- nginx forks its workers from what is loaded here: they share it, and read no files later.
if rawget(_G, "ngx") then need.all() end

return spherepay
