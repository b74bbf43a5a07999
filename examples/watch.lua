-- One idea: wait until a customer may transfer dollars, and tell each change on the way.
--
-- Run it with SPHEREPAY_TOKEN, and SPHEREPAY_BASE_URL unless it is the vendor's:
--   lua5.4 examples/watch.lua <customer id>
-- In the sandbox, where nobody reviews, it creates a customer and plays the reviewer:
--   spherepay sandbox --run 'SPHEREPAY_SANDBOX=1 lua5.4 examples/watch.lua'

local spherepay = require("spherepay")
local verification = spherepay.verification
local check = spherepay.check -- ends the program with one line, fit for a log

local client = spherepay.new({
  token = check(os.getenv("SPHEREPAY_TOKEN"), "set SPHEREPAY_TOKEN"),
  base_url = os.getenv("SPHEREPAY_BASE_URL"),
  ca_file = os.getenv("SPHEREPAY_CA_FILE"),
})
local in_sandbox = os.getenv("SPHEREPAY_SANDBOX") == "1" and os.getenv("SPHEREPAY_BASE_URL")
local dollars = check(verification.policy({ currency = "USD" }))

local id = arg[1]
if not id then
  check(in_sandbox, "give a customer id")
  id = check(client.customer.create({
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
  })).id
end

-- A look at the customer is this reviewer's cue for the next verdict.
local verdicts = { "pending", "resubmission_required", "pending", "approved" }
local function review_and_check(customer)
  local verdict = table.remove(verdicts, 1)
  if verdict then
    check(client:request("POST", "/_sandbox/customer/" .. spherepay.escape(id) .. "/review",
      { json = { status = verdict } }))
  end
  return dollars:check(customer)
end

local customer, err = client.customer.wait_until(id, in_sandbox and review_and_check or dollars, {
  deadline = 24 * 3600,
  interval = in_sandbox and 0.2 or { 1, 60 },
  on_change = function(changes)
    print(os.date("%H:%M:%S"), (tostring(changes):gsub("\n", "\n\t\t")))
  end,
})
if err and err.customer then io.write(verification.render(err.customer)) end
check(customer, err)
print("may transfer dollars")
client:close()
