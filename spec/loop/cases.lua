-- What every loop must do, as plain functions: `case.run(client, server, env)` is called in a place
-- where the loop lets calls be made, and raises when the loop does not do it. Knows no loop and no
-- test runner, so that the same cases run in a busted spec and in a handler of nginx.
--
--   client  fresh, without a rate limit, of the case's `http_version` if it has one, and closed by
--           whoever runs the case
--   server  of spec.support.fault, cleared
--   env     { abandon = function(client, fn): starts fn in a coroutine of the host and forgets it }

local CUSTOMER = '{"id":"customer_1","type":"individual","verificationProfiles":[]}'
local PROBLEM = '{"title":"Not Found","status":404,"code":"resource/not-found"}'
local PARAMS = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
}
local AWAIT_SECONDS = 10

local cases = {}

local function case(does, run, http_version)
  cases[#cases + 1] = { does = does, run = run, http_version = http_version }
end

local function equal(wanted, got)
  if wanted == got then return end
  error(("wanted %s, got %s"):format(tostring(wanted), tostring(got)), 2)
end

-- Lets the loop go on until the server has got so many requests.
local function await_arrivals(client, server, count)
  local left = AWAIT_SECONDS / 0.01
  while not server:wait({ arrived = count, timeout = 0 }) do
    left = left - 1
    if left < 0 then error("the requests did not arrive", 2) end
    client.loop.sleep(client.dispatcher, 0.01)
  end
end

local function get(client, opts)
  return function() return client.customer.get("customer_1", opts) end
end

case("gets a customer", function(client, server)
  server:default({ "answer", body = CUSTOMER })
  local customer, err, response = client.customer.get("customer_1")
  equal(nil, err)
  equal("customer_1", customer.id)
  equal(200, response.status)
end)

case("creates a customer with one request", function(client, server)
  server:default({ "answer", status = 201, body = CUSTOMER })
  equal("customer_1", assert(client.customer.create(PARAMS)).id)
  local log = server:log()
  equal(1, #log)
  equal("POST", log[1].method)
end)

case("makes one call after the other on one connection", function(client, server)
  server:default({ "answer", body = CUSTOMER })
  for _ = 1, 5 do assert(client.customer.get("customer_1")) end
  equal(1, #server:connections())
end)

case("makes fifty calls at once", function(client, server)
  server:default({ "answer", body = CUSTOMER, delay = 0.3 })
  local fns = {}
  for i = 1, 50 do fns[i] = get(client) end
  local began = require("spherepay.core").now()
  local results = client:parallel(fns)
  local took = require("spherepay.core").now() - began
  equal(50, #results)
  for _, result in ipairs(results) do equal("customer_1", assert(result[1], result[2]).id) end
  assert(took < 12, "fifty calls of 0.3 s took " .. took) -- one after the other 15
end)

case("gives the error that the server answered, and nothing after it", function(client, server)
  server:default({ "answer", status = 404, body = PROBLEM })
  local customer, err = client.customer.get("customer_1")
  equal(nil, customer)
  equal("not_found", err.kind)
  equal(404, err.status)
  equal(404, err.response.status)
  equal(2, select("#", client.customer.get("customer_1")))
  local results = client:parallel({ get(client) })
  equal(2, results[1].n)
end)

case("lets spherepay.check raise what failed as a text", function(client, server)
  server:default({ "answer", status = 404, body = PROBLEM })
  local check = require("spherepay").check
  local customer, err = client.customer.get("customer_1")
  local ok, message = pcall(function() check(customer, err) end)
  equal(false, ok)
  equal("string", type(message))
  assert(message:find("^%S+:%d+: spherepay: not_found: "), message)
end)

case("ends a call when its time is over", function(client, server)
  server:default("stall")
  local began = require("spherepay.core").now()
  local customer, err = client.customer.get("customer_1", { deadline = 0.2 })
  local took = require("spherepay.core").now() - began
  equal(nil, customer)
  equal("timeout", err.kind)
  assert(took >= 0.19 and took < 10, "0.2 s took " .. took)
end)

case("tries again after a back-off", function(client, server)
  server:script({ { "answer", status = 503, body = "" } })
  server:default({ "answer", body = CUSTOMER })
  local customer, err, response = client.customer.get("customer_1", { max_retries = 1 })
  equal(nil, err)
  equal("customer_1", customer.id)
  equal(2, #response.attempts)
end)

case("ends a call that is cancelled, and those its task makes later", function(client, server)
  server:default("stall")
  local later
  local task = client:spawn(function()
    local _, err = client.customer.get("customer_1")
    _, later = client.customer.get("customer_1")
    return err
  end)
  await_arrivals(client, server, 1)
  task:cancel()
  local ok, err = task:join()
  equal(true, ok)
  equal("cancelled", err.kind)
  assert(err.sent ~= "no", "the server had it")
  equal("cancelled", later.kind)
  equal("no", later.sent)
  equal(1, #server:log())
end)

case("reports what a task raises that nobody waits for, and where", function(client, server)
  server:default({ "answer", body = CUSTOMER })
  local told = {}
  -- as if it had been given to spherepay.new
  client.options.on_error = function(err, traceback) told[#told + 1] = { err, traceback } end
  client.dispatcher.report = client.options.on_error
  local other = client:spawn(get(client))
  local failing = client:spawn(function()
    client.customer.get("customer_1")
    error("boom", 0)
  end)
  other:join()
  local left = AWAIT_SECONDS / 0.01
  while not failing:is_done() and left > 0 do
    client.loop.sleep(client.dispatcher, 0.01)
    left = left - 1
  end
  equal(1, #told)
  equal("boom", told[1][1])
  assert(told[1][2]:find("cases.lua:%d+"), told[1][2])
  local ok, message = failing:join()
  equal(false, ok)
  equal("boom", message)
  equal(1, #told)
end)

case("cancels what a cancelled task has started", function(client, server)
  server:default("stall")
  local task = client:spawn(function()
    return client:parallel({ get(client), get(client) })
  end)
  await_arrivals(client, server, 2)
  task:cancel()
  local _, results = task:join()
  equal("cancelled", results[1][2].kind)
  equal("cancelled", results[2][2].kind)
end)

case("ends the calls under way when the client is closed", function(client, server)
  server:default("stall")
  local tasks = {}
  for i = 1, 5 do tasks[i] = client:spawn(get(client)) end
  await_arrivals(client, server, 5)
  client:close()
  for _, task in ipairs(tasks) do
    local ok, customer, err = task:join()
    equal(true, ok)
    equal(nil, customer)
    equal("cancelled", err.kind)
  end
  local _, err = client.customer.get("customer_1")
  equal("closed", err.kind)
  assert(server:wait({ left = 5 }))
end)

case("keeps an error of one coroutine from the others", function(client, server)
  server:default({ "answer", body = CUSTOMER, delay = 0.02 })
  local bad = client:spawn(function()
    assert(client.customer.get("customer_1"))
    error("thrown by the caller")
  end)
  local good = client:spawn(function()
    for _ = 1, 3 do assert(client.customer.get("customer_1")) end
    return "all three"
  end)
  local ok, message = bad:join()
  equal(false, ok)
  assert(tostring(message):find("thrown by the caller", 1, true), message)
  ok, message = good:join()
  equal(true, ok)
  equal("all three", message)
end)

case("outlives a coroutine that is collected while it waits", function(client, server, env)
  server:script({ "stall" })
  server:default({ "answer", body = CUSTOMER })
  env.abandon(client, get(client))
  await_arrivals(client, server, 1)
  collectgarbage()
  collectgarbage()
  for _ = 1, 3 do equal("customer_1", assert(client.customer.get("customer_1")).id) end
  equal(4, #server:log())
  client:close() -- or the host would wait for the one that stalls
end)

case("leaves a connection that brings nothing until a timeout", function(client, server)
  server:default({ "answer", body = CUSTOMER })
  assert(client.customer.get("customer_1"))
  server:freeze()
  local customer, err, response = client.customer.get("customer_1",
    { timeout = 0.3, max_retries = 1 })
  equal(nil, err)
  equal("customer_1", customer.id)
  equal("timeout", response.attempts[1].kind)
  equal(false, response.attempts[2].reused)
  equal(1, client:stats().connections_suspected)
end)

case("sends a create again whose stream was refused", function(client, server)
  server:script({ { "refused_stream" } })
  server:default({ "answer", status = 201, body = CUSTOMER })
  equal("customer_1", assert(client.customer.create(PARAMS)).id)
  equal(1, client:stats().streams_repeated)
  local log = server:log()
  equal(2, #log)
  equal(log[1].idempotency_key, log[2].idempotency_key)
end, "2")

case("gets many customers, so many at a time", function(client, server)
  server:default({ "answer", body = '{"id":"${id}"}', delay = 0.01 })
  local ids, seen, most = {}, {}, 0
  for i = 1, 40 do ids[i] = "customer_" .. i end
  ids[20] = "no id"
  local next_customer = client.customer.get_many(ids, { concurrency = 4 })
  while true do
    local id, customer, err = next_customer()
    if not id then break end
    seen[id] = (seen[id] or 0) + 1
    most = math.max(most, client:stats().in_flight)
    if id == "no id" then equal("invalid", err.kind) else assert(customer, err) end
  end
  for _, id in ipairs(ids) do equal(1, seen[id]) end
  assert(most <= 4, "there were " .. most .. " at a time")
  equal(39, #server:log())
end)

case("lets calls go on while a task sleeps", function(client, server)
  server:default({ "answer", body = CUSTOMER })
  local order = {}
  local sleeper = client:spawn(function()
    client.loop.sleep(client.dispatcher, 0.2)
    order[#order + 1] = "sleeper"
  end)
  assert(client.customer.get("customer_1"))
  order[#order + 1] = "call"
  sleeper:join()
  equal("call sleeper", table.concat(order, " "))
end)

case("uploads a file in pieces, and lets other calls go on meanwhile", function(client, server)
  local path, told = os.tmpname(), {}
  local file = assert(io.open(path, "wb"))
  file:write("%PDF-1.7", ("x"):rep(2000000))
  file:close()
  server:default({ "answer", body = CUSTOMER })
  local results = client:parallel({
    function()
      return client.document.upload({
        targetId = "customer_1", documentType = "passport", country = "USA", file = path,
      }, { on_progress = function(sent, total) told[#told + 1] = { sent, total } end })
    end,
    get(client), get(client),
  })
  os.remove(path)
  for _, result in ipairs(results) do assert(result[1], tostring(result[2])) end
  assert(#told > 3, "told " .. #told .. " times")
  equal(2000008, told[#told][1])
  equal(2000008, told[#told][2])
  local longest = 0
  for i = 2, #told do longest = math.max(longest, told[i][1] - told[i - 1][1]) end
  assert(longest <= 262144, "a piece of " .. longest .. " bytes")
end)

case("goes over the pages of a list, the next of which comes meanwhile", function(client, server)
  local function page(number, has_next)
    return { "answer", body = ('{"customers":[{"id":"customer_%d"}],"pagination":{"page":%d,'
      .. '"hasNext":%s}}'):format(number, number, tostring(has_next)) }
  end
  server:script({ page(1, true), page(2, true), page(3, false) })
  local ids, next_one = {}, client.customer.each()
  while true do -- not a `for`: in Lua 5.1 its iterator cannot wait
    local one, err = next_one()
    if one == nil then break end
    ids[#ids + 1] = assert(one, tostring(err)).id
  end
  equal("customer_1 customer_2 customer_3", table.concat(ids, " "))
end)

case("creates many, so many at a time", function(client, server)
  server:default({ "answer", status = 201, body = CUSTOMER })
  local count, next_one = 0, client.customer.create_many({ PARAMS, PARAMS, PARAMS },
    { concurrency = 2 })
  while true do
    local index, customer, err = next_one()
    if index == nil then break end
    assert(customer, tostring(err))
    count = count + 1
  end
  equal(3, count)
end)

return cases
