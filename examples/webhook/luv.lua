-- One idea: a server on libuv takes SpherePay's deliveries: verifies each over its raw bytes, acts
-- once on each event, and answers at once. Put it behind something that speaks TLS. The same in
-- nginx, with a gate that forgets the customer: examples/gateway/webhooks.lua.
--
--   SPHEREPAY_WEBHOOK_SECRET=... lua5.4 examples/webhook/luv.lua [port]

local spherepay = require "spherepay"
local uv = require "luv"

local SECRET = assert(os.getenv "SPHEREPAY_WEBHOOK_SECRET", "set SPHEREPAY_WEBHOOK_SECRET")
local MOST = 1024 * 1024 -- bytes of a delivery

-- Deliveries come at least once. A real server keeps this where a restart does not forget it.
local seen = {}

local function act_on(event)
  print((event.type or event.name or "event") .. " " .. (event.customer_id or "no customer"))
  io.stdout:flush()
end

-- The status with which a delivery is answered.
local function receive(head, body)
  local signature = ("\n" .. head):match "\n[Ss][Ii][Gg][Nn][Aa][Tt][Uu][Rr][Ee]:%s*([^\r\n]*)"
  local event, err = spherepay.webhook.verify(body, signature, SECRET)
  if not event then
    io.stderr:write(tostring(err), "\n") -- one line, fit for a log
    return 400
  end
  if event.id and not seen[event.id] then
    seen[event.id] = true
    act_on(event)
  end
  return 204
end

local function answer(peer, status)
  peer:write(("HTTP/1.1 %d -\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"):format(status),
    function() if not peer:is_closing() then peer:close() end end)
end

local function serve(peer)
  local text = ""
  peer:read_start(function(err, data)
    if err or not data or #text > MOST then return peer:is_closing() or peer:close() end
    text = text .. data
    local head, body = text:match "^(.-)\r\n\r\n(.*)$"
    local length = head and tonumber(head:lower():match "\ncontent%-length:%s*(%d+)")
    if head and not length then return answer(peer, 411) end
    if head and #body >= length then
      peer:read_stop()
      answer(peer, receive(head, body:sub(1, length)))
    end
  end)
end

local server = uv.new_tcp()
assert(server:bind("127.0.0.1", tonumber(arg[1]) or 0))
assert(server:listen(128, function(err)
  local peer = uv.new_tcp()
  if not err and server:accept(peer) then serve(peer) end
end))
print("listening on 127.0.0.1:" .. server:getsockname().port)
io.stdout:flush()
uv.run()
