-- What each of two threads does for make tsan: clients that call while the thread that watches for
-- nginx looks at their descriptor, and that are closed or left to the collector. The address is the
-- environment's.

local core = require "spherepay.core"
local spherepay = require "spherepay"
local unix = require "socket.unix"

local BASE = assert(os.getenv "SPHEREPAY_BASE_URL")
local ROUNDS, CALLS = 10, 4

-- The thread of the watch, told to look at the client's descriptor.
local function watch(client)
  local sock, seen = assert((unix.stream or unix)()), assert(core.watch())
  assert(sock:connect(seen:path()))
  assert(seen:start(assert(client:pollfd())))
  return function()
    seen:close()
    sock:close()
  end
end

for round = 1, ROUNDS do
  local client = spherepay.new { token = "key", base_url = BASE, rate_limit = false }
  local stop = watch(client)
  for _ = 1, CALLS do
    client:spawn(function() assert(client.customer.get "customer_sample1") end)
  end
  client:run()
  assert(spherepay.redact { token = "secret_0123456789abcdef" })
  stop()
  if round % 2 == 0 then client:close() end
  client = nil
  collectgarbage()
end
