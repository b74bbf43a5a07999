-- An HTTP proxy that tunnels, for specs: lua5.4 spec/support/proxy.lua [CERTIFICATE KEY [old]]
-- It prints its port on 127.0.0.1, and then the head of every request it gets; whoever started it
-- ends it by its pid. CONNECT is obeyed, everything else is refused with 405. With a certificate it
-- speaks TLS; with a third word, no TLS 1.3.

local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local function prepare(sock)
  sock:setmode("b", "bn")
  sock:onerror(function(_, _, code) return code end)
  return sock
end

local function pump(from, to)
  while true do
    local bytes = from:read(-16384)
    if not bytes then break end
    to:write(bytes)
  end
  to:shutdown("w")
end

local function read_head(client)
  local lines = {}
  for bytes in client:lines("*l") do
    local line = bytes:gsub("\r$", "")
    if line == "" then break end
    lines[#lines + 1] = line
  end
  return lines
end

local function new_context()
  local context = require("openssl.ssl.context").new("TLS", true)
  local function read(path)
    local file = assert(io.open(path))
    local text = file:read("a")
    file:close()
    return text
  end
  context:setCertificate(require("openssl.x509").new(read(arg[1])))
  context:setPrivateKey(require("openssl.pkey").new(read(arg[2])))
  if arg[3] then context:setOptions(require("openssl.ssl.context").OP_NO_TLSv1_3) end
  return context
end

local tls = arg[1] and new_context()

local function serve(queue, client)
  prepare(client)
  if tls and not client:starttls(tls) then return client:close() end
  local lines = read_head(client)
  io.stdout:write(table.concat(lines, "\n"), "\n")
  io.stdout:flush()
  local host, port = (lines[1] or ""):match("^CONNECT ([^:]+):(%d+) ")
  if not host then
    client:write("HTTP/1.1 405 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    return client:close()
  end
  local server = prepare(socket.connect(host, port))
  client:write("HTTP/1.1 200 Go ahead\r\nX-From: the proxy\r\n\r\n")
  queue:wrap(pump, client, server)
  pump(server, client)
end

local queue = cqueues.new()
local listener = assert(socket.listen({ host = "127.0.0.1", port = 0 }))
local _, _, port = listener:localname()
io.stdout:write(port, "\n")
io.stdout:flush()
queue:wrap(function()
  for client in listener:clients() do queue:wrap(serve, queue, client) end
end)
for message in queue:errors() do io.stdout:write("failed: ", tostring(message), "\n") end
