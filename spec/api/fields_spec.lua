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

-- What is a person's, or secret, in each object that has such fields.
local ADDRESS = "line1 line2 city state postalCode"
local OWNER = "firstName lastName dob ssn identityDocumentFront identityDocumentBack"
  .. " employmentStatus expectedMonthlyPayments mostRecentOccupation email phoneNumber address"
local OLD_REQUEST = "meta lookupKey website proofOfAddressDocument ein name description"
  .. " thirdPartyMessage incorporationDocument shareholderDocument statementOfFunds"
  .. " sourceOfFundsDescription " .. OWNER
local PERSONAL = {
  v2 = {
    address = ADDRESS, business_address = ADDRESS,
    personal_information = "firstName middleName lastName dateOfBirth taxIdentificationNumber"
      .. " taxIdentificationNumberDescription gender countryOfBirth nationality residencyCountry"
      .. " occupationSocCode sourceOfFunds",
    business_information = "legalName tradeName description website identificationNumber",
    individual = "email phone address personalInformation meta",
    business = "email phone addresses address businessInformation meta",
    individual_update = "address personalInformation meta",
    representative = "email phone address personalInformation representationDetails firstName"
      .. " middleName lastName dateOfBirth",
    representative_update = "address personalInformation representationDetails",
    document_upload = "file description", code_verify = "code",
    customer_filters = "email search",
    customer = "email phone firstName middleName lastName dateOfBirth businessLegalName"
      .. " businessTradeName personalInformation meta",
    representative_answer = "email phone address representationDetails",
    document = "description fileName", link = "url link",
  },
  v1 = {
    address = ADDRESS, date_of_birth = "day month year", owner = OWNER,
    customer_create = OLD_REQUEST, customer_update = OLD_REQUEST,
    customer = "meta lookupKey firstName lastName website description thirdPartyMessage"
      .. " sourceOfFunds email phoneNumber address",
    owner_answer = "firstName lastName email phoneNumber address", link = "url",
    webhook = "url description secret signingSecret",
  },
}

-- Without which the API refuses a request.
local REQUIRED = {
  v2 = {
    individual = "type email phone address",
    business = "type email phone addresses businessInformation",
    representative = "customerId type email phone address",
    document_upload = "target targetId documentType file", code_send = "type",
    code_verify = "type code",
  },
  v1 = {},
}

-- Characters of strings and bounds of numbers: least, most.
local BOUNDS = {
  ["v2.personal_information.middleName"] = { 1, 255 },
  ["v2.personal_information.taxIdentificationNumberType"] = { 1 },
  ["v2.personal_information.taxIdentificationNumberCountry"] = { 1 },
  ["v2.personal_information.occupationSocCode"] = { 1, 20 },
  ["v2.individual.email"] = { nil, 254 },
  ["v2.business.email"] = { nil, 254 },
  ["v2.representative.email"] = { nil, 254 },
  ["v2.representative.middleName"] = { 1, 255 },
  ["v2.code_verify.code"] = { 1, 10 },
  ["v2.customer_filters.search"] = { 1, 255 },
  ["v1.date_of_birth.day"] = { 1, 31 },
  ["v1.date_of_birth.month"] = { 1, 12 },
  ["v1.date_of_birth.year"] = { 1000, 9999 },
}

-- The values that are known; "closed" lists are refused others before a request is sent.
local KINDS = "individual business"
local ACTIVITIES = "none_of_the_above adult_entertainment gambling hold_client_funds"
  .. " investment_activities lending_banking marijuana_or_related_services money_services"
  .. " operate_foreign_exchange_virtual_currencies_brokerage_otc safe_deposit_box_rentals"
  .. " third_party_payment_processing weapons_firearms_and_explosives"
local SIGNED = "incomplete pending approved"
local CLOSED = {
  ["v2.individual.type"] = KINDS, ["v2.business.type"] = KINDS,
  ["v2.individual_update.type"] = KINDS, ["v2.representative.type"] = "individual",
  ["v2.personal_information.gender"] = "male female other",
  ["v2.personal_information.sourceOfFunds"] = "salary business_income investment_returns"
    .. " inheritance gift savings other",
  ["v2.document_upload.target"] = "customer business_representative",
  ["v2.document_upload.side"] = "front back",
  ["v2.code_send.type"] = "email phone", ["v2.code_verify.type"] = "email phone",
  ["v1.customer_create.type"] = KINDS, ["v1.customer_update.type"] = KINDS,
  ["v1.customer.type"] = KINDS,
  ["v1.customer_create.businessType"] = KINDS, ["v1.customer_update.businessType"] = KINDS,
  ["v1.customer_create.highRiskActivities"] = ACTIVITIES,
  ["v1.customer_update.highRiskActivities"] = ACTIVITIES,
  ["v1.customer_update.estimatedAnnualRevenueUsd"] = "_0_99999 _100000_999999 _1000000_9999999"
    .. " _10000000_49999999 _50000000_249999999 _250000000_plus",
}
local OPEN = {
  ["v2.business_address.type"] = "registered operating",
  ["v2.personal_information.taxIdentificationNumberType"] = "ssn itin cpf other",
  ["v2.document_upload.documentType"] = "drivers id_card passport residence_permit"
    .. " liveness_report incorporation_cert shareholder_registry proof_of_address",
  ["v2.customer_filters.status"] = "incomplete pending approved rejected",
  ["v2.customer_filters.type"] = KINDS, ["v2.customer.type"] = KINDS,
  ["v2.customer.tosStatus"] = SIGNED,
  ["v2.verification_profile.status"] = "incomplete pending approved rejected"
    .. " resubmission_required",
  ["v1.customer.kyc"] = "incomplete pending additionalReviewRequired approved rejected",
  ["v1.customer.tos"] = SIGNED, ["v1.customer.euAccountTos"] = SIGNED,
  ["v1.customer.msa"] = "incomplete pending approved declined voided",
  ["v1.customer.operatingResidency"] = "incomplete approved rejected",
  ["v1.verification_level.name"] = "ach_pull",
  ["v1.verification_level.status"] = "approved pending retry document suspended rejected"
    .. " incomplete convereted_to_user",
}

-- { version = { object = { name = true } } } of the fields that have the mark.
local function marked(mark)
  local found = { v1 = {}, v2 = {} }
  each_field(function(field, place, version)
    local object = place:match "^%w+%.([%w_]+)"
    if field[mark] then
      found[version][object] = found[version][object] or {}
      found[version][object][field[1]] = true
    end
  end)
  return found
end

local function set_of(words)
  local set = {}
  for word in words:gmatch "%S+" do set[word] = true end
  return set
end

local function sets_of(versions)
  local sets = {}
  for version, objects in pairs(versions) do
    sets[version] = {}
    for name, words in pairs(objects) do sets[version][name] = set_of(words) end
  end
  return sets
end

local function lists_of(mark)
  local lists = {}
  each_field(function(field, place)
    lists[place] = field[mark] and table.concat(field[mark], " ")
  end)
  return lists
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

  it("mark what is a person's or secret, and nothing else", function()
    assert.same(sets_of(PERSONAL), marked "personal")
  end)

  it("mark what a request needs", function()
    assert.same(sets_of(REQUIRED), marked "required")
  end)

  it("bound what is bounded", function()
    local bounds = {}
    each_field(function(field, place)
      if field.min or field.max then bounds[place] = { field.min, field.max } end
    end)
    assert.same(BOUNDS, bounds)
  end)

  it("list the values that are known", function()
    assert.same(CLOSED, lists_of "enum")
    assert.same(OPEN, lists_of "open")
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
