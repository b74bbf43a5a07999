local cjson = require "cjson"
local outcome = require "spherepay.http.outcome"
local errors = require "spherepay.errors"

local GET = { method = "GET", path = "/v2/customer/customer_1ab2c3d4",
  pattern = "/v2/customer/{id}", version = "v2", operation = "get" }
local POST = { method = "POST", path = "/v2/customer", pattern = "/v2/customer", version = "v2",
  operation = "create" }

local function sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return cjson.decode(text)
end

local function without_nulls(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for name, item in pairs(value) do
    if item ~= cjson.null then copy[name] = without_nulls(item) end
  end
  return copy
end

local HEADERS = { ["x-a"] = "b" }

-- What the core gives beside the answer; counts how often it is asked.
local function trace_of(attempts)
  local trace = { asked = 0 }
  function trace:headers()
    self.asked = self.asked + 1
    return HEADERS
  end
  function trace:attempts()
    self.asked = self.asked + 1
    return attempts
  end
  function trace.count() return #attempts end
  return trace
end

local function answered(status, body, extra)
  local raw = { status = status, body = body, sent = "yes",
    trace = trace_of { { timings = { total = 0.1 } } } }
  for name, value in pairs(extra or {}) do raw[name] = value end
  return raw
end

local function fails(raw, context)
  local value, err = outcome.customer(raw, context or GET)
  assert.is_nil(value)
  assert.is_true(errors.is(err))
  assert.equal(2, select("#", outcome.customer(raw, context or GET)))
  return err, err.response
end

describe("a customer", function()
  it("is the body of a v2 answer, with status, headers and timings beside it", function()
    local body = sample "v2-get-individual-tos-status"
    local raw = answered(200, body)
    local customer, err, response = outcome.customer(raw, GET)
    assert.equal(body, customer)
    assert.is_nil(err)
    assert.equal(200, response.status)
    assert.is_nil(response.request_id)
    assert.equal(0, raw.trace.asked)
    assert.equal(HEADERS, response.headers)
    assert.same({ { timings = { total = 0.1 } } }, response.attempts)
    assert.equal(response.attempts[1].timings, response.timings)
    assert.is_nil(response.body)
    assert.equal(HEADERS, response.headers)
    assert.equal(2, raw.trace.asked)
  end)

  it("has all that is beside it walked through where Lua can be told", function()
    local _, _, response = outcome.customer(answered(200, { id = "customer_1" }), GET)
    if pairs(setmetatable({}, { __pairs = function() return 1 end })) ~= 1 then return end
    local seen = {}
    for name, value in pairs(response) do seen[name] = type(value) end
    assert.same({ status = "number", headers = "table", attempts = "table",
      timings = "table", warnings = "table" }, seen)
  end)

  it("is taken out of the v1 envelope, whose request becomes the request id", function()
    local body = sample "v1-get-response"
    local customer, err, response = outcome.customer(answered(200, body), GET)
    assert.equal(body.data.customer, customer)
    assert.is_nil(err)
    assert.equal(body.request, response.request_id)
  end)

  it("comes out of every sample that is one, with nulls kept and with nulls dropped", function()
    for _, name in ipairs {
      "v1-create-response", "v1-update-response", "v1-customer-object-approved",
      "v2-create-response-legacy", "v2-create-response-empty-criteria-partial",
      "v2-get-legacy-inline-criteria", "v2-get-individual-2025-11", "v2-patch-response",
      "v2-get-individual-incomplete", "v2-get-business-from-schema-examples",
      "v2-get-individual-staging-2026-03", "v2-patch-response-empty-criteria-2025",
    } do
      local body = sample(name)
      assert.is_string(outcome.customer(answered(200, body), GET).id, name)
      assert.is_string(outcome.customer(answered(201, without_nulls(body)), POST).id, name)
    end
  end)

  it("is accepted with any 2xx", function()
    for _, status in ipairs { 200, 201, 202, 299 } do
      assert.is_table(outcome.customer(answered(status, { id = "customer_1" }), POST))
    end
  end)

  it("is not what has no id", function()
    for _, body in ipairs {
      {}, { id = 5 }, { id = "" }, { { id = "customer_1" } }, { ok = true },
      { ok = true, data = {} }, { ok = true, data = cjson.null },
      { ok = true, data = { customer = {} } },
      "text", 5, true, false, cjson.null,
    } do
      assert.equal("protocol", fails(answered(200, body)).kind)
    end
  end)
end)

describe("a success that cannot be read", function()
  it("is a protocol error that keeps the text", function()
    local raw = answered(200, nil, { text = "<html>hi</html>", json_error = "bad" })
    local err, response = fails(raw)
    assert.equal("protocol", err.kind)
    assert.equal("HTTP 200 with a body that is not JSON: bad", err.message)
    assert.equal("<html>hi</html>", err.raw)
    assert.equal(200, response.status)
    assert.is_false(err.maybe_applied)
  end)

  it("says when the body is too large to be read, or memory too small", function()
    local text = "more than 64 levels of nesting"
    local err = fails(answered(200, nil, { text = "[", json_error = text, json_fault = "limit" }))
    assert.equal("HTTP 200 with a body of more than 64 levels of nesting", err.message)
    err = fails(answered(200, nil, { json_error = "out of memory", json_fault = "memory" }))
    assert.equal("protocol", err.kind)
    assert.equal("HTTP 200 with a body for which there is not enough memory", err.message)
  end)

  it("may have been applied when it was a write", function()
    local err = fails(answered(201, nil), POST)
    assert.equal("HTTP 201 with an empty body", err.message)
    assert.is_true(err.maybe_applied)
    assert.equal("yes", err.sent)
  end)
end)

describe("the error shapes of the API", function()
  local function from(name, status)
    local err, response = fails(answered(status, sample(name)))
    assert.equal(status, err.status)
    assert.equal(status, response.status)
    return err, response
  end

  it("A, a general text, becomes the message", function()
    local err = from("v2-error-404-legacy", 404)
    assert.equal("not_found", err.kind)
    assert.equal("Customer not found", err.message)
    assert.same({}, err.errors)
    assert.equal("rejected", from("v2-error-legacy-bad-request", 400).kind)
  end)

  it("A with DNE means not found whatever the status, and its id is not repeated", function()
    for _, status in ipairs { 400, 404 } do
      local err = from("v2-error-legacy-dne-mock", status)
      assert.equal("not_found", err.kind)
      assert.is_nil(err.message:find("68f1", 1, true))
      assert.is_nil(tostring(err):find("68f1", 1, true))
      assert.truthy(err.raw.error.general:find("68f1", 1, true))
    end
  end)

  it("B, texts under field names, becomes problems with pointers", function()
    local err = from("v2-error-400-legacy-field", 400)
    assert.equal("rejected", err.kind)
    assert.same({ { detail = "Required", pointer = "/address" } }, err.errors)
    assert.same({ { detail = "Required", pointer = "/information" } },
      from("v2-error-legacy-field-information", 400).errors)
  end)

  it("B is read in a stable order, with nested fields and plain strings", function()
    local body = { error = { b = { "2", "3" }, a = "1", c = { d = { "4" } } } }
    assert.same({
      { detail = "1", pointer = "/a" }, { detail = "2", pointer = "/b" },
      { detail = "3", pointer = "/b" }, { detail = "4", pointer = "/c/d" },
    }, fails(answered(400, body)).errors)
  end)

  it("B takes numbers and booleans for texts, and is read to a depth of four", function()
    local body = { error = { a = { 5, true }, b = { { { { "deep" } } } } } }
    assert.same({ { detail = "5", pointer = "/a" }, { detail = "true", pointer = "/a" },
      { detail = "deep", pointer = "/b" } }, fails(answered(400, body)).errors)
    body = { error = { b = { { { { { "too deep" } } } } } } }
    assert.same({}, fails(answered(400, body)).errors)
  end)

  it("C, ProblemDetails, gives code, correlation id and problems", function()
    local err, response = from("v2-error-422-problem", 422)
    assert.equal("rejected", err.kind)
    assert.equal("Validation failed", err.message)
    assert.equal("validation/failed", err.code)
    assert.equal("28c61e885c6e5eaa78c1a2183a9b883c", err.request_id)
    assert.equal(err.request_id, response.request_id)
    assert.same({
      { detail = "Invalid email format", pointer = "/email" },
      { detail = "Name is required", pointer = "/name" },
    }, err.errors)
    assert.equal("not_found", from("v2-error-404-problem", 404).kind)
    assert.equal("rejected", from("v2-error-400-problem", 400).kind)
  end)

  it("C keeps parameter and header, and reads message for detail", function()
    local body = { status = 400, detail = "x", errors = {
      { detail = "a", parameter = "page" }, { message = "b", header = "Host" }, "c", {}, 5 } }
    assert.same({
      { detail = "a", parameter = "page" }, { detail = "b", header = "Host" }, { detail = "c" },
      { detail = "refused without a reason" },
    }, fails(answered(400, body)).errors)
  end)

  it("C means bad credentials with 401 and, without a code, with 403", function()
    local staging = from("v2-error-401-problem-staging", 401)
    assert.equal("auth", staging.kind)
    assert.equal("unauthorized", staging.code)
    local current = from("v2-error-403-problem-no-code", 403)
    assert.equal("auth", current.kind)
    assert.is_nil(current.code)
    assert.equal("Forbidden resource", current.message)
  end)

  it("D, the v1 envelope, gives code, message and request", function()
    local err, response = from("v1-error", 400)
    assert.equal("rejected", err.kind)
    assert.equal("bankAccount/inactive", err.code)
    assert.equal("request_77414d59c7a042e586af6e13cbbe1660", err.request_id)
    assert.equal(err.request_id, response.request_id)
    assert.is_nil(err.message:find("7ab288", 1, true))
  end)

  it("D is an error with status 200 too, and its code or statusCode tells the kind", function()
    local function kind(body)
      local err = fails(answered(200, body), POST)
      assert.is_false(err.maybe_applied)
      return err.kind
    end
    assert.equal("rejected", kind(sample "v1-error"))
    assert.equal("not_found", kind { ok = false, error = "customer/not-found", message = "x" })
    assert.equal("conflict", kind { ok = false, error = "customer/duplicate", message = "x" })
    assert.equal("auth", kind { ok = false, statusCode = 401 })
    assert.equal("server", kind { ok = false, statusCode = 500 })
    assert.equal("rejected", kind { ok = false, statusCode = "odd", data = { customer = {} } })
  end)

  it("D is a refusal, as with 400, when its statusCode is no error's", function()
    for _, code in ipairs { 200, 302, 399, 600, "500" } do
      local err = fails(answered(200, { ok = false, statusCode = code }), POST)
      assert.equal("rejected", err.kind, tostring(code))
    end
    assert.equal("rejected", fails(answered(200, { ok = false, statusCode = 400 }), POST).kind)
    assert.equal("server", fails(answered(200, { ok = false, statusCode = 599 }), POST).kind)
  end)

  it("print one line without the ids and values of the samples", function()
    for name, status in pairs {
      ["v1-error"] = 400, ["v2-error-400-legacy-field"] = 400, ["v2-error-400-problem"] = 400,
      ["v2-error-401-problem-staging"] = 401, ["v2-error-403-problem-no-code"] = 403,
      ["v2-error-404-legacy"] = 404, ["v2-error-404-problem"] = 404,
      ["v2-error-422-problem"] = 422, ["v2-error-legacy-bad-request"] = 400,
      ["v2-error-legacy-dne-mock"] = 404, ["v2-error-legacy-field-information"] = 400,
    } do
      local text = tostring((from(name, status)))
      assert.is_nil(text:find("[%c]"), name)
      assert.is_nil(text:find("customer_68f1", 1, true), name)
      assert.is_nil(text:find("bankAccount_7ab2", 1, true), name)
      assert.is_nil(text:find("1ab2c3d4", 1, true), name)
      assert.truthy(text:find(tostring(status), 1, true), name)
    end
  end)
end)

describe("the status of an answer", function()
  it("decides the kind when the body does not", function()
    for status, kind in pairs {
      [400] = "rejected", [401] = "auth", [403] = "auth", [404] = "not_found", [408] = "rejected",
      [409] = "conflict", [418] = "rejected", [422] = "rejected", [429] = "rate_limited",
      [500] = "server", [502] = "server", [503] = "server", [504] = "server",
      [301] = "protocol", [304] = "protocol", [101] = "protocol",
    } do
      assert.equal(kind, fails(answered(status, nil)).kind, tostring(status))
    end
  end)

  it("is in the message when a proxy answers with HTML or with nothing", function()
    local html = fails(answered(502, nil, {
      text = "<html>jane@example.com</html>", json_error = "expected a value at byte 1",
    }))
    assert.equal("HTTP 502 with a body that is not JSON: expected a value at byte 1", html.message)
    assert.is_nil(tostring(html):find("jane", 1, true))
    assert.equal("HTTP 500 with an empty body", fails(answered(500, nil)).message)
  end)

  it("gives a server error even when the body says not found", function()
    assert.equal("server", fails(answered(500, { code = "customer/not-found" })).kind)
  end)
end)

describe("a refusal that mentions the idempotency key", function()
  local PATCH = { method = "PATCH", path = "/v2/customer/c", operation = "update" }

  local function kind(status, body, first_sent)
    local attempts = { { sent = first_sent }, { sent = "yes" } }
    local err = fails(answered(status, body, { trace = trace_of(attempts) }), PATCH)
    return err.kind, err.maybe_applied
  end

  it("of a repeated write means that an earlier attempt arrived", function()
    for _, body in ipairs {
      { detail = "Idempotency-Key has been used" }, { code = "idempotency/used" },
      { errors = { { detail = "idempotency key reused" } } },
      { error = { general = "Idempotent request was seen" } },
    } do
      assert.same({ "conflict", true }, { kind(400, body, "maybe") })
      assert.same({ "conflict", true }, { kind(422, body, "yes") })
      assert.same({ "rejected", false }, { kind(400, body, "no") })
      assert.same({ "server", false }, { kind(500, body, "maybe") })
    end
    assert.same({ "rejected", false }, { kind(400, { detail = "no" }, "maybe") })
  end)

  it("of a first attempt is a refusal like any other", function()
    local err = fails(answered(400, { detail = "Idempotency-Key has been used" }), PATCH)
    assert.same({ "rejected", false }, { err.kind, err.maybe_applied })
  end)
end)

describe("a server's words", function()
  it("lose what the request had carried before they become the message", function()
    local context = { method = "POST", path = "/v2/customer",
      params = { personalInformation = { lastName = "Smith" } } }
    local body = { status = 400, detail = "Smith is on a list" }
    local err = fails(answered(400, body), context)
    assert.equal("[redacted] is on a list", err.message)
    assert.is_nil(tostring(err):find("Smith", 1, true))
  end)

  it("lose it each time that they come, and the places too", function()
    local spec = { method = "POST", path = "/v2/customer", pattern = "/v2/customer",
      params = { personalInformation = { firstName = "Jane" } } }
    local item = { detail = "Jane is wrong, says sk_live_1", pointer = "/jane/email" }
    local _, err = outcome.customer({ status = 422, body = { errors = { item, {
      detail = "Jane is wrong, says sk_live_1", pointer = "/jane/email" } } } }, spec)
    assert.equal(2, #err.errors)
    for _, problem in ipairs(err.errors) do
      assert.equal("[redacted] is wrong, says [redacted]", problem.detail)
      assert.equal("/[redacted]/email", problem.pointer)
    end
  end)

  it("name nobody, by whatever form a name, a phone or a date is known", function()
    local text = "The customer 'Jane Smith' born 1990-04-15 with +1 (415) 555-0123 and"
      .. " jane.smith@example.com exists"
    for _, status in ipairs { 400, 404, 409, 500 } do
      local line = tostring(fails(answered(status, { message = text }), POST))
      for _, secret in ipairs { "Jane", "Smith", "1990", "555", "example.com" } do
        assert.is_nil(line:find(secret, 1, true), line)
      end
      assert.truthy(line:find("customer", 1, true), line)
    end
  end)

  it("cannot forge a line of a log", function()
    local err = fails(answered(400, { status = 400, detail = "a\r\nERROR: b", code = "x\ny" }))
    assert.is_nil(err.message:find("%c"))
    assert.is_nil(err.code)
  end)

  it("may be a sentence where v1 has a code", function()
    local err = fails(answered(404, { error = "Not Found" }))
    assert.is_nil(err.code)
    assert.equal("Not Found", err.message)
  end)
end)

describe("a call that got no answer", function()
  it("keeps the kind, and what is known of the sending", function()
    local raw = { kind = "network", message = "connection reset", sent = "maybe",
      maybe_applied = true, trace = trace_of { {}, {} }, retryable = true, retry_after = 3,
      idempotency_key = "key" }
    local err, response = fails(raw, POST)
    assert.is_nil(response)
    assert.equal("network", err.kind)
    assert.equal("connection reset", err.message)
    assert.equal("maybe", err.sent)
    assert.is_true(err.maybe_applied)
    assert.is_true(err.retryable)
    assert.equal(3, err.retry_after)
    assert.equal("key", err.idempotency_key)
    assert.same({ {}, {} }, err.attempts)
    assert.equal("POST", err.method)
    assert.equal("/v2/customer", err.path)
  end)

  it("keeps the status of an answer that was cut short or too large", function()
    local err, response = fails { kind = "protocol", status = 200, message = "too large" }
    assert.equal(200, err.status)
    assert.equal(200, response.status)
    assert.equal("too large", err.message)
  end)

  it("is a protocol error when nothing at all is known", function()
    assert.equal("protocol", fails({}).kind)
    assert.equal("protocol", fails({ kind = "unheard-of" }).kind)
  end)
end)

describe("an answer of any endpoint", function()
  local function value(raw) return (outcome.any(raw, GET)) end

  it("is the decoded body", function()
    local body = sample "v2-kyc-link-response"
    assert.equal(body, value(answered(201, body)))
  end)

  it("is the data of a v1 envelope", function()
    local body = sample "v1-webhook-create-response-redacted"
    local data, err, response = outcome.any(answered(200, body), GET)
    assert.equal(body.data, data)
    assert.is_nil(err)
    assert.equal(body.request, response.request_id)
  end)

  it("is an empty table when a success has no body", function()
    assert.same({}, value(answered(204, nil)))
    assert.same({}, value(answered(200, cjson.null)))
    assert.same({}, value(answered(200, { ok = true, data = cjson.null })))
  end)

  it("is taken without a closer look where that would find the same", function()
    local v2 = sample "v2-kyc-link-response"
    for _, body in ipairs { v2, { { a = 1 } }, {}, "text", 5, true, false } do
      assert.equal(value(answered(200, body)), outcome.accept_any(body))
    end
    for _, body in ipairs {
      sample "v1-webhook-create-response-redacted", sample "v1-error", { ok = true },
      { correlationId = "8d3ce64e-6f1c-4e9a-b27b-63d0b6b2f6ac" }, { request = "req_1" },
      { ok = false }, cjson.null,
    } do
      assert.is_nil(outcome.accept_any(body))
    end
    assert.is_nil(outcome.accept_any(nil))
  end)

  it("is a part only when one was asked for", function()
    local result, err = outcome.any(answered(206, { a = 1 }), GET)
    assert.is_nil(result)
    assert.equal("protocol", err.kind)
    local asks = { method = "GET", path = "/v2/x", pattern = "/v2/x", headers = { RANGE = "x" } }
    assert.same({ a = 1 }, (outcome.any(answered(206, { a = 1 }), asks)))
  end)

  it("fails like a customer does", function()
    for _, raw in ipairs {
      answered(404, sample "v2-error-404-problem"), answered(200, sample "v1-error"),
      answered(200, nil, { text = "<html>", json_error = "x" }), { kind = "timeout" },
    } do
      local result, err = outcome.any(raw, GET)
      assert.is_nil(result)
      assert.is_true(errors.is(err))
    end
  end)
end)

describe("whatever a server sends", function()
  local words = { "error", "errors", "ok", "data", "customer", "id", "detail", "code", "general",
    "message", "request", "correlationId", "status", "statusCode", "pointer", 1, 2 }
  local state = 20250420

  local function random(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end

  local function mangled(depth)
    local pick = random(depth > 4 and 7 or 10)
    if pick == 1 then return cjson.null end
    if pick == 2 then return random(2) == 1 end
    if pick == 3 then return random(600) end
    if pick == 4 then return 0 / 0 end
    if pick == 5 then return ("\255\0\n\"<%d"):rep(random(200)) end
    if pick <= 7 then return "customer/not-found" end
    local object = {}
    for _ = 1, random(6) do object[words[random(#words)]] = mangled(depth + 1) end
    return object
  end

  it("comes back as a value or an error and never raises", function()
    local statuses = { 100, 200, 201, 204, 301, 400, 404, 409, 422, 429, 500, 599, 999, -1 }
    for _ = 1, 3000 do
      local raw = answered(statuses[random(#statuses)], mangled(1))
      for _, map in ipairs { outcome.customer, outcome.any } do
        local value, err, response = map(raw, POST)
        assert.is_true(value == nil and errors.is(err) or err == nil)
        assert.is_table(err and err.response or response)
        if err then assert.equal(2, select("#", map(raw, POST))) end
        if err then
          assert.is_nil(tostring(err):find("%c"))
          assert.is_table(err.errors)
        end
      end
    end
  end)

  it("cannot make the list of problems endless", function()
    local list = {}
    for i = 1, 5000 do list[i] = { detail = "x" } end
    assert.is_true(#fails(answered(400, { errors = list })).errors <= 100)
  end)
end)
