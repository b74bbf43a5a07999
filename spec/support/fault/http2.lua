-- HTTP/2 as the fault server speaks it: frames read and written by hand, so that any of them can
-- be wrong on purpose. Streams run side by side; each behaviour gets a reply with the functions of
-- http1.lua's reply and a few more. What to answer is not decided here.

local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local hpack = require("spec.support.fault.hpack")

local PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
local FRAME_HEADER = 9
local MAX_FRAME = 16384
local DEFAULT_WINDOW = 65535

local TYPE = {
  DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8,
  CONTINUATION = 9,
}
local FLAG = { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, PRIORITY = 32 }
local INITIAL_WINDOW_SIZE = 4

local floor = math.floor

local function u32(value)
  return string.char(
    floor(value / 16777216) % 256, floor(value / 65536) % 256, floor(value / 256) % 256,
    value % 256
  )
end

local function read_u32(bytes, position)
  local a, b, c, d = bytes:byte(position, position + 3)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

local function has(flags, flag)
  return floor(flags / flag) % 2 == 1
end

local function frame(kind, flags, stream, payload)
  return u32(#payload):sub(2) .. string.char(kind, flags) .. u32(stream) .. payload
end

local reply = {}
reply.__index = reply

--- The bytes of the HEADERS frame, and CONTINUATION frames if one is not enough.
---@param status integer
---@param fields table list of `{ name, value }`
---@param framing table `length` becomes a header, `is_bare` ends the stream at once; other ways
---  to end a body do not exist here
---@return string
function reply:head_bytes(status, fields, framing)
  local all = { { ":status", string.format("%d", status) } }
  for _, field in ipairs(fields) do all[#all + 1] = { field[1]:lower(), field[2] } end
  if framing.length then
    all[#all + 1] = { "content-length", string.format("%.0f", framing.length) }
  end
  local block, out = hpack.encode(all), {}
  for from = 1, #block, MAX_FRAME do
    local piece = block:sub(from, from + MAX_FRAME - 1)
    local flags = from + MAX_FRAME > #block and FLAG.END_HEADERS or 0
    if from == 1 and framing.is_bare then flags = flags + FLAG.END_STREAM end
    out[#out + 1] = frame(from == 1 and TYPE.HEADERS or TYPE.CONTINUATION, flags, self.id, piece)
  end
  return table.concat(out)
end

--- Sends the response's headers; see head_bytes.
function reply:head(status, fields, framing)
  self.framing = framing
  return self:raw(self:head_bytes(status, fields, framing))
end

--- Sends an answer before the answer.
---@param status integer 100..199
function reply:informational(status)
  return self:raw(self:head_bytes(status, {}, {}))
end

-- Takes as much of the windows as there is, waiting while there is nothing.
function reply:_room(wanted)
  local session = self.session
  while math.min(self.window, session.window) <= 0 do
    if self.is_reset or self.connection.is_left or self.connection.is_ended then return 0 end
    session.changed:wait()
  end
  local room = math.min(wanted, self.window, session.window, MAX_FRAME)
  self.window, session.window = self.window - room, session.window - room
  return room
end

--- Sends a piece of the body, within the client's windows.
---@return boolean sent false when the client has left or reset the stream
function reply:data(bytes)
  while bytes ~= "" do
    local room = self:_room(#bytes)
    if room == 0 then return false end
    if not self:raw(frame(TYPE.DATA, 0, self.id, bytes:sub(1, room))) then return false end
    bytes = bytes:sub(room + 1)
  end
  return true
end

--- Ends the answer.
function reply:finish()
  if not self.framing.is_bare then self:raw(frame(TYPE.DATA, FLAG.END_STREAM, self.id, "")) end
  if self.framing.until_close then self.connection:close() end
end

--- Sends bytes as they are, `step` at a time with `every` seconds between if given.
---@return boolean sent false when the client has left or reset the stream
function reply:raw(bytes, step, every)
  return not self.is_reset and self.connection:write(bytes, step, every)
end

--- Waits for a time, or until the client leaves or resets the stream.
---@param seconds? number nil: for ever
---@return boolean is_here false when the client has left
function reply:pause(seconds)
  local deadline = seconds and cqueues.monotime() + seconds
  while not self.is_reset and not self.connection.is_left and not self.connection.is_ended do
    local rest = deadline and deadline - cqueues.monotime()
    if rest and rest <= 0 then return true end
    self.session.changed:wait(rest)
  end
  return false
end

--- Resets the stream.
---@param code integer an error code of RFC 9113 section 7
function reply:reset_stream(code)
  return self:raw(frame(TYPE.RST_STREAM, 0, self.id, u32(code)))
end

--- Sends a frame that is an error of the whole connection: data of no stream.
function reply:wrong_frame()
  return self.connection:write(frame(TYPE.DATA, 0, 0, "x"))
end

--- Asks the client for a frame.
function reply:ping()
  return self.connection:write(frame(TYPE.PING, 0, 0, "12345678"))
end

--- Tells the client to leave.
---@param last integer the last stream that is said to have been processed
---@param code integer
function reply:go_away(last, code)
  return self.connection:write(frame(TYPE.GOAWAY, 0, 0, u32(last) .. u32(code)))
end

local session = {}
session.__index = session

function session:_perform(stream)
  if stream.is_performed then return end
  stream.is_performed = true
  self.connection:spawn(self.desk.perform, self.desk, stream.act, stream)
end

function session:_completed(stream)
  self.connection.journal:complete(stream.request)
  if stream.is_ignored then return self.connection:close() end
  self:_perform(stream)
end

local function request_of(fields, id, bytes)
  local headers = {}
  for _, field in ipairs(fields) do
    local name = field[1]
    headers[name] = headers[name] and headers[name] .. ", " .. field[2] or field[2]
  end
  return {
    method = headers[":method"], path = headers[":path"], headers = headers, protocol = "2",
    stream = id, bytes = bytes,
  }
end

function session:_open(id, block)
  local request = request_of(self.decoder:decode(block), id, #block + FRAME_HEADER)
  local connection = self.connection
  connection.journal:request(connection.record, request)
  local stream = setmetatable({
    id = id, connection = connection, session = self, request = request,
    window = self.initial_window, is_ignored = self.is_going_away,
  }, reply)
  self.streams[id] = stream
  if self.last and id > self.last then
    request.behaviour, stream.is_performed = "left out", true
    return stream
  end
  if stream.is_ignored then
    request.behaviour = "ignored"
    return stream
  end
  stream.act = self.desk:choose(connection, request.path)
  request.behaviour = stream.act.name
  if stream.act.leaves_out then self.last = math.max(0, id - 2) end -- before any later one
  if stream.act.early then self:_perform(stream) end
  return stream
end

-- The payload without what PADDED and PRIORITY add.
local function strip(flags, payload)
  local first, last = 1, #payload
  if has(flags, FLAG.PADDED) then first, last = 2, last - payload:byte(1) end
  if has(flags, FLAG.PRIORITY) then first = first + 5 end
  return payload:sub(first, last)
end

local function take_block(self, flags)
  if not has(flags, FLAG.END_HEADERS) then return end
  local pending = self.pending
  local stream = self:_open(pending.id, pending.block)
  if pending.is_last then self:_completed(stream) end
end

local handlers = {}

handlers[TYPE.HEADERS] = function(self, flags, id, payload)
  self.pending = {
    id = id, block = strip(flags, payload), is_last = has(flags, FLAG.END_STREAM),
  }
  take_block(self, flags)
end

handlers[TYPE.CONTINUATION] = function(self, flags, _, payload)
  self.pending.block = self.pending.block .. payload
  take_block(self, flags)
end

handlers[TYPE.DATA] = function(self, flags, id, payload)
  local stream = self.streams[id]
  if #payload > 0 then
    local more = u32(#payload)
    self.connection:write(frame(TYPE.WINDOW_UPDATE, 0, 0, more)
      .. frame(TYPE.WINDOW_UPDATE, 0, id, more))
  end
  stream.request.bytes = stream.request.bytes + FRAME_HEADER + #payload
  self.connection.journal:body(stream.request, strip(flags % FLAG.PRIORITY, payload))
  if has(flags, FLAG.END_STREAM) then self:_completed(stream) end
end

handlers[TYPE.RST_STREAM] = function(self, _, id)
  local stream = self.streams[id]
  if not stream then return end
  stream.is_reset = true
  self.connection.journal:cancelled(stream.request)
  self.changed:signal()
end

-- What the client sent before it had read our settings.
local function count_early(self)
  local opened = 0
  for _ in pairs(self.streams) do opened = opened + 1 end
  self.connection.record.opened_early = opened
end

handlers[TYPE.SETTINGS] = function(self, flags, _, payload)
  if has(flags, FLAG.ACK) then return count_early(self) end
  for position = 1, #payload, 6 do
    local high, low = payload:byte(position, position + 1)
    if high * 256 + low == INITIAL_WINDOW_SIZE then
      local size = read_u32(payload, position + 2)
      for _, stream in pairs(self.streams) do
        stream.window = stream.window + size - self.initial_window
      end
      self.initial_window = size
    end
  end
  self.connection:write(frame(TYPE.SETTINGS, FLAG.ACK, 0, ""))
  self.changed:signal()
end

handlers[TYPE.PING] = function(self, flags, _, payload)
  if has(flags, FLAG.ACK) then return end
  self.connection:write(frame(TYPE.PING, FLAG.ACK, 0, payload))
end

handlers[TYPE.WINDOW_UPDATE] = function(self, _, id, payload)
  local target = id == 0 and self or self.streams[id]
  if not target then return end
  target.window = target.window + read_u32(payload, 1)
  self.changed:signal()
end

function session:_read_frame()
  local head = self.connection:read(FRAME_HEADER)
  if not head then return nil end
  local length = read_u32("\0" .. head:sub(1, 3), 1)
  local kind, flags = head:byte(4, 5)
  local payload = length == 0 and "" or self.connection:read(length)
  return payload and kind, flags, read_u32(head, 6) % 2147483648, payload
end

local http2 = {}

--- Serves a connection until it ends.
---@param connection table `greeting = "goaway"` on it: tell the client to leave at once;
---  `settings_wait`: the seconds after which to tell the settings, and to read
---@param desk table as for http1.serve
---@param is_begun boolean whether the first head of the preface has been read already
function http2.serve(connection, desk, is_begun)
  local self = setmetatable({
    connection = connection, desk = desk, decoder = hpack.decoder(), streams = {},
    window = DEFAULT_WINDOW, initial_window = DEFAULT_WINDOW, changed = condition.new(),
    is_going_away = connection.greeting == "goaway",
  }, session)
  connection:read(is_begun and #"SM\r\n\r\n" or #PREFACE)
  if connection.settings_wait then cqueues.sleep(connection.settings_wait) end
  connection:write(frame(TYPE.SETTINGS, 0, 0, ""))
  if self.is_going_away then reply.go_away(self, 0, 0) end
  while not connection.is_ended do
    local kind, flags, id, payload = self:_read_frame()
    if not kind then break end
    local handle = handlers[kind]
    if handle then handle(self, flags, id, payload) end
  end
  self.changed:signal()
  connection:close()
end

return http2
