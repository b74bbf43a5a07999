-- An HTTP proxy that tunnels, for specs: lua5.4 spec/support/proxy.lua
-- It prints its port on 127.0.0.1, and then the head of every request it gets; whoever started it
-- ends it by its pid. CONNECT is obeyed, everything else is refused with 405.

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
  for line in client:lines("*l") do
    line = line:gsub("\r$", "")
    if line == "" then break end
    lines[#lines + 1] = line
  end
  return lines
end

local function serve(queue, client)
  local lines = read_head(prepare(client))
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
