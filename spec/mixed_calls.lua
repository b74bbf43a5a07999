-- 200 calls of every kind, good and bad, one after the other and at once, with clients that are
-- closed and clients that are forgotten. For valgrind: it asserts what came of each.

local spherepay = require "spherepay"

local BASE = assert(os.getenv "SPHEREPAY_BASE_URL")

local function new(options)
  options.token = "key"
  options.base_url = options.base_url or BASE
  return spherepay.new(options)
end

local function individual(i)
  return {
    type = "individual", email = ("jane%d@example.com"):format(i), phone = "+14155550123",
    address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
    meta = { number = i, big = 2 ^ 53 },
  }
end

local function round(client, i)
  local customer = assert(client.customer.create(individual(i)))
  assert(client.customer.get(customer.id).id == customer.id)
  local updated = assert(client.customer.update(customer.id, { meta = { round = i } }))
  assert(updated.meta.round == i)
  local none, err = client.customer.get "customer_0000"
  assert(none == nil and err.kind == "not_found", tostring(err))
  none, err = client.customer.get "../x"
  assert(none == nil and err.kind == "invalid")
  none, err = client:request("POST", "/v2/customer", { json = { type = "person" } })
  assert(none == nil and err.kind == "rejected", tostring(err))
  assert(client:request("GET", "/v2/customer", { query = { page = 1 } }).customers[1])
end

local client = new {}
for i = 1, 20 do round(client, i) end

-- A stack of Lua's has room for 20 values until somebody asks for more, and a new one no more.
local json = require "spherepay.http.json"
local deep = ('{"a":'):rep(60) .. "1" .. ("}"):rep(60)
for _ = 1, 10 do
  local value, message = coroutine.wrap(json.decode)(deep)
  assert(value and value.a.a.a, message)
end

local refused = new { base_url = "http://127.0.0.1:1", max_retries = 0 }
for _ = 1, 20 do
  local none, err = refused.customer.get "customer_1"
  assert(none == nil and err.kind == "network", tostring(err))
end

for _ = 1, 10 do
  local none, err = new({ max_body = 10 }).customer.create(individual(0))
  assert(none == nil and err.kind == "protocol", tostring(err)) -- and forgotten, not closed
  none, err = new({ max_headers = 10 }).customer.get "customer_1"
  assert(none == nil and err.kind == "protocol", tostring(err))
end

-- Left under way: closing cancels them, and forgetting them is harmless.
local options = require "spherepay.options"
local runner = require "spherepay.resources.runner"
local function start(from)
  local call = options.call({ timeout = 5, deadline = 5, max_retries = 0 }, from.options)
  return (assert(runner.start(from, "customer.list", nil, {}, call)))
end
local closing = new {}
for _ = 1, 10 do start(closing) end
closing.dispatcher:step(0)
closing:close()
for _ = 1, 10 do start(new {}):cancel() end

client:close()
collectgarbage()
collectgarbage()
print "mixed calls: done"
