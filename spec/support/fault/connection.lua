-- One accepted connection. Between the client's socket and the code that speaks TLS and HTTP sits
-- a socket pair and two pumps, so that every byte, end and reset is noticed the moment it arrives,
-- whatever the protocol code is doing, and so that a reset can be forced without
-- asking the TLS library. No HTTP here.

local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local errno = require("cqueues.errno")
local luasocket = require("socket")
local socket = require("cqueues.socket")

local CHUNK = 65536
local LINGER_SECONDS = 1
local RECORD_HEADER = 5
local RECORD_TYPES = {
  [20] = "change_cipher_spec", [21] = "alert", [22] = "handshake", [23] = "application_data",
}
local VERSIONS = { [0x0303] = "1.2", [0x0304] = "1.3" }
-- An alert is two bytes; TLS 1.3 adds a type and a tag of 16 and calls it application data.
local SEALED_ALERT = 2 + 1 + 16

local connection = {}
connection.__index = connection

-- Errors of this socket come back as values; bytes pass through as they are.
local function prepare(sock)
  sock:setmode("b", "bn")
  sock:onerror(function(_, _, code) return code end)
  return sock
end

-- Sets what cqueues has no words for, on its descriptor.
local function set_option(sock, option, value)
  local borrowed = luasocket.tcp()
  borrowed:setfd(sock:pollfd())
  borrowed:setoption(option, value)
  borrowed:setfd(-1)
end

-- Follows the record headers in the client's bytes: what kind of record, how long.
local function note_records(self, bytes)
  local position = 1
  while position <= #bytes do
    local skipped = math.min(self.to_skip, #bytes - position + 1)
    self.to_skip, position = self.to_skip - skipped, position + skipped
    local needed = RECORD_HEADER - #self.header
    self.header = self.header .. bytes:sub(position, position + needed - 1)
    position = position + needed
    if #self.header == RECORD_HEADER then
      local kind, _, _, high, low = self.header:byte(1, RECORD_HEADER)
      local length = high * 256 + low
      local name = RECORD_TYPES[kind] or tostring(kind)
      if kind == 23 and length == SEALED_ALERT then name = "alert" end
      table.insert(self.record.since_mark.records, name)
      self.to_skip, self.header = length, ""
    end
  end
end

local function note_left(self, how)
  self.journal:closed(self.record, "client", how)
  self.is_left = true
  self.left:signal()
end

local function pump_in(self)
  local why
  while true do
    local bytes
    bytes, why = self.raw:read(-CHUNK)
    if not bytes then break end
    self.journal:received(self.record, #bytes)
    if self.is_tls then note_records(self, bytes) end
    self.far:write(bytes)
  end
  self.is_drained = true
  note_left(self, why == errno.ECONNRESET and "rst" or "fin")
  self.far:shutdown("w")
end

-- FIN, and what still comes is read for a while: to close at once could turn it into a reset.
local function linger(self)
  self.raw:shutdown("w")
  local deadline = cqueues.monotime() + LINGER_SECONDS
  while not self.is_drained and cqueues.monotime() < deadline do
    self.left:wait(deadline - cqueues.monotime())
  end
end

local function pump_out(self)
  while true do
    local bytes = self.far:read(-CHUNK)
    if not bytes then break end
    if not self.raw:write(bytes) then
      note_left(self, "rst")
      break
    end
    self.record.bytes_out = self.record.bytes_out + #bytes
  end
  self.journal:closed(self.record, "server", self.how or "fin")
  self.far:shutdown("rw")
  if self.how == "rst" then
    set_option(self.raw, "linger", { on = true, timeout = 0 })
  else
    linger(self)
  end
  self.raw:shutdown("r") -- wakes the other pump
end

--- Speaks TLS from here on.
---@param context table from certificates.lua
---@return boolean shaken_hands the record says why not, or which version and protocol
function connection:secure(context)
  local ok, why = self.near:starttls(context)
  if not ok then
    self.record.tls_error = errno.strerror(why) or tostring(why)
    return false
  end
  local ssl = self.near:checktls()
  self.record.tls, self.record.alpn = VERSIONS[ssl:getVersion()], ssl:getAlpnSelected()
  return true
end

function connection:_fill()
  local bytes = self.near:read(-CHUNK)
  if not bytes then
    if not self.is_ended then note_left(self, "fin") end -- TLS's close_notify comes before FIN
    return false
  end
  self.buffer = self.buffer .. bytes
  return true
end

--- Reads exactly `count` bytes.
---@return string|nil bytes nil when the client leaves before
function connection:read(count)
  while #self.buffer < count do
    if not self:_fill() then return nil end
  end
  local bytes = self.buffer:sub(1, count)
  self.buffer = self.buffer:sub(count + 1)
  return bytes
end

--- Reads at least one byte and at most `count`.
---@return string|nil bytes nil when the client leaves
function connection:read_some(count)
  if self.buffer == "" and not self:_fill() then return nil end
  return self:read(math.min(count, #self.buffer))
end

--- Reads up to and with a mark.
---@return string|nil bytes nil when the client leaves before
function connection:read_until(mark)
  local from = 1
  while true do
    local _, last = self.buffer:find(mark, from, true)
    if last then return self:read(last) end
    from = math.max(1, #self.buffer - #mark + 2)
    if not self:_fill() then return nil end
  end
end

--- Writes pieces with nothing of another coroutine in between.
---@param bytes string
---@param step? integer bytes to write at a time, nil: all
---@param every? number seconds between pieces
---@return boolean written false when the client has left
function connection:write(bytes, step, every)
  while self.is_writing do self.turn:wait() end
  self.is_writing = true
  local ok = true
  for from = 1, #bytes, step or math.max(1, #bytes) do
    ok = self.near:write(bytes:sub(from, from + (step or #bytes) - 1))
    ok = ok and (not step or self:pause(every))
    if not ok then break end
  end
  self.is_writing = false
  self.turn:signal(1)
  return ok and not self.is_ended and true or false
end

--- Writes bytes that nobody asked for, then ends the connection if told to; returns when all of
--- that has left.
---@param bytes string may be empty
---@param how? string see close; nil leaves it open
function connection:say(bytes, how)
  local before = self.record.bytes_out
  if bytes ~= "" and self:write(bytes) then
    while self.record.bytes_out == before and not self.is_left do cqueues.sleep(0.001) end
  end
  if not how then return end
  self:close(how)
  while not self.record.closed or how == "rst" and self.users > 0 do cqueues.sleep(0.001) end
end

--- Waits for a time, or until the client leaves.
---@param seconds? number nil: for ever
---@return boolean is_here false when the client has left, or the connection was closed here
function connection:pause(seconds)
  local deadline = seconds and cqueues.monotime() + seconds
  while not self.is_left and not self.is_ended do
    local rest = deadline and deadline - cqueues.monotime()
    if rest and rest <= 0 then return true end
    self.left:wait(rest)
  end
  return false
end

--- Ends the connection after what was written. May be called twice.
--- TLS's close_notify is never sent: cqueues cannot.
---@param how? string "fin" (default) or "rst"
function connection:close(how)
  if self.is_ended then return end
  self.is_ended = true
  self.how = how
  self.near:shutdown("w") -- pump_out does the rest
  self.left:signal()
end

--- Says that a coroutine has ended. The last one closes the sockets: cqueues does not stand a
--- socket closed under a coroutine that waits for it.
function connection:release()
  self.users = self.users - 1
  if self.users > 0 then return end
  self.raw:close()
  self.near:close()
  self.far:close()
end

--- Starts a coroutine that uses the connection.
---@param run function called with `...`
function connection:spawn(run, ...)
  self.users = self.users + 1
  cqueues.running():wrap(function(...)
    run(...)
    self:release()
  end, ...)
end

--- Takes over an accepted socket and starts its pumps on the running controller. The caller is the
--- first user and ends with release.
---@param raw table cqueues socket
---@param journal table
---@param is_tls boolean whether TLS records are to be noted
---@return table
function connection.new(raw, journal, is_tls)
  local near, far = socket.pair()
  local self = setmetatable({
    raw = prepare(raw), near = prepare(near), far = prepare(far),
    journal = journal, record = journal:connection(),
    is_tls = is_tls, to_skip = 0, header = "",
    buffer = "", left = condition.new(), turn = condition.new(), users = 1,
  }, connection)
  set_option(raw, "tcp-nodelay", true)
  self:spawn(pump_in, self)
  self:spawn(pump_out, self)
  return self
end

return connection
