local forms = require "spherepay.privacy.forms"

describe("A code", function()
  it("is shown when it looks like one of the API's", function()
    for _, code in ipairs {
      "customer/not-found", "address/invalid", "resource/not-found", "validation/failed",
      "unauthorized", "application/earlyAccess", "customer/tos-v2-not-accepted", "not_found",
      "customer/missing-operating-residency", "plaid/not-american-ssn",
    } do
      assert.equal(code, forms.code(code))
    end
  end)

  it("is shown up to its bounds, and not beyond", function()
    local long = ("x"):rep(20)
    for _, code in ipairs { ("x"):rep(24), "a/b/c", "tos-v12", long .. "/" .. long .. "/"
      .. ("y"):rep(22) } do
      assert.equal(code, forms.code(code))
    end
    for _, code in ipairs { "a/b/c/d", "tos-v123", "a1/b12", long .. "/" .. long .. "/"
      .. ("y"):rep(23) } do
      assert.is_nil(forms.code(code), code)
    end
  end)

  it("is not shown when it could be anything else", function()
    for _, code in ipairs {
      "Jane Smith", "Jane", "123-45-6789", "customer/123456789", "customer/secret_abc",
      "sk_live_abc", "eyJhbGciOi", "customer/0123456789abcdef", "jane@example.com",
      "a/b/c/d", "", "/", "a//b",
      ("x"):rep(25), ("x-"):rep(40), "x\ny", "caf\195\169", 7, true, {},
    } do
      assert.is_nil(forms.code(code), tostring(code))
    end
  end)
end)

describe("A word that a key may begin with", function()
  it("makes no code, no step and no id", function()
    for _, word in ipairs {
      "secret", "restrictedSecret", "sk", "pk", "sbx", "whsec", "key", "token", "eyj", "Secret",
    } do
      for _, value in ipairs { word .. "_abc", word .. "-abc" } do
        assert.is_nil(forms.code(value), value)
        assert.equal("/[redacted]", forms.pointer("/" .. value))
        assert.equal("/[redacted]", forms.own_pointer("/" .. value))
        assert.is_nil(forms.parameter(value))
      end
      assert.is_false(forms.is_id(word .. "_1a2b"))
    end
    assert.equal("keys_abc", forms.code "keys_abc")
    assert.equal("key", forms.code "key")
  end)
end)

describe("An id of an object", function()
  it("is a kind and what is no word, but for a customer", function()
    for _, id in ipairs { "customer_68f1c089", "customer_abc", "wallet_1a", ("a"):rep(24) .. "_1",
      "x_" .. ("1"):rep(64) } do
      assert.is_true(forms.is_id(id), id)
    end
    for _, id in ipairs { "wallet_abc", "customer", "customer_", "_1a", "customer_1A",
      "customer-1a", "cust0mer_1", "customer_1 ", ("a"):rep(25) .. "_1", "x_" .. ("1"):rep(65) } do
      assert.is_false(forms.is_id(id), id)
    end
  end)
end)

describe("The id of a request, by its length", function()
  it("has 8 to 64 digits, or those of a UUID", function()
    for _, id in ipairs { ("a"):rep(8), ("a"):rep(64), "request_" .. ("a"):rep(8),
      "req_" .. ("a1"):rep(32) } do
      assert.equal(id, forms.request_id(id))
    end
    for _, id in ipairs { ("a"):rep(7), ("a"):rep(65), "request_" .. ("a"):rep(7),
      "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a71-4466554400000",
      "550e8400-e29b-41d-a716-446655440000", "550e8400-e29-41d4-a716-446655440000",
      "550e840-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-4466554400000" } do
      assert.is_nil(forms.request_id(id), id)
    end
  end)
end)

describe("The id of a request", function()
  it("is shown when it looks like one of the API's", function()
    for _, id in ipairs {
      "28c61e885c6e5eaa78c1a2183a9b883c", "request_77414d59c7a042e586af6e13cbbe1660",
      "550e8400-e29b-41d4-a716-446655440000", "28C61E88",
    } do
      assert.equal(id, forms.request_id(id))
    end
  end)

  it("is not shown otherwise", function()
    for _, id in ipairs {
      "Jane Smith", "123456789", "123-45-6789", "4155550123",
      "secret_0123456789abcdef0123456789abcdef",
      "customer_68f1c089", "request_", "request_1", "request_jane", "jane@example.com", "", "a",
      ("a1"):rep(40), 5, {},
    } do
      assert.is_nil(forms.request_id(id), tostring(id))
    end
  end)
end)

describe("A place", function()
  it("keeps the steps that are names of fields or places in a list", function()
    for _, place in ipairs {
      "", "/email", "/address/line1", "#/ubos/0/email", "address.line1", "ubos[0].email",
      "/personalInformation/taxIdentificationNumberType", "/verificationProfiles/12/name",
      "/regulated_financial_activity_description",
    } do
      assert.equal(place, forms.pointer(place))
    end
  end)

  it("has the others masked", function()
    for place, shown in pairs {
      ["/Jane Smith/123456789"] = "/[redacted]/[redacted]",
      ["/address/233 South Wacker Drive"] = "/address/[redacted]",
      ["/123-45-6789"] = "/[redacted]",
      ["/meta/jane.smith@example.com"] = "/meta/[redacted]",
      ["address.Jane Smith"] = "[redacted]",
      ["/123/45/6789"] = "/123/[redacted]/[redacted]",
      ["/0/1/2"] = "/0/[redacted]/[redacted]",
      ["/secret_abc"] = "/[redacted]",
      ["/" .. ("x"):rep(49)] = "/[redacted]",
      ["/" .. ("x"):rep(300)] = "[redacted]",
      ["/caf\195\169"] = "/[redacted]",
      ["/a\nb"] = "/[redacted]",
    } do
      assert.equal(shown, forms.pointer(place))
    end
    assert.is_nil(forms.pointer(5))
  end)

  it("of the caller's may have capitals, but not within meta", function()
    assert.equal("/headers/X-Name", forms.own_pointer "/headers/X-Name")
    assert.equal("/meta/internalUserId", forms.own_pointer "/meta/internalUserId")
    assert.equal("/meta/[redacted]", forms.own_pointer "/meta/Jane")
    assert.equal("/meta/[redacted]", forms.own_pointer "/meta/Jane Smith 123-45-6789")
    assert.equal("/[redacted]", forms.own_pointer "/Jane Smith")
    for _, shown in ipairs { forms.pointer, forms.own_pointer } do
      assert.equal("/line123", shown "/line123")
      assert.equal("/[redacted]", shown "/line1234")
      assert.equal("/" .. ("x"):rep(24), shown("/" .. ("x"):rep(24)))
      assert.equal("/[redacted]", shown("/" .. ("x"):rep(25)))
      assert.equal("/" .. ("x"):rep(24) .. "_" .. ("y"):rep(23),
        shown("/" .. ("x"):rep(24) .. "_" .. ("y"):rep(23)))
      assert.equal("/[redacted]", shown("/" .. ("x"):rep(24) .. "_" .. ("y"):rep(24)))
      assert.equal("/a/999", shown "/a/999")
      assert.equal("/a/[redacted]", shown "/a/1000")
      assert.equal(("/a"):rep(12), shown(("/a"):rep(12)))
      assert.equal(("/b"):rep(12) .. "/[redacted]", shown(("/b"):rep(13)))
      assert.equal(("/" .. ("x"):rep(24)):rep(8), shown(("/" .. ("x"):rep(24)):rep(8)))
      assert.equal("[redacted]", shown(("/" .. ("x"):rep(24)):rep(8) .. "/"))
    end
  end)
end)

describe("The name of a member", function()
  it("is shown up to 48 letters", function()
    local longest = "some" .. ("Other"):rep(8) .. "Name"
    assert.is_true(forms.is_name(longest, true))
    assert.is_false(forms.is_name(longest .. "s", true))
  end)
end)

describe("A parameter, a header", function()
  it("is shown by its form, or when it is known", function()
    assert.equal("page", forms.parameter "page")
    assert.equal("Idempotency-Key", forms.header "Idempotency-Key")
    for _, value in ipairs { "Jane Smith", "123456789", "Jane", "secret_x", "", 5 } do
      assert.is_nil(forms.parameter(value))
      assert.is_nil(forms.header(value))
    end
  end)
end)

describe("A place that is asked for again", function()
  it("is shown or masked as the first time, and by the rules of whose it is", function()
    for _ = 1, 2 do
      assert.equal("/ubos/0/email", forms.pointer("/ubos/0/email"))
      assert.equal("/ubos/[redacted]", forms.pointer("/ubos/Jane Smith"))
      assert.equal("/headers/[redacted]", forms.pointer("/headers/Accept"))
      assert.equal("/headers/Accept", forms.own_pointer("/headers/Accept"))
      assert.equal("/0/[redacted]", forms.pointer("/0/0"))
    end
  end)
end)
