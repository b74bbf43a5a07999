-- What the client knows by value is in nothing that may be logged: its token, its proxy's password,
-- and what it sent. What a server calls a code, an id or a place is shown only in their forms.

local cjson = require "cjson"
local served = require "spec.support.served"

local TOKEN = "Zq7.wJ-token_of/this+spec=1"
local JANE = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
  personalInformation = { firstName = "Jos\195\169", lastName = "Smith",
    taxIdentificationNumber = "123-45-6789", taxIdentificationNumberType = "ssn",
    taxIdentificationNumberCountry = "USA" },
}

local function percent(text)
  return (text:gsub("[^%w]", function(c) return ("%%%02x"):format(c:byte()) end))
end

local function unicode(text)
  return (text:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end))
end

describe("What may be logged", function()
  local server, told, last

  setup(function() server = served.start() end)
  teardown(function() server:stop() end)
  before_each(function() told = {} end)
  after_each(function()
    if last then last:close() end
    last = nil
  end)

  -- One at a time: hundreds that wait to be collected hold more descriptors than a shell gives.
  local function client(options)
    if last then last:close() end
    options = options or {}
    options.token = options.token or TOKEN
    options.on_event = function(event) told[#told + 1] = event end
    last = server:client(options)
    return last
  end

  -- Every string of an error that a line of a log could have, and of its events.
  local function texts_of(err)
    local list = { tostring(err), "x" .. err, err.message, err.pattern, err.method }
    list[#list + 1] = err.code
    list[#list + 1] = err.request_id
    for _, problem in ipairs(err.errors) do
      for _, value in pairs(problem) do list[#list + 1] = value end
    end
    for _, attempt in ipairs(err.attempts) do list[#list + 1] = attempt.message end
    list[#list + 1] = err.response and err.response.request_id
    for _, event in ipairs(told) do
      for _, value in pairs(event) do
        if type(value) == "string" then list[#list + 1] = value end
      end
    end
    told = {}
    return list
  end

  -- A port may hold the digits of a number that is looked for.
  local function expect_without(err, ...)
    for _, text in ipairs(texts_of(err)) do
      text = text:gsub("127%.0%.0%.1:%d+", "")
      for _, secret in ipairs { ... } do
        assert.is_nil(text:lower():find(secret:lower(), 1, true), text)
      end
    end
  end

  local function get(body, options, status)
    server:answer(status or 401, type(body) == "string" and body or cjson.encode(body))
    local _, err = client(options).customer.get "customer_1"
    return err
  end

  it("has no token that a server says where its own words belong", function()
    for _, token in ipairs { TOKEN, "abcdefghijklmnop", "0123456789abcdef0123456789abcdef" } do
      local options = { token = token }
      for _, place in ipairs { token, percent(token), unicode(token), token:upper() } do
        for _, body in ipairs {
          { status = 401, code = place, correlationId = place },
          { status = 401, code = "customer/" .. place, correlationId = "request_" .. place },
          { ok = false, error = "customer/" .. place, request = place },
          { ok = false, error = place, message = "bad key: " .. place, request = place },
          { status = 400, detail = "bad key: " .. place .. ".", title = place },
          { error = { general = "the key '" .. place .. "' is old" } },
          { error = { [place] = { place } } },
          { error = { place, { place } } },
          { status = 400, detail = "x", errors = { { detail = "bad key: " .. place,
            pointer = "/" .. place, parameter = place, header = place } } },
          { status = 400, detail = "x", errors = { { detail = "x",
            pointer = "/" .. place:sub(1, 6) .. "/" .. place:sub(7) } } },
        } do
          expect_without(get(body, options), token)
        end
      end
    end
  end)

  it("has no token that came from a function", function()
    local options = { token = function() return TOKEN end }
    expect_without(get({ status = 401, code = TOKEN, detail = "no " .. TOKEN }, options), TOKEN)
    local err = get({ status = 401, code = TOKEN }, options)
    assert.equal("the credentials were refused", err.message)
  end)

  it("has no long part of the token", function()
    local err = get { status = 401, detail = "key ends in " .. TOKEN:sub(-14) }
    expect_without(err, TOKEN:sub(-14))
    assert.matches("key ends in [redacted]", err.message, 1, true)
  end)

  it("has no text of a server when the client was closed before it was looked at", function()
    local body = { status = 401, code = "unauthorized", detail = "no " .. TOKEN }
    server:answer(401, cjson.encode(body))
    local one = client { loop = "manual" }
    local err
    one:spawn(function() err = select(2, one.customer.get "customer_1") end)
    one:step(0.01)
    one:close()
    expect_without(err, TOKEN)
  end)

  it("has no password of the proxy", function()
    for _, proxy in ipairs {
      "http://alice:hunter2@127.0.0.1:99999", "http://alice:hunter2@[::zz]:1",
      "http://alice:hunter2@nowhere.invalid:1", "socks5h://alice:hunter2@127.0.0.1:1",
    } do
      local one = client { proxy = proxy, base_url = "https://api.example.com" }
      local _, err = one.customer.get "customer_1"
      assert.equal("no", err.sent)
      expect_without(err, "hunter2", "alice")
    end
  end)

  it("has no person in the places that a server names", function()
    for _, body in ipairs {
      { status = 422, detail = "x", errors = {
        { detail = "y", pointer = "/Jane Smith/123456789" },
        { detail = "y", parameter = "Jane", header = "Smith" },
      } },
      { error = { ["123-45-6789"] = { "x" } } },
      { error = { ["Jane Smith"] = { ["jane@example.com"] = "x" } } },
      { status = 422, detail = "x", code = "Jane Smith", correlationId = "123-45-6789" },
      { ok = false, error = "Jane/Smith", message = "x", request = "Jane" },
    } do
      expect_without(get(body, nil, 422), "jane", "smith", "123-45", "123456")
    end
  end)

  it("has nothing of what was sent, however it is spelt", function()
    for _, text in ipairs {
      "Jos\195\169 SMITH is known", "JOS\195\137", "Jose\204\129", "Jos\\u00e9",
      "Jos%C3%A9 Smith", "jane.smith%40example.com", "JANE.SMITH@EXAMPLE.COM",
      "233 south wacker drive", "123456789",
      "(415) 555-0123", "Chicago", "123 45 6789",
    } do
      for _, body in ipairs {
        { status = 422, detail = text, title = text },
        { error = { general = text } }, { error = { address = { text } } },
        { ok = false, error = "customer/missing-data", message = text },
        { status = 422, detail = "x", errors = { { detail = text, pointer = "/" .. text } } },
      } do
        server:answer(422, cjson.encode(body))
        local _, err = client().customer.create(JANE, { validate = false })
        expect_without(err, "jos", "smith", "wacker", "123456789", "555", "chicago", "6789")
      end
    end
  end)

  it("has nothing of a query or a header either", function()
    server:answer(400, cjson.encode { status = 400, detail = "no match for jane or the-trace" })
    local _, err = client():request("GET", "/v2/customer", {
      query = { search = "Jane" }, headers = { ["X-Who"] = "the-trace" },
    })
    assert.equal("no match for [redacted] or [redacted]", err.message)
  end)

  it("has no name that competes with 250 values of meta", function()
    local meta = {}
    for i = 1, 250 do meta["key" .. i] = ("value%04d"):format(i) end
    server:answer(422, cjson.encode { status = 422, detail = "Smith is refused" })
    for _ = 1, 5 do
      local _, err = client().customer.update("customer_1", {
        meta = meta, address = JANE.address, personalInformation = JANE.personalInformation,
      })
      assert.equal("[redacted] is refused", err.message)
    end
  end)

  it("has no name of a field of meta that our own checks refuse", function()
    local _, err = client().customer.update("customer_1", {
      meta = {
        ["Jane Smith 123-45-6789"] = {}, Jane = {}, ["jane@example.com"] = print, smith = {},
      },
    })
    assert.equal("invalid", err.kind)
    assert.equal(4, #err.errors)
    assert.matches("/meta/[redacted] must be", tostring(err), 1, true)
    assert.is_nil(tostring(err):lower():find("jane", 1, true))
    assert.is_nil(tostring(err):lower():find("smith", 1, true))
    for _, problem in ipairs(err.errors) do
      assert.is_nil(problem.pointer:find("Jane", 1, true))
      assert.is_nil(problem.pointer:find("@", 1, true))
    end
  end)

  it("has no name that nobody documents, in warnings and in what is raised", function()
    server:answer(200, '{"id":"customer_1"}')
    local _, err, response = client().customer.update("customer_1", {
      ["Jane Smith"] = 1, address = JANE.address, firstNmae = "x",
    })
    assert.is_nil(err)
    local texts = cjson.encode { response.warnings, told }
    assert.is_nil(texts:find("Jane", 1, true))
    assert.matches("firstNmae", texts:gsub("\\", ""), 1, true)
    local ok, message = pcall(client().customer.get, "customer_1", { ["Jane Smith"] = 1 })
    assert.is_false(ok)
    assert.is_nil(message:find("Jane", 1, true))
  end)

  it("keeps what helps: codes, ids and places of the API", function()
    local err = get({
      status = 422, code = "validation/failed", detail = "Validation failed",
      correlationId = "28c61e885c6e5eaa78c1a2183a9b883c",
      errors = { { detail = "must be a date", pointer = "/personalInformation/dateOfBirth" } },
    }, nil, 422)
    assert.equal("spherepay: rejected: Validation failed at /personalInformation/dateOfBirth "
      .. "(422 validation/failed, GET /v2/customer/{id}, "
      .. "request 28c61e885c6e5eaa78c1a2183a9b883c)", (tostring(err):gsub(" at 127[^,]+", "")))
    assert.equal("must be a date", err.errors[1].detail)
  end)

  it("has the first problems of any number, in order, at little cost", function()
    local fields = {}
    for i = 1, 30000 do fields[("abcdefghij"):sub(i % 10 + 1, i % 10 + 1) .. i] = { "x" } end
    local err = get({ error = fields }, { max_body = 8388608 }, 422)
    assert.equal(100, #err.errors)
    local again = get({ error = fields }, { max_body = 8388608 }, 422)
    assert.same(err.errors, again.errors)
  end)
end)
