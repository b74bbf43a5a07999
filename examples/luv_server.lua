-- One idea: a server on libuv answers each line "customer_..." with where that customer stands.
-- Calls are made in a coroutine per line; the loop serves others meanwhile.
--
-- Run it with SPHEREPAY_TOKEN, and SPHEREPAY_BASE_URL unless it is the vendor's:
--   lua5.4 examples/luv_server.lua [port]        and then:  nc 127.0.0.1 <port>

local spherepay = require("spherepay")
local uv = require("luv")

local client = spherepay.new({
  token = assert(os.getenv("SPHEREPAY_TOKEN"), "set SPHEREPAY_TOKEN"),
  base_url = os.getenv("SPHEREPAY_BASE_URL"),
  ca_file = os.getenv("SPHEREPAY_CA_FILE"),
  loop = "luv",
})

local function status_of(id)
  local customer, err = client.customer.get(id)
  if not customer then return tostring(err) end -- one line, fit for a log
  return id .. " " .. spherepay.verification.evaluate(customer, { currency = "USD" }).status
end

local function serve(peer)
  local rest = ""
  peer:read_start(function(err, data)
    if err or not data then return peer:close() end
    rest = rest .. data
    rest = rest:gsub("([^\r\n]*)\r?\n", function(id)
      coroutine.wrap(function()
        local text = status_of(id)
        if not peer:is_closing() then peer:write(text .. "\n") end
      end)()
      return ""
    end)
  end)
end

local server = uv.new_tcp()
assert(server:bind("127.0.0.1", tonumber(arg[1]) or 0))
assert(server:listen(128, function(err)
  assert(not err, err)
  local peer = uv.new_tcp()
  assert(server:accept(peer))
  serve(peer)
end))

local signal = uv.new_signal()
assert(signal:start("sigterm", function()
  client:close() -- ends the calls under way; their coroutines get an error of kind "cancelled"
  server:close()
  signal:close()
  uv.stop()
end))

print("listening on 127.0.0.1:" .. server:getsockname().port)
io.stdout:flush()
uv.run()
