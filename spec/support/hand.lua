-- A server of HTTP/1.1 in the process of the spec, moved by hand: it does nothing of its own, so a
-- spec decides what is sent when, on which connection, asked or unasked. It never waits.
--
--   local server = require("spec.support.hand").start { tls = true }
--   ... client:step(0); server:pump() ...
--   local request = server:next_request()
--   request.connection:send(bytes)

local socket = require "socket"
local ssl = require "ssl"

local HOST = "127.0.0.1"
local CERTIFICATE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
  .. " -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout '%s' -out '%s'"
  .. " 2>/dev/null"

-- Why nothing could be read now, though there may be something later.
local MORE_COMES = { timeout = true, wantread = true, wantwrite = true }

local Connection = {}
Connection.__index = Connection

--- Sends bytes as they are. They must be few enough to fit in the socket.
function Connection:send(bytes)
  self.stream:send(bytes)
end

--- Ends the connection: "fin" (the default), or "rst" where there is no TLS.
function Connection:close(how)
  if how == "rst" then self.raw:setoption("linger", { on = true, timeout = 0 }) end
  self.stream:close()
  self.is_open = false
end

-- More of the handshake; true when it is over.
function Connection:_shake()
  if self.is_ready then return true end
  local done, why = self.stream:dohandshake()
  self.is_ready = done
  self.is_open = done or why == "wantread" or why == "wantwrite"
  return done
end

function Connection:_read()
  local bytes, why, part = self.stream:receive(65536)
  self.got = self.got .. (bytes or part or "")
  -- To be read again after an error of TLS is what LuaSec 1.3 on OpenSSL 3.5 never returns from.
  if why and not MORE_COMES[why] then self:close() end
end

-- Cuts a whole request off what was read.
function Connection:_cut()
  local _, head_end = self.got:find("\r\n\r\n", 1, true)
  local head = head_end and self.got:sub(1, head_end)
  local length = head and tonumber(head:lower():match("content%-length: (%d+)")) or 0
  if not head or #self.got < head_end + length then return nil end
  local body = self.got:sub(head_end + 1, head_end + length)
  self.got = self.got:sub(head_end + length + 1)
  local method, path = head:match("^(%S+) (%S+)")
  return { connection = self, method = method, path = path, body = body }
end

local Server = {}
Server.__index = Server

function Server:_accept()
  local raw = self.listener:accept()
  if not raw then return end
  raw:settimeout(0)
  raw:setoption("tcp-nodelay", true)
  local stream = self.tls and assert(ssl.wrap(raw, self.tls)) or raw
  stream:settimeout(0)
  self.connections[#self.connections + 1] = setmetatable({
    raw = raw, stream = stream, is_open = true, is_ready = not self.tls, got = "",
  }, Connection)
end

--- Takes what has come: connections, handshakes, requests.
function Server:pump()
  self:_accept()
  for _, connection in ipairs(self.connections) do
    if connection.is_open and connection:_shake() then connection:_read() end
    local request = connection:_cut()
    if request then
      self.requests[#self.requests + 1] = request
      self.waiting[#self.waiting + 1] = request
    end
  end
end

--- The next request that has come whole and was not given yet, or nil.
---@return table? request `connection`, `method`, `path`, `body`
function Server:next_request()
  return table.remove(self.waiting, 1)
end

--- Forgets all connections and requests.
function Server:clear()
  for _, connection in ipairs(self.connections) do
    if connection.is_open then connection:close() end
  end
  self.connections, self.requests, self.waiting = {}, {}, {}
end

function Server:stop()
  self:clear()
  self.listener:close()
  for _, path in ipairs(self.files) do os.remove(path) end
end

local hand = {}

--- Listens on a free port.
---@param options? table `tls`: speak https, with a certificate of its own
---@return table server `url`, `ca_file`; `connections`, `requests` (all that came, in order)
function hand.start(options)
  local listener = assert(socket.bind(HOST, 0))
  listener:settimeout(0)
  local _, port = listener:getsockname()
  local self = { listener = listener, files = {}, connections = {}, requests = {}, waiting = {} }
  if options and options.tls then
    local key, certificate = os.tmpname(), os.tmpname()
    assert(os.execute(CERTIFICATE:format(key, certificate)), "no openssl")
    self.files, self.ca_file = { key, certificate }, certificate
    self.tls = { mode = "server", protocol = "any", key = key, certificate = certificate }
  end
  self.url = ("%s://%s:%d"):format(self.tls and "https" or "http", HOST, port)
  return setmetatable(self, Server)
end

return hand
