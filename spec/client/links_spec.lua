-- Links and codes: whatever the API called them, against the sandbox and against answers by hand.

local fault = require "spec.support.fault"
local helper = require "spec.contract.helper"
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local LINKS = { "tos_link", "kyc_link", "face_link" }
local URL = "https://in.sumsub.com/websdk/p/sbx_1"

describe("A link", function()
  local server, client

  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    server:clear()
    client = spherepay.new { token = "key", base_url = server:url(), max_retries = 0 }
  end)
  after_each(function() client:close() end)

  it("has url and expiresAt, whatever the API called them", function()
    for _, name in ipairs(LINKS) do
      server:script {
        { "answer", status = 201,
          body = '{"link":"' .. URL .. '","expiresAt":"2026-01-01T00:00:00Z"}' },
        { "answer", body = '{"url":"' .. URL .. '"}' },
        { "answer", body = '{"ok":true,"data":{"url":"' .. URL .. '"}}' },
      }
      local link, err, response = client.customer[name](helper.ID)
      assert.is_nil(err)
      assert.same({ url = URL, expiresAt = "2026-01-01T00:00:00Z" }, link)
      assert.equal(201, response.status)
      assert.same({ url = URL }, (client.customer[name](helper.ID)))
      assert.same({ url = URL }, (client.customer[name](helper.ID)))
    end
    local seen = server:log()
    assert.equal("POST", seen[1].method)
    assert.equal("/v2/customer/customer_sample1/tos-link", seen[1].path)
    assert.equal("/v2/customer/customer_sample1/kyc-link", seen[4].path)
    assert.equal("/v2/customer/customer_sample1/face-verification-link", seen[7].path)
    assert.equal(0, seen[1].body_length)
    assert.is_nil(seen[1].headers["content-type"])
  end)

  it("is an error when there is none in the answer, and shows nothing of it", function()
    for _, body in ipairs { "{}", '{"url":" "}', '{"link":1}', "[]", "" } do
      server:script { { "answer", body = body } }
      local link, err = client.customer.tos_link(helper.ID)
      assert.is_nil(link)
      assert.equal("protocol", err.kind)
    end
  end)

  it("is made again after a failure that may pass, for nothing doubles", function()
    local patient = spherepay.new { token = "key", base_url = server:url(), max_retries = 1 }
    server:script { { "read_all_and_close" }, { "answer", body = '{"url":"' .. URL .. '"}' } }
    assert.equal(URL, patient.customer.face_link(helper.ID).url)
    patient:close()
  end)

  it("needs an id", function()
    for _, name in ipairs(LINKS) do
      local link, err = client.customer[name] "../x"
      assert.is_nil(link)
      assert.equal("/id", err.errors[1].pointer)
      assert.has_error(function() client.customer[name]() end)
      local ok, message = pcall(client.customer[name], client.customer, "x")
      assert.is_false(ok)
      assert.matches("client.customer." .. name .. "(...), with a dot", message, 1, true)
    end
    assert.same({}, server:log())
  end)

  it("is not in the line of an error", function()
    local body = '{"status":400,"detail":"see ' .. URL .. '"}'
    server:script { { "answer", status = 400, body = body } }
    local _, err = client.customer.kyc_link(helper.ID)
    assert.is_nil(tostring(err):find("sbx_1", 1, true))
  end)
end)

describe("A link of v1", function()
  it("is for terms and for KYC, with an empty object sent; the rest names v2", function()
    local host = sandbox.start { generation = "v1" }
    local client = spherepay.new { token = "key", base_url = host.url, api_version = "v1" }
    local jane = assert(client.customer.create { type = "individual", firstName = "Jane",
      address = { state = "CA", country = "USA" } })
    for _, name in ipairs { "tos_link", "kyc_link" } do
      local link = assert(client.customer[name](jane.id))
      assert.matches("^http", link.url)
    end
    local seen = host.requests()
    assert.equal(2, seen[#seen].body_bytes)
    for _, call in ipairs {
      function() return client.customer.face_link(jane.id) end,
      function() return client.customer.send_code(jane.id, "email") end,
      function() return client.customer.verify_code(jane.id, "email", "1") end,
      function() return client.representative.get "associatedPerson_1" end,
      function() return client.representative.list() end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("invalid", err.kind)
      assert.equal("no", err.sent)
      assert.matches("v2", tostring(err))
    end
    local one, err = client.representative.each()()
    assert.is_false(one)
    assert.equal("invalid", err.kind)
    assert.equal(#seen, #host.requests())
    client:close()
    host.stop()
  end)
end)

describe("A code", function()
  local host, client, jane

  setup(function()
    host = sandbox.start {}
    client = spherepay.new { token = "key", base_url = host.url }
    jane = assert(client.customer.create(helper.JANE))
  end)
  teardown(function()
    client:close()
    host.stop()
  end)

  it("is sent and verified", function()
    for _, kind in ipairs { "email", "phone" } do
      local sent = assert(client.customer.send_code(jane.id, kind))
      assert.equal(jane.id, sent.customerId)
      local verified = assert(client.customer.verify_code(jane.id, kind, "123456"))
      assert.equal(jane.id, verified.customerId)
    end
    local complete = {}
    for _, name in ipairs(client.customer.get(jane.id).verificationProfiles[1].criteria.complete) do
      complete[name] = true
    end
    assert.is_true(complete.email_verification and complete.phone_verification)
  end)

  it("that is wrong is refused by the API, and is in no line", function()
    assert(client.customer.send_code(jane.id, "email"))
    local verified, err = client.customer.verify_code(jane.id, "email", "987654")
    assert.is_nil(verified)
    assert.equal("rejected", err.kind)
    assert.is_nil(tostring(err):find "987654")
  end)

  it("is a string of 1 to 10 characters for email or phone, or nothing is sent", function()
    local before = #host.requests()
    for place, call in pairs {
      ["/type"] = { "mail", "123456" }, ["/code"] = { "email", "" },
    } do
      local verified, err = client.customer.verify_code(jane.id, call[1], call[2])
      assert.is_nil(verified)
      assert.equal(place, err.errors[1].pointer)
    end
    for _, code in ipairs { 12345, ("1"):rep(11), true, false } do
      local _, err = client.customer.verify_code(jane.id, "email", code)
      assert.equal("invalid", err.kind)
      assert.equal("/code", err.errors[1].pointer)
    end
    local _, err = client.customer.verify_code(jane.id, "email", 12345)
    assert.matches("leading zeros", tostring(err))
    assert.is_nil(tostring(err):find "12345")
    _, err = client.customer.verify_code(jane.id, "email")
    assert.equal("/code", err.errors[1].pointer)
    _, err = client.customer.send_code(jane.id, "sms")
    assert.equal("/type", err.errors[1].pointer)
    assert.has_error(function() client.customer.send_code(jane.id) end)
    assert.equal(before, #host.requests())
  end)

  it("is not sent again when it may have been", function()
    local patient = spherepay.new { token = "key", base_url = host.url, max_retries = 2 }
    host.misbehave { drop = true, apply = true }
    local sent, err = patient.customer.send_code(jane.id, "email")
    assert.is_nil(sent)
    assert.is_true(err.maybe_applied)
    assert.equal(1, #err.attempts)
    patient:close()
  end)

  it("is not taken from an answer about somebody else; 2025 answers name nobody", function()
    local server = fault.start()
    local other = spherepay.new { token = "key", base_url = server:url(), max_retries = 0 }
    server:script {
      { "answer", body = '{"customerId":"customer_other","expiresAt":"x"}' },
      { "answer", body = '{"type":"email","verified":true}' },
      { "answer", status = 204 },
    }
    local _, err = other.customer.send_code(helper.ID, "email")
    assert.equal("protocol", err.kind)
    assert.is_nil(err.raw)
    assert.is_true(other.customer.verify_code(helper.ID, "email", "1").verified)
    assert.same({}, (other.customer.verify_code(helper.ID, "email", "1")))
    other:close()
    server:stop()
  end)
end)
