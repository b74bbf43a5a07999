local criteria = require("spherepay.api.criteria")
local how = require("spherepay.verification.how")

describe("spherepay.verification.how", function()
  it("takes the update of the owner where there is one", function()
    assert.equal("PATCH /v2/customer/{id}", how.v2("nationality", "individual").endpoint)
    assert.equal("PATCH /v2/business-representative/{id}",
      how.v2("nationality", "representative").endpoint)
    assert.equal("POST /v2/customer", how.v2("email_address", "individual").endpoint)
    assert.equal("POST /v2/customer", how.v2("legal_name", "business").endpoint)
  end)

  it("uploads documents to one endpoint for everybody", function()
    for _, owner in ipairs({ "individual", "business", "representative" }) do
      local met = how.v2("identity_document", owner)
      assert.equal("POST /v2/document", met.endpoint)
      assert.same({ "passport", "id_card", "drivers", "residence_permit" }, met.document_types)
    end
  end)

  it("knows the face link of a customer from that of a representative", function()
    assert.equal("POST /v2/customer/{id}/face-verification-link",
      how.v2("liveness_check", "individual").endpoint)
    assert.equal("POST /v2/business-representative/{id}/face-verification-link",
      how.v2("liveness_check", "representative").endpoint)
  end)

  it("is not sure of what is documented for customers only when it is a representative", function()
    local met = how.v2("email_verification", "representative")
    assert.is_nil(met.endpoint)
    assert.equal("unknown", met.basis)
    assert.equal("otp", met.kind)
  end)

  it("knows where a path depends on whose it is", function()
    assert.equal("personalInformation.sourceOfFunds", how.v2("source_of_funds", "individual").path)
    assert.equal("businessInformation.primarySourceOfFunds",
      how.v2("source_of_funds", "business").path)
    assert.is_nil(how.v2("account_purpose", "individual").path)
    local name = how.v2("first_name", "representative")
    assert.equal("firstName", name.path)
    assert.equal("POST /v2/business-representative", name.endpoint)
  end)

  it("says who acts", function()
    assert.equal("customer", how.v2("terms_of_service", "individual").actor)
    assert.equal("customer", how.v2("identity_document", "individual").actor)
    assert.equal("platform", how.v2("liveness_report_document", "individual").actor)
    assert.equal("platform", how.v2("business_representatives", "business").actor)
    assert.equal("sphere", how.v2("kyc_b_approval", "individual").actor)
  end)

  it("knows every documented criterion and passes the others through as unknown", function()
    for name in pairs(criteria.criteria) do assert.is_string(how.v2(name, "individual").kind) end
    assert.same({ kind = "unknown", basis = "unknown", actor = "platform" },
      how.v2("something_new", "individual"))
    assert.equal("unknown", how.v2("identity_verification", "individual").kind)
  end)

  it("takes v1 requirements for fields and documents of the v1 update", function()
    local kyc = { name = "kyc", kind = "v1" }
    assert.equal("field", how.v1("ssn", kyc).kind)
    assert.equal("POST /v1/customer/{id}", how.v1("ssn", kyc).endpoint)
    assert.equal("document", how.v1("customerIdentityDocument", kyc).kind)
    assert.equal("ubos[].ssn", how.v1("ssn", { name = "ubo_1", kind = "v1" }).path)
    assert.equal("unknown", how.v1("createUserIntent", kyc).kind)
  end)

  it("knows the v1 links for kyc and tos only", function()
    assert.equal("POST /v1/customer/{id}/tosLink", how.v1_status("tos").endpoint)
    assert.equal("POST /v1/customer/{id}/kycLink", how.v1_status("kyc").endpoint)
    assert.is_nil(how.v1_status("msa").endpoint)
  end)

  it("takes the id of a representative for more than the name of its profile", function()
    local profile = { name = "kyc_profile_a", kind = "kyc" }
    assert.equal("representative", how.owner({ id = "associatedPerson_1" }, profile))
    assert.equal("representative", how.owner({}, { kind = "ubo_kyc" }))
    assert.equal("business", how.owner({ type = "business" }, profile))
    assert.equal("individual", how.owner({ id = 7 }, profile))
  end)
end)
