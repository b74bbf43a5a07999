-- One idea: a rule that decides who may transfer, kept apart from the code that asks it.
--
-- Run it with SPHEREPAY_TOKEN, and SPHEREPAY_BASE_URL unless it is the vendor's:
--   lua5.4 examples/gatekeeping.lua [customer id]
-- Without an id it creates a customer of its own and judges that one; in production only with
-- --yes in place of the id.

package.path = (arg[0]:match("^(.*/)") or "./") .. "?.lua;" .. package.path
local spherepay = require("spherepay")
local verification = spherepay.verification

-- Plain data: it could as well come from a configuration file.
local RULE = {
  all = {
    { currency = "USD" },
    { none = { { criterion = "identity_document", state = "error" } } },
    { field = "type", one_of = { "individual", "business" } },
  },
}

local function fail(err)
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end

local gate, bad_rule = verification.policy(RULE)
if not gate then return fail(bad_rule) end

local token = os.getenv("SPHEREPAY_TOKEN")
if not token then fail("set SPHEREPAY_TOKEN") end

local id = arg[1] ~= "--yes" and arg[1] or nil
local client = id and spherepay.new({
  token = token,
  base_url = os.getenv("SPHEREPAY_BASE_URL"),
  ca_file = os.getenv("SPHEREPAY_CA_FILE"),
}) or require("connect").client -- writes to production with --yes alone

if not id then
  local created, err = client.customer.create({
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = {
      line1 = "233 South Wacker Drive", city = "Chicago", state = "IL", postalCode = "60606",
      country = "USA",
    },
  })
  if not created then return fail(err) end
  id = created.id
end

local customer, err = client.customer.get(id)
if not customer then return fail(err) end

if gate:check(customer) then
  print("may transfer")
else
  print("may not transfer, because")
  print(gate:explain(customer))
  print()
  io.write(verification.render(customer))
end
client:close()
