-- A TLS server that says goodbye, which the fault server cannot:
--   lua5.4 spec/support/tls_goodbye.lua KEY CERTIFICATE
-- It prints its port on 127.0.0.1, and answers every request with a body of no
-- length, close_notify and FIN. Whoever started it ends it by its pid.

local socket = require "socket"
local ssl = require "ssl"

local ANSWER = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"id\":\"customer_sample1\"}"

local listener = assert(socket.bind("127.0.0.1", 0))
print((select(2, listener:getsockname())))
io.stdout:flush()
while true do
  local client = assert(ssl.wrap(assert(listener:accept()),
    { mode = "server", protocol = "any", key = arg[1], certificate = arg[2] }))
  if client:dohandshake() then
    repeat local line = client:receive("*l") until not line or line == ""
    client:send(ANSWER)
  end
  client:close()
end
