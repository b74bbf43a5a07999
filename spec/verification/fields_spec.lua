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
    assert.same({
      { criterion = "email_address", path = "email", why = "it is set at creation only" },
      { criterion = "phone_number", path = "phone", why = "it is set at creation only" },
    }, rest)
  end)

  it("says that business data goes through the KYC link", function()
    local paths, rest = missing_fields(customer("business", "legal_name"))
    assert.same({}, paths)
    assert.matches("through the KYC link", rest[1].why, 1, true)
    assert.equal("businessInformation.legalName", rest[1].path)
  end)

  it("says when a request path is not documented", function()
    local paths, rest = missing_fields(customer("business", "is_dao"))
    assert.same({}, paths)
    assert.equal("its request path is not documented", rest[1].why)
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
  end)

  it("counts the documents of v1 as fields, and cannot name an owner", function()
    local paths, rest = missing_fields({ kyc = "incomplete", tos = "approved",
      requirements = { "customerIdentityDocument", "ssn", "address.city", "address.city" },
      ubos = { { requirements = { "ssn" } } } })
    assert.same({ "ssn", "address.city", "identityDocumentFront", "identityDocumentBack" }, paths)
    assert.equal("ubos[].ssn", rest[1].path)
  end)

  it("asks for nothing when only documents are outstanding", function()
    local paths, rest = missing_fields(samples.customer("v2-get-individual-incomplete"))
    assert.same({}, paths)
    assert.same({}, rest)
    assert.same({}, (missing_fields(nil)))
  end)
end)
