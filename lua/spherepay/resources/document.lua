-- The resource document: uploads. The file is read by the core while it is sent, so that neither
-- its bytes nor its size are ever Lua's.

local blame = require "spherepay.options.blame"
local documents = require "spherepay.api.documents"
local json = require "spherepay.http.json"
local checks = require "spherepay.options.checks"
local misnamed = require "spherepay.options.misnamed"
local need = require "spherepay.need"
local request = require "spherepay.http.request"
local runner = require "spherepay.resources.runner"
local uploads = require "spherepay.http.upload"

local many = need.lazily "spherepay.resources.many"
local params = need.lazily "spherepay.params.document"
local rules = need.lazily "spherepay.params.rules"

local document = {}

local MAX_NAME = 255
local OWN_OPTIONS = { { "on_progress", checks.callback } }

-- What says where the bytes are, and is no part of the form.
local OF_FILE = { file = true, content = true, filename = true, on_progress = true }

local function form_of(given)
  local form = {}
  for name, value in pairs(given) do
    if not OF_FILE[name] then form[name] = value end
  end
  if form.target == nil then form.target = params.target_of(form.targetId) end
  return form
end

-- The last step of a path, on every system.
local function last_step(path)
  return path:match("[^/\\]*$")
end

local function name_problem(name)
  if type(name) ~= "string" then return "must be a string, got a " .. type(name) end
  if name == "" or #name > MAX_NAME then return "must have 1 to " .. MAX_NAME .. " bytes" end
  if name:find("[%z\1-\31\127/\\]") then return "must not hold slashes or control characters" end
  return not uploads.is_utf8(name) and "must be UTF-8" or nil
end

-- The bytes, or nil and where and why not.
local function open(given)
  if (given.file == nil) == (given.content == nil) then
    return nil, given.file == nil and "/file" or "/content",
      given.file == nil and "is required: a path, or `content`, the bytes"
        or "cannot be given with file: the one is a path, the other the bytes"
  end
  local place = given.file and "/file" or "/content"
  local value = given.file or given.content
  if type(value) ~= "string" then
    return nil, place, "must be a string, got a " .. type(value)
  end
  local from = given.file and uploads.of_file or uploads.of_string
  local upload, message = from(value)
  if not upload then return nil, place, "cannot be sent: " .. message end
  return upload, place
end

local function media_problem(upload)
  local media_type = upload:about()
  if documents.media_types[media_type] then return nil end
  return "must be PDF, JPEG, PNG, HEIC or TIFF, by its first bytes"
end

-- Whatever is wrong with the file, as a list of problems.
local function check_file(given, upload, place, why, validate)
  local problems = {}
  if not upload then
    rules.add(problems, place, why)
  elseif validate and media_problem(upload) then
    rules.add(problems, place, media_problem(upload))
  end
  if given.filename ~= nil and name_problem(given.filename) then
    rules.add(problems, "/filename", name_problem(given.filename))
  end
  return problems
end

local function value_problem(value)
  if type(value) ~= "string" then return "must be a string, got a " .. type(value) end
  if value:find("%z") then return "must not hold NUL" end
  return not uploads.is_utf8(value) and "must be UTF-8" or nil
end

-- Fills the form. Problems are what cannot be sent, whatever it means.
local function fill(upload, form, problems)
  local names = {}
  for name in pairs(form) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = form[name]
    local detail = value_problem(value)
    if detail then
      rules.add(problems, "/" .. name, detail)
    elseif upload then
      upload:add(name, value)
    end
  end
end

local function name_of(given)
  if given.filename ~= nil then return given.filename end
  local name = given.file and last_step(given.file)
  return name and not name_problem(name) and name or "document"
end

-- The form without its bytes.
local function outline(upload, form, given)
  local media_type, size = upload:about()
  return {
    fields = form,
    file = {
      filename = name_of(given), content_type = media_type or "application/octet-stream",
      media_type = media_type, size = size,
    },
  }
end

-- What the checks of the fields have not said already.
local function append(problems, more)
  local said = {}
  for _, problem in ipairs(problems) do said[problem.pointer] = true end
  for _, problem in ipairs(more) do
    if not said[problem.pointer] then problems[#problems + 1] = problem end
  end
  return problems
end

local function upload_document(client, given, opts)
  local own, call = many.options(opts, "document.upload", OWN_OPTIONS)
  given = json.plain(given)
  local form = form_of(given)
  local spec, err = runner.new(client, "document.upload", nil, form)
  if spec then spec, err = runner.set_options(client, spec, call) end
  if not spec then return nil, err end
  local upload, place, why = open(given)
  local checked, refusal = runner.check(client, spec)
  local problems = checked and {} or refusal.errors
  append(problems, check_file(given, upload, place, why, spec.call.validate))
  local unsendable = {}
  fill(upload, form, unsendable)
  append(problems, unsendable)
  if problems[1] then
    if upload then upload:close() end
    return request.refuse(spec, "invalid", nil, problems)
  end
  upload:rename(name_of(given))
  spec.upload, spec.form = upload, outline(upload, form, given)
  spec.params = json.plain(form)
  spec.params.filename = name_of(given)
  spec.on_progress = own.on_progress or given.on_progress
  local answered, failure, response = request.run(client, spec)
  upload:close() -- what was never begun
  if failure then return nil, failure end
  return answered, nil, response
end

--- The resource, bound to a client.
---@param client spherepay.Client
---@param empty table which becomes it
---@return spherepay.DocumentResource
function document.new(client, empty)
  ---@class spherepay.DocumentResource
  local resource = empty

  --- "Upload a document", of a customer or of a representative: PDF, JPEG, PNG, HEIC or TIFF, of at
  --- most 15 MiB, which is checked before anything is sent, as are the types of document that the
  --- target takes. The file is sent as it is read; one that changes meanwhile, or ends early, is an
  --- error of kind "invalid", with `sent` saying how far it got. Repeated as seldom as
  --- client.customer.create.
  ---@param given spherepay.Upload file: a path; content: the bytes instead;
  ---  filename: what the file is called, the last step of the path when absent; target follows from
  ---  the id; country, alpha-3, is required for documents of identity
  ---@param opts spherepay.UploadOptions? `on_progress` = function(sent, total), in bytes, called in
  ---  steps of the loop, where it must not wait: it goes back when the upload is repeated; and
  ---  those of client.customer.create
  ---@return spherepay.v2.document? document as the API answered
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.upload(given, opts)
    runner.refuse_colon(resource, given, "client.document.upload")
    runner.refuse_type(given, "table", "client.document.upload", "a table of params")
    if given.on_progress ~= nil and type(given.on_progress) ~= "function" then
      blame("spherepay: client.document.upload takes on_progress, a function")
    end
    return upload_document(client, given, opts)
  end

  local UPLOAD = "did you mean \"upload\"?"
  return misnamed.watch(resource, "client.document", {
    create = UPLOAD, add = UPLOAD, post = UPLOAD, send = UPLOAD, new = UPLOAD,
    list = "the API documents no list of documents", get = "the API documents no way to read one",
  })
end

return document
