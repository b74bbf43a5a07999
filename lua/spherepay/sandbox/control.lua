--- The sandbox's own endpoints, all below /_sandbox/: reviews, misbehaviour, what was seen, reset,
-- and the pages that links lead to. None of them exists at the vendor; none needs a key.

local json = require("spherepay.sandbox.json")
local links = require("spherepay.sandbox.links")
local misbehave = require("spherepay.sandbox.misbehave")
local profiles = require("spherepay.sandbox.profiles")

local control = {}

local STATUSES = {
  incomplete = true,
  pending = true,
  approved = true,
  rejected = true,
  resubmission_required = true,
}

local V1_STATUSES = {
  incomplete = true,
  pending = true,
  additionalReviewRequired = true,
  approved = true,
  rejected = true,
}

local TOS_STATUSES = { incomplete = true, pending = true, approved = true }

local function refuse(message)
  return 400, { error = message }
end

local function read_errors(list)
  local errors = {}
  for i, item in ipairs(type(list) == "table" and list or {}) do
    if type(item) == "string" then item = { name = item } end
    if type(item) ~= "table" or type(item.name) ~= "string" then return nil end
    errors[i] = { name = item.name, detail = json.present(item.detail) }
  end
  return errors
end

local function review_v1(world, subject, body)
  if body.status ~= nil and not V1_STATUSES[body.status] then return refuse("no such v1 status") end
  subject.kyc = body.status or subject.kyc
  subject.tos_status = body.tosStatus or subject.tos_status
  subject.updated = world.clock()
  return 200, { id = subject.id, kyc = subject.kyc, tos = subject.tos_status }
end

local function review_v2(world, subject, body)
  local errors = read_errors(json.present(body.errors))
  if body.status ~= nil and not STATUSES[body.status] then return refuse("no such status") end
  if not errors then return refuse("errors must be names or { name, detail }") end
  if body.tosStatus then
    subject.tos_status = body.tosStatus
    subject.done.terms_of_service = body.tosStatus == "approved" or nil
    profiles.refresh(subject)
  end
  local verdict = { profile = json.present(body.profile), status = body.status, errors = errors }
  if body.status and not profiles.review(subject, verdict) then return refuse("no such profile") end
  subject.updated = world.clock()
  return 200, {
    id = subject.id,
    tosStatus = subject.tos_status,
    verificationProfiles = profiles.render(subject, world.shape == "v2-2025"),
  }
end

--- POST /_sandbox/customer/{id}/review (or business-representative): `{ status, profile?, errors?,
--- tosStatus? }`. Without a profile the verdict is for all of them.
---@param world table
---@param request table
---@param id string
---@return integer status
---@return table value
function control.review(world, request, id)
  local body = request.json
  if body.status == nil and body.tosStatus == nil then return refuse("status or tosStatus") end
  if body.tosStatus ~= nil and not TOS_STATUSES[body.tosStatus] then
    return refuse("no such tosStatus")
  end
  local v1_subject = world.v1_customers:find(id)
  if v1_subject then return review_v1(world, v1_subject, body) end
  local subject = world.customers:find(id) or world.representatives:find(id)
  if not subject then return 404, { error = "no such customer or representative" } end
  return review_v2(world, subject, body)
end

--- POST /_sandbox/misbehave: one order, see misbehave.lua; orders are carried out in turn.
---@param world table
---@param request table
---@return integer status
---@return table value
function control.misbehave(world, request)
  local order = request.json
  local message = misbehave.check(order)
  if message then return refuse(message) end
  order.times = order.times or 1
  if order.times > 0 then table.insert(world.orders, order) end
  return 200, { queued = #world.orders }
end

--- GET /_sandbox/requests: what the API endpoints have seen, oldest first: never a header's value
--- but the Idempotency-Key, never a query, never a body.
---@param world table
---@return integer status
---@return table value
function control.requests(world)
  local list = json.array()
  for i, seen in ipairs(world.log:read()) do
    local names = json.array()
    for name in pairs(seen.headers) do names[#names + 1] = name end
    table.sort(names)
    list[i] = {
      number = seen.number,
      at = seen.at,
      method = seen.method,
      path = seen.path,
      header_names = names,
      idempotency_key = seen.idempotency_key,
      authorized = seen.authorized,
      body_bytes = seen.body_bytes,
      connection = seen.connection,
      protocol = seen.protocol,
      status = seen.status,
    }
  end
  return 200, { requests = list, total = world.log.total }
end

--- POST /_sandbox/reset: forgets customers, keys, orders, links and the log.
---@param world table
---@return integer status
---@return table value
function control.reset(world)
  world.reset()
  return 200, { reset = true }
end

--- GET /_sandbox/open/{token}: plays the person who opens a link.
---@param world table
---@param _ table request
---@param token string
---@return integer status
---@return table value
function control.open(world, _, token)
  if not links.open(world, token) then return 404, { error = "no such link, or expired" } end
  return 200, { opened = true }
end

--- GET /_sandbox/: which API this imitates; answers as soon as the sandbox is up.
---@param world table
---@return integer status
---@return table value
function control.about(world)
  return 200, { sandbox = "spherepay", generation = world.generation }
end

return control
