local criteria = require("spherepay.api.criteria")
local how = require("spherepay.verification.how")

local CUSTOMERS = {
  individual = { id = "customer_1", type = "individual" },
  business = { id = "customer_2", type = "business" },
  representative = { id = "associatedPerson_3", type = "individual" },
}
local PROFILES = {
  individual = { name = "kyc_profile_a", kind = "kyc", status = "incomplete" },
  business = { name = "kyb_profile_a", kind = "kyb", status = "incomplete" },
  representative = { name = "ubo_kyc_profile_a", kind = "ubo_kyc", status = "incomplete" },
}

local function met_by(criterion, owner)
  return how.v2(criterion, CUSTOMERS[owner], PROFILES[owner])
end

local function call_of(criterion, owner)
  local met = met_by(criterion, owner)
  return met.endpoint and tostring(met.endpoint)
end

describe("spherepay.verification.how", function()
  it("takes the update of the individual or the representative", function()
    assert.equal("PATCH /v2/customer/{id}", call_of("nationality", "individual"))
    assert.equal("PATCH /v2/business-representative/{id}", call_of("nationality", "representative"))
    assert.equal("PATCH /v2/business-representative/{id}", call_of("title", "representative"))
  end)

  it("gives an endpoint its method, its path, its body and what to send", function()
    local endpoint = met_by("source_of_funds", "individual").endpoint
    assert.equal("PATCH", endpoint.method)
    assert.equal("/v2/customer/{id}", endpoint.path)
    assert.equal("json", endpoint.body)
    assert.same({ "address", "personalInformation.sourceOfFunds" }, endpoint.fields)
    assert.is_true(endpoint.update)
  end)

  it("sends all three fields of a tax number, and the address", function()
    assert.same({
      "address", "personalInformation.taxIdentificationNumber",
      "personalInformation.taxIdentificationNumberType",
      "personalInformation.taxIdentificationNumberCountry",
    }, met_by("tax_identification_number", "individual").endpoint.fields)
  end)

  it("leads a business to the hosted page for all of its data", function()
    for name, row in pairs(criteria.criteria) do
      local path = row.business and row.business.path
      if path and not path:find("^type=") then
        assert.equal("POST /v2/customer/{id}/kyc-link", call_of(name, "business"), name)
      end
    end
    assert.equal("url", met_by("trade_name", "business").endpoint.answer)
  end)

  it("has no call for what is set at creation only", function()
    for _, owner in ipairs({ "individual", "representative" }) do
      for _, name in ipairs({ "email_address", "phone_number" }) do
        local met = met_by(name, owner)
        assert.is_nil(met.endpoint)
        assert.equal("platform", met.actor)
        assert.equal("field", met.kind)
      end
    end
    assert.is_nil(call_of("first_name", "representative"))
  end)

  it("uploads documents with the target they are of", function()
    local met = met_by("identity_document", "individual")
    assert.equal("POST /v2/document", tostring(met.endpoint))
    assert.equal("form", met.endpoint.body)
    assert.same({ target = "customer", targetId = "customer_1" }, met.endpoint.params)
    assert.same({ "documentType", "country", "file" }, met.endpoint.fields)
    assert.same({ "passport", "id_card", "drivers", "residence_permit" }, met.document_types)
    met = met_by("proof_of_address_document", "representative")
    assert.same({
      target = "business_representative", targetId = "associatedPerson_3",
      documentType = "proof_of_address",
    }, met.endpoint.params)
    assert.is_nil(call_of("identity_document", "business"))
    assert.is_nil(call_of("w9_document", "business"))
  end)

  it("keeps the placeholder where the id of the customer is not known", function()
    local met = how.v2("identity_document", { id = 7 }, PROFILES.individual)
    assert.equal("{id}", met.endpoint.params.targetId)
  end)

  it("sends a code and verifies it", function()
    local endpoint = met_by("phone_verification", "individual").endpoint
    assert.equal("/v2/customer/{id}/otp-send", endpoint.path)
    assert.same({ type = "phone" }, endpoint.params)
    assert.equal("/v2/customer/{id}/otp-verify", endpoint.next.path)
    assert.same({ type = "phone" }, endpoint.next.params)
    assert.same({ "code" }, endpoint.next.fields)
    assert.equal("POST /v2/customer/{id}/otp-send, then POST /v2/customer/{id}/otp-verify",
      tostring(endpoint))
  end)

  it("knows the face link of a customer from that of a representative", function()
    assert.equal("POST /v2/customer/{id}/face-verification-link",
      call_of("liveness_check", "individual"))
    assert.equal("POST /v2/business-representative/{id}/face-verification-link",
      call_of("liveness_check", "representative"))
  end)

  it("is not sure of what is documented for customers only when it is a representative", function()
    local met = met_by("email_verification", "representative")
    assert.is_nil(met.endpoint)
    assert.equal("unknown", met.basis)
    assert.equal("otp", met.kind)
    assert.equal("platform", met.actor)
  end)

  it("knows where a path depends on whose it is", function()
    local met = met_by("source_of_funds", "individual")
    assert.equal("personalInformation.sourceOfFunds", met.path)
    assert.equal("name_match", met.basis)
    assert.equal("businessInformation.primarySourceOfFunds",
      met_by("source_of_funds", "business").path)
    assert.equal("firstName", met_by("first_name", "representative").path)
  end)

  it("does not know what an individual is asked for and others can supply", function()
    for _, name in ipairs({ "account_purpose", "proof_of_address_document", "trade_name",
      "incorporation_cert_document" }) do
      local met = met_by(name, "individual")
      assert.equal("unknown", met.basis, name)
      assert.equal("unknown", met.kind, name)
      assert.is_nil(met.path, name)
      assert.is_nil(met.endpoint, name)
    end
  end)

  it("sends no identity data that is under review or was refused", function()
    for status, open in pairs({
      incomplete = true, resubmission_required = true, something_new = true,
      pending = false, rejected = false,
    }) do
      local profile = { name = "kyc_profile_a", kind = "kyc", status = status }
      for _, name in ipairs({ "tax_identification_number", "first_name", "date_of_birth" }) do
        local met = how.v2(name, CUSTOMERS.individual, profile)
        assert.equal(open, met.endpoint ~= nil, status)
        assert.equal(open and "customer" or "platform", met.actor)
      end
      assert.is_table(how.v2("nationality", CUSTOMERS.individual, profile).endpoint)
    end
  end)

  it("does not take a business for its own representative", function()
    local met = how.v2("title", CUSTOMERS.business, PROFILES.representative)
    assert.equal("PATCH /v2/business-representative/{representativeId}", tostring(met.endpoint))
    assert.is_nil(met.endpoint.update)
    met = how.v2("identity_document", CUSTOMERS.business, PROFILES.representative)
    assert.equal("{representativeId}", met.endpoint.params.targetId)
    assert.equal("business_representative", met.endpoint.params.target)
  end)

  it("says who acts", function()
    assert.equal("customer", met_by("terms_of_service", "individual").actor)
    assert.equal("customer", met_by("identity_document", "individual").actor)
    assert.equal("platform", met_by("liveness_report_document", "individual").actor)
    assert.equal("platform", met_by("business_representatives", "business").actor)
    assert.equal("sphere", met_by("kyc_b_approval", "individual").actor)
  end)

  it("says whose turn it is wherever there is no call", function()
    for _, owner in ipairs({ "individual", "business", "representative" }) do
      for name in pairs(criteria.criteria) do
        local met = met_by(name, owner)
        if not met.endpoint then
          assert.is_true(met.actor == "platform" or met.actor == "sphere", name)
          assert.is_string(met.note, name)
        end
      end
    end
  end)

  it("hands out tables of its own", function()
    local met = met_by("identity_document", "individual")
    met.document_types[1], met.endpoint.fields[1] = "x", "x"
    met.endpoint.params.target = "x"
    assert.equal("passport", met_by("identity_document", "individual").document_types[1])
    assert.equal("documentType", met_by("identity_document", "individual").endpoint.fields[1])
    assert.equal("customer", met_by("identity_document", "individual").endpoint.params.target)
  end)

  it("passes names that it does not know through as unknown", function()
    local met = met_by("something_new", "individual")
    assert.same({ "unknown", "unknown", "platform" }, { met.kind, met.basis, met.actor })
    assert.equal("unknown", met_by("identity_verification", "individual").kind)
  end)

  it("takes a v1 requirement for the field of its name", function()
    local kyc, customer = { name = "kyc", kind = "v1" }, { id = "customer_1" }
    for name, kind in pairs({
      ssn = "field", firstName = "field", dob = "field", website = "field", ein = "field",
      ubos = "field", ["address.line2"] = "field", incorporationDocument = "document",
      proofOfAddressDocument = "document", statementOfFunds = "document",
    }) do
      local met = how.v1(name, customer, kyc)
      assert.equal(kind, met.kind, name)
      assert.equal(name, met.path)
      assert.equal("POST /v1/customer/{id}", tostring(met.endpoint))
      assert.same({ name }, met.endpoint.fields)
      assert.equal(name == "ssn" and "example_only" or "name_match", met.basis)
    end
    assert.same({ "identityDocumentFront", "identityDocumentBack" },
      how.v1("customerIdentityDocument", customer, kyc).endpoint.fields)
    assert.same({ "dob" }, how.v1("dob.month", customer, kyc).endpoint.fields)
    for _, name in ipairs({ "createUserIntent", "something", "address.county", "ubos.1.ssn" }) do
      assert.equal("unknown", how.v1(name, customer, kyc).kind, name)
    end
  end)

  it("leads the owners of a v1 business to the hosted page", function()
    local met = how.v1("ssn", { id = "customer_1" }, { name = "ubo_1", kind = "v1" })
    assert.equal("ubos[].ssn", met.path)
    assert.equal("POST /v1/customer/{id}/kycLink", tostring(met.endpoint))
  end)

  it("does not update a v1 customer who has passed", function()
    local met = how.v1("address.city", { kyc = "approved" }, { name = "ach_pull", kind = "v1" })
    assert.is_nil(met.endpoint)
    assert.equal("platform", met.actor)
  end)

  it("knows the v1 links for kyc and tos only", function()
    assert.equal("POST /v1/customer/{id}/tosLink", tostring(how.v1_status("tos", {}).endpoint))
    assert.equal("POST /v1/customer/{id}/kycLink", tostring(how.v1_status("kyc", {}).endpoint))
    for _, name in ipairs({ "msa", "euAccountTos", "operatingResidency", "ach_pull" }) do
      local met = how.v1_status(name, {})
      assert.is_nil(met.endpoint)
      assert.is_string(met.note)
    end
  end)

  it("takes the id of a representative for more than the name of its profile", function()
    local profile = { name = "kyc_profile_a", kind = "kyc" }
    assert.equal("representative", how.owner({ id = "associatedPerson_1" }, profile))
    assert.equal("representative", how.owner({}, { kind = "ubo_kyc" }))
    assert.equal("business", how.owner({ type = "business" }, profile))
    assert.equal("individual", how.owner({ id = 7 }, profile))
  end)
end)
