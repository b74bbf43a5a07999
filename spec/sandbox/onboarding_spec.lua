--- spherepay.sandbox.onboarding, links, document and profiles: a customer's way to verification.

local support = require("spec.support.sandbox")

local INDIVIDUAL = "v2-create-request-individual-tax-id"
local BOUNDARY = "xyz"

local function upload(api, fields, file)
  local lines = {}
  for name, value in pairs(fields) do
    lines[#lines + 1] = "--" .. BOUNDARY .. '\r\nContent-Disposition: form-data; name="' .. name
      .. '"\r\n\r\n' .. value .. "\r\n"
  end
  if file then
    lines[#lines + 1] = "--" .. BOUNDARY .. '\r\nContent-Disposition: form-data; name="file"; '
      .. 'filename="' .. file.name .. '"\r\nContent-Type: ' .. file.type .. "\r\n\r\n"
      .. file.bytes .. "\r\n"
  end
  lines[#lines + 1] = "--" .. BOUNDARY .. "--\r\n"
  return api.call("POST", "/v2/document", table.concat(lines),
    { ["content-type"] = "multipart/form-data; boundary=" .. BOUNDARY })
end

local PDF = { name = "passport_front_20250101.pdf", type = "application/pdf", bytes = "%PDF-" }

local function passport(id)
  return {
    target = "customer", targetId = id, documentType = "passport", country = "USA",
    side = "front", description = "Passport photo page",
  }
end

local function open(api, url)
  local path = url:match("^http://sandbox.test(/.*)$")
  return (api.call("GET", path, nil, { authorization = false }))
end

local function criteria(api, id, which)
  return table.concat(api.profile(id).criteria[which], " ")
end

describe("sandbox onboarding", function()
  local api, id, base
  before_each(function()
    api = support.handler()
    id = api.create(INDIVIDUAL).id
    base = "/v2/customer/" .. id
  end)

  it("leads an individual to pending by the documented ways alone", function()
    local _, tos = api.call("POST", base .. "/tos-link")
    open(api, tos.link)
    for _, kind in ipairs { "email", "phone" } do
      api.call("POST", base .. "/otp-send", { type = kind })
      api.call("POST", base .. "/otp-verify", { type = kind, code = "123456" })
    end
    upload(api, passport(id), PDF)
    assert.equal("liveness_check", criteria(api, id, "required"))
    assert.equal("identity_document", criteria(api, id, "pending"))
    assert.equal("incomplete", api.profile(id).status)
    local _, face = api.call("POST", base .. "/face-verification-link")
    open(api, face.url)
    assert.equal("pending", api.profile(id).status)
    assert.equal("", criteria(api, id, "required"))
    assert.equal("identity_document liveness_check", criteria(api, id, "pending"))
  end)

  it("answers tos-link with 201 and an expiry, and opening it accepts the terms", function()
    local status, tos = api.call("POST", base .. "/tos-link")
    assert.equal(201, status)
    assert.equal("2026-03-09T21:46:31.305Z", tos.expiresAt)
    assert.equal(200, open(api, tos.link))
    local _, customer = api.call("GET", base)
    assert.equal("approved", customer.tosStatus)
  end)

  it("lets a link expire", function()
    local _, tos = api.call("POST", base .. "/tos-link")
    api.time = api.time + 3601
    assert.equal(404, open(api, tos.link))
    local _, customer = api.call("GET", base)
    assert.equal("incomplete", customer.tosStatus)
  end)

  it("answers a face link in the shape of the vendor's sample", function()
    local status, link = api.call("POST", base .. "/face-verification-link")
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v2-face-verification-link-response")),
      support.steady(link))
  end)

  it("gives a kyc-link once all that only the API can send is there", function()
    local other = api.create("v2-create-request-individual-minimal").id
    assert.equal(400, (api.call("POST", "/v2/customer/" .. other .. "/kyc-link")))
    local status, link = api.call("POST", base .. "/kyc-link")
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v2-kyc-link-response")), support.steady(link))
    open(api, link.url)
    assert.equal("pending", api.profile(id).status)
  end)

  it("answers codes in the shape of the vendor's samples", function()
    local status, sent = api.call("POST", base .. "/otp-send",
      support.sample("v2-otp-send-request"))
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v2-otp-send-response")), support.steady(sent))
    local verified
    status, verified = api.call("POST", base .. "/otp-verify",
      support.sample("v2-otp-verify-request"))
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v2-otp-verify-response")), support.steady(verified))
  end)

  it("refuses a wrong, unsent, used or late code", function()
    local right = { type = "email", code = "123456" }
    local verify = base .. "/otp-verify"
    assert.equal(400, (api.call("POST", verify, right)))
    api.call("POST", base .. "/otp-send", { type = "email" })
    assert.equal(400, (api.call("POST", verify, { type = "email", code = "654321" })))
    assert.equal(400, (api.call("POST", verify, { type = "phone", code = "123456" })))
    assert.equal(422, (api.call("POST", verify, { type = "email", code = 123456 })))
    assert.equal(422, (api.call("POST", verify, { type = "email", code = "" })))
    assert.equal(422, (api.call("POST", verify, { type = "post", code = "1" })))
    assert.equal(200, (api.call("POST", verify, right)))
    assert.equal(400, (api.call("POST", verify, right)))
    api.call("POST", base .. "/otp-send", { type = "email" })
    api.time = api.time + 601
    assert.equal(400, (api.call("POST", verify, right)))
  end)

  it("answers submit-verification without changing anything", function()
    local before = api.profile(id)
    local status, value = api.call("POST", base .. "/submit-verification")
    assert.equal(200, status)
    assert.same(support.steady(support.sample("v2-submit-verification-response")),
      support.steady(value))
    assert.same(before, api.profile(id))
  end)

  it("shows a browser a page, whose button plays the customer's part", function()
    for name, words in pairs {
      ["tos-link"] = "Accept the terms", ["face-verification-link"] = "Show the face",
    } do
      local _, link = api.call("POST", base .. "/" .. name)
      local path = (link.url or link.link):match("^%a+://[^/]+(/.*)$")
      local before = api.profile(id)
      local status, _, response = api.call("GET", path, nil, { accept = "text/html,*/*" })
      assert.equal(200, status)
      assert.matches("text/html", response.headers["content-type"])
      assert.matches(words, response.body, 1, true)
      assert.matches('<form method="post">', response.body, 1, true)
      assert.same(before, api.profile(id))
      status, _, response = api.call("POST", path, "", { accept = "text/html,*/*" })
      assert.equal(200, status)
      assert.matches("Done", response.body)
      assert.are_not.same(before, api.profile(id))
    end
    local status, _, response = api.call("GET", "/_sandbox/open/sbx_0", nil,
      { accept = "text/html" })
    assert.equal(404, status)
    assert.matches("No such link", response.body)
  end)

  it("answers 404 for an unknown customer on every endpoint", function()
    for _, name in ipairs {
      "tos-link", "kyc-link", "otp-send", "otp-verify", "face-verification-link",
      "submit-verification",
    } do
      assert.equal(404, (api.call("POST", "/v2/customer/customer_none/" .. name)))
    end
  end)

  it("speaks the shapes of 2025", function()
    api = support.handler { generation = "v2-2025" }
    local old = api.create("v2-create-request-individual-2025-mid")
    base = "/v2/customer/" .. old.id
    local _, tos = api.call("POST", base .. "/tos-link")
    assert.same({ link = "<link>" }, support.steady(tos))
    assert.equal(200, (api.call("GET", base .. "/kyc-link")))
    local sent = support.sample("v2-otp-send-response-2025")
    local verified = support.sample("v2-otp-verify-response-2025")
    sent.contact, verified.contact = old.email, old.email
    local _, value = api.call("POST", base .. "/otp-send", { type = "email" })
    assert.same(support.steady(sent), support.steady(value))
    _, value = api.call("POST", base .. "/otp-verify", { type = "email", code = 123456 })
    assert.same(support.steady(verified), support.steady(value))
    _, value = api.call("POST", base .. "/submit-verification")
    assert.same({ id = old.id }, value)
  end)

  it("serves GET kyc-link in 2025 only", function()
    assert.equal(404, (api.call("GET", base .. "/kyc-link")))
  end)
end)

describe("sandbox POST /v2/document", function()
  local api, id
  before_each(function()
    api = support.handler()
    id = api.create(INDIVIDUAL).id
  end)

  it("answers 201 in the shape of the vendor's sample", function()
    local sample = support.sample("v2-document-upload-response")
    sample.fileSize = 5
    local status, value = upload(api, passport(id), PDF)
    assert.equal(201, status)
    assert.same(support.steady(sample), support.steady(value))
  end)

  it("names what is missing or wrong", function()
    local status, problem = upload(api, { target = "you", country = "US" })
    assert.equal(422, status)
    local list = {}
    for i, item in ipairs(problem.errors) do list[i] = item.pointer end
    assert.equal("/target /targetId /documentType /country /file", table.concat(list, " "))
  end)

  it("refuses a type that the target does not have, and an identity without its country",
    function()
      local fields = passport(id)
      fields.documentType = "incorporation_cert"
      local status, problem = upload(api, fields, PDF)
      assert.equal(422, status)
      assert.equal("/documentType", problem.errors[1].pointer)
      fields.documentType, fields.country = "id_card", nil
      status, problem = upload(api, fields, PDF)
      assert.equal(422, status)
      assert.equal("/country", problem.errors[1].pointer)
    end)

  it("refuses other file types and more than 15 MB", function()
    local text = { name = "a.txt", type = "text/plain", bytes = "x" }
    assert.equal(422, (upload(api, passport(id), text)))
    local large = { name = "a.pdf", type = "application/pdf",
      bytes = "%PDF-" .. string.rep("x", 15728636) }
    assert.equal(422, (upload(api, passport(id), large)))
  end)

  it("knows a file by its first bytes, whatever it is called", function()
    for _, bytes in ipairs { "\255\216\255\224", "\137PNG\r\n\26\n", "II*\0", "MM\0*",
      "\0\0\0\24ftypheic\0\0\0\0mif1heic", "x%PDF-1.7" } do
      local named = { name = "a.txt", type = "text/plain", bytes = bytes }
      assert.equal(201, (upload(api, passport(id), named)))
    end
    for _, bytes in ipairs { "GIF89a", "<html>", "", "\0\0\0\24ftypmp42" } do
      local named = { name = "a.pdf", type = "application/pdf", bytes = bytes }
      assert.equal(422, (upload(api, passport(id), named)))
    end
  end)

  it("refuses JSON with 400 and an unknown target with 404", function()
    local status = api.call("POST", "/v2/document", "{}", { ["content-type"] = "application/json" })
    assert.equal(400, status)
    assert.equal(404, (upload(api, passport("customer_none"), PDF)))
  end)

  it("accepts the names of 2025 in 2025 only", function()
    local fields = { target = "customer", targetId = id, documentType = "drivers_license",
      country = "USA" }
    assert.equal(422, (upload(api, fields, PDF)))
    api = support.handler { generation = "v2-2025" }
    fields.targetId = api.create("v2-create-request-individual-2025-mid").id
    fields.country = nil
    assert.equal(201, (upload(api, fields, PDF)))
    fields.documentType = "proof_of_address"
    assert.equal(201, (upload(api, fields, PDF)))
    local pending = api.profile(fields.targetId).criteria.pending
    assert.same({ "proof_of_address", "identification_document" }, pending)
  end)
end)

describe("sandbox review", function()
  local api, id
  before_each(function()
    api = support.handler()
    id = api.create(INDIVIDUAL).id
  end)

  local function review(body)
    return api.call("POST", "/_sandbox/customer/" .. id .. "/review", body)
  end

  it("approves: every criterion is complete", function()
    assert.equal(200, (review { status = "approved" }))
    assert.equal("approved", api.profile(id).status)
    assert.equal("", criteria(api, id, "required"))
    assert.equal(9, #api.profile(id).criteria.complete)
  end)

  it("rejects with errors, and what is sent later does not undo it", function()
    review {
      status = "rejected", errors = { { name = "residential_address", detail = "Not found" } },
    }
    api.call("PATCH", "/v2/customer/" .. id, support.sample("v2-patch-request-address-meta"))
    assert.equal("rejected", api.profile(id).status)
    assert.same({ { name = "residential_address", detail = "Not found" } },
      api.profile(id).criteria.errors)
  end)

  it("asks again for what resubmission names, until it has been sent", function()
    local _, link = api.call("POST", "/v2/customer/" .. id .. "/kyc-link")
    open(api, link.url)
    review {
      status = "resubmission_required",
      errors = { "identity_document", { name = "residential_address", detail = "PO box" } },
    }
    assert.equal("residential_address identity_document", criteria(api, id, "required"))
    assert.equal(2, #api.profile(id).criteria.errors)
    upload(api, passport(id), PDF)
    assert.same({ { name = "residential_address", detail = "PO box" } },
      api.profile(id).criteria.errors)
    api.call("PATCH", "/v2/customer/" .. id, support.sample("v2-patch-request-address-meta"))
    assert.equal("pending", api.profile(id).status)
    assert.same({}, api.profile(id).criteria.errors)
  end)

  it("sets tosStatus, alone or with a verdict", function()
    local _, value = review { tosStatus = "approved" }
    assert.equal("approved", value.tosStatus)
    assert.is_truthy(criteria(api, id, "complete"):find("terms_of_service", 1, true))
    review { tosStatus = "incomplete" }
    assert.is_truthy(criteria(api, id, "required"):find("terms_of_service", 1, true))
  end)

  it("begins the review when only the terms were missing", function()
    local base = "/v2/customer/" .. id
    for _, kind in ipairs { "email", "phone" } do
      api.call("POST", base .. "/otp-send", { type = kind })
      api.call("POST", base .. "/otp-verify", { type = kind, code = "123456" })
    end
    upload(api, passport(id), PDF)
    local _, face = api.call("POST", base .. "/face-verification-link")
    open(api, face.url)
    assert.same({ "incomplete", "terms_of_service" },
      { api.profile(id).status, criteria(api, id, "required") })
    local status, before = review { tosStatus = "approved" }
    assert.same({ 200, "pending" }, { status, before.verificationProfiles[1].status })
    assert.equal("pending", api.profile(id).status)
  end)

  it("judges one profile of several by name", function()
    api = support.handler { generation = "v2-2025" }
    id = api.create("v2-create-request-individual-2025-mid").id
    review { profile = "kyc_profile_c", status = "approved" }
    local _, customer = api.call("GET", "/v2/customer/" .. id)
    assert.equal("incomplete", customer.verificationProfiles[1].status)
    assert.same({ name = "kyc_profile_c", status = "approved" },
      customer.verificationProfiles[3])
  end)

  it("refuses what it does not understand, and an unknown customer", function()
    assert.equal(400, (review {}))
    assert.equal(400, (review { status = "maybe" }))
    assert.equal(400, (review { tosStatus = "maybe" }))
    assert.equal(400, (review { status = "approved", profile = "other" }))
    assert.equal(400, (review { status = "rejected", errors = { { detail = "no name" } } }))
    id = "customer_none"
    assert.equal(404, (review { status = "approved" }))
  end)
end)
