local missing_fields = require("spherepay.verification").missing_fields
local samples = require("spec.support.samples")

local function customer(kind, ...)
  return { type = kind, verificationProfiles = {
    { name = "kyc_profile_a", status = "incomplete", required = { ... } },
  } }
end

describe("verification.missing_fields", function()
  it("sends number, type, country and address of a tax id together", function()
    assert.same({
      "address", "personalInformation.taxIdentificationNumber",
      "personalInformation.taxIdentificationNumberType",
      "personalInformation.taxIdentificationNumberCountry",
    }, (missing_fields(customer("individual", "tax_identification_number"))))
  end)

  it("sends address once with anything in personalInformation", function()
    assert.same({ "address", "personalInformation.nationality", "personalInformation.gender" },
      (missing_fields(customer("individual", "nationality", "residential_address", "sex"))))
  end)

  it("says that email and phone are set at creation only", function()
    local paths, rest = missing_fields(customer("individual", "email_address", "phone_number"))
    assert.same({}, paths)
    assert.same({ "email_address", "phone_number" }, { rest[1].criterion, rest[2].criterion })
    assert.same({ "email", "phone" }, { rest[1].path, rest[2].path })
    assert.equal("it is set at creation only", rest[2].why)
    assert.is_nil(rest[2].endpoint)
  end)

  it("says of each business criterion that it goes through the KYC link", function()
    local paths, rest = missing_fields(customer("business", "legal_name", "is_dao", "trade_name"))
    assert.same({}, paths)
    assert.equal(3, #rest)
    for _, item in ipairs(rest) do
      assert.matches("through the KYC link", item.why, 1, true)
      assert.equal("POST /v2/customer/{id}/kyc-link", tostring(item.endpoint))
    end
    assert.equal("businessInformation.legalName", rest[1].path)
  end)

  it("names all that no update carries, with the reason and the call", function()
    local paths, rest = missing_fields(customer("individual", "source_of_funds",
      "identity_document", "terms_of_service", "email_verification", "account_purpose",
      "kyc_a_approval", "something_new"))
    assert.same({ "address", "personalInformation.sourceOfFunds" }, paths)
    local calls = {}
    for _, item in ipairs(rest) do
      assert.is_string(item.why, item.criterion)
      calls[#calls + 1] = item.criterion .. " " .. tostring(item.endpoint)
    end
    assert.same({
      "terms_of_service POST /v2/customer/{id}/tos-link",
      "email_verification POST /v2/customer/{id}/otp-send, then POST /v2/customer/{id}/otp-verify",
      "identity_document POST /v2/document", "account_purpose nil", "something_new nil",
      "kyc_a_approval nil",
    }, calls)
  end)

  it("keeps the body of a representative out of that of the business", function()
    local paths, rest = missing_fields({ id = "customer_1", type = "business",
      verificationProfiles = {
        { name = "kyb_profile_a", status = "incomplete", required = { "website" } },
        { name = "ubo_kyc_profile_a", status = "incomplete",
          required = { "title", "nationality" } },
      } })
    assert.same({}, paths)
    local calls = {}
    for i, item in ipairs(rest) do calls[i] = tostring(item.endpoint) end
    assert.same({
      "PATCH /v2/business-representative/{representativeId}",
      "PATCH /v2/business-representative/{representativeId}", "POST /v2/customer/{id}/kyc-link",
    }, calls)
    assert.matches("a representative", rest[1].why, 1, true)
  end)

  it("leaves out identity data that is locked, and says so", function()
    local paths, rest = missing_fields({ id = "customer_1", type = "individual",
      verificationProfiles = { { name = "kyc_profile_a", status = "pending", criteria = {
        errors = { { name = "tax_identification_number", detail = "no" } },
        required = { "residential_address" },
      } } } })
    assert.same({ "address" }, paths)
    assert.equal("tax_identification_number", rest[1].criterion)
    assert.matches("locked", rest[1].why, 1, true)
  end)

  it("sends nothing again to a profile that was refused, unless another asks for it", function()
    local refused = { name = "kyc_profile_a", status = "rejected", required = { "nationality" } }
    local paths, rest = missing_fields({ id = "customer_1", type = "individual",
      verificationProfiles = { refused } })
    assert.same({}, paths)
    assert.same({ "rejected", "required" }, { rest[1].state, rest[2].state })
    assert.matches("refused", rest[2].why, 1, true)
    assert.equal("PATCH /v2/customer/{id}", tostring(rest[2].endpoint))
    paths = missing_fields({ id = "customer_1", type = "individual", verificationProfiles = {
      refused, { name = "kyc_profile_b", status = "incomplete", required = { "nationality" } },
    } })
    assert.same({ "address", "personalInformation.nationality" }, paths)
  end)

  it("takes fields with errors, too", function()
    local individual = customer("individual")
    individual.verificationProfiles[1].errors = { { name = "residential_address", detail = "no" } }
    assert.same({ "address" }, (missing_fields(individual)))
  end)

  it("sends what a representative's update takes and leaves the rest to creation", function()
    local paths, rest = missing_fields({ id = "associatedPerson_1", verificationProfiles = { {
      name = "ubo_kyc_profile_a", status = "incomplete", required = { "title", "first_name" },
    } } })
    assert.same({ "representationDetails.title" }, paths)
    assert.equal("firstName", rest[1].path)
    assert.is_string(rest[1].why)
  end)

  it("counts the documents of v1 as fields, and leaves its owners to the link", function()
    local paths, rest = missing_fields({ kyc = "incomplete", tos = "approved",
      requirements = { "customerIdentityDocument", "ssn", "address.city", "address.city" },
      ubos = { { requirements = { "ssn" } } } })
    assert.same({ "ssn", "address.city", "identityDocumentFront", "identityDocumentBack" }, paths)
    assert.equal("ubos[].ssn", rest[1].path)
    assert.equal("POST /v1/customer/{id}/kycLink", tostring(rest[1].endpoint))
  end)

  it("meets the requirements of a v1 business by the fields of their names", function()
    local paths, rest = missing_fields({ type = "business", kyc = "incomplete", tos = "incomplete",
      requirements = { "name", "email", "website", "ubos", "dob.day", "dob", "address.line1",
        "address", "incorporationDocument", "shareholderDocument", "riskAssessment" } })
    assert.same({ "name", "email", "website", "ubos", "dob", "address", "incorporationDocument",
      "shareholderDocument" }, paths)
    assert.same({ "tos", "kyc" }, { rest[1].profile, rest[2].profile })
    assert.equal("riskAssessment", rest[2].criterion)
    assert.is_string(rest[2].why)
  end)

  it("asks for no field when only documents are outstanding", function()
    local paths, rest = missing_fields(samples.customer("v2-get-individual-incomplete"))
    assert.same({}, paths)
    assert.same({ "identity_document", "liveness_report_document" },
      { rest[1].criterion, rest[2].criterion })
    assert.same({}, (missing_fields(nil)))
  end)

  it("has nothing to say of who is approved", function()
    local paths, rest = missing_fields(samples.customer("v1-customer-object-approved"))
    assert.same({ {}, {} }, { paths, rest })
  end)
end)
