-- Never run: what lua-language-server must mark. `make check-types` demands a warning at each line
-- that ends in "-- wrong", and none at any other.

local spherepay = require "spherepay"
local check, verification = spherepay.check, spherepay.verification

local client = spherepay.new { token = "key", timeout = 3 }
spherepay.new { token = "key", timout = 3 } -- wrong
spherepay.new { token = "key", environment = "sandpit" } -- wrong

local address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" }
local customer = check(client.customer.create {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = address, personalInformation = { firstName = "Jane", gender = "female" },
})
client.customer.create {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123", address = address,
  emial = "jane.smith@example.com", -- wrong
}
client.customer.create {
  type = "indvidual", -- wrong
  email = "jane.smith@example.com", phone = "+14155550123", address = address,
}
client.customer.create {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", ctiy = "Chicago" }, -- wrong
}
client.customer.update(customer.id, { meta = { tier = "gold" } })
client.customer.update(customer.id, { mta = { tier = "gold" } }) -- wrong
client.customer.get(customer.id, { deadline = 3 })
client.customer.get(customer.id, { deadlin = 3 }) -- wrong
client.customer.list { stauts = "approved" } -- wrong
client.customer.send_code(customer.id, "emial") -- wrong
client.document.upload { targetId = customer.id, documentType = "passport", flie = "x" } -- wrong

client.customer.get_many({ customer.id }, { concurency = 4 }) -- wrong
client.customer.create_many({}, { jornal = "x" }) -- wrong
for _, one, failure in client.customer.get_many { customer.id } do
  print(one and one.id or failure)
  print(one and one.idd) -- wrong
end

print(customer.id, customer.verificationProfiles)
print(customer.idd) -- wrong
print(client.custmer) -- wrong

client.customer.wait_until(customer.id, "approved", { deadline = 60 })
client.customer.wait_until(customer.id, "aproved") -- wrong
client.customer.wait_until(customer.id, "approved", { deadlin = 60 }) -- wrong

verification.evaluate(customer, { currency = "USD" })
verification.evaluate(customer, { currency = "UDS" }) -- wrong
verification.can_transfer(customer, "UDS") -- wrong
local policy = check(verification.policy { all = { { currency = "USD" } } })
verification.policy { currency = "UDS" } -- wrong
verification.policy { profile = "kyc_profile_a", status = "aproved" } -- wrong
verification.policy { all = { { curency = "USD" } } } -- wrong

spherepay.gate.new { client = client, policy = policy, shm = "spherepay", ttl = 60 }
spherepay.gate.new { client = client, policy = policy, shm = "spherepay", tll = 60 } -- wrong

local _, err = client.customer.get(customer.id)
if err then print(err.kind, err.message) end
if err then print(err.kinds) end -- wrong
