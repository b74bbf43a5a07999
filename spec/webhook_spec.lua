local webhook = require "spherepay.webhook"

local SECRET = "whsec_for_specs_only"

local function sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json"))
  local text = file:read "*a"
  file:close()
  return text
end

describe("spherepay.webhook", function()
  it("signs as the HMAC-SHA256 of the raw bytes, in lower-case hexadecimal", function()
    -- RFC 4231, test case 2
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      webhook.sign("what do ya want for nothing?", "Jefe"))
  end)

  it("returns the event of a delivery that is signed", function()
    local body = sample "webhook-delivery-2026-staging"
    local event, err = webhook.verify(body, webhook.sign(body, SECRET), SECRET)
    assert.is_nil(err)
    assert.is_string(event.id)
    assert.is_string(event.type)
  end)

  it("takes a signature in either case, and one of several secrets", function()
    local body = '{"id":"evt_1"}'
    local signature = webhook.sign(body, SECRET)
    assert.is_table((webhook.verify(body, signature:upper(), SECRET)))
    assert.is_table((webhook.verify(body, signature, { "old_secret", SECRET })))
    assert.is_table((webhook.verify(body, signature, { SECRET, "old_secret" })))
  end)

  it("refuses a body that was changed, another secret and another signature", function()
    local body = '{"id":"evt_1","data":{}}'
    local signature = webhook.sign(body, SECRET)
    for _, case in ipairs {
      { body .. " ", signature, SECRET }, { body, signature, "another" },
      { body, ("0"):rep(64), SECRET }, { body, signature:reverse(), SECRET },
      { body, signature, { "one", "two" } },
    } do
      local event, err = webhook.verify(case[1], case[2], case[3])
      assert.is_nil(event)
      assert.equal("invalid", err.kind)
      assert.is_truthy(tostring(err):find("does not fit", 1, true))
    end
  end)

  it("says that there is no signature, or none of 64 digits", function()
    for given, text in pairs {
      [""] = "no signature", ["abc"] = "64 hexadecimal", [("z"):rep(64)] = "64 hexadecimal",
      ["sha256=" .. ("0"):rep(64)] = "64 hexadecimal",
    } do
      local event, err = webhook.verify("{}", given, SECRET)
      assert.is_nil(event)
      assert.is_truthy(tostring(err):find(text, 1, true), tostring(err))
    end
    local event, err = webhook.verify("{}", nil, SECRET)
    assert.is_nil(event)
    assert.equal("invalid", err.kind)
  end)

  it("refuses a secret that is empty or has blanks at its ends, and does not show it", function()
    for _, secret in ipairs { "", " ", "secret_0a ", "\tsecret_0a", "secret_0a\n" } do
      local event, err = webhook.verify("{}", ("0"):rep(64), secret)
      assert.is_nil(event)
      assert.equal("invalid", err.kind)
      assert.is_nil(tostring(err):find("0a", 1, true))
      assert.is_false((pcall(webhook.sign, "{}", secret)))
      event = webhook.verify("{}", ("0"):rep(64), { SECRET, secret })
      assert.is_nil(event)
    end
  end)

  it("raises at the caller's line when an argument has the wrong type", function()
    for _, case in ipairs {
      { nil, "", SECRET }, { {}, "", SECRET }, { "{}", "", nil }, { "{}", "", {} },
      { "{}", "", { 5 } }, { "{}", "", 5 },
    } do
      local ok, message = pcall(function() webhook.verify(case[1], case[2], case[3]) end)
      assert.is_false(ok)
      assert.is_truthy(message:find "^spec/webhook_spec.lua:%d+: spherepay%.webhook%.verify takes",
        message)
    end
  end)

  it("refuses a signed body that is no JSON object", function()
    for _, body in ipairs { "", "[1]", "[]", "5", "null", "{", '"text"', '{"id":"evt_1"} x' } do
      local event, err = webhook.verify(body, webhook.sign(body, SECRET), SECRET)
      assert.is_nil(event, body)
      assert.is_truthy(tostring(err):find("no JSON object", 1, true), body)
    end
  end)

  it("verifies the raw bytes, whatever they are", function()
    local body = '{ "id" : "evt_1",\n "data": { "note": "caf\195\169 \\u0000" } }\n'
    assert.equal("evt_1", webhook.verify(body, webhook.sign(body, SECRET), SECRET).id)
  end)

  it("names the customer where the payload has one", function()
    for body, id in pairs {
      ['{"id":"e","data":{"customer":{"id":"customer_1"}}}'] = "customer_1",
      ['{"id":"e","data":{"id":"customer_2"}}'] = "customer_2",
      ['{"id":"e","data":{"id":"transfer_1","customerId":"customer_3"}}'] = "customer_3",
      ['{"id":"e","data":{"id":"transfer_1"}}'] = false,
      ['{"id":"e","data":null}'] = false,
      ['{"id":"e"}'] = false,
    } do
      local event = webhook.verify(body, webhook.sign(body, SECRET), SECRET)
      assert.equal(id or nil, event.customer_id, body)
    end
  end)

  it("redacts the secrets that a v1 event carries", function()
    local body = '{"id":"event_1","webhookRecords":[{"webhook":{"secret":"wh_1",'
      .. '"signingSecret":"wh_2","name":"n"}}]}'
    local event = webhook.verify(body, webhook.sign(body, SECRET), SECRET)
    assert.same({ secret = "[redacted]", signingSecret = "[redacted]", name = "n" },
      event.webhookRecords[1].webhook)
    body = sample "v1-event-redacted"
    assert.is_table((webhook.verify(body, webhook.sign(body, SECRET), SECRET)))
  end)
end)
