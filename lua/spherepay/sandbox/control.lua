--- The sandbox's own endpoints, all below /_sandbox/: misbehaviour, what was seen, reset, and the
-- pages that links lead to; reviews and states are verdict.lua. None of them exists at the vendor;
-- none needs a key.

local json = require("spherepay.sandbox.json")
local links = require("spherepay.sandbox.links")
local misbehave = require("spherepay.sandbox.misbehave")
local page = require("spherepay.sandbox.page")
local verdict = require("spherepay.sandbox.verdict")

local control = { review = verdict.review, set = verdict.set }

local function refuse(message)
  return 400, { error = message }
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
    local header_names = json.array()
    for name in pairs(seen.headers) do header_names[#header_names + 1] = name end
    table.sort(header_names)
    list[i] = {
      number = seen.number,
      at = seen.at,
      method = seen.method,
      path = seen.path,
      header_names = header_names,
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

--- GET /_sandbox/open/{token}: plays the person who opens a link; a browser gets a page with a
--- button, which posts to the same place.
---@param world table
---@param request table
---@param token string
---@return integer? status
---@return table value
---@return table? response a page, in place of the two
function control.open(world, request, token)
  local kind, is_browser = links.kind(world, token), page.is_wanted(request)
  if not kind then
    return 404, { error = "no such link, or expired" }, is_browser and page.gone() or nil
  end
  if is_browser and request.method == "GET" then return 200, {}, page.show(kind) end
  links.open(world, token)
  return 200, { opened = true }, is_browser and page.done(kind) or nil
end

--- GET /_sandbox/: which API this imitates; answers as soon as the sandbox is up.
---@param world table
---@return integer status
---@return table value
function control.about(world)
  return 200, { sandbox = "spherepay", generation = world.generation }
end

return control
