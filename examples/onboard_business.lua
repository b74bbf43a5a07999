-- One idea: a business and its owner from nothing to approved, by doing what next_steps says.
--   lua5.4 examples/onboard_business.lua scan.pdf     (with a sandbox: see connect.lua)
package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local spherepay, connect = require "spherepay", require "connect"
local client, people, check = connect.client, connect.people, spherepay.check
local scan = assert(connect.arguments[1], "give a scan: PDF, JPEG, PNG, HEIC or TIFF")

local function at(kind)
  return { type = kind, line1 = "1 Main Street", city = "Dover", state = "DE", country = "USA" }
end
local acme = check(client.customer.create {
  type = "business", email = "contact@acmecorp.example.com", phone = "+14155550123",
  addresses = { at "registered", at "operating" },
  businessInformation = { legalName = "Acme Corporation Inc.", tradeName = "Acme",
    description = "Anvils", entityType = "corporation", naicsCode = "332111",
    website = "https://acmecorp.example.com", incorporatedOn = "2010-03-15",
    identificationNumberType = "ein", identificationNumber = "12-3456789",
    estimatedAnnualRevenueInUsd = 2000000, expectedMonthlyPaymentsInUsd = 50000,
    accountPurpose = "payroll", primarySourceOfFunds = "sales", regulatedActivities = "none" } })
local tax = { taxIdentificationNumber = "123456789", taxIdentificationNumberType = "ssn",
  taxIdentificationNumberCountry = "USA" }
local owner = { email = "jane.smith@example.com", phone = "+14155550123", address = at(),
  personalInformation = tax, representationDetails = { roles = { "ubo" }, title = "CEO",
    ownershipPercentage = 100, isControlPerson = true, isSigner = true,
    relationshipEstablishedAt = "2020-03-15" } }

local function onboard(whom)
  for _, step in ipairs(spherepay.verification.next_steps(whom)) do
    print(step.criterion, step.kind, tostring(step.endpoint or step.note))
    local file = { file = scan, documentType = (step.document_types or {})[1], country = "USA" }
    local answer = step.call and check(client:perform(whom, step,
      step.kind == "document" and file or step.kind == "representative" and owner or nil)) or {}
    if step.kind == "link" then people.open(answer.url) end
    if step.kind == "representative" then onboard(answer) end
  end
  people.review(whom.id)
end
onboard(acme)
print(check(client.customer.wait_until(acme.id, "approved")))
