-- Whom a mistake is blamed on: the line outside of the library, whatever it calls.

local spherepay = require "spherepay"
local testing = require "spherepay.sandbox"

local verification = spherepay.verification
local HERE = "^spec/options/blame_spec.lua:(%d+): "

local client = spherepay.new {
  token = "k", base_url = "http://127.0.0.1:1", on_error = function() end,
}
local policy = assert(verification.policy { currency = "USD" })

-- Each by name, so that a failure says which.
local MISTAKES = {
  ["spherepay.new without a token"] = function() spherepay.new {} end,
  ["spherepay.new with an unknown option"] = function() spherepay.new { tokn = "k" } end,
  ["spherepay.new with a colon"] = function() spherepay:new { token = "k" } end,
  ["spherepay.new with a loop that is none"] = function()
    spherepay.new { token = "k", loop = {} }
  end,
  ["spherepay.document_file without a path"] = function() spherepay.document_file() end,
  ["spherepay.empty_array changed"] = function() spherepay.empty_array[1] = 1 end,
  ["spherepay.gate.new without options"] = function() spherepay.gate.new() end,
  ["spherepay.gate.new without a client"] = function() spherepay.gate.new {} end,
  ["spherepay.gate.new outside of nginx"] = function()
    spherepay.gate.new { client = client, policy = policy, shm = "x" }
  end,
  ["create without params"] = function() client.customer.create() end,
  ["create with a colon"] = function() client.customer:create {} end,
  ["create with a wrong option"] = function() client.customer.create({}, { retries = 1 }) end,
  ["get without an id"] = function() client.customer.get() end,
  ["get with a number"] = function() client.customer.get(7) end,
  ["get with a colon"] = function() client.customer:get "customer_1" end,
  ["get with a wrong option"] = function() client.customer.get("customer_1", { timeout = 0 }) end,
  ["update without params"] = function() client.customer.update "customer_1" end,
  ["update with a wrong option"] = function() client.customer.update("customer_1", {}, 5) end,
  ["merge_meta without changes"] = function() client.customer.merge_meta "customer_1" end,
  ["merge_meta with a wrong option"] = function()
    client.customer.merge_meta("customer_1", {}, { x = 1 })
  end,
  ["get_many without ids"] = function() client.customer.get_many() end,
  ["get_many with a wrong option"] = function() client.customer.get_many({}, { x = 1 }) end,
  ["get_many with options that are no table"] = function() client.customer.get_many({}, 5) end,
  ["get_many with an id that is no string"] = function()
    for _ in client.customer.get_many { 7 } do error "not reached" end
  end,
  ["wait_until without a goal"] = function() client.customer.wait_until "customer_1" end,
  ["wait_until with a wrong goal"] = function()
    client.customer.wait_until("customer_1", "aproved")
  end,
  ["wait_until with a wrong option"] = function()
    client.customer.wait_until("customer_1", "approved", { interval = -1 })
  end,
  ["request with a wrong method"] = function() client:request("FETCH", "/v2/customer") end,
  ["request without a path"] = function() client:request "GET" end,
  ["request with a dot"] = function() client.request("GET", "/v2/customer") end,
  ["request with a wrong option"] = function() client:request("GET", "/v2/customer", { x = 1 }) end,
  ["spawn without a function"] = function() client:spawn() end,
  ["spawn with a dot"] = function() client.spawn(print) end,
  ["parallel without a list"] = function() client:parallel() end,
  ["parallel with a call that was made already"] = function() client:parallel { {} } end,
  ["parallel with a number"] = function() client:parallel { 5 } end,
  ["step with a text"] = function() client:step "soon" end,
  ["close with a dot"] = function() client.close() end,
  ["a task that joins itself"] = function()
    local task
    task = client:spawn(function()
      local _ = client.customer.get "customer_1"
      task:join()
    end)
    local _, message = task:join()
    error(message, 0)
  end,
  ["a task that runs the others"] = function()
    local _, message = client:spawn(function() client:run() end):join()
    error(message, 0)
  end,
  ["evaluate with a wrong option"] = function() verification.evaluate({}, { curency = "USD" }) end,
  ["can_transfer without a currency"] = function() verification.can_transfer({}) end,
  ["next_steps with a wrong option"] = function() verification.next_steps({}, { x = 1 }) end,
  ["missing_fields with a wrong option"] = function()
    verification.missing_fields({}, { x = 1 })
  end,
  ["render with a wrong color"] = function() verification.render({}, { color = "red" }) end,
  ["a policy asked with a dot"] = function() policy.check {} end,
  ["sandbox.new with a wrong option"] = function() testing.new { x = 1 } end,
  ["create_many without rows"] = function() client.customer.create_many() end,
  ["create_many with a wrong option"] = function()
    client.customer.create_many({}, { concurrency = 0 })
  end,
  ["list with a wrong option"] = function() client.customer.list({}, { x = 1 }) end,
  ["each with a wrong option"] = function() client.customer.each({}, { x = 1 }) end,
  ["find with a wrong option"] = function() client.customer.find({}, { unique = 5 }) end,
  ["tos_link with a wrong option"] = function() client.customer.tos_link("customer_1", 5) end,
  ["kyc_link with a wrong option"] = function() client.customer.kyc_link("customer_1", 5) end,
  ["face_link with a wrong option"] = function() client.customer.face_link("customer_1", 5) end,
  ["send_code with a wrong option"] = function()
    client.customer.send_code("customer_1", "email", 5)
  end,
  ["verify_code with a wrong option"] = function()
    client.customer.verify_code("customer_1", "email", "123456", 5)
  end,
  ["a method that is not there"] = function() client.customer.retrieve "customer_1" end,
  ["representative.create with a wrong option"] = function()
    client.representative.create({}, { x = 1 })
  end,
  ["representative.get with a wrong option"] = function()
    client.representative.get("associatedPerson_1", { x = 1 })
  end,
  ["representative.update with a wrong option"] = function()
    client.representative.update("associatedPerson_1", {}, { x = 1 })
  end,
  ["representative.list with a wrong option"] = function()
    client.representative.list({}, { x = 1 })
  end,
  ["representative.each with a wrong option"] = function()
    client.representative.each({}, { x = 1 })
  end,
  ["representative.face_link with a wrong option"] = function()
    client.representative.face_link("associatedPerson_1", { x = 1 })
  end,
  ["document.upload with a wrong option"] = function()
    client.document.upload({}, { on_progress = 5 })
  end,
  ["policy with a wrong option"] = function()
    verification.policy({ currency = "USD" }, { allow_unknown = 1 })
  end,
  ["testing.error with an unknown kind"] = function() spherepay.testing.error { kind = "x" } end,
  ["testing.client with a wrong option"] = function() spherepay.testing.client { x = 1 } end,
  ["spherepay.check of a failure"] = function()
    spherepay.check(nil, spherepay.testing.error { kind = "timeout" })
  end,
}

describe("A mistake of the programmer is blamed on the line that made it:", function()
  for name, mistake in pairs(MISTAKES) do
    it(name, function()
      local ok, message = pcall(mistake)
      assert.is_false(ok)
      assert.matches(HERE, message)
      local line, of = tonumber(message:match(HERE)), debug.getinfo(mistake, "S")
      assert.is_true(line >= of.linedefined and line <= of.lastlinedefined, message)
    end)
  end
end)
