local errors = require "spherepay.errors"

describe("errors.new", function()
  it("accepts every kind of the list and no other", function()
    for _, kind in ipairs(errors.KINDS) do
      assert.equal(kind, errors.new({ kind = kind }).kind)
    end
    assert.has_error(function() errors.new { kind = "oops" } end)
    assert.has_error(function() errors.new {} end)
  end)

  it("fills in what the caller of the library may rely on", function()
    local err = errors.new { kind = "network" }
    assert.same({}, err.errors)
    assert.same({}, err.attempts)
    assert.is_false(err.retryable)
    assert.is_false(err.maybe_applied)
    assert.equal("no", err.sent)
    assert.is_true(#err.message > 0)
  end)

  it("copies the fields it is given", function()
    local fields = { kind = "server", status = 502, raw = { a = 1 }, idempotency_key = "k" }
    local err = errors.new(fields)
    assert.equal(502, err.status)
    assert.equal(fields.raw, err.raw)
    assert.equal("k", err.idempotency_key)
    assert.is_nil(getmetatable(fields))
  end)

  it("cleans the message", function()
    local err = errors.new { kind = "network", message = "GET https://h.example/a?token=x\nfailed" }
    assert.equal("GET https://h.example/[redacted] failed", err.message)
  end)
end)

describe("errors.take", function()
  it("makes the table itself the error, cleaned and filled in", function()
    local problems = { { detail = "is bad", pointer = "/email" } }
    local fields = { kind = "server", message = "at https://h.example/a?b", errors = problems }
    local err = errors.take(fields)
    assert.equal(fields, err)
    assert.equal(problems, err.errors)
    assert.equal("at https://h.example/[redacted]", err.message)
    assert.same({}, err.attempts)
    assert.is_true(errors.is(err))
    assert.has_error(function() errors.take { kind = "oops" } end)
  end)
end)

describe("errors.is", function()
  it("knows its own and nothing else", function()
    assert.is_true(errors.is(errors.new { kind = "tls" }))
    for _, value in ipairs { {}, "invalid", 1, true, { kind = "tls" } } do
      assert.is_false(errors.is(value))
    end
    assert.is_false(errors.is(nil))
  end)
end)

describe("tostring of an error", function()
  it("tells kind, message, status, code, path pattern, request and attempts", function()
    local err = errors.new {
      kind = "not_found", message = "Resource not found", status = 404,
      code = "resource/not-found", method = "GET", path = "/v2/customer/customer_1ab2c3d4",
      pattern = "/v2/customer/{id}", request_id = "28c61e88", attempts = { {}, {} }, sent = "yes",
    }
    assert.equal("spherepay: not_found: Resource not found (404 resource/not-found, "
      .. "GET /v2/customer/{id}, request 28c61e88, 2 attempts)", tostring(err))
  end)

  it("quotes the library's own findings and counts the rest", function()
    local list = {}
    for i = 1, 5 do list[i] = { pointer = "/f" .. i, detail = "is required" } end
    local text = tostring(errors.new { kind = "invalid", errors = list })
    local shown = "/f1 is required; /f2 is required; /f3 is required; and 2 more"
    assert.truthy(text:find(shown, 1, true))
    assert.is_nil(text:find("/f4", 1, true))
  end)

  it("names only the places of a server's findings", function()
    local text = tostring(errors.new {
      kind = "rejected", message = "Validation failed", status = 422,
      errors = { { pointer = "/name", detail = "Jane is no name" } },
    })
    assert.equal("spherepay: rejected: Validation failed at /name (422)", text)
  end)

  it("says when a write may have been applied, and when nothing was sent", function()
    local lost = errors.new { kind = "network", method = "POST", sent = "maybe",
      maybe_applied = true }
    assert.truthy(tostring(lost):find("may have been applied", 1, true))
    local unsent = errors.new { kind = "network", method = "POST", sent = "no" }
    assert.truthy(tostring(unsent):find("nothing was sent", 1, true))
  end)

  it("names the host, and the wait in digits", function()
    for host, wait in pairs { ["[::1]:8080"] = 3600, ["localhost:1"] = 1.5, ["a.co"] = 86400 } do
      local text = tostring(errors.new { kind = "rate_limited", status = 429, method = "GET",
        pattern = "/v2/customer", host = host, retry_after = wait })
      assert.truthy(text:find("at " .. host .. ",", 1, true), text)
      assert.truthy(text:find("retry after " .. wait .. " s", 1, true), text)
    end
    local odd = errors.new { kind = "server", path = "/v2/customer", host = "[a b]" }
    assert.is_nil(tostring(odd):find("a b", 1, true))
  end)

  it("takes an id of letters alone for no word of the path", function()
    local path = "/v2/customer/customer_abc"
    local err = errors.new { kind = "not_found", method = "GET", path = path }
    assert.is_nil(tostring(err):find("customer_abc", 1, true))
    assert.truthy(tostring(err):find("GET /v2/customer/{id}", 1, true))
  end)

  it("never shows the id of the path, even without a pattern", function()
    local text = tostring(errors.new {
      kind = "server", method = "POST",
      path = "/v2/customer/customer_1ab2c3d4/tos-link?email=jane@example.com",
    })
    assert.truthy(text:find("POST /v2/customer/{id}/tos-link", 1, true))
    assert.is_nil(text:find("1ab2", 1, true))
    assert.is_nil(text:find("jane", 1, true))
  end)

  it("shows neither raw body, nor idempotency key, nor headers", function()
    local text = tostring(errors.new {
      kind = "conflict", raw = { email = "jane@example.com" }, idempotency_key = "key-1",
    })
    assert.is_nil(text:find("jane", 1, true))
    assert.is_nil(text:find("key-1", 1, true))
  end)

  it("is one line whatever is in the fields", function()
    local text = tostring(errors.new {
      kind = "protocol", message = "a\r\nb\0c", code = "x\ny", request_id = "r\n1", method = "G\nT",
      pattern = "/a\nb", status = 200, errors = { { pointer = "/p\n", detail = "d\n" } },
    })
    assert.is_nil(text:find("%c"))
    assert.is_nil(text:find("x y", 1, true))
  end)

  it("survives fields that somebody has spoilt", function()
    local err = errors.new { kind = "invalid" }
    err.kind, err.message, err.errors, err.attempts = {}, 7, { 1, {}, { pointer = 3 } }, "x"
    err.status, err.code, err.path, err.request_id, err.retry_after = "x", {}, 7, {}, 0 / 0
    assert.equal("string", type(tostring(err)))
    err.errors = 7
    assert.equal("string", type(tostring(err)))
  end)

  it("joins with strings and other errors", function()
    local err = errors.new { kind = "closed" }
    assert.equal("x " .. tostring(err), "x " .. err)
    assert.equal(tostring(err) .. " y", err .. " y")
    assert.equal(tostring(err) .. tostring(err), err .. err)
  end)
end)
