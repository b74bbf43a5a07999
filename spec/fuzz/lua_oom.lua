-- Memory runs out at each allocation of a scenario in turn, for a moment or until the scenario is
-- over: of Lua's, of the core's and of libcurl's:
-- lua_oom spec/fuzz/lua_oom.lua FROM STEP [scenario ...]
-- A call then ends with a value, with an error whose kind and `sent` are right, or raises what Lua
-- raises, "not enough memory"; a create arrives once at most; the client, when there is one, works
-- afterwards; and no descriptor is left. Once more each scenario runs with a whole round of Lua's
-- collector at every allocation, which must change nothing.

local fake_ngx = require "spec.support.fake_ngx"
local fault = require "spec.support.fault"
local gate = require "spherepay.gate"
local json = require "spherepay.http.json"
local spherepay = require "spherepay"

local FROM, STEP = tonumber(arg[1]) or 1, tonumber(arg[2]) or 1
local MOST = 20000 -- allocations of a scenario, lest a mistake here runs for ever
local ID = "customer_sample1"
local CUSTOMER = '{"id":"' .. ID .. '","type":"individual"}'
local JANE = { type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", state = "IL",
    postalCode = "60606", country = "USA" } }
-- What an error may say about itself when memory is what failed.
local KINDS = { network = true, protocol = true, invalid = true, timeout = true, cancelled = true }

-- Of lua_oom.c.
local refuse, collecting = rawget(_G, "refuse"), rawget(_G, "collecting")
local descriptors = rawget(_G, "descriptors")
local server = fault.start()

local function new()
  return spherepay.new { token = "secret_0123456789abcdef", base_url = server:url(),
    rate_limit = false, deadline = 3, timeout = 1, max_retries = 1, loop = "blocking" }
end

local scenarios = {}

function scenarios.get(client) return client.customer.get(ID) end
function scenarios.create(client) return client.customer.create(JANE) end
function scenarios.refused(client) return client.customer.create(JANE) end
function scenarios.update(client) return client.customer.update(ID, { meta = { a = "b" } }) end
function scenarios.new()
  local client = new()
  local value, err = client.customer.get(ID)
  client:close()
  return value, err
end
function scenarios.retry(client) return client.customer.get(ID) end
function scenarios.wait_until(client)
  return client.customer.wait_until(ID, function() return true end, { deadline = 0.5 })
end
function scenarios.cancel(client)
  local value, err
  local task = client:spawn(function() value, err = client.customer.create(JANE) end)
  task:cancel()
  client:run()
  return value, err
end
function scenarios.close(client)
  client:spawn(function() client.customer.get(ID) end)
  client:close()
  return true
end

function scenarios.upload(client)
  return client.document.upload { targetId = ID, documentType = "passport", country = "USA",
    content = "%PDF-1.7 ...", filename = "passport.pdf" }
end
local SCAN = os.tmpname()
function scenarios.upload_of_file(client)
  return client.document.upload { targetId = ID, documentType = "passport", country = "USA",
    file = SCAN }
end

-- A gate in a world of its own.
local world, guard
local APPROVED = { id = ID, verificationProfiles = { {
  name = "kyc_profile_a", status = "approved",
  criteria = { complete = { "email_address" }, pending = {}, required = {}, errors = {} },
} } }
local function new_gate(client)
  world = fake_ngx.new()
  rawset(_G, "ngx", world.ngx)
  package.loaded["ngx.semaphore"] = world.semaphores
  guard = gate.new { client = client, shm = "decisions",
    policy = assert(spherepay.verification.policy { currency = "USD" }) }
  rawset(_G, "ngx", nil)
end

function scenarios.gate()
  local found, err
  world.request(function() found, err = guard:check(ID) end)
  world.run()
  return found and found.allowed or nil, err
end
scenarios.gate_of_client = scenarios.gate

-- What needs no server: the gate alone.
local function client_of_gate()
  return {
    options = { base_url = "https://api.example", api_version = "v2" },
    loop = { check = function() return true end },
    customer = { get = function()
      world.ngx.sleep(0.01)
      return APPROVED
    end },
  }
end

-- Whoever was lost in the middle has its lock and its place for some seconds.
local function gate_works(where)
  world.kill()
  world.pass(60)
  local allowed, err = scenarios.gate()
  assert(allowed, where .. ": afterwards " .. tostring(err))
end

-- What the server says of JANE, whom no text of the error may show, whatever there is memory for.
local REFUSAL = json.encode { status = 422, detail = "jane.smith@example.com is taken",
  code = "customer/invalid", correlationId = "abcdef01",
  errors = { { detail = "not of Chicago: 233 SOUTH WACKER DRIVE", pointer = "/address/line1" },
    { detail = "1 (415) 555 0123 is taken", pointer = "/phone" } } }

local BEFORE = {
  refused = function() server:default { "answer", status = 422, body = REFUSAL } end,
  gate = function() new_gate(client_of_gate()) end,
  gate_of_client = function(client)
    server:default { "answer", body = json.encode(APPROVED) }
    new_gate(client)
  end,
  retry = function() server:script { { "answer", status = 503, headers = {
    ["retry-after-ms"] = "1" } } } end,
}
local AFTER = { refused = function() server:default { "answer", body = CUSTOMER } end }
local NAMES = { "get", "create", "refused", "update", "new", "retry", "wait_until", "cancel",
  "close", "upload", "upload_of_file", "gate", "gate_of_client" }
-- Whose memory runs out, and how many refusals in a row are a single failure there.
local WHOSE = { { "lua", 2 }, { "core", 1 }, { "libcurl", 1 } }

-- libcurl 7.88 has one word for a header line that is too long and for memory that ran out; the
-- core asks whether there is memory again, which after a single refusal there is.
local LIKE_A_LONG_LINE = "the response headers are larger than max_headers"

-- Whether an error says that memory ran out: of itself, of one of its attempts, or of its cause.
local function tells_of_memory(err)
  local text = tostring(err)
  if text:find("memory", 1, true) or text:find(LIKE_A_LONG_LINE, 1, true) then return true end
  for _, attempt in ipairs(err.attempts or {}) do
    if tostring(attempt.message):find("memory", 1, true) then return true end
  end
  return err.cause ~= nil and tells_of_memory(err.cause)
end

local function hides_jane(err)
  local texts = { tostring(err), err.message }
  for _, problem in ipairs(err.errors) do
    texts[#texts + 1] = problem.detail .. tostring(problem.pointer)
  end
  local text = table.concat(texts, " "):lower()
  return not (text:find "jane" or text:find "wacker" or text:find "555" or text:find "chicago")
end

local function check(where, ok, value, err)
  local arrived = #server:log()
  if not ok then
    local message = tostring(value)
    assert(message:find("not enough memory", 1, true), where .. ": " .. message)
  elseif value == nil then
    assert(type(err) == "table" and err.kind, where .. ": " .. tostring(err))
    assert(hides_jane(err), where .. ": " .. tostring(err))
    -- what the server said stands when there is no memory to ask again, or to show it
    if err.kind ~= "rejected" and (err.kind ~= "server" or err.status ~= 503) then
      assert(KINDS[err.kind], where .. ": " .. tostring(err))
      assert(err.kind == "cancelled" or tells_of_memory(err), where .. ": " .. tostring(err))
    end
    assert(err.sent ~= "no" or arrived == 0, where .. ": it was sent: " .. tostring(err))
  end
  local creates = 0
  for _, entry in ipairs(server:log()) do
    if entry.method == "POST" then creates = creates + 1 end
  end
  assert(creates <= 1, where .. ": created " .. creates .. " times")
end

-- What a refusal of whatever kind has left behind must not reach the next call.
local function works(where, client)
  if guard then gate_works(where) end
  if client.closed then return end
  local customer, err = client.customer.get(ID)
  assert(customer and customer.id == ID, where .. ": afterwards " .. tostring(err))
end

local function ready(name)
  server:clear()
  server:default { "answer", body = CUSTOMER }
  world, guard = nil, nil
  local client = new()
  if BEFORE[name] then BEFORE[name](client) end
  return client
end

-- How often memory was refused: none means that the scenario has no allocation of that number.
local function once(name, whose, from, count)
  local where = ("%s, %s of %s from allocation %d on"):format(name,
    count == 0 and "all" or count, whose, from)
  local open = descriptors()
  local client = ready(name)
  local began = os.time()
  local refused, ok, value, err = refuse(whose, from, count, scenarios[name], client)
  assert(os.time() - began < 6, where .. ": it took too long")
  check(where, ok, value, err)
  if AFTER[name] then AFTER[name]() end
  works(where, client)
  client:close()
  collectgarbage() -- what the scenario has made and could not close
  assert(descriptors() == open, where .. ": descriptors are left")
  return refused
end

local function once_collecting(name)
  local client = ready(name)
  local ok, value, err = collecting(scenarios[name], client)
  if not ok or value == nil then check(name, ok, value, err) end
  if AFTER[name] then AFTER[name]() end
  works(name, client)
  client:close()
end

-- Until the scenario has been through without a refusal.
local function run_out(name, whose, count)
  local runs, from = 0, FROM
  while once(name, whose, from, count) > 0 do
    runs, from = runs + 1, from + STEP
    assert(from < MOST, name .. ": it has no end")
  end
  return runs
end

local function run(name)
  local runs = 1
  once_collecting(name)
  for _, each in ipairs(WHOSE) do
    local whose, single = each[1], each[2]
    runs = runs + run_out(name, whose, 0) + run_out(name, whose, single)
  end
  return runs
end

local scan = assert(io.open(SCAN, "wb"))
scan:write(("%PDF-1.7 "):rep(1000))
scan:close()
local runs = 0
for i = 1, math.max(#NAMES, #arg - 2) do
  local name = arg[3] and arg[i + 2] or not arg[3] and NAMES[i]
  if name then runs = runs + run(name) end
end
server:stop()
os.remove(SCAN)
print(runs .. " passed, 0 failed")
