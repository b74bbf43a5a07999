--- The error bodies of each generation, made from one description of what went wrong.
-- A failure is `{ status, detail, code?, errors?, legacy?, v1? }`: `errors` is a list of
-- `{ detail, pointer?, parameter? }`, `legacy` the text of 2025 where it differs, `v1` the v1 code.
-- Where the vendor documents no body for a case, the comment at that case says so.

local json = require("spherepay.sandbox.json")

local failure = {}

--- A body that is not a JSON object, or a request malformed in another way. The status is
--- documented, the code for this case is not, so there is none.
---@param detail string|nil
---@return table
function failure.malformed(detail)
  return {
    status = 400,
    detail = detail or "Invalid request parameters",
    legacy = detail or "Bad Request Exception",
    v1 = "customer/wrong-data-structure",
  }
end

--- A missing or malformed key, in the words of the vendor's staging pages; the production pages say
--- 403 for it. The v1 code is not documented.
---@return table
function failure.unauthorized()
  return {
    status = 401,
    code = "unauthorized",
    detail = "Invalid or missing API key.",
    v1 = "unauthorized",
  }
end

--- A key that is not the right one, in the words of the vendor's production pages.
--- The v1 code is not documented.
---@return table
function failure.forbidden()
  return { status = 403, detail = "Forbidden resource", v1 = "forbidden" }
end

---@param what string|nil what was looked for, for the text of 2025 ("Customer" when nil)
---@return table
function failure.not_found(what)
  return {
    status = 404,
    code = "resource/not-found",
    detail = "Resource not found",
    legacy = (what or "Customer") .. " not found",
    v1 = "customer/not-found",
  }
end

--- Fields that do not hold what they must. Problems inside the address alone have a code of their
--- own.
---@param errors table[] `{ detail, pointer }`
---@return table
function failure.validation(errors)
  local address_only = true
  local list = json.array()
  for i, item in ipairs(errors) do
    address_only = address_only and item.pointer:find("^/address[es]*/") ~= nil
    list[i] = { detail = item.detail, pointer = item.pointer }
  end
  if address_only then
    return {
      status = 400,
      code = "address/invalid",
      detail = "Invalid request parameters",
      errors = list,
      v1 = "address/invalid",
    }
  end
  return {
    status = 422,
    code = "validation/failed",
    detail = "Validation failed",
    errors = list,
    v1 = "customer/wrong-data-structure",
  }
end

--- A query parameter that is not what it must be.
---@param name string
---@param detail string
---@return table
function failure.parameter(name, detail)
  return {
    status = 422,
    code = "validation/failed",
    detail = "Validation failed",
    errors = json.array { { detail = detail, parameter = name } },
  }
end

--- An Idempotency-Key seen before. That it is refused before processing is documented; status, code
--- and body are not.
---@return table
function failure.duplicate_key()
  return {
    status = 409,
    detail = "Idempotency-Key has already been used",
    v1 = "idempotency/duplicate",
  }
end

local function problem(fault, context)
  return fault.status, {
    status = fault.status,
    detail = fault.detail,
    code = fault.code,
    errors = fault.errors,
    correlationId = context.hex(),
  }
end

local function by_field(errors)
  local fields = {}
  for _, item in ipairs(errors) do
    local name = (item.pointer or item.parameter):match("^/?([^/]+)") or "general"
    fields[name] = fields[name] or json.array()
    table.insert(fields[name], item.detail)
  end
  return fields
end

-- 2025: field errors came with 400, everything else as one text under `general`.
local function legacy(fault, context)
  if fault.errors then
    return 400, { ts = context.now_iso(), error = by_field(fault.errors) }
  end
  return fault.status, {
    ts = context.now_iso(),
    error = { general = fault.legacy or fault.detail },
  }
end

local function first_error(fault)
  local item = fault.errors and fault.errors[1]
  return item and (item.pointer .. ": " .. item.detail)
end

local function v1(fault, context)
  return fault.status == 422 and 400 or fault.status, {
    ok = false,
    object = "error",
    error = fault.v1 or "customer/wrong-data-structure",
    message = first_error(fault) or fault.detail,
    data = json.null,
    request = "request_" .. context.hex(),
    ts = context.now_iso(),
  }
end

local SHAPES = { v2 = problem, ["v2-2025"] = legacy, v1 = v1 }

--- The status and body of a failure in the words of one generation.
---@param shape "v2"|"v2-2025"|"v1"
---@param fault table
---@param context { hex: fun(): string, now_iso: fun(): string }
---@return integer status
---@return table body
function failure.render(shape, fault, context)
  return SHAPES[shape](fault, context)
end

return failure
