-- One idea: an individual from nothing to approved, by doing what next_steps says, one call a step.
--   lua5.4 examples/onboard_individual.lua passport.pdf     (with a sandbox: see connect.lua)

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local spherepay, connect = require "spherepay", require "connect"
local client, people, check = connect.client, connect.people, spherepay.check
local passport = assert(connect.arguments[1], "give a passport: PDF, JPEG, PNG, HEIC or TIFF")

local address = { line1 = "233 South Wacker Drive", city = "Chicago", state = "IL",
  postalCode = "60606", country = "USA" }
local jane = check(client.customer.create {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123", address = address,
})

local INPUT = {
  field = { address = address, personalInformation = { taxIdentificationNumber = "123456789",
    taxIdentificationNumberType = "ssn", taxIdentificationNumberCountry = "USA" } },
  document = { file = passport, documentType = "passport", country = "USA" },
}

for _, step in ipairs(spherepay.verification.next_steps(jane)) do
  print(step.criterion, step.kind, tostring(step.endpoint or step.note))
  local answer = step.call and check(client:perform(jane, step, INPUT[step.kind])) or {}
  if step.kind == "link" then people.open(answer.url) end
  if step.kind == "otp" then
    local code = people.read_code(step.endpoint.params.type)
    check(client:perform(jane, step, { code = code }))
  end
end

people.review(jane.id)
print(check(client.customer.wait_until(jane.id, "approved")))
client:close()
