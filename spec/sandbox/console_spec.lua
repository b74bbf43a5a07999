--- spherepay.sandbox.console: who may ask, what the page is told, what it can do. The page itself
-- is tried in a browser: make test-browser.

local support = require("spec.support.sandbox")

local SECRET = "0123456789abcdef0123456789abcdef"
local HOST = "127.0.0.1:8000"

describe("sandbox console", function()
  local api
  before_each(function() api = support.handler { console_secret = SECRET } end)

  local function call(method, path, body, headers)
    local all = { authorization = false, host = HOST }
    for name, value in pairs(headers or {}) do all[name] = value end
    return api.call(method, "/_sandbox/console/" .. path, body, all)
  end

  local function state()
    local status, value = call("GET", SECRET .. "/state")
    assert.equal(200, status)
    return value
  end

  local function create() return api.create("v2-create-request-individual-minimal") end

  it("serves one page that may load and ask nothing from elsewhere", function()
    local status, _, response = call("GET", SECRET .. "/")
    local policy = response.headers["content-security-policy"]
    assert.equal(200, status)
    assert.is_truthy(policy:find("^default%-src 'none'; script%-src 'nonce%-%x+'"), policy)
    local nonce = policy:match("nonce%-(%x+)")
    assert.is_truthy(response.body:find('<script nonce="' .. nonce .. '">', 1, true))
    assert.is_nil(response.body:find("https?://"))
    assert.is_nil(response.body:find("innerHTML", 1, true))
  end)

  for what, headers in pairs {
    ["another name for this machine"] = { host = "sandbox.example.com" },
    ["a name that begins like it"] = { host = "127.0.0.1.example.com" },
    ["a name that ends like it"] = { host = "a127.0.0.1" },
    ["no Host"] = { host = false },
    ["another site"] = { origin = "https://example.com" },
    ["another port of this machine"] = { origin = "http://127.0.0.1:9000" },
    ["a page without an origin"] = { origin = "null" },
    ["a browser that says so"] = { ["sec-fetch-site"] = "cross-site" },
  } do
    it("refuses " .. what, function()
      local customer = create()
      for _, path in ipairs { "/", "/state" } do
        assert.equal(403, (call("GET", SECRET .. path, nil, headers)))
      end
      local order = { id = customer.id, status = "approved" }
      assert.equal(403, (call("POST", SECRET .. "/review", order, headers)))
      assert.equal("incomplete", api.profile(customer.id).status)
    end)
  end

  for _, host in ipairs { "localhost", "localhost:8000", "[::1]:8000", "127.10.20.30:8000" } do
    it("answers at " .. host, function()
      assert.equal(200, (call("GET", SECRET .. "/state", nil, { host = host })))
    end)
  end

  it("refuses whoever does not know the secret, and everybody when there is none", function()
    assert.equal(403, (call("GET", "/")))
    assert.equal(403, (call("GET", SECRET:reverse() .. "/state")))
    assert.equal(403, (call("GET", SECRET .. "0/state")))
    api = support.handler {}
    assert.equal(403, (call("GET", SECRET .. "/state")))
    assert.equal(403, (call("GET", "nil/state")))
  end)

  it("takes orders of its own page", function()
    local customer = create()
    local origin = { origin = "http://" .. HOST }
    local order = { id = customer.id, status = "approved" }
    local status = call("POST", SECRET .. "/review", order, origin)
    assert.same({ 200, "approved" }, { status, api.profile(customer.id).status })
    status = call("POST", SECRET .. "/set",
      { id = customer.id, criterion = "identity_document", state = "error" }, origin)
    assert.equal(200, status)
    assert.equal(400, (call("POST", SECRET .. "/review", { status = "approved" }, origin)))
    assert.equal(400, (call("POST", SECRET .. "/review", "[]", origin)))
    assert.equal(404, (call("POST", SECRET .. "/delete", {}, origin)))
  end)

  it("tells of customers with their checklist, newest first", function()
    local first, second = create(), create()
    local subjects = state().subjects
    assert.same({ second.id, first.id }, { subjects[1].id, subjects[2].id })
    assert.equal("kyc_profile_a", subjects[1].profiles[1].name)
    assert.equal(6, #subjects[1].profiles[1].required)
  end)

  it("tells of requests without ids, queries, keys and bodies", function()
    local customer = create()
    api.call("GET", "/v2/customer/" .. customer.id .. "?search=jane")
    local requests = state().requests
    assert.same({ 2, "GET", "/v2/customer/customer_...", 200 }, {
      requests[1].number, requests[1].method, requests[1].path, requests[1].status,
    })
    assert.equal("/v2/customer", requests[2].path)
  end)

  it("tells of the thirty newest requests", function()
    for _ = 1, 35 do api.call("GET", "/v2/customer") end
    local requests = state().requests
    assert.same({ 30, 35, 6 }, { #requests, requests[1].number, requests[30].number })
  end)

  it("switches faults on and off", function()
    assert.equal(200, (call("POST", SECRET .. "/fault", { name = "503" })))
    assert.equal("503", state().fault)
    for _ = 1, 3 do assert.equal(503, (api.call("GET", "/v2/customer"))) end
    call("POST", SECRET .. "/fault", {})
    assert.is_nil(state().fault)
    assert.equal(200, (api.call("GET", "/v2/customer")))
    assert.equal(400, (call("POST", SECRET .. "/fault", { name = "fire" })))
    call("POST", SECRET .. "/fault", { name = "slow" })
    local _, _, response = api.call("GET", "/v2/customer")
    assert.equal(2, response.delay)
  end)

  it("forgets everything on demand", function()
    create()
    call("POST", SECRET .. "/fault", { name = "503" })
    call("POST", SECRET .. "/reset", {})
    local after = state()
    assert.same({ {}, {} }, { after.subjects, after.requests })
    assert.is_nil(after.fault)
  end)

  it("shows customers of v1, too", function()
    api = support.handler { console_secret = SECRET, generation = "v1" }
    local sample = support.sample "v1-create-request-minimal-individual"
    local _, made = api.call("POST", "/v1/customer", sample)
    local subject = state().subjects[1]
    assert.equal(made.data.customer.id, subject.id)
    assert.equal("kyc", subject.profiles[1].name)
  end)
end)
