-- The data about fields: whole in itself, and in agreement with the vendor's own samples.

local cjson = require "cjson"

local fields = require "spherepay.api.fields"

local TYPES = {
  string = true, number = true, integer = true, boolean = true, email = true, phone = true,
  country = true, date = true, time = true, object = true, list = true, meta = true,
  document = true,
}
local MARKS = {
  of = true, enum = true, open = true, min = true, max = true, required = true, personal = true,
}

-- Calls `check(field, place)` for each field of each object.
local function each_field(check)
  for version, objects in pairs(fields) do
    for name, list in pairs(objects) do
      for _, field in ipairs(list) do
        check(field, version .. "." .. name .. "." .. field[1], version)
      end
    end
  end
end

local function names_of(list)
  local names = {}
  for _, field in ipairs(list) do names[#names + 1] = field[1] end
  return names
end

local function find(list, name)
  for _, field in ipairs(list) do
    if field[1] == name then return field end
  end
end

-- The members of a sample that the object, read by its fields, does not have.
local function undocumented(version, object, value, place, found)
  for name, member in pairs(value) do
    local field = find(fields[version][object], name)
    local here = place .. "/" .. tostring(name)
    if not field then
      found[#found + 1] = here
    elseif type(member) == "table" and fields[version][field.of] then
      local items = field[2] == "list" and member or { member }
      for _, item in ipairs(items) do undocumented(version, field.of, item, here, found) end
    end
  end
  return found
end

local function sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json"))
  local text = file:read "*a"
  file:close()
  return cjson.decode(text)
end

describe("The fields of the API", function()
  it("have types and marks that are explained", function()
    each_field(function(field, place)
      assert.is_true(field[2] == nil or TYPES[field[2]] == true, place)
      for mark in pairs(field) do
        assert.is_true(type(mark) == "number" or MARKS[mark] == true, place .. " " .. mark)
      end
    end)
  end)

  it("refer to objects that are there", function()
    each_field(function(field, place, version)
      local is_object = field.of and field.of ~= "string"
      if is_object then assert.is_table(fields[version][field.of], place) end
    end)
  end)

  it("come once in an object", function()
    for version, objects in pairs(fields) do
      for name, list in pairs(objects) do
        local seen = {}
        for _, field in ipairs(list) do
          assert.is_nil(seen[field[1]], version .. "." .. name .. "." .. field[1])
          seen[field[1]] = true
        end
      end
    end
  end)

  it("hold what the pages list of an individual and of a person", function()
    assert.same({ "type", "email", "phone", "address", "personalInformation", "meta" },
      names_of(fields.v2.individual))
    assert.same({
      "firstName", "middleName", "lastName", "dateOfBirth", "taxIdentificationNumber",
      "taxIdentificationNumberType", "taxIdentificationNumberCountry",
      "taxIdentificationNumberDescription", "gender", "countryOfBirth", "nationality",
      "residencyCountry", "occupationSocCode", "sourceOfFunds",
    }, names_of(fields.v2.personal_information))
  end)

  it("mark names, contacts and numbers as personal", function()
    for _, name in ipairs { "firstName", "dateOfBirth", "taxIdentificationNumber" } do
      assert.is_true(find(fields.v2.personal_information, name).personal, name)
    end
    for _, name in ipairs { "ssn", "dob", "ein", "email", "phoneNumber", "address" } do
      assert.is_true(find(fields.v1.customer_create, name).personal, name)
    end
  end)

  for name, case in pairs {
    ["v2-get-individual-incomplete"] = { "v2", "customer" },
    ["v2-get-individual-tos-status"] = { "v2", "customer" },
    ["v2-get-business-from-schema-examples"] = { "v2", "customer" },
    ["v2-get-individual-from-schema-examples"] = { "v2", "customer" },
    ["v2-list-response"] = { "v2", "customer_page" },
    ["v2-representative-get"] = { "v2", "representative_answer" },
    ["v2-representative-list"] = { "v2", "representative_page" },
    ["v2-representative-create-request"] = { "v2", "representative" },
    ["v2-document-upload-response"] = { "v2", "document" },
    ["v2-document-upload-form-fields"] = { "v2", "document_upload" },
    ["v2-create-request-individual-tax-id"] = { "v2", "individual" },
    ["v2-create-request-business-partial"] = { "v2", "business" },
    ["v2-patch-request-full"] = { "v2", "individual_update" },
    ["v2-kyc-link-response"] = { "v2", "link" },
    ["v2-tos-link-response-2025-redacted"] = { "v2", "link" },
    ["v2-otp-send-response"] = { "v2", "code_sent" },
    ["v2-otp-verify-response"] = { "v2", "code_verified" },
    ["v2-error-422-problem"] = { "v2", "problem" },
    ["webhook-delivery-2026-staging"] = { "v2", "event" },
    ["v1-create-request"] = { "v1", "customer_create" },
    ["v1-update-request"] = { "v1", "customer_update" },
  } do
    it("cover the sample " .. name, function()
      assert.same({}, undocumented(case[1], case[2], sample(name), "", {}))
    end)
  end

  it("cover the customer of the v1 samples", function()
    for _, name in ipairs { "v1-create-response", "v1-get-response", "v1-update-response" } do
      assert.same({}, undocumented("v1", "customer", sample(name).data.customer, "", {}), name)
    end
  end)
end)
