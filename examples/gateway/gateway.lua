-- The gate of this gateway: made once, before nginx starts its workers, and used by nginx.conf.
-- It returns the gate; a mistake in here keeps nginx from starting.

local spherepay = require "spherepay"

local client = spherepay.new {
  token = assert(os.getenv "SPHEREPAY_TOKEN", "set SPHEREPAY_TOKEN"),
  base_url = os.getenv "SPHEREPAY_BASE_URL",
  ca_file = os.getenv "SPHEREPAY_CA_FILE",
  shm = "spherepay_calls", -- one rate limit for all workers
}

return spherepay.gate.new {
  client = client,
  policy = spherepay.check(spherepay.verification.policy { currency = "USD" }),
  shm = "spherepay_gate",
  ttl = 60, -- seconds for which an approved customer is not looked up again
  negative_ttl = 5, -- the same for the others, who wait to be approved
  stale_ttl = 300, -- beyond ttl he may still pass while that happens, this long at most
  deadline = 3, -- no request waits longer than that for SpherePay
  fail = "closed", -- nobody passes while SpherePay cannot be asked
  facts = function(customer) -- kept beside, for the application: no personal data
    return { type = customer.type, tier = customer.meta and customer.meta.tier }
  end,
}
