--- What a customer does besides sending fields: hosted pages, one-time codes, submission (v2).
-- The code is fixed by an option, because no message is sent. Documents are in document.lua.

local failure = require("spherepay.sandbox.failure")
local json = require("spherepay.sandbox.json")
local links = require("spherepay.sandbox.links")
local profiles = require("spherepay.sandbox.profiles")

local onboarding = {}

local CODE_SECONDS = 600

-- Sent through the API, so a hosted page does not ask for them.
local NOT_HOSTED = {
  email_address = true,
  phone_number = true,
  residential_address = true,
  tax_identification_number = true,
}

local CONTACT = { email = "email", phone = "phone" }

local function touch(world, subject, names)
  subject.updated = world.clock()
  profiles.fulfil(subject, names)
end

local function face_link(world, request, subject)
  local url, expires_at = links.make(world, request, "face", function()
    touch(world, subject, { "liveness_check" })
  end)
  return { url = url, expiresAt = expires_at }
end

--- POST /v2/customer/{id}/tos-link, documented with 201. 2025 had no expiresAt.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.tos_link(world, request, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  local url, expires_at = links.make(world, request, "tos", function()
    subject.tos_status = "approved"
    touch(world, subject, { "terms_of_service" })
  end)
  return 201, { link = url, expiresAt = world.shape ~= "v2-2025" and expires_at or nil }
end

--- POST (2025 also GET) /v2/customer/{id}/kyc-link. The call is said to fail while `required` lists
--- items; as the page itself collects documents, that is taken to mean what only the API can send.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.kyc_link(world, request, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  if world.shape ~= "v2-2025" and subject.kind == "individual" then
    for _, name in ipairs(profiles.required(subject)) do
      if NOT_HOSTED[name] then
        return nil, failure.malformed("Criteria are still required: " .. name)
      end
    end
  end
  local url, expires_at = links.make(world, request, "kyc", function()
    subject.tos_status = "approved"
    touch(world, subject, profiles.required(subject))
  end)
  return 200, { url = url, expiresAt = expires_at }
end

--- POST .../face-verification-link of a customer.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.face_link(world, request, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  return 200, face_link(world, request, subject)
end

--- POST .../face-verification-link of a business representative.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.representative_face_link(world, request, id)
  local subject = world.representatives:find(id)
  if not subject then return nil, failure.not_found("Business representative") end
  return 200, face_link(world, request, subject)
end

local function otp_type(body)
  if CONTACT[body.type] then return body.type end
  return nil, failure.validation { { pointer = "/type", detail = "Must be one of email, phone" } }
end

--- POST /v2/customer/{id}/otp-send. What happens without a contact is not documented; here it is
--- refused.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.otp_send(world, request, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  local kind, wrong = otp_type(request.json)
  if not kind then return nil, wrong end
  local contact = subject.fields[CONTACT[kind]]
  if not contact then return nil, failure.malformed("The customer has no " .. kind) end
  local expires = world.clock() + CODE_SECONDS
  subject.codes = subject.codes or {}
  subject.codes[kind] = expires
  if world.shape == "v2-2025" then
    return 200, {
      type = kind,
      contact = contact,
      verified = false,
      expiresAt = world.iso(expires),
    }
  end
  return 200, { customerId = subject.id, expiresAt = world.iso(expires) }
end

local function wrong_code(world, subject, kind, code)
  local is_number = world.shape == "v2-2025" and type(code) == "number"
  if not is_number and (type(code) ~= "string" or #code < 1 or #code > 10) then
    return failure.validation {
      { pointer = "/code", detail = "Must be a string of 1 to 10 characters" },
    }
  end
  local expires = subject.codes and subject.codes[kind]
  local given = is_number and string.format("%.0f", code) or code
  if not expires or expires < world.clock() or given ~= world.otp_code then
    return failure.malformed("The code is wrong or has expired")
  end
end

--- POST /v2/customer/{id}/otp-verify. The answer to a wrong code is not documented; here it is 400.
---@param world table
---@param request table
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.otp_verify(world, request, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  local kind, wrong = otp_type(request.json)
  if not kind then return nil, wrong end
  local refused = wrong_code(world, subject, kind, json.present(request.json.code))
  if refused then return nil, refused end
  subject.codes[kind] = nil
  touch(world, subject, { kind .. "_verification" })
  local verified_at = world.iso(subject.updated)
  if world.shape == "v2-2025" then
    return 200, {
      type = kind,
      contact = subject.fields[CONTACT[kind]],
      verified = true,
      verifiedAt = verified_at,
    }
  end
  return 200, { customerId = subject.id, verifiedAt = verified_at }
end

--- POST /v2/customer/{id}/submit-verification: deprecated, and of no effect, because moving to
--- pending is automatic.
---@param world table
---@param _ table request
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.submit(world, _, id)
  local subject = world.customers:find(id)
  if not subject then return nil, failure.not_found() end
  if world.shape == "v2-2025" then return 200, { id = subject.id } end
  return 200, { customerId = subject.id }
end

--- POST /v2/business-representative/{id}/submit-verification, of no effect either.
---@param world table
---@param _ table request
---@param id string
---@return integer|nil status
---@return table value_or_failure
function onboarding.representative_submit(world, _, id)
  local subject = world.representatives:find(id)
  if not subject then return nil, failure.not_found("Business representative") end
  return 200, { id = subject.id }
end

return onboarding
