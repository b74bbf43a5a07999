--- The console: one page on which a person sees the customers of the sandbox and plays SpherePay.
-- Everything is below /_sandbox/console/<token>/, and the token is known only to whoever started
-- the sandbox. A page of another site that a browser has open must reach none of it: the Host must
-- be this machine and the Origin, where there is one, this sandbox.

local criteria = require("spherepay.api.criteria")
local customer = require("spherepay.sandbox.customer")
local json = require("spherepay.sandbox.json")
local page = require("spherepay.sandbox.console_page")
local profiles = require("spherepay.verification.profiles")
local representative = require("spherepay.sandbox.representative")
local v1 = require("spherepay.sandbox.v1")
local verdict = require("spherepay.sandbox.verdict")

local console = {}

local SHOWN_SUBJECTS, SHOWN_REQUESTS = 50, 30
local UNTIL_SWITCHED_OFF = 1000000000

-- What can be switched on, as an order of misbehave.lua.
local FAULTS = {
  ["429"] = { status = 429, retry_after = 1 },
  ["500"] = { status = 500 },
  ["503"] = { status = 503 },
  slow = { delay = 2 },
  cut = { cut = 10 },
}
local FAULT_NAMES = { "429", "500", "503", "slow", "cut" }

-- ---- who may ask -------------------------------------------------------------------------------

local function is_loopback(host)
  local name = (host or ""):gsub(":%d+$", "")
  return name == "localhost" or name == "[::1]" or name:find("^127%.%d+%.%d+%.%d+$") ~= nil
end

--- Why a request must not reach the sandbox's own endpoints: it was sent to another name (a name
--- that somebody has pointed at this machine), or by a page of another site.
---@param request table
---@return string? problem
function console.stranger(request)
  local host, origin = request.headers.host, request.headers.origin
  if not is_loopback(host) then return "the Host is not this machine" end
  local own = (request.scheme or "http") .. "://" .. host
  if origin and origin ~= own then return "the Origin is another site" end
  if request.headers["sec-fetch-site"] == "cross-site" then return "another site asks" end
  return nil
end

-- ---- what there is -----------------------------------------------------------------------------

local function list_of(items)
  local list = json.array()
  for i, item in ipairs(items) do list[i] = item end
  return list
end

local function profile_of(profile)
  local errors = json.array()
  for i, item in ipairs(profile.errors) do
    errors[i] = { name = item.name or "error", detail = item.detail }
  end
  return {
    name = profile.name, status = profile.raw_status or profile.status,
    complete = list_of(profile.complete), pending = list_of(profile.pending),
    required = list_of(profile.required), errors = errors,
  }
end

local function subject_of(kind, value)
  local list = json.array()
  for i, profile in ipairs(profiles(value)) do list[i] = profile_of(profile) end
  return {
    id = value.id, kind = kind, type = json.present(value.type),
    email = json.present(value.email), profiles = list,
  }
end

-- The newest of a store, newest first, as a client would see them.
local function add_newest(list, world, store, kind, get)
  for i = #store.list, math.max(1, #store.list - SHOWN_SUBJECTS + 1), -1 do
    local status, value = get(world, { headers = {} }, store.list[i].id)
    if status == 200 then list[#list + 1] = subject_of(kind, value) end
  end
end

local function v1_customer(world, request, id)
  local status, value = v1.get(world, request, id)
  return status, value and value.data and value.data.customer
end

local function subjects(world)
  local list = json.array()
  add_newest(list, world, world.customers, "customer", customer.get)
  add_newest(list, world, world.v1_customers, "customer", v1_customer)
  add_newest(list, world, world.representatives, "representative", representative.get)
  return list
end

-- The newest requests, newest first: neither bodies nor queries, keys or ids.
local function requests(world)
  local seen, list = world.log:read(), json.array()
  for i = #seen, math.max(1, #seen - SHOWN_REQUESTS + 1), -1 do
    local entry = seen[i]
    local path = entry.path:gsub("_[0-9a-f]+", "_..."):gsub("[^%w/_.-]", "?")
    list[#list + 1] = {
      number = entry.number, at = world.iso(entry.at), method = entry.method, path = path,
      status = entry.status, bytes = entry.body_bytes,
    }
  end
  return list
end

local function state(world)
  local names = {}
  for name in pairs(criteria.criteria) do names[#names + 1] = name end
  table.sort(names)
  return 200, {
    generation = world.generation, subjects = subjects(world), requests = requests(world),
    total = world.log.total, fault = world.fault, faults = list_of(FAULT_NAMES),
    waiting = #world.orders, criteria = list_of(names),
  }
end

-- ---- what can be done --------------------------------------------------------------------------

local actions = {}

function actions.review(world, request)
  return verdict.review(world, request, request.json.id)
end

function actions.set(world, request)
  return verdict.set(world, request, request.json.id)
end

function actions.fault(world, request)
  local name = json.present(request.json.name)
  if name ~= nil and not FAULTS[name] then return 400, { error = "no such fault" } end
  world.orders, world.fault = {}, name
  if name then
    local order = { times = UNTIL_SWITCHED_OFF }
    for field, value in pairs(FAULTS[name]) do order[field] = value end
    world.orders[1] = order
  end
  return 200, { fault = name }
end

function actions.reset(world)
  world.reset()
  return 200, { reset = true }
end

local HEADERS = {
  ["cache-control"] = "no-store",
  ["referrer-policy"] = "no-referrer",
  ["x-content-type-options"] = "nosniff",
  ["x-frame-options"] = "DENY",
}

local function answer(status, kind, body, more)
  local headers = { ["content-type"] = kind }
  for name, value in pairs(HEADERS) do headers[name] = value end
  for name, value in pairs(more or {}) do headers[name] = value end
  return { status = status, headers = headers, body = body }
end

local function as_json(status, value)
  return answer(status, "application/json", json.encode(value))
end

-- The page may run its own script and nothing else, and asks nobody but this sandbox.
local function show(world)
  local nonce = world.hex()
  return answer(200, "text/html; charset=utf-8", page.html(nonce), {
    ["content-security-policy"] = ("default-src 'none'; script-src 'nonce-%s'; "
      .. "style-src 'nonce-%s'; connect-src 'self'; img-src data:; base-uri 'none'; "
      .. "form-action 'none'; frame-ancestors 'none'"):format(nonce, nonce),
  })
end

local function act(world, request, name)
  local body = request.body or ""
  local given = body:find("^%s*{") and json.decode(body) or nil
  if not json.is_object(given) then return as_json(400, { error = "no JSON object" }) end
  if name ~= "reset" and name ~= "fault" and type(given.id) ~= "string" then
    return as_json(400, { error = "no id" })
  end
  local view = setmetatable({ json = given }, { __index = request })
  return as_json(actions[name](world, view))
end

--- Answers a request below /_sandbox/console/.
---@param world table
---@param request table
---@return table response
function console.handle(world, request)
  local problem = console.stranger(request)
  local token, name = request.path:match("^/_sandbox/console/([^/]+)/(%l*)$")
  if not problem and (not world.console_secret or token ~= world.console_secret) then
    problem = "open the address that the sandbox printed"
  end
  if problem then return answer(403, "text/plain; charset=utf-8", problem .. "\n") end
  if request.method == "GET" and name == "" then return show(world) end
  if request.method == "GET" and name == "state" then return as_json(state(world)) end
  if request.method == "POST" and actions[name] then return act(world, request, name) end
  return as_json(404, { error = "there is nothing here" })
end

return console
