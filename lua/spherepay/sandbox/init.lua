--- The sandbox: an imitation of the SpherePay customer API in pure Lua, v1 and v2.
-- It keeps its state as long as it lives, does no I/O and asserts nothing about the real service
-- beyond the vendor's pages. Hosts (a web server, a spec) hand it requests and deliver its answers.
-- The generation decides the shapes: "v2" (2026), "v2-2025", "v1" (the v1 endpoints beside v2).

local blame = require("spherepay.options.blame")
local console = require("spherepay.sandbox.console")
local control = require("spherepay.sandbox.control")
local customer = require("spherepay.sandbox.customer")
local document = require("spherepay.sandbox.document")
local failure = require("spherepay.sandbox.failure")
local json = require("spherepay.sandbox.json")
local log = require("spherepay.sandbox.log")
local misbehave = require("spherepay.sandbox.misbehave")
local onboarding = require("spherepay.sandbox.onboarding")
local representative = require("spherepay.sandbox.representative")
local stamp = require("spherepay.sandbox.stamp")
local store = require("spherepay.sandbox.store")
local v1 = require("spherepay.sandbox.v1")

local MAX_KEY_BYTES = 255

local SHAPES = { v2 = "v2", ["v2-2025"] = "v2-2025", v1 = "v2" }
local ONBOARDING = { sphere = true, platform = true }

-- Endpoints whose request body is a JSON object.
local READS_JSON = {
  [customer.create] = true,
  [customer.update] = true,
  [representative.create] = true,
  [representative.update] = true,
  [onboarding.otp_send] = true,
  [onboarding.otp_verify] = true,
  [v1.create] = true,
  [v1.update] = true,
  [control.review] = true,
  [control.set] = true,
  [control.misbehave] = true,
}

local V2_ROUTES = {
  { "POST", "^/v2/customer$", customer.create },
  { "GET", "^/v2/customer$", customer.list },
  { "GET", "^/v2/customer/([^/]+)$", customer.get },
  { "PATCH", "^/v2/customer/([^/]+)$", customer.update },
  { "POST", "^/v2/customer/([^/]+)/tos%-link$", onboarding.tos_link },
  { "POST", "^/v2/customer/([^/]+)/kyc%-link$", onboarding.kyc_link },
  { "GET", "^/v2/customer/([^/]+)/kyc%-link$", onboarding.kyc_link, only = "v2-2025" },
  { "POST", "^/v2/customer/([^/]+)/otp%-send$", onboarding.otp_send },
  { "POST", "^/v2/customer/([^/]+)/otp%-verify$", onboarding.otp_verify },
  { "POST", "^/v2/customer/([^/]+)/face%-verification%-link$", onboarding.face_link },
  { "POST", "^/v2/customer/([^/]+)/submit%-verification$", onboarding.submit },
  { "POST", "^/v2/document$", document.upload },
  { "POST", "^/v2/business%-representative$", representative.create },
  { "GET", "^/v2/business%-representative$", representative.list },
  { "GET", "^/v2/business%-representative/([^/]+)$", representative.get },
  { "PATCH", "^/v2/business%-representative/([^/]+)$", representative.update },
  {
    "POST",
    "^/v2/business%-representative/([^/]+)/face%-verification%-link$",
    onboarding.representative_face_link,
  },
  {
    "POST",
    "^/v2/business%-representative/([^/]+)/submit%-verification$",
    onboarding.representative_submit,
  },
}

local V1_ROUTES = {
  { "POST", "^/v1/customer$", v1.create },
  { "GET", "^/v1/customer$", v1.list },
  { "GET", "^/v1/customer/([^/]+)$", v1.get },
  { "POST", "^/v1/customer/([^/]+)$", v1.update },
  { "POST", "^/v1/customer/([^/]+)/tosLink$", v1.tos_link },
  { "POST", "^/v1/customer/([^/]+)/kycLink$", v1.kyc_link },
}

local CONTROL_ROUTES = {
  { "GET", "^/_sandbox/$", control.about },
  { "GET", "^/_sandbox/requests$", control.requests },
  { "GET", "^/_sandbox/open/([^/]+)$", control.open },
  { "POST", "^/_sandbox/open/([^/]+)$", control.open },
  { "POST", "^/_sandbox/misbehave$", control.misbehave },
  { "POST", "^/_sandbox/reset$", control.reset },
  { "POST", "^/_sandbox/customer/([^/]+)/review$", control.review },
  { "POST", "^/_sandbox/business%-representative/([^/]+)/review$", control.review },
  { "POST", "^/_sandbox/customer/([^/]+)/set$", control.set },
  { "POST", "^/_sandbox/business%-representative/([^/]+)/set$", control.set },
}

local OPTIONS = {
  generation = "string",
  onboarding = "string",
  token = "string",
  otp_code = "string",
  console_secret = "string",
  clock = "function",
  seed = "number",
}

local function find(routes, world, request)
  for _, route in ipairs(routes) do
    local method, pattern, endpoint = route[1], route[2], route[3]
    if method == request.method and (not route.only or route.only == world.shape) then
      local id = request.path:match(pattern)
      if id then return endpoint, id end
    end
  end
end

local function reply(status, value)
  return {
    status = status,
    headers = { ["content-type"] = "application/json" },
    body = json.encode(value),
  }
end

local function is_v1(request)
  return request.path:find("^/v1/") ~= nil
end

local function refuse(world, request, fault)
  local shape = world.shape
  if world.generation == "v1" and is_v1(request) then shape = "v1" end
  return reply(failure.render(shape, fault, { hex = world.hex, now_iso = world.now_iso }))
end

-- Decodes the body where the endpoint wants one; an empty body counts as `{}`.
local function read_json(request)
  local body = request.body
  if body == nil or not body:find("%S") then return {} end
  if not body:find("^%s*{") then return nil end
  local value = json.decode(body)
  return json.is_object(value) and value or nil
end

local function call(world, request, endpoint, id)
  local view = setmetatable({}, { __index = request })
  if READS_JSON[endpoint] then
    view.json = read_json(request)
    if not view.json then return nil, failure.malformed() end
  end
  return endpoint(world, view, id)
end

local function authorize(world, request)
  local token = (request.headers.authorization or ""):match("^[Bb]earer +(%S+)$")
  if not token then return failure.unauthorized() end
  if world.token and token ~= world.token then return failure.forbidden() end
end

-- The key counts from its arrival on, whatever becomes of the request.
local function claim_key(world, request)
  local key = request.headers["idempotency-key"]
  if not key or request.method == "GET" then return nil end
  if #key > MAX_KEY_BYTES then
    return failure.malformed("Idempotency-Key is longer than 255 characters")
  end
  if world.keys[key] then return failure.duplicate_key() end
  world.keys[key] = true
end

local function process(world, request, seen)
  local fault = authorize(world, request)
  seen.authorized = fault == nil
  fault = fault or claim_key(world, request)
  if fault then return refuse(world, request, fault) end
  local endpoint, id
  if world.generation == "v1" then endpoint, id = find(V1_ROUTES, world, request) end
  if not endpoint then endpoint, id = find(V2_ROUTES, world, request) end
  if not endpoint then return refuse(world, request, failure.not_found("Resource")) end
  local status, value = call(world, request, endpoint, id)
  if not status then return refuse(world, request, value) end
  return reply(status, value)
end

local function next_order(world)
  local order = world.orders[1]
  if not order then return nil end
  order.times = order.times - 1
  if order.times < 1 then table.remove(world.orders, 1) end
  return order
end

local function misbehaving(world, request, seen, order)
  local response
  local replaces = misbehave.replaces(order)
  if order.duplicate_key or (replaces and not order.apply) then
    seen.authorized = authorize(world, request) == nil
    claim_key(world, request)
  else
    response = process(world, request, seen)
  end
  if order.duplicate_key then
    response = refuse(world, request, failure.duplicate_key())
  elseif replaces then
    response = misbehave.replacement(order)
  end
  return misbehave.spoil(order, response)
end

local function answer_control(world, request)
  local endpoint, id = find(CONTROL_ROUTES, world, request)
  if not endpoint then return reply(404, { error = "no such control endpoint" }) end
  local status, value, page = call(world, request, endpoint, id)
  if not status then return reply(400, { error = value.detail }) end
  return page or reply(status, value)
end

local function answer_api(world, request)
  local seen = world.log:note(request, world.clock())
  local order = next_order(world)
  local response
  if order then
    response = misbehaving(world, request, seen, order)
  else
    response = process(world, request, seen)
  end
  seen.status = response.status
  return response
end

local function check_options(options)
  for name, value in pairs(options) do
    local wanted = OPTIONS[name]
    if not wanted then blame("unknown sandbox option " .. tostring(name)) end
    if type(value) ~= wanted then
      blame("sandbox option " .. name .. " must be a " .. wanted)
    end
  end
  if options.generation and not SHAPES[options.generation] then
    blame("sandbox generation must be v2, v2-2025 or v1")
  end
  if options.onboarding and not ONBOARDING[options.onboarding] then
    blame("sandbox onboarding must be sphere or platform")
  end
end

local function empty(world)
  world.customers = store.new()
  world.v1_customers = store.new()
  world.representatives = store.new()
  world.links, world.keys, world.orders, world.fault = {}, {}, {}, nil
  world.log = log.new()
end

local function new_world(options)
  local generation = options.generation or "v2"
  local world = {
    generation = generation,
    shape = SHAPES[generation],
    onboarding = options.onboarding or "sphere",
    token = options.token,
    otp_code = options.otp_code or "123456",
    console_secret = options.console_secret,
    clock = options.clock or os.time,
    hex = stamp.generator(options.seed or os.time()),
    iso = stamp.iso,
  }
  world.now_iso = function() return stamp.iso(world.clock()) end
  world.reset = function() empty(world) end
  world.reset()
  return world
end

local methods = {}
methods.__index = methods

--- Answers one request. Never raises on what a client may send.
---@param request { method: string, path: string, query: string|nil, headers: table<string, string>,
---  body: string|nil, scheme: string|nil, connection: any, protocol: string|nil } header names in
---  lower case; the last three are only noted or used to build links
---@return { status: integer, headers: table<string, string>, body: string, delay: number|nil,
---  cut: integer|nil, drop: boolean|nil } response the last three ask the host to wait so many
---  seconds first, to close after so many bytes of the body, to close without an answer
function methods:handle(request)
  if request.path:find("^/_sandbox/console/") then return console.handle(self.world, request) end
  if request.path:find("^/_sandbox/") then return answer_control(self.world, request) end
  return answer_api(self.world, request)
end

local sandbox = {}

--- Makes a sandbox of its own.
---@param options { generation: "v2"|"v2-2025"|"v1"|nil, onboarding: "sphere"|"platform"|nil,
---  token: string|nil, otp_code: string|nil, console_secret: string|nil,
---  clock: (fun(): number)|nil, seed: integer|nil }|nil token: the only accepted key (any
---  non-empty one when nil); console_secret: the secret part of the address of its page (no page
---  when nil); onboarding: who collects liveness and terms (SpherePay when nil); clock: seconds
---  since the epoch
---@return table sandbox with the method `handle`
function sandbox.new(options)
  options = options or {}
  check_options(options)
  return setmetatable({ world = new_world(options) }, methods)
end

return sandbox
