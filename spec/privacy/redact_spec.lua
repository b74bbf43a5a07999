local cjson = require "cjson"
local redact = require "spherepay.privacy.redact"
local response = require "spherepay.http.response"

local MASK = "[redacted]"

local function sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return cjson.decode(text), text
end

describe("redact", function()
  it("masks a v2 customer and leaves its verification readable", function()
    local customer = sample "v2-get-individual-from-schema-examples"
    local masked = redact(customer)
    for _, name in ipairs { "email", "phone", "firstName", "lastName", "dateOfBirth" } do
      assert.equal(MASK, masked[name], name)
    end
    for _, name in ipairs { "id", "type", "tosStatus", "createdAt", "updatedAt" } do
      assert.equal(customer[name], masked[name], name)
    end
    assert.same(customer.verificationProfiles, masked.verificationProfiles)
    for name, value in pairs(masked.personalInformation) do assert.equal(MASK, value, name) end
  end)

  it("masks a v1 customer and leaves its statuses readable", function()
    local body = sample "v1-update-response"
    local masked = redact(body)
    local before, after = body.data.customer, masked.data.customer
    for _, name in ipairs { "email", "firstName", "lastName", "phoneNumber", "website" } do
      assert.equal(MASK, after[name], name)
    end
    assert.equal(MASK, after.address.line1)
    assert.equal(MASK, after.meta.key)
    assert.equal(before.kyc, after.kyc)
    assert.same(before.requirements, after.requirements)
    assert.same(before.verificationLevels, after.verificationLevels)
    assert.equal(body.request, masked.request)
  end)

  it("leaves no personal value of the request and response samples", function()
    for _, name in ipairs {
      "v1-create-request", "v1-update-request", "v1-create-request-minimal-business",
      "v1-customer-object-approved", "v2-create-request-individual-names",
      "v2-create-request-individual-tax-id", "v2-create-request-business-2026-02-partial",
      "v2-patch-request-full", "v2-list-response", "v2-representative-get",
      "v2-representative-create-request", "v2-kyc-link-response", "v2-otp-send-response-2025",
      "v2-get-legacy-inline-criteria", "v1-webhook-create-response-redacted",
    } do
      local text = cjson.encode(redact((sample(name))))
      for _, secret in ipairs {
        "Jane", "Smith", "John", "Doe\"", "123456789", "111-11", "1990", "example.com", "@",
        "Main St", "Chicago", "94107", "Shape Co", "SpherePay Pte", "secret_", "http", "usr_9912",
        "+1",
      } do
        assert.is_nil(text:find(secret, 1, true), name .. ": " .. secret .. " in " .. text)
      end
    end
  end)

  it("masks field names in any case and style, at any depth", function()
    local masked = redact { a = { { First_Name = "Jane", ["SET-COOKIE"] = "x" } },
      headers = { Authorization = "Bearer x" } }
    assert.equal(MASK, masked.a[1].First_Name)
    assert.equal(MASK, masked.a[1]["SET-COOKIE"])
    assert.equal(MASK, masked.headers.Authorization)
  end)

  it("masks numbers and booleans too, and keeps nulls", function()
    local masked = redact { dob = { day = 23, month = 3 }, meta = { a = true }, email = cjson.null }
    assert.same({ day = MASK, month = MASK }, masked.dob)
    assert.equal(MASK, masked.meta.a)
    assert.equal(cjson.null, masked.email)
  end)

  it("masks lists under a personal name", function()
    assert.same({ email = { MASK, MASK } }, redact { email = { "a", "b" } })
  end)

  it("masks the name of a business and not the name of a profile", function()
    assert.equal(MASK, redact({ name = "Shape Co" }).name)
    assert.equal("kyc_profile_a", redact({ name = "kyc_profile_a", status = "pending" }).name)
    assert.equal("photo_id", redact({ errors = { { name = "photo_id" } } }).errors[1].name)
  end)

  it("masks a one-time code and not the code of an error", function()
    assert.equal(MASK, redact({ code = "123456" }).code)
    assert.equal(MASK, redact({ code = 123456 }).code)
    assert.equal("validation/failed", redact({ code = "validation/failed" }).code)
  end)

  it("masks what looks like a secret under a name it does not know", function()
    for _, value in ipairs {
      "jane@example.com", "https://h.example/x", "+1 415 555 0123", "111-11-1111", "secret_1",
      "Bearer x", "eyJhbGciOi", "sk_live_1", "sbx_1",
    } do
      assert.equal(MASK, redact({ novelty = value }).novelty, value)
    end
    assert.equal("plain", redact({ novelty = "plain" }).novelty)
  end)

  it("cleans the free texts of a server", function()
    local masked = redact { detail = "no jane@example.com here",
      error = { general = "id 1234567" } }
    assert.equal("no " .. MASK .. " here", masked.detail)
    assert.equal("id " .. MASK, masked.error.general)
  end)

  it("shows words of the API's own, and masks what has another form", function()
    for _, name in ipairs { "type", "status", "complete", "pending", "required", "requirements",
      "kycRequirements" } do
      assert.equal("address.line1", redact({ [name] = "address.line1" })[name], name)
      assert.same({ "photo_id" }, redact({ [name] = { "photo_id" } })[name], name)
      assert.equal(MASK, redact({ [name] = "Jane Smith" })[name], name)
    end
  end)

  it("shows a name that labels something, and not that of a business", function()
    for _, label in ipairs {
      { name = "kyc", status = "pending" }, { name = "kyc", criteria = {} },
      { name = "kyc", detail = "" }, { name = "kyc", message = "" },
      { name = "kyc", webhookRecords = {} },
    } do
      assert.equal("kyc", redact(label).name)
      for _, name in ipairs { "Acme Corp", "acme corp", "jane smith", "m\195\188ller", "7 up" } do
        label.name = name
        assert.equal(MASK, redact(label).name, name)
      end
    end
    assert.equal(MASK, redact({ name = "acme" }).name)
  end)

  it("changes nothing in the original", function()
    local customer = sample "v2-get-individual-from-schema-examples"
    redact(customer)
    assert.same(sample "v2-get-individual-from-schema-examples", customer)
  end)

  it("keeps shape: cycles, shared tables and metatables", function()
    local array_mt = {}
    local list = setmetatable({}, array_mt)
    local value = { email = "a", list = list, again = list }
    value.self = value
    local masked = redact(value)
    assert.equal(masked, masked.self)
    assert.equal(masked.list, masked.again)
    assert.equal(array_mt, getmetatable(masked.list))
    assert.are_not.equal(list, masked.list)
  end)

  it("masks a shared table where it is personal and only there", function()
    local shared = { x = "plain" }
    local masked = redact { meta = shared, other = shared }
    assert.equal(MASK, masked.meta.x)
    assert.equal("plain", masked.other.x)
  end)

  it("masks what a response makes only when it is read", function()
    local trace = {
      headers = function() return { location = "https://h.example/kyc?token=x", server = "s" } end,
      attempts = function() return { { status = 201, timings = { total = 1 } } } end,
    }
    local masked = redact(response.new(201, "28c61e88", trace))
    assert.equal(MASK, masked.headers.location)
    assert.equal("s", masked.headers.server)
    assert.equal(201, masked.attempts[1].status)
    assert.same({ total = 1 }, masked.timings)
    assert.equal("28c61e88", masked.request_id)
  end)

  it("takes values that are no tables", function()
    assert.equal("plain", redact("plain"))
    assert.equal(MASK, redact("jane@example.com"))
    assert.equal(5, redact(5))
    assert.is_nil(redact(nil))
  end)

  it("masks a text where an object is expected to be personal", function()
    assert.same({ address = MASK, meta = MASK, personalInformation = MASK, dob = MASK },
      redact { address = "233 South Wacker Drive", meta = "Jane", personalInformation = "Jane",
        dob = 19900415 })
  end)

  it("knows the names of other vocabularies", function()
    for name in ([[givenName surname passportNumber clientSecret x-api-key X-API-Key api_key
      FamilyName fullName emailAddress home_phone mobile client_ip remoteIp date_of_birth
      birthday socialSecurityNumber SSN tax_number driversLicenseNumber nationalId iban
      accountNumber card_number cvv accessToken refresh_token sessionToken privateKey homeAddress
      streetAddress postcode nationality signingSecret webhookSecret username password
      accountHolderName beneficialOwner contactPerson fname lname tel passport_no
      idCardNumber nationalInsuranceNumber drivingLicenceNumber town sessionId customer_ssn
      x-auth-token proxyPassword ssnLast4]]):gmatch("%S+") do
      assert.equal(MASK, redact({ [name] = "x" })[name], name)
      assert.equal(MASK, redact({ [name] = 7 })[name], name)
      assert.same({ { y = MASK } }, redact({ [name] = { { y = "x" } } })[name], name)
    end
  end)

  it("leaves the names that the documents have for nobody's data", function()
    local plain = { documentType = "passport", taxIdentificationNumberType = "ssn", page = 1,
      entityType = "corporation", targetId = "customer_1", country = "USA", total = 123456789,
      expiresAt = "2025-04-20T10:00:00.000Z", kyc = "pending", requirements = { "ssn" } }
    assert.same(plain, redact(plain))
  end)

  it("masks secrets and numbers in the middle of a text", function()
    for _, text in ipairs {
      "use sk_live_abc now", "key: secret_0123456789abcdef", "call (415) 555-0123", "415.555.0123",
      "ssn 123-45-6789 is known", "born 1990-04-15", "1990-04-15", "mail jane@example.com please",
      "see https://h.example/x", "Authorization: Bearer abc", "got eyJhbGciOi.eyJzdWIi.c2ln",
      "4155550123", "jane%40example.com", "jane\\u0040example.com",
      "key 28c61e885c6e5eaa78c1a2183a9b883c",
    } do
      assert.equal(MASK, redact({ novelty = text }).novelty, text)
    end
  end)

  it("masks numbers that are long enough for somebody's", function()
    assert.same({ novelty = MASK, other = 12345678, createdAt = 1714000000000 },
      redact { novelty = 123456789, other = 12345678, createdAt = 1714000000000 })
  end)

  it("keeps times and ids under any name", function()
    for _, text in ipairs {
      "2025-04-20T10:00:00.000Z", "2025-04-20 10:00:00",
      "customer_68f1c089703945e7bbff6f04bf1c5041a",
      "28c61e885c6e5eaa78c1a2183a9b883c", "550e8400-e29b-41d4-a716-446655440000",
    } do
      assert.equal(text, redact({ novelty = text }).novelty)
    end
  end)

  it("shows what a server calls a code, an id or a place only in their forms", function()
    assert.same({
      code = MASK, correlationId = MASK, request = MASK, errors = {
        { detail = "x", pointer = "/[redacted]/[redacted]", parameter = MASK, header = MASK },
      },
    }, redact {
      code = "Jane Smith", correlationId = "jane.smith", request = "Jane", errors = {
        { detail = "x", pointer = "/Jane Smith/123456789", parameter = "Jane", header = "Jane" },
      },
    })
    assert.equal("customer/not-found", redact({ error = "customer/not-found" }).error)
  end)

  it("shows of a path its pattern", function()
    local masked = redact { path = "/v2/customer/jane%40example.com/tos-link" }
    assert.equal("/v2/customer/{id}/tos-link", masked.path)
  end)

  it("shows statuses and criteria that look like some, and documented dates", function()
    local plain = { type = "individual", status = "resubmission_required", createdAt = "2025-04-20",
      criteria = { required = { "photo_id", "address.line1" } }, requirements = { "ssn" } }
    assert.same(plain, redact(plain))
    assert.same({ type = MASK, status = MASK, criteria = { required = { MASK } } },
      redact { type = "Jane Smith", status = "Jane", criteria = { required = { "Jane Smith" } } })
  end)

  it("masks names of fields that are somebody's data", function()
    local masked = redact {
      error = { ["123-45-6789"] = { "x" }, ["Jane Smith"] = { "y" } },
      meta = { Jane = "x", ["jane@example.com"] = "y", internalUserId = "z" },
    }
    local text = cjson.encode(masked)
    for _, secret in ipairs { "123", "Jane", "jane", "Smith" } do
      assert.is_nil(text:find(secret, 1, true), text)
    end
    assert.equal(MASK, masked.meta.internalUserId)
    local count = 0
    for _ in pairs(masked.meta) do count = count + 1 end
    assert.equal(3, count)
  end)

  it("cleans the texts of every shape of error", function()
    local masked = redact { error = { information = { "no \"Jane\" with 123-45-6789" } } }
    assert.same({ 'no "[redacted]" with [redacted]' }, masked.error.information)
    assert.equal("no [redacted]", redact({ error = "no jane@example.com" }).error)
  end)
end)
