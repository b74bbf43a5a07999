local personal = require "spherepay.privacy.personal"

describe("personal", function()
  it("knows the personal fields of v2 and of v1", function()
    for _, name in ipairs {
      "firstName", "middleName", "lastName", "dateOfBirth", "taxIdentificationNumber", "email",
      "phone", "phoneNumber", "dob", "ssn", "ein", "identityDocumentFront", "link", "url",
      "businessLegalName", "secret", "lookupKey",
    } do
      assert.is_true(personal.is_field(name), name)
    end
  end)

  it("ignores case and naming style", function()
    for _, name in ipairs { "first_name", "FIRSTNAME", "Set-Cookie", "Authorization" } do
      assert.is_true(personal.is_field(name), name)
    end
  end)

  it("leaves ids, types, statuses and times alone", function()
    for _, name in ipairs {
      "id", "type", "status", "kyc", "tosStatus", "createdAt", "verificationProfiles", "code",
      "taxIdentificationNumberType", "documentType", "correlationId", "businessNumber", "country",
    } do
      assert.is_false(personal.is_field(name), name)
      assert.is_false(personal.is_container(name), name)
    end
  end)

  it("knows the objects whose every member is personal", function()
    for _, name in ipairs { "address", "addresses", "personalInformation", "meta", "dob" } do
      assert.is_true(personal.is_container(name), name)
    end
  end)

  it("takes anything for a name", function()
    assert.is_false(personal.is_field(1))
    assert.is_false(personal.is_container(nil))
  end)
end)
