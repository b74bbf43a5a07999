-- Onboards an individual: create, see what is outstanding, update, read back, see what changed.
--   SPHEREPAY_BASE_URL=... SPHEREPAY_TOKEN=... lua5.4 examples/onboard.lua    (or: make demo)

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local spherepay = require "spherepay"
local verification = spherepay.verification
local check = spherepay.check -- ends the program with one line, fit for a log

local function title(text)
  print("\n== " .. text .. "\n")
end

local color = os.execute "test -t 1" == true and "auto" or false -- plain text for a pipe
local client = require("connect").client -- writes to production with --yes alone

title "client.customer.create"
local customer = check(client.customer.create {
  type = "individual",
  email = "jane.smith@example.com",
  phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
})
print(verification.render(customer, { color = color }))

title "client.customer.update: address, tax number and meta"
local updated = check(client.customer.update(customer.id, {
  address = { line1 = "456 Market Street", city = "San Francisco", state = "CA",
    postalCode = "94105", country = "USA" },
  personalInformation = { taxIdentificationNumber = "123456789",
    taxIdentificationNumberType = "ssn", taxIdentificationNumberCountry = "USA" },
  meta = { internalUserId = "usr_9912" },
}))
print("updated " .. updated.updatedAt)

title "client.customer.get: what changed"
local again, err, response = client.customer.get(customer.id)
check(again, err)
print(verification.diff(customer, again))
print("meta.internalUserId: " .. again.meta.internalUserId)

title "May she transfer USD?"
local report = verification.evaluate(again, { currency = "USD" })
print(report.ready and "yes" or "not yet: the profile is " .. report.status .. ". Next:")
for i, step in ipairs(verification.next_steps(again, { currency = "USD" })) do
  print(("  %d. %-24s %-10s by the %s: %s"):format(i, step.criterion or step.profile, step.kind,
    step.actor, tostring(step.endpoint or step.note)))
end

print(("\n%d calls, %d on a kept connection, the last in %.1f ms (%s)"):format(
  client:stats().calls, client:stats().reused, response.timings.total * 1000, client))
client:close()
