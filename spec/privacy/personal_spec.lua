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

  it("tells names of somebody from what else is personal, and both from what is public", function()
    for name, kind in pairs {
      firstName = "name", LAST_NAME = "name", fullName = "name", email = "personal",
      address = "personal", status = "public", taxIdentificationNumberType = "public",
    } do
      for _ = 1, 2 do assert.equal(kind, personal.kind(name), name) end -- also once it is known
    end
    assert.is_false(personal.kind("note"))
    assert.is_false(personal.kind(nil))
    assert.is_false(personal.kind(1))
    for _ = 1, 2 do -- a long name is not kept
      assert.is_false(personal.kind("first" .. ("_"):rep(300) .. "name"))
      assert.equal("public", personal.kind("sta" .. ("_"):rep(300) .. "tus"))
    end
  end)

  it("takes anything for a name", function()
    assert.is_false(personal.is_field(1))
    assert.is_false(personal.is_container(nil))
  end)
end)
