-- What the specs of the promises share: a client of a fault server, the sample person of the
-- vendor's documents, calls at once, and clocks. It hides no expectation.

local fault = require "spec.support.fault"
local request = require "spherepay.request"
local answer = require "spherepay.answer"
local socket = require "socket"
local spherepay = require "spherepay"

local helper = {}

helper.TOKEN = "secret_0123456789abcdef0123456789abcdef"
helper.ID = "customer_sample1"
helper.CUSTOMER = "{\"id\":\"" .. helper.ID .. "\",\"type\":\"individual\"}"
helper.CHANGE = { meta = { internalUserId = "usr_1" } }
helper.JANE = {
  type = "individual",
  email = "jane.smith@example.com",
  phone = "+14155550123",
  address = {
    line1 = "233 South Wacker Drive", city = "Chicago", state = "IL", postalCode = "60606",
    country = "USA",
  },
}

helper.now = socket.gettime

-- An answer with a customer, with what else is given.
function helper.answer(act)
  local full = { "answer", body = helper.CUSTOMER }
  for key, value in pairs(act or {}) do full[key] = value end
  return full
end

-- Readies a fault server for the next spec: it answers with a customer.
function helper.clear(server)
  server:clear()
  server:default(helper.answer())
end

-- A client of a fault server. `given` are options of spherepay.new.
function helper.client(server, given)
  local full = { token = helper.TOKEN, base_url = server:url(), ca_file = server.ca_file }
  for key, value in pairs(given or {}) do full[key] = value end
  return spherepay.new(full)
end

-- The three calls, to be made with the same options.
helper.CALLS = {
  create = function(client, opts) return client.customer.create(helper.JANE, opts) end,
  update = function(client, opts) return client.customer.update(helper.ID, helper.CHANGE, opts) end,
  get = function(client, opts) return client.customer.get(helper.ID, opts) end,
}
helper.NAMES = { "create", "get", "update" }

-- What `fn` returned, as a list, after how long it took.
function helper.timed(fn, ...)
  local began = helper.now()
  local results = { fn(...) }
  return helper.now() - began, results
end

-- A GET that is started and not waited for: { spec, call }.
function helper.start(client, opts)
  local call = {
    timeout = client.options.timeout, deadline = client.options.deadline,
    max_retries = client.options.max_retries,
  }
  for key, value in pairs(opts or {}) do call[key] = value end
  local spec = {
    method = "GET", path = "/v2/customer/" .. helper.ID, pattern = "/v2/customer/{id}",
    repeat_as = "read", map = answer.customer, call = call,
  }
  return { spec = spec, call = assert(request.start(client, spec)) }
end

-- Waits for what `start` gave: value, err, response.
function helper.finish(client, started)
  client.loop.wait(client.driver, started.call)
  return request.finish(client, started.spec, started.call)
end

-- Steps until `condition` holds; fails after five seconds.
function helper.step_until(client, condition)
  local till = helper.now() + 5
  while not condition() do
    assert(helper.now() < till, "waited in vain")
    client.driver:step(0.01)
  end
end

helper.fault = fault
helper.spherepay = spherepay

return helper
