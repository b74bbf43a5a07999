-- One idea: a server on cqueues answers each line "customer_..." with where that customer stands.
-- A call in a coroutine of the controller waits there, and the controller serves others.
--
-- Run it with SPHEREPAY_TOKEN, and SPHEREPAY_BASE_URL unless it is the vendor's:
--   lua5.4 examples/cqueues_server.lua [port]        and then:  nc 127.0.0.1 <port>

local cqueues = require("cqueues")
local signal = require("cqueues.signal")
local socket = require("cqueues.socket")
local spherepay = require("spherepay")

-- loop = "auto": inside a running controller that is cqueues.
local client = spherepay.new({
  token = assert(os.getenv("SPHEREPAY_TOKEN"), "set SPHEREPAY_TOKEN"),
  base_url = os.getenv("SPHEREPAY_BASE_URL"),
  ca_file = os.getenv("SPHEREPAY_CA_FILE"),
})
local controller = cqueues.new()
local server = assert(socket.listen("127.0.0.1", tonumber(arg[1]) or 0))

local function status_of(id)
  local customer, err = client.customer.get(id)
  if not customer then return tostring(err) end -- one line, fit for a log
  return id .. " " .. spherepay.verification.evaluate(customer, { currency = "USD" }).status
end

local function serve(peer)
  local id = peer:read("*l")
  while id and peer:write(status_of(id), "\n") and peer:flush() do id = peer:read("*l") end
  peer:close()
end

controller:wrap(function()
  while true do
    local peer = server:accept()
    if peer then controller:wrap(function() serve(peer) end) end
  end
end)

local ending = false
signal.block(signal.SIGTERM)
controller:wrap(function()
  signal.listen(signal.SIGTERM):wait()
  client:close() -- ends the calls under way; their coroutines get an error of kind "cancelled"
  ending = true
end)

assert(server:listen())
print("listening on 127.0.0.1:" .. select(3, server:localname()))
io.stdout:flush()
while not ending do
  local ok, message = controller:step()
  if not ok then io.stderr:write(tostring(message), "\n") end
end
