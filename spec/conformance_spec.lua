-- Every sample file of the vendor's documents goes over a real connection and comes out as its
-- expectation here says. A file without an expectation fails, and so does one without a file.

local cjson = require "cjson"
local samples = require "spec.support.samples"
local served = require "spec.support.served"
local verification = require "spherepay.verification"

local ID = "customer_f31121c389624d3697cbf3ea8830b7a4"
local V1_ID = "customer_8444b807ac58487d9ed2001e830c9e69"
local NOVEMBER_ID = "customer_66c4168d418a410eae282b83883bdc39"
local LEGACY_ID = "customer_2da22520a7e64bd2963c7dd6c807e875"
local CORRELATION = "28c61e885c6e5eaa78c1a2183a9b883c"

-- Customers: which call they answer, and what must come out. `has` is by dotted path; `lacks` are
-- members that are absent; `profiles` are the states that verification reads.
local CUSTOMERS = {
  ["v1-create-response"] = {
    version = "v1", call = "create", id = V1_ID,
    request_id = "request_29562171ced84c5ea09df36ef22101e8",
    has = {
      type = "individual", kyc = "incomplete", tos = "incomplete", msa = "incomplete",
      mock = false, ["requirements.1"] = "customerIdentityDocument", ["requirements.2"] = "ssn",
      ["address.city"] = "San Francisco", created = "2024-08-22T16:13:01.227Z",
    },
    lacks = { "description", "lookupKey", "address.line2" },
    profiles = { kyc = "incomplete" },
  },
  ["v1-get-response"] = {
    version = "v1", call = "get", id = V1_ID,
    request_id = "request_cdde26b2c0534183a1aaba6baebaec1f",
    has = { firstName = "John", phoneNumber = "+12345678900", euAccountTos = "incomplete" },
    lacks = { "website", "achPullUserIntentId" },
    profiles = { kyc = "incomplete" },
  },
  ["v1-update-response"] = {
    version = "v1", call = "update", id = V1_ID,
    request_id = "request_fdbd4080334249879331982e2b292e62",
    has = {
      kyc = "pending", website = "https://www.example.com", ["meta.key"] = "value",
      ["verificationLevels.1.name"] = "ach_pull",
      ["verificationLevels.1.requirements.2"] = "createUserIntent",
    },
    profiles = { kyc = "pending", ach_pull = "incomplete" },
  },
  ["v1-customer-object-approved"] = {
    version = "v1", call = "get", id = "customer_800925656fe14c63ac4ec2a98b3cd26d",
    has = {
      kyc = "approved", operatingResidency = "approved", ["requirements.5"] = "address.city",
      ["wallets.3"] = "wallet_32333fda69af40e58d23454f0655f91b",
    },
    lacks = { "address.line1", "description" },
    profiles = { kyc = "approved", ach_pull = "approved" },
  },
  ["v2-create-response-legacy"] = {
    version = "v2", call = "create", id = "customer_d41608fae4d34d308f85bc3c2b6ca29a",
    has = {
      type = "individual",
      ["verificationProfiles.2.criteria.required.8"] = "proof_of_address",
    },
    lacks = { "email", "phone", "tosStatus", "createdAt" },
    profiles = { kyc_profile_a = "incomplete", kyc_profile_b = "incomplete" },
  },
  ["v2-create-response-empty-criteria-partial"] = {
    version = "v2", call = "create", id = "customer_4fbb292cc6e447da8858e054d1937e7e",
    has = { email = "jane.smith@example.com", createdAt = "2026-03-03T21:25:03.102Z" },
    lacks = { "type", "meta", "verificationProfiles.1.criteria.required.1" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-get-legacy-inline-criteria"] = {
    version = "v2", call = "get", id = LEGACY_ID,
    has = {
      ["verificationProfiles.2.required.1"] = "terms_of_service",
      ["verificationProfiles.2.errors.1.message"] = "ID DOCS IS BLURRY",
      ["meta.string"] = "string",
    },
    lacks = { "verificationProfiles.2.criteria", "verificationProfiles.3.criteria" },
    profiles = {
      kyc_profile_a = "incomplete", kyc_profile_b = "incomplete", kyc_profile_c = "approved",
    },
  },
  ["v2-get-individual-2025-11"] = {
    version = "v2", call = "get", id = NOVEMBER_ID,
    has = { businessLegalName = "John Doe Pte Ltd.", type = "individual" },
    lacks = { "meta.property1", "tosStatus" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-get-individual-staging-2026-03"] = {
    version = "v2", call = "get", id = ID,
    has = { firstName = "Jane", updatedAt = "2026-03-09T20:46:31.305Z" },
    lacks = { "meta.property2", "tosStatus", "dateOfBirth" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-get-individual-incomplete"] = {
    version = "v2", call = "get", id = ID,
    has = { ["verificationProfiles.1.criteria.required.2"] = "liveness_report_document" },
    lacks = { "tosStatus", "personalInformation" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-get-individual-tos-status"] = {
    version = "v2", call = "get", id = ID,
    has = {
      tosStatus = "incomplete", dateOfBirth = "1990-01-15",
      ["personalInformation.occupationSocCode"] = "15-1132",
    },
    lacks = { "personalInformation.taxIdentificationNumber" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-get-individual-from-schema-examples"] = {
    version = "v2", call = "get", id = ID,
    has = { ["personalInformation.gender"] = "male", tosStatus = "incomplete" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-get-business-from-schema-examples"] = {
    version = "v2", call = "get", id = ID,
    has = { type = "business", businessTradeName = "Acme Corp", tosStatus = "incomplete" },
    lacks = { "firstName" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-patch-response"] = {
    version = "v2", call = "update", id = ID,
    has = { ["meta.internalUserId"] = "usr_9912", updatedAt = "2026-04-01T14:22:10.000Z" },
    profiles = { kyc_profile_a = "incomplete" },
  },
  ["v2-patch-response-empty-criteria-2025"] = {
    version = "v2", call = "update", id = LEGACY_ID,
    has = { lastName = "Doe" },
    lacks = { "phone", "meta", "createdAt" },
    profiles = { kyc_profile_a = "incomplete" },
  },
}

-- Errors: by the status they come with, whose kind stands beside it. `errors` as in err.errors.
local ERRORS = {
  ["v1-error"] = {
    version = "v1", kinds = { [200] = "rejected", [400] = "rejected", [404] = "not_found" },
    code = "bankAccount/inactive", request_id = "request_77414d59c7a042e586af6e13cbbe1660",
    message = "bankAccount_[id] is has inactive, but status active required.",
  },
  ["v2-error-400-problem"] = {
    kinds = { [400] = "rejected" }, code = "address/invalid", request_id = CORRELATION,
    message = "Invalid request parameters",
  },
  ["v2-error-401-problem-staging"] = {
    kinds = { [401] = "auth" }, code = "unauthorized", message = "Invalid or missing API key.",
  },
  ["v2-error-403-problem-no-code"] = {
    kinds = { [403] = "auth" }, request_id = "e633f28100526862cadc4c592435eddd",
    message = "Forbidden resource",
  },
  ["v2-error-404-problem"] = {
    kinds = { [404] = "not_found" }, code = "resource/not-found", request_id = CORRELATION,
    message = "Resource not found",
  },
  ["v2-error-422-problem"] = {
    kinds = { [422] = "rejected" }, code = "validation/failed", request_id = CORRELATION,
    message = "Validation failed",
    errors = {
      { detail = "Invalid email format", pointer = "/email" },
      { detail = "Name is required", pointer = "/name" },
    },
  },
  ["v2-error-400-legacy-field"] = {
    kinds = { [400] = "rejected" }, message = "the request was refused",
    errors = { { detail = "Required", pointer = "/address" } },
  },
  ["v2-error-legacy-field-information"] = {
    kinds = { [400] = "rejected" }, message = "the request was refused",
    errors = { { detail = "Required", pointer = "/information" } },
  },
  ["v2-error-404-legacy"] = {
    kinds = { [404] = "not_found" }, message = "Customer not found",
  },
  ["v2-error-legacy-bad-request"] = {
    kinds = { [400] = "rejected" }, message = "Bad Request Exception",
  },
  ["v2-error-legacy-dne-mock"] = {
    kinds = { [400] = "not_found", [404] = "not_found" },
    message = "Customer customer_[id] DNE for user. Please check that you are correctly "
      .. "specifying both the id and mock query param ...",
  },
}

-- Bodies of create and update: sent as they are, or refused at these places because the document
-- is older than the rule.
local TAX = "/personalInformation/taxIdentificationNumber"
local REQUESTS = {
  ["v1-create-request"] = { version = "v1", call = "create" },
  ["v1-create-request-minimal-business"] = { version = "v1", call = "create" },
  ["v1-create-request-minimal-business-address"] = { version = "v1", call = "create" },
  ["v1-create-request-minimal-individual"] = { version = "v1", call = "create" },
  ["v1-update-request"] = { version = "v1", call = "update" },
  ["v2-create-request-individual-minimal"] = { version = "v2", call = "create" },
  ["v2-create-request-individual-names"] = { version = "v2", call = "create" },
  ["v2-create-request-individual-tax-id"] = { version = "v2", call = "create" },
  ["v2-create-request-business-2026-02-partial"] = { version = "v2", call = "create" },
  ["v2-create-request-individual-2025-mid"] = {
    version = "v2", call = "create", refused = { TAX .. "Country" },
  },
  ["v2-create-request-individual-tax-description"] = {
    version = "v2", call = "create", refused = { "/address/country" },
  },
  ["v2-create-request-legacy-placeholder"] = {
    version = "v2", call = "create", refused = { "/email", "/phone", "/type", "/address/country" },
  },
  ["v2-create-request-business-partial"] = {
    version = "v2", call = "create", refused = { "/businessInformation" },
  },
  ["v2-patch-request-address-meta"] = { version = "v2", call = "update" },
  ["v2-patch-request-full"] = { version = "v2", call = "update" },
}

-- Answers of other endpoints: neither a customer nor an error, read with client:request.
local LIST, PERSON = "/v2/customer", "/v2/business-representative"
local OTHERS = {
  ["v1-event-get-response-redacted"] = { "v1", "GET", "/v1/event/event_1", in_envelope = true },
  ["v1-webhook-create-response-redacted"] = { "v1", "POST", "/v1/webhook", in_envelope = true },
  ["v2-list-response"] = { "v2", "GET", LIST },
  ["v2-list-response-2025-11"] = { "v2", "GET", LIST },
  ["v2-representative-list"] = { "v2", "GET", PERSON },
  ["v2-representative-get"] = { "v2", "GET", PERSON .. "/associatedPerson_1" },
  ["v2-representative-get-2026-01-overlap"] = { "v2", "GET", PERSON .. "/associatedPerson_1" },
  ["v2-document-upload-response"] = { "v2", "POST", "/v2/document" },
  ["v2-document-upload-response-2025"] = { "v2", "POST", "/v2/document" },
  ["v2-face-verification-link-response"] = { "v2", "POST", LIST .. "/c/face-verification-link" },
  ["v2-kyc-link-response"] = { "v2", "POST", LIST .. "/c/kyc-link" },
  ["v2-tos-link-response-2025-redacted"] = { "v2", "POST", LIST .. "/c/tos-link" },
  ["v2-otp-send-response"] = { "v2", "POST", LIST .. "/c/otp-send" },
  ["v2-otp-send-response-2025"] = { "v2", "POST", LIST .. "/c/otp-send" },
  ["v2-otp-verify-response"] = { "v2", "POST", LIST .. "/c/otp-verify" },
  ["v2-otp-verify-response-2025"] = { "v2", "POST", LIST .. "/c/otp-verify" },
  ["v2-submit-verification-response"] = { "v2", "POST", LIST .. "/c/submit-verification" },
  ["v2-submit-verification-response-2025"] = { "v2", "POST", LIST .. "/c/submit-verification" },
  ["v2-submit-verification-response-representative"] = {
    "v2", "POST", PERSON .. "/associatedPerson_1/submit-verification",
  },
}

-- Files that no call of a customer sends or gets, and why.
local NOT_CALLS = {
  ["v1-event-redacted"] = "what the vendor posts to a webhook",
  ["webhook-delivery-2026-staging"] = "what the vendor posts to a webhook",
  ["v1-webhook-create-request"] = "a request of another endpoint",
  ["v2-kyc-link-request-2025"] = "a request of another endpoint",
  ["v2-otp-send-request"] = "a request of another endpoint",
  ["v2-otp-verify-request"] = "a request of another endpoint",
  ["v2-representative-create-request"] = "a request of another endpoint",
  ["v2-document-upload-form-fields"] = "the parts of a form, which is not sent as JSON",
  ["v2-profile-status-reference-2026"] = "a part of a customer, shown without its id",
}

local TABLES = { CUSTOMERS, ERRORS, REQUESTS, OTHERS, NOT_CALLS }

local function sorted(expectations)
  local names = {}
  for name in pairs(expectations) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- A request that passes the checks of each version.
local function request_of(version, call)
  if call == "update" then return { meta = { key = "value" } } end
  local sample = version == "v1" and "v1-create-request" or "v2-create-request-individual-names"
  return samples.fixture("api/" .. sample .. ".json")
end

local function send(client, version, call, id, params)
  local customer = client.customer
  if call == "get" then return customer.get(id) end
  params = params or request_of(version, call)
  if call == "create" then return customer.create(params) end
  return customer.update(id, params)
end

local function at(value, path)
  for step in path:gmatch("[^.]+") do
    if type(value) ~= "table" then return nil end
    value = value[tonumber(step) or step]
  end
  return value
end

local function text_of(name)
  return samples.text("api/" .. name .. ".json")
end

local function sample_of(name)
  return samples.fixture("api/" .. name .. ".json")
end

describe("the sample files", function()
  it("each have one expectation, and each expectation has a file", function()
    local count = {}
    for _, expectations in ipairs(TABLES) do
      for name in pairs(expectations) do count[name] = (count[name] or 0) + 1 end
    end
    for _, name in ipairs(samples.names()) do
      assert.equal(1, count[name], name)
      count[name] = nil
    end
    assert.is_nil(next(count))
  end)
end)

describe("over a real connection", function()
  local server, clients, keepers

  setup(function()
    server = served.start()
    clients, keepers = {}, {}
    for _, version in ipairs { "v1", "v2" } do
      clients[version] = server:client { api_version = version }
      keepers[version] = server:client { api_version = version, nulls = "keep" }
    end
  end)
  teardown(function() server:stop() end)

  for _, name in ipairs(sorted(CUSTOMERS)) do
    local expected = CUSTOMERS[name]

    it(name .. " is a customer", function()
      server:answer(expected.call == "create" and 201 or 200, text_of(name))
      local customer, err, response =
        send(clients[expected.version], expected.version, expected.call, expected.id)
      assert.is_nil(err)
      assert.equal(expected.id, customer.id)
      assert.equal(expected.request_id, response.request_id)
      for path, value in pairs(expected.has) do assert.equal(value, at(customer, path), path) end
      for _, path in ipairs(expected.lacks or {}) do assert.is_nil(at(customer, path), path) end
      local statuses = {}
      for _, profile in ipairs(verification.profiles(customer)) do
        statuses[profile.name] = profile.status
      end
      for profile, status in pairs(expected.profiles) do
        assert.equal(status, statuses[profile], profile)
      end
    end)

    it(name .. " comes through whole", function()
      local whole = samples.customer(name)
      server:answer(200, text_of(name))
      assert.same(samples.without_nulls(whole),
        (send(clients[expected.version], expected.version, expected.call, expected.id)))
      assert.same(whole,
        (send(keepers[expected.version], expected.version, expected.call, expected.id)))
    end)
  end

  for _, name in ipairs(sorted(ERRORS)) do
    local expected = ERRORS[name]

    for status, kind in pairs(expected.kinds) do
      it(name .. " with " .. status .. " is of the kind " .. kind, function()
        server:answer(status, text_of(name))
        local customer, err = clients[expected.version or "v2"].customer.get(ID)
        assert.is_nil(customer)
        assert.equal(kind, err.kind)
        assert.equal(status, err.status)
        assert.equal(status, err.response.status)
        assert.equal(expected.code, err.code)
        assert.equal(expected.message, err.message)
        assert.equal(expected.request_id, err.request_id)
        assert.same(expected.errors or {}, err.errors)
        assert.same(samples.without_nulls(sample_of(name)), err.raw)
        assert.is_false(err.retryable)
        assert.equal("yes", err.sent)
      end)
    end
  end

  for _, name in ipairs(sorted(REQUESTS)) do
    local expected = REQUESTS[name]
    local is_v1, params = expected.version == "v1", sample_of(name)
    local client_of = function() return clients[expected.version] end

    if expected.refused then
      it(name .. " is refused as too old, before anything is sent", function()
        server:answer(201, text_of "v2-create-response-legacy")
        local _, err = send(client_of(), "v2", expected.call, ID, params)
        local places = {}
        for i, problem in ipairs(err.errors) do places[i] = problem.pointer end
        assert.equal("invalid", err.kind)
        assert.same(expected.refused, places)
        assert.same({}, server:requests())
      end)
    else
      it(name .. " arrives as it is", function()
        local id = is_v1 and V1_ID or ID
        server:answer(200, text_of(is_v1 and "v1-get-response" or "v2-patch-response"))
        assert(send(client_of(), expected.version, expected.call, id, params))
        local path = "/" .. expected.version .. "/customer"
        local update = expected.call == "update"
        local arrived = server:requests()[1]
        assert.equal((update and not is_v1) and "PATCH" or "POST", arrived.method)
        assert.equal(update and path .. "/" .. id or path, arrived.path)
        assert.same(params, cjson.decode(arrived.body))
      end)
    end
  end

  for _, name in ipairs(sorted(OTHERS)) do
    local expected = OTHERS[name]
    local version, method, path = expected[1], expected[2], expected[3]

    it(name .. " comes out of client:request whole", function()
      local body = sample_of(name)
      server:answer(200, text_of(name))
      local value, err = clients[version]:request(method, path)
      assert.is_nil(err)
      assert.same(samples.without_nulls(expected.in_envelope and body.data or body), value)
    end)
  end
end)
