-- Where the vendor's documents disagree with themselves, one numbered sentence each, over a real
-- connection. What verification alone makes of them is in verification/anomalies_spec.lua.

local cjson = require "cjson"
local samples = require "spec.support.samples"
local served = require "spec.support.served"
local spherepay = require "spherepay"

local verification = spherepay.verification

local ID = "customer_1ab2c3d4"

local function profile_of(customer, name)
  for _, profile in ipairs(verification.profiles(customer)) do
    if profile.name == name then return profile end
  end
end

describe("the client lives with", function()
  local server, v1, v2, keeper

  setup(function()
    server = served.start()
    v1, v2 = server:client { api_version = "v1" }, server:client()
    keeper = server:client { nulls = "keep" }
  end)
  teardown(function() server:stop() end)

  local function get(body, client)
    local text = type(body) == "table" and cjson.encode(body) or body
    server:answer(200, text)
    return assert((client or v2).customer.get(text:match('"id": *"(customer_%w+)"')))
  end

  local function sample(name, client)
    return get(samples.text("api/" .. name .. ".json"), client)
  end

  local function failure(status, body, client)
    server:answer(status, body)
    local customer, err = (client or v2).customer.get(ID)
    assert.is_nil(customer)
    return err
  end

  it("A1: criteria arrays in the profile itself instead of under criteria", function()
    local customer = sample "v2-get-legacy-inline-criteria"
    assert.same({}, customer.verificationProfiles[2].complete)
    assert.equal("terms_of_service", customer.verificationProfiles[2].required[1])
    assert.same(profile_of(customer, "kyc_profile_a").required,
      profile_of(customer, "kyc_profile_b").required)
  end)

  it("A2: an approved profile without criteria", function()
    local customer = sample "v2-get-legacy-inline-criteria"
    assert.is_nil(customer.verificationProfiles[3].criteria)
    assert.is_true(verification.evaluate(customer, { profile = "kyc_profile_c" }).ready)
  end)

  it("A3: message in place of detail, in a customer and in an error", function()
    local customer = sample "v2-get-legacy-inline-criteria"
    assert.equal("ID DOCS IS BLURRY",
      customer.verificationProfiles[1].criteria.errors[1].message)
    assert.equal("ID DOCS IS BLURRY", profile_of(customer, "kyc_profile_a").errors[1].detail)
    local err = failure(422, '{"status":422,"errors":[{"message":"too short","pointer":"/a"}]}')
    assert.same({ { detail = "too short", pointer = "/a" } }, err.errors)
  end)

  it("A4: an error on a criterion that no array has", function()
    local customer = sample "v2-get-legacy-inline-criteria"
    local step = verification.next_steps(customer, { currency = "USD" })[1]
    assert.equal("identification_document", step.criterion)
    assert.equal("error", step.state)
  end)

  it("A5: an incomplete profile whose arrays are all empty", function()
    for _, name in ipairs {
      "v2-create-response-empty-criteria-partial", "v2-patch-response-empty-criteria-2025",
    } do
      local customer = sample(name)
      assert.same({ complete = {}, pending = {}, required = {}, errors = {} },
        customer.verificationProfiles[1].criteria)
      assert.is_false((verification.can_transfer(customer, "USD")))
    end
  end)

  it("A6: a criterion in two arrays, and an error on one that is complete", function()
    server:answer(200, samples.text "api/v2-representative-get-2026-01-overlap.json")
    local person = assert(v2:request("GET", "/v2/business-representative/associatedPerson_1"))
    local criteria = person.verificationProfiles[1].criteria
    assert.equal("email_verification", criteria.pending[1])
    assert.equal("email_verification", criteria.required[2])
    assert.same({ total = 10, complete = 3, pending = 0, required = 6, error = 1 },
      verification.evaluate(person).counts)
  end)

  it("A7: criteria and profiles that no list has", function()
    local customer = get {
      id = ID,
      verificationProfiles = { { name = "kyx_profile_z", status = "incomplete",
        criteria = { required = { "dna_sample" } } } },
    }
    assert.equal("kyx_profile_z", customer.verificationProfiles[1].name)
    assert.equal("dna_sample",
      verification.next_steps(customer, { profile = "kyx_profile_z" })[1].criterion)
    assert.equal("photo_id",
      sample("v2-create-response-legacy").verificationProfiles[1].criteria.required[6])
  end)

  it("A8: a customer of whom nothing but the id is there", function()
    for _, call in ipairs { "create", "get", "update" } do
      server:answer(200, '{"id":"' .. ID .. '"}')
      local customer = call == "get" and v2.customer.get(ID)
        or call == "update" and v2.customer.update(ID, {})
        or v2.customer.create(samples.fixture "api/v2-create-request-individual-names.json")
      assert.same({ id = ID }, customer)
    end
  end)

  it("A9: business names on an individual, and an individual's profile on a business", function()
    local person = sample "v2-get-individual-2025-11"
    assert.equal("individual", person.type)
    assert.equal("John Doe Pte Ltd.", person.businessLegalName)
    local business = sample "v2-get-business-from-schema-examples"
    assert.equal("kyc_profile_a", verification.evaluate(business, { currency = "USD" }).profile)
  end)

  it("A10: profiles and criteria in any order, which is kept as it came", function()
    local a = { name = "kyc_profile_a", status = "approved" }
    local b = { name = "kyc_profile_b", status = "pending" }
    for _, list in ipairs { { a, b }, { b, a } } do
      local customer = get { id = ID, verificationProfiles = list }
      assert.same(list, customer.verificationProfiles)
      assert.is_true((verification.can_transfer(customer, "USD")))
      assert.is_false((verification.can_transfer(customer, "BRL")))
    end
  end)

  it("A11: lists under customers and under data", function()
    server:answer(200, samples.text "api/v2-list-response.json")
    local list = assert(v2:request("GET", "/v2/customer"))
    assert.equal("Jane", list.customers[1].firstName)
    server:answer(200, samples.text "api/v2-representative-list.json")
    list = assert(v2:request("GET", "/v2/business-representative"))
    assert.equal("individual", list.data[1].type)
  end)

  it("A12: link and url, customerId and id, for the same thing", function()
    for name, members in pairs {
      ["v2-tos-link-response-2025-redacted"] = { "link" },
      ["v2-kyc-link-response"] = { "url", "expiresAt" },
      ["v2-submit-verification-response"] = { "customerId" },
      ["v2-submit-verification-response-2025"] = { "id" },
    } do
      server:answer(201, samples.text("api/" .. name .. ".json"))
      local value = assert(v2:request("POST", "/v2/customer/" .. ID .. "/tos-link"))
      for _, member in ipairs(members) do assert.is_string(value[member]) end
    end
  end)

  it("A13: error as a text, as lists by field, as a code, and not at all", function()
    local err = failure(400, '{"ts":"x","error":{"general":"Bad Request Exception"}}')
    assert.equal("Bad Request Exception", err.message)
    err = failure(400, '{"ts":"x","error":{"address":["Required"],"phone":["a","b"]}}')
    assert.same({
      { detail = "Required", pointer = "/address" },
      { detail = "a", pointer = "/phone" },
      { detail = "b", pointer = "/phone" },
    }, err.errors)
    err = failure(404, '{"ok":false,"error":"customer/not-found","message":"none"}', v1)
    assert.equal("customer/not-found", err.code)
    assert.equal("none", err.message)
    err = failure(400, '{"status":400,"detail":"Invalid request parameters"}')
    assert.equal("Invalid request parameters", err.message)
    assert.is_nil(err.code)
  end)

  it("A13: a v1 error that comes with the status 200", function()
    local err = failure(200, '{"ok":false,"error":"customer/not-found","message":"none"}', v1)
    assert.equal("not_found", err.kind)
    assert.equal(200, err.status)
    assert.equal("customer/not-found", err.code)
  end)

  it("A14: 401 and 403 for the same bad key, the second without a code", function()
    local with_code = failure(401, samples.text "api/v2-error-401-problem-staging.json")
    local without = failure(403, samples.text "api/v2-error-403-problem-no-code.json")
    assert.equal("auth", with_code.kind)
    assert.equal("auth", without.kind)
    assert.equal("unauthorized", with_code.code)
    assert.is_nil(without.code)
    assert.equal("e633f28100526862cadc4c592435eddd", without.request_id)
  end)

  it("A15: v1 customers that are approved although requirements remain, one twice", function()
    local customer = sample("v1-customer-object-approved", v1)
    assert.equal(6, #customer.requirements)
    assert.equal(customer.requirements[2], customer.requirements[5])
    assert.equal(5, #customer.verificationLevels[1].requirements)
    assert.is_true((verification.can_transfer(customer, "USD")))
    assert.same({}, verification.next_steps(customer))
  end)

  it("A16: v1 fields that one sample has as null and another not at all", function()
    for _, name in ipairs { "v1-get-response", "v1-customer-object-approved" } do
      local customer = sample(name, v1)
      for _, field in ipairs { "description", "sourceOfFunds", "thirdParty" } do
        assert.is_nil(customer[field])
      end
    end
    assert.equal(spherepay.null, sample("v1-get-response", keeper).description)
    assert.is_nil(sample("v1-customer-object-approved", keeper).description)
  end)

  it("A17: a v1 address whose every member is null", function()
    local customer = sample("v1-customer-object-approved", v1)
    assert.same({}, customer.address)
    customer = sample("v1-customer-object-approved", keeper)
    assert.equal(spherepay.null, customer.address.city)
  end)

  it("A18: a misspelt v1 status, which is kept, and an e-mail that is a timestamp", function()
    local level = { name = "ach_pull", status = "convereted_to_user" }
    local customer = get({ id = ID, kyc = "approved", verificationLevels = { level } }, v1)
    assert.equal("convereted_to_user", customer.verificationLevels[1].status)
    assert.equal("converted_to_user", profile_of(customer, "ach_pull").status)
    assert(v1.customer.update(ID, { email = "2024-08-22T16:13:01.227Z" }))
  end)

  it("A19: numbers in strings, both ways", function()
    server:answer(200, samples.text "api/v2-representative-get.json")
    local person = assert(v2:request("GET", "/v2/business-representative/associatedPerson_1"))
    assert.equal("50", person.representationDetails.ownershipPercentage)
    assert(v2:request("GET", "/v2/customer", { query = { page = 1, limit = "10" } }))
    assert.equal("/v2/customer?limit=10&page=1", server:requests()[2].path)
    server:answer(200, '{"id":"' .. ID .. '"}')
    assert(v1.customer.update(ID, { expectedMonthlyPayments = "1000" }))
    assert.equal('{"expectedMonthlyPayments":"1000"}', server:requests()[1].body)
  end)

  it("A20: one-time codes as strings, with their leading zeros", function()
    server:answer(200, samples.text "api/v2-otp-verify-response.json")
    local path = "/v2/customer/" .. ID .. "/otp-verify"
    assert(v2:request("POST", path, { json = { code = "012345" } }))
    assert(v2:request("POST", path, { json = { code = 123456 } }))
    assert.equal('{"code":"012345"}', server:requests()[1].body)
    assert.equal('{"code":123456}', server:requests()[2].body)
  end)

  it("A21: null among the values of meta", function()
    assert.same({}, sample("v2-get-individual-2025-11").meta)
    local null = spherepay.null
    assert.same({ property1 = null, property2 = null },
      sample("v2-get-individual-2025-11", keeper).meta)
    assert(v2.customer.merge_meta(samples.customer("v2-get-individual-2025-11").id, { a = 1 }))
    local meta = cjson.decode(server:requests()[3].body).meta
    assert.same({ property1 = null, property2 = null, a = 1 }, meta)
  end)

  it("A22: codes and places of other endpoints in the errors of this one", function()
    assert.equal("address/invalid",
      failure(400, samples.text "api/v2-error-400-problem.json").code)
    assert.equal("/name",
      failure(422, samples.text "api/v2-error-422-problem.json").errors[2].pointer)
    local err = failure(400, '{"status":400,"detail":"x","code":"of/no-list"}')
    assert.equal("of/no-list", err.code)
    assert.equal("rejected", err.kind)
  end)

  it("A23: kycRequirements, the older name of requirements", function()
    local customer = get({ id = ID, kyc = "incomplete", kycRequirements = { "ssn" } }, v1)
    assert.same({ "ssn" }, customer.kycRequirements)
    assert.equal("ssn", verification.next_steps(customer)[1].criterion)
  end)

  it("A24: a status of another product of the same name, which makes nobody ready", function()
    local customer = get {
      id = ID, verificationProfiles = { { name = "kyc_profile_a", status = "underReview" } },
    }
    assert.equal("underReview", customer.verificationProfiles[1].status)
    assert.is_false((verification.can_transfer(customer, "USD")))
    local production = spherepay.new { token = "token_for_specs" }
    assert.truthy(tostring(production):find("https://api.spherepay.co", 1, true))
    production:close()
  end)
end)
