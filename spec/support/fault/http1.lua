-- HTTP/1.1 as the fault server speaks it: reads requests from a connection and gives each
-- behaviour a reply to write with. What to answer is not decided here.

local END_OF_HEAD = "\r\n\r\n"
local H2_PREFACE = "PRI * HTTP/2.0\r\n"
local CHUNK = 65536

local reply = {}
reply.__index = reply

--- The bytes of a status line and headers.
---@param status integer
---@param fields table list of `{ name, value }`
---@param framing table `length`, `chunked` or `until_close`: how the body ends, or
---  `is_bare`: there is none
---@return string
function reply.head_bytes(_, status, fields, framing)
  local lines = { string.format("HTTP/1.1 %d ", status) }
  for _, field in ipairs(fields) do lines[#lines + 1] = field[1] .. ": " .. tostring(field[2]) end
  if framing.length then
    lines[#lines + 1] = string.format("Content-Length: %.0f", framing.length)
  end
  if framing.chunked then lines[#lines + 1] = "Transfer-Encoding: chunked" end
  if framing.until_close then lines[#lines + 1] = "Connection: close" end
  return table.concat(lines, "\r\n") .. END_OF_HEAD
end

--- Sends a status line and headers; see head_bytes.
function reply:head(status, fields, framing)
  self.framing = framing
  return self:raw(self:head_bytes(status, fields, framing))
end

--- Sends an answer before the answer.
---@param status integer 100..199
function reply:informational(status)
  return self:raw(self:head_bytes(status, {}, {}))
end

--- Sends a piece of the body.
---@return boolean sent false when the client has left
function reply:data(bytes)
  if bytes == "" then return true end
  if self.framing.chunked then bytes = string.format("%x\r\n%s\r\n", #bytes, bytes) end
  return self:raw(bytes)
end

--- Ends the answer.
function reply:finish()
  if self.framing.chunked then self:raw("0\r\n\r\n") end
  if self.framing.until_close then self.connection:close() end
end

--- Sends bytes as they are, `step` at a time with `every` seconds between if given.
function reply:raw(bytes, step, every)
  return self.connection:write(bytes, step, every)
end

--- Waits, see connection:pause.
function reply:pause(seconds)
  return self.connection:pause(seconds)
end

local function parse(head)
  local method, path = head:match("^(%S+) (%S+)")
  local headers = {}
  for written, value in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    local name = written:lower()
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return {
    method = method or "", path = path or "", headers = headers, protocol = "1.1", bytes = #head,
  }
end

local function note(connection, entry, bytes, is_body)
  if not bytes then return nil end
  entry.bytes = entry.bytes + #bytes
  if is_body then connection.journal:body(entry, bytes) end
  return bytes
end

local function read_length(connection, entry, length)
  while entry.body_length < length do
    local wanted = math.min(CHUNK, length - entry.body_length)
    if not note(connection, entry, connection:read_some(wanted), true) then return false end
  end
  return true
end

local function read_chunked(connection, entry)
  while true do
    local line = note(connection, entry, connection:read_until("\r\n"))
    local size = line and tonumber(line:match("^%x+"), 16)
    if not size then return false end
    if size > 0 and not note(connection, entry, connection:read(size), true) then return false end
    if not note(connection, entry, connection:read(2)) then return false end
    if size == 0 then return true end
  end
end

local function read_body(connection, entry)
  local is_read
  if entry.headers["transfer-encoding"] == "chunked" then
    is_read = read_chunked(connection, entry)
  else
    is_read = read_length(connection, entry, tonumber(entry.headers["content-length"]) or 0)
  end
  if is_read then connection.journal:complete(entry) end
  return is_read
end

local http1 = {}

--- Serves a connection until it ends.
---@param connection table
---@param desk table `choose(connection, path)` gives a behaviour, `perform(act, reply)` does it
---@return boolean is_h2 true when the client began to speak HTTP/2 instead
function http1.serve(connection, desk)
  while not connection.is_ended do
    local head = connection:read_until(END_OF_HEAD)
    if not head then break end
    if head:sub(1, #H2_PREFACE) == H2_PREFACE then return true end
    local entry = connection.journal:request(connection.record, parse(head))
    local act = desk:choose(connection, entry.path)
    entry.behaviour = act.name
    local answer = setmetatable({ connection = connection, request = entry }, reply)
    if act.early then desk:perform(act, answer) end
    if connection.is_ended or not read_body(connection, entry) then break end
    if not act.early then desk:perform(act, answer) end
  end
  connection:close()
  return false
end

return http1
