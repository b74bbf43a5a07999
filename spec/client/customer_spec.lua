-- The three calls against the sandbox: a real nginx, real sockets.

local collect = require "spec.support.collect"
local leaks = require "spec.support.leaks"
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local function individual(changes)
  local params = {
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
  }
  for key, value in pairs(changes or {}) do params[key] = value end
  return params
end

describe("client.customer", function()
  local host, client

  setup(function()
    host = assert(sandbox.start { token = "key_of_the_spec" })
    client = spherepay.new { token = "key_of_the_spec", base_url = host.url }
  end)

  teardown(function()
    client:close()
    host.stop()
  end)

  it("creates a customer and returns it, no error and the response", function()
    local customer, err, response = client.customer.create(individual())
    assert.is_nil(err)
    assert.matches("^customer_%w+$", customer.id)
    assert.equal("individual", customer.type)
    assert.equal("kyc_profile_a", customer.verificationProfiles[1].name)
    assert.equal(201, response.status)
    assert.equal(1, #response.attempts)
    assert.equal("application/json", response.headers["Content-Type"]:match("^[^;]+"))
    assert.equal(response.headers["content-type"], response.headers["CONTENT-TYPE"])
    assert.is_true(response.timings.total > 0)
  end)

  it("gets what was created", function()
    local created = assert(client.customer.create(individual { meta = { a = "usr_1" } }))
    local customer, err, response = client.customer.get(created.id)
    assert.is_nil(err)
    assert.same(created, customer)
    assert.equal(200, response.status)
  end)

  it("updates the address and replaces meta whole", function()
    local created = assert(client.customer.create(individual { meta = { a = 1, b = 2 } }))
    local updated = assert(client.customer.update(created.id, { meta = { a = 3 } }))
    assert.same({ a = 3 }, updated.meta)
    assert.same(updated, assert(client.customer.get(created.id)))
  end)

  it("reuses one connection for calls that follow each other", function()
    local fresh = spherepay.new { token = "key_of_the_spec", base_url = host.url }
    for _ = 1, 5 do fresh.customer.get "customer_0" end
    assert.equal(4, fresh:stats().reused)
    fresh:close()
  end)

  it("says how it is written when called with a colon", function()
    for _, name in ipairs { "create", "get", "update" } do
      local ok, message = pcall(function()
        client.customer[name](client.customer, "customer_1", {})
      end)
      assert.is_false(ok)
      assert.matches("write client.customer." .. name .. "%(%.%.%.%), with a dot", message)
      assert.matches("^spec/client/customer_spec.lua:%d+: ", message)
    end
  end)

  it("raises at the caller when an argument has the wrong type", function()
    for _, wrong in ipairs { function() client.customer.get(12) end,
      function() client.customer.get() end,
      function() client.customer.create "individual" end,
      function() client.customer.update("customer_1", 5) end,
      function() client.customer.get("customer_1", { timout = 1 }) end } do
      local ok, message = pcall(wrong)
      assert.is_false(ok)
      assert.matches("^spec/client/customer_spec.lua:%d+: spherepay: ", message)
    end
  end)

  it("returns every problem of the params at once, with pointers, and sends nothing", function()
    local before = client:stats().attempts
    local customer, err, response = client.customer.create {
      type = "person", email = "nobody", phone = "415 555", address = { country = "US" },
    }
    assert.is_nil(customer)
    assert.is_nil(response)
    assert.equal("invalid", err.kind)
    assert.equal("no", err.sent)
    assert.is_false(err.retryable)
    local pointers = {}
    for i, problem in ipairs(err.errors) do pointers[i] = problem.pointer end
    table.sort(pointers)
    assert.same({ "/address/country", "/email", "/phone", "/type" }, pointers)
    assert.equal(before, client:stats().attempts)
  end)

  it("refuses ids that are not safe in a URL, and sends nothing", function()
    local before = client:stats().attempts
    for _, id in ipairs { "../x", "", "customer_1\r\nX-Evil: 1", "customer_1/../../v1",
      "customer_1?x", "customer_1\0", "customer_1%2f", ".." } do
      local customer, err = client.customer.get(id)
      assert.is_nil(customer)
      assert.equal("invalid", err.kind)
      assert.equal("/id", err.errors[1].pointer)
      customer, err = client.customer.update(id, {}, { validate = false })
      assert.is_nil(customer)
      assert.equal("invalid", err.kind)
    end
    assert.equal(before, client:stats().attempts)
  end)

  it("asks for ids of another form than the documented one, with a warning", function()
    for _, id in ipairs { "customer_6EC4EE8E-5D2A", "associatedPerson_1", "c-1.2~3" } do
      local _, err = client.customer.get(id)
      assert.equal("not_found", err.kind)
      assert.equal("/id", err.warnings[1].pointer)
      assert.matches("customer_ and lower-case letters or digits", tostring(err), 1, true)
      _, err = client.customer.get(id, { validate = false })
      assert.equal("not_found", err.kind)
      assert.is_nil(err.warnings)
      _, err = client.customer.get(id, { validate = "strict" })
      assert.equal("invalid", err.kind)
    end
  end)

  it("lets the server judge with validate = false", function()
    local customer, err = client.customer.create({ type = "person" }, { validate = false })
    assert.is_nil(customer)
    assert.equal("rejected", err.kind)
    assert.equal(422, err.status)
    assert.equal("validation/failed", err.code)
    assert.equal(422, err.response.status)
    assert.is_string(err.request_id)
    assert.equal(err.request_id, err.response.request_id)
    assert.equal("yes", err.sent)
  end)

  it("passes unknown fields on", function()
    assert(client.customer.create(individual { somethingNew = { a = true } }))
  end)

  it("reports a customer that is not there as not_found", function()
    local customer, err = client.customer.get "customer_ffffffffffffffffffffffffffffffff"
    assert.is_nil(customer)
    assert.equal("not_found", err.kind)
    assert.equal("resource/not-found", err.code)
    assert.is_false(err.retryable)
  end)

  it("reports a refused key as auth", function()
    local stranger = spherepay.new { token = "another_key", base_url = host.url }
    local customer, err = stranger.customer.get "customer_1"
    assert.is_nil(customer)
    assert.equal("auth", err.kind)
    assert.is_true(err.status == 401 or err.status == 403)
    stranger:close()
  end)

  it("asks a token function for each call, so that keys can rotate", function()
    local asked = 0
    local rotating = spherepay.new {
      base_url = host.url,
      token = function()
        asked = asked + 1
        return asked == 1 and "key_of_yesterday" or "key_of_the_spec"
      end,
    }
    local _, err = rotating.customer.get "customer_1"
    assert.equal("auth", err.kind)
    _, err = rotating.customer.get "customer_1"
    assert.equal("not_found", err.kind)
    assert.equal(2, asked)
    rotating:close()
  end)

  it("turns a token function that fails into an error of kind auth, and sends nothing", function()
    for _, token in ipairs { function() error "vault is sealed: hunter2" end,
      function() return nil end, function() return "two words" end,
      function() return "x\r\ny" end } do
      local broken = spherepay.new { base_url = host.url, token = token }
      local customer, err = broken.customer.get "customer_1"
      assert.is_nil(customer)
      assert.equal("auth", err.kind)
      assert.equal("no", err.sent)
      assert.is_nil(tostring(err):find("hunter2", 1, true))
      assert.equal(0, broken:stats().attempts)
    end
  end)

  it("says why the token function failed, without what could be a secret", function()
    for reason, fail in pairs {
      ["raised an error: spec/client/customer_spec.lua:%d+: vault is sealed: %[redacted%]"] =
        function() error "vault is sealed: hunter2" end,
      ["raised an error: no answer from the vault"] =
        function() error(setmetatable({}, { __tostring = function()
          return "no answer\nfrom the vault"
        end })) end,
      ["returned no token: vault is sealed"] = function() return nil, "vault is sealed" end,
      ["must return .*, got nothing"] = function() end,
      ["raised an error: key %[redacted%] expired"] =
        function() error("key sk_live_4eC39HqLyjWDarjtT1zdp7dc expired", 0) end,
    } do
      local broken = spherepay.new { base_url = host.url, token = fail }
      local _, err = broken.customer.get "customer_1"
      assert.matches("the token function " .. reason, tostring(err))
    end
  end)

  it("fails with kind closed after close, which may be repeated", function()
    local closing = spherepay.new { token = "key_of_the_spec", base_url = host.url }
    assert.equal("not_found", select(2, closing.customer.get "customer_1").kind)
    closing:close()
    closing:close()
    local customer, err = closing.customer.get "customer_1"
    assert.is_nil(customer)
    assert.equal("closed", err.kind)
    assert.equal(1, closing:stats().calls)
  end)

  it("is collected without a leak when it is forgotten", function()
    local weak = setmetatable({}, { __mode = "v" })
    do
      local forgotten = spherepay.new { token = "key_of_the_spec", base_url = host.url }
      forgotten.customer.get "customer_1"
      weak[1], weak[2] = forgotten, forgotten.dispatcher.engine
    end
    collect()
    assert.is_nil(weak[1])
    assert.is_nil(weak[2])
  end)

  it("keeps the token out of errors, responses and the sandbox's logs", function()
    local secret = "sk_live_secret_of_this_spec"
    local careful = spherepay.new { token = secret, base_url = host.url }
    local _, err = careful.customer.get "customer_1"
    local shown = { err, err.response.headers, tostring(err), "x" .. err, tostring(careful) }
    assert.is_nil(leaks.find(shown, secret))
    local logs = assert(io.popen("find " .. host.dir .. " -name '*.log' | xargs cat"))
    local text = logs:read "*a"
    logs:close()
    assert.is_true(#text > 0)
    assert.is_nil(leaks.find(text, secret))
    careful:close()
  end)
end)

describe("client:request", function()
  local host, client

  setup(function()
    host = assert(sandbox.start {})
    client = spherepay.new { token = "key", base_url = host.url }
  end)

  teardown(function()
    client:close()
    host.stop()
  end)

  it("reaches the other endpoints with the same promises", function()
    local customer = assert(client.customer.create(individual()))
    local path = "/v2/customer/" .. customer.id .. "/tos-link"
    local link, err, response = client:request("POST", path)
    assert.is_nil(err)
    assert.matches("^https?://", link.link)
    assert.equal(201, response.status)
    local query = { page = 1, limit = "10" }
    local list = assert(client:request("GET", "/v2/customer", { query = query }))
    assert.equal(customer.id, list.customers[#list.customers].id)
    assert.equal(1, list.pagination.page)
  end)

  it("sends a query and a body as given", function()
    local customer = assert(client.customer.create(individual()))
    local body = { meta = { ["a b"] = "ü" } }
    assert(client:request("PATCH", "/v2/customer/" .. customer.id, { json = body }))
    assert.same({ ["a b"] = "ü" }, assert(client.customer.get(customer.id)).meta)
    local query = { email = "a+b&c=d@x.yz" }
    local none = assert(client:request("GET", "/v2/customer", { query = query }))
    assert.same({}, none.customers)
  end)

  it("refuses paths that would lead elsewhere, and sends nothing", function()
    local before = client:stats().attempts
    for _, path in ipairs { "v2/customer", "/v2/../v1", "/v2/%2e%2e/v1", "/v2/a b", "/v2/a\r\nb",
      "/v2/customer?x=1", "/v2/customer#x", "/v2//x", "/v2/%zz", "/v2/\0" } do
      local value, err = client:request("GET", path)
      assert.is_nil(value)
      assert.equal("invalid", err.kind)
      assert.equal("/path", err.errors[1].pointer)
    end
    assert.equal(before, client:stats().attempts)
  end)

  it("refuses what cannot be JSON, with a pointer, and sends nothing", function()
    local before = client:stats().attempts
    local loop = {}
    loop.loop = loop
    for _, case in ipairs { { print, "/x" }, { 0 / 0, "/x" }, { 1 / 0, "/x" },
      { { 1, 2, [5] = 5 }, "/x" }, { { 1, a = 2 }, "/x" } } do
      local value, err = client:request("POST", "/v2/customer", { json = { x = case[1] } })
      assert.is_nil(value)
      assert.equal("invalid", err.kind)
      assert.equal(case[2], err.errors[1].pointer)
    end
    local _, err = client:request("POST", "/v2/customer", { json = loop })
    assert.equal("invalid", err.kind)
    assert.equal(before, client:stats().attempts)
  end)

  it("raises for a method it does not know, a path that is no string, and a dot", function()
    assert.has_error(function() client:request("BREW", "/v2/customer") end)
    assert.has_error(function() client:request("get", "/v2/customer") end)
    assert.has_error(function() client:request("GET", 5) end)
    local ok, message = pcall(function() client.request("GET", "/v2/customer") end)
    assert.is_false(ok)
    assert.matches("with a colon", message)
  end)

  it("refuses headers that hold CR, LF or NUL, and sends nothing", function()
    local before = client:stats().attempts
    for _, value in ipairs { "a\rb", "a\nb", "a\0b", "a\r\nX-Evil: 1" } do
      local _, err = client:request("GET", "/v2/customer", { headers = { ["X-Trace"] = value } })
      assert.equal("invalid", err.kind)
      assert.equal("/headers/X-Trace", err.errors[1].pointer)
    end
    assert.equal(before, client:stats().attempts)
  end)
end)
