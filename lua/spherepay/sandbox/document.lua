--- POST /v2/document: takes an upload, keeps nothing of the file but its size, and marks the
-- criterion as met. The document types are those the vendor lists per target; what a file is, its
-- first bytes say.

local check = require("spherepay.sandbox.check")
local failure = require("spherepay.sandbox.failure")
local media_type = require("spherepay.sandbox.media_type")
local multipart = require("spherepay.sandbox.multipart")
local profiles = require("spherepay.sandbox.profiles")

local document = {}

local MAX_FILE_BYTES = 15 * 1024 * 1024

local IDENTITY = { "identity_document", "identification_document", "photo_id" }
local LIVENESS = { "liveness_report_document", "liveness_check" }
local ADDRESS = { "proof_of_address_document", "proof_of_address" }

local PERSON = {
  drivers = IDENTITY,
  id_card = IDENTITY,
  passport = IDENTITY,
  residence_permit = IDENTITY,
  liveness_report = LIVENESS,
}

local CRITERIA = {
  individual = PERSON,
  business = {
    incorporation_cert = { "incorporation_cert_document" },
    shareholder_registry = { "shareholder_registry_document" },
    proof_of_address = ADDRESS,
  },
  representative = {
    drivers = IDENTITY,
    id_card = IDENTITY,
    passport = IDENTITY,
    residence_permit = IDENTITY,
    liveness_report = LIVENESS,
    proof_of_address = ADDRESS,
  },
}

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

local FIELDS = {
  { "target", check.one_of { "customer", "business_representative" }, required = true },
  { "targetId", check.string, required = true },
  { "documentType", check.string, required = true },
  { "country", check.country },
  { "side", check.one_of { "front", "back" } },
}

-- Of an upload in the same process no bytes come: what they would say is said beside.
local function size_of(part)
  return part.value and #part.value or part.size
end

local function check_file(problems, part)
  if not part then
    check.add(problems, "/file", "Required")
  elseif size_of(part) > MAX_FILE_BYTES then
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
