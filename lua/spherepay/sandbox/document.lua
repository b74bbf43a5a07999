--- POST /v2/document: takes an upload, keeps nothing of the file but its size, and marks the
-- criterion as met. The document types are those the vendor lists per target; what a file is, its
-- first bytes say.

local check = require("spherepay.sandbox.check")
local criteria = require("spherepay.api.criteria")
local documents = require("spherepay.api.documents")
local failure = require("spherepay.sandbox.failure")
local fields_of_api = require("spherepay.api.fields")
local media_type = require("spherepay.sandbox.media_type")
local multipart = require("spherepay.sandbox.multipart")
local profiles = require("spherepay.sandbox.profiles")

local document = {}

local IDENTITY = { "identity_document", "identification_document", "photo_id" }
local LIVENESS = { "liveness_report_document", "liveness_check" }
local ADDRESS = { "proof_of_address_document", "proof_of_address" }

-- The criteria that a type meets, in any version of the API.
local MEETS = {
  liveness_report = LIVENESS,
  proof_of_address = ADDRESS,
  incorporation_cert = { "incorporation_cert_document" },
  shareholder_registry = { "shareholder_registry_document" },
}
for _, name in ipairs(documents.identity) do MEETS[name] = IDENTITY end

-- kind of target -> document type -> criteria
local CRITERIA = {}
for _, kind in ipairs { "individual", "business", "representative" } do
  CRITERIA[kind] = {}
  for _, name in ipairs(criteria.document_types[kind]) do CRITERIA[kind][name] = MEETS[name] end
end

-- Names of 2025 that the newer pages no longer list.
local CRITERIA_2025 = {
  individual = { drivers_license = IDENTITY, proof_of_address = ADDRESS },
  business = { directors_registry = {} },
  representative = { drivers_license = IDENTITY },
}

local TARGETS = {
  customer = "customers",
  business_representative = "representatives",
}

-- A part of the form is a string, or one of a few; which it is says `fields`.
local FIELDS = {}
for _, field in ipairs(fields_of_api.v2.document_upload) do
  local rule = field.enum and check.one_of(field.enum) or check[field[2]]
  if field[2] ~= "document" then
    FIELDS[#FIELDS + 1] = { field[1], rule, required = field.required }
  end
end

-- Of an upload in the same process no bytes come: what they would say is said beside.
local function size_of(part)
  return part.value and #part.value or part.size
end

local function check_file(problems, part)
  if not part then
    check.add(problems, "/file", "Required")
  elseif size_of(part) > documents.max_bytes then
    check.add(problems, "/file", "Must not be larger than 15 MB")
  elseif not (part.value and media_type(part.value) or part.media_type) then
    check.add(problems, "/file", "Must be PDF, JPEG, PNG, HEIC or TIFF")
  end
end

local function read_fields(parts)
  local fields = {}
  for name, part in pairs(parts) do
    if name ~= "file" and part.value ~= "" then fields[name] = part.value end
  end
  if fields.target == "business-representative" then fields.target = "business_representative" end
  return fields
end

local function criteria_for(world, subject, document_type)
  local names = CRITERIA[subject.kind][document_type]
  if not names and world.shape == "v2-2025" then
    names = CRITERIA_2025[subject.kind][document_type]
  end
  return names
end

local function check_type(world, subject, fields)
  local names = criteria_for(world, subject, fields.documentType)
  if not names then
    return nil, failure.validation {
      { pointer = "/documentType", detail = "Not accepted for this target" },
    }
  end
  if names == IDENTITY and not fields.country and world.shape ~= "v2-2025" then
    return nil, failure.validation {
      { pointer = "/country", detail = "Required for identity documents" },
    }
  end
  return names
end

local function render(world, fields, file)
  return {
    targetId = fields.targetId,
    target = fields.target,
    documentType = fields.documentType,
    country = fields.country,
    side = fields.side,
    description = fields.description,
    fileName = file.filename,
    fileSize = size_of(file),
    mimeType = file.content_type,
    createdAt = world.iso(world.clock()),
  }
end

--- POST /v2/document. The status is not shown by the vendor; 201 as elsewhere.
---@param world table
---@param request table
---@return integer|nil status
---@return table value_or_failure
function document.upload(world, request)
  local parts = request.form
    or multipart.parse(request.headers["content-type"], request.body or "")
  if not parts then return nil, failure.malformed("The body must be multipart/form-data") end
  local fields = read_fields(parts)
  local problems = {}
  check.fields(problems, fields, "", FIELDS)
  check_file(problems, parts.file)
  if #problems > 0 then return nil, failure.validation(problems) end
  local subject = world[TARGETS[fields.target]]:find(fields.targetId)
  if not subject then return nil, failure.not_found() end
  local names, wrong = check_type(world, subject, fields)
  if not names then return nil, wrong end
  profiles.fulfil(subject, names)
  subject.updated = world.clock()
  return 201, render(world, fields, parts.file)
end

return document
