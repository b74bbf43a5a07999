-- One idea: many customers in one go, with a progress bar: sixteen at a time, inside the rate
-- limit, never more of them in memory than that.
--
-- Run it with SPHEREPAY_TOKEN, and SPHEREPAY_BASE_URL unless it is the vendor's; ids one a line:
--   lua5.4 examples/bulk.lua < ids.txt > statuses.tsv
-- In the sandbox it makes up two hundred customers:
--   spherepay sandbox --run 'SPHEREPAY_SANDBOX=1 lua5.4 examples/bulk.lua'

local spherepay = require("spherepay")

local client = spherepay.new({
  token = assert(os.getenv("SPHEREPAY_TOKEN"), "set SPHEREPAY_TOKEN"),
  base_url = os.getenv("SPHEREPAY_BASE_URL"),
  ca_file = os.getenv("SPHEREPAY_CA_FILE"),
})

local function make_up(count)
  local fns = {}
  for i = 1, count do
    fns[i] = function()
      return client.customer.create({
        type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
        address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
      })
    end
  end
  local ids = {}
  for i, result in ipairs(spherepay.check(client:parallel(fns))) do
    ids[i] = spherepay.check(result[1], result[2]).id
  end
  return ids
end

local ids = {}
if os.getenv("SPHEREPAY_SANDBOX") == "1" and os.getenv("SPHEREPAY_BASE_URL") then
  ids = make_up(200)
else
  for line in io.lines() do ids[#ids + 1] = line end
end

local function draw(done, total)
  local filled = math.floor(40 * done / total)
  local bar = ("#"):rep(filled) .. ("."):rep(40 - filled)
  io.stderr:write(("\r[%s] %d of %d"):format(bar, done, total), done == total and "\n" or "")
end

local failed = 0
for id, customer, err in client.customer.get_many(ids, { on_progress = draw }) do
  if customer then
    local report = spherepay.verification.evaluate(customer, { currency = "USD" })
    print(id, report.ready and "ready" or report.status)
  else
    failed = failed + 1
    print(id, tostring(err)) -- one line, fit for a log
  end
end
client:close()
os.exit(failed == 0 and 0 or 1)
