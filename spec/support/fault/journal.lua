-- What arrived at the fault server and when: connections, requests, bytes after a mark. It records
-- and lets a spec wait for a count; it decides nothing and touches no socket.

local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local digest = require("openssl.digest")

local COUNTERS = {
  arrived = true, requests = true, connections = true, closed = true, left = true, cancelled = true,
}

local MAX_KEPT_BODY = 65536 -- bytes; of longer ones only the hash is kept

local journal = {}
journal.__index = journal

local function sha1(bytes)
  local raw = digest.new("sha1"):final(bytes)
  return (raw:gsub(".", function(c) return string.format("%02x", c:byte()) end))
end

--- Milliseconds since the journal began, whole.
---@return integer
function journal:now()
  return math.floor((cqueues.monotime() - self.began) * 1000)
end

-- What concerns a connection that was forgotten is not counted: it may come late.
function journal:_count(name, thing)
  if not self.known[thing] then return end
  self.counts[name] = self.counts[name] + 1
  self.changed:signal()
end

--- Notes an accepted connection.
---@return table record goes to the spec as it is
function journal:connection()
  local record = {
    connection = #self.connections + 1,
    opened = self:now(),
    bytes_in = 0,
    bytes_out = 0,
    since_mark = { bytes = 0, records = {} },
  }
  self.connections[#self.connections + 1] = record
  self.known[record] = true
  self:_count("connections", record)
  return record
end

--- Notes bytes that came from the client on a connection.
function journal:received(record, count)
  record.bytes_in = record.bytes_in + count
  record.since_mark.bytes = record.since_mark.bytes + count
  record.last_byte = self:now()
end

--- From here on `since_mark` of every connection counts anew.
function journal:mark()
  for _, record in ipairs(self.connections) do
    record.since_mark = { bytes = 0, records = {} }
  end
end

function journal:_count_end(record)
  if record.closed_by == "client" then self:_count("left", record) end
  self:_count("closed", record)
end

--- Notes the end of a connection; only the first who ends it counts. One that the client ended is
--- counted when all it sent has been read, so that who waits for the count finds that in the log.
---@param record table
---@param by string "client" or "server"
---@param how string "fin" or "rst"
function journal:closed(record, by, how)
  if record.closed then return end
  record.closed, record.closed_by, record.how = self:now(), by, how
  if by == "server" or self.is_served[record] then self:_count_end(record) end
end

--- Notes that nothing more will be read from a connection.
function journal:served(record)
  self.is_served[record] = true
  if record.closed_by == "client" then self:_count_end(record) end
end

--- Notes a request whose header block is there.
---@param record table its connection
---@param fields table method, path, headers (by lower-case name), bytes, protocol, stream
---@return table entry goes to the spec as it is
function journal:request(record, fields)
  fields.at = self:now()
  fields.connection = record.connection
  fields.idempotency_key = fields.headers["idempotency-key"]
  fields.body_length = 0
  fields.complete = false
  self.bodies[fields] = {}
  if self.known[record] then
    self.known[fields] = true
    self.entries[#self.entries + 1] = fields
    self:_count("arrived", fields)
  end
  return fields
end

--- Notes a piece of a request's body.
function journal:body(entry, piece)
  local pieces = self.bodies[entry]
  pieces[#pieces + 1] = piece
  entry.body_length = entry.body_length + #piece
end

--- Notes that a request was read to its end.
function journal:complete(entry)
  local body = table.concat(self.bodies[entry])
  entry.complete = true
  entry.body_sha1 = sha1(body)
  entry.body = #body <= MAX_KEPT_BODY and body or nil
  self.bodies[entry] = nil
  self:_count("requests", entry)
end

--- Notes that the client reset the stream of a request.
function journal:cancelled(entry)
  entry.cancelled = true
  self:_count("cancelled", entry)
end

--- Notes a fault of the fault server itself, so that a spec hears of it.
function journal:blame(message)
  self.faults[#self.faults + 1] = tostring(message)
end

--- Forgets what was noted, and what those connections still do.
function journal:clear()
  self.entries, self.connections, self.faults, self.known = {}, {}, {}, {}
  for name in pairs(COUNTERS) do self.counts[name] = 0 end
end

local function is_reached(counts, wanted)
  for name, count in pairs(wanted) do
    if counts[name] < count then return false end
  end
  return true
end

--- Blocks the coroutine until every count is reached.
---@param wanted table count by name; raises on a name that is not counted
---@param timeout number seconds
---@return boolean reached
function journal:wait(wanted, timeout)
  for name in pairs(wanted) do
    assert(COUNTERS[name], "nothing is counted as " .. tostring(name))
  end
  local deadline = cqueues.monotime() + timeout
  while not is_reached(self.counts, wanted) do
    local left = deadline - cqueues.monotime()
    if left <= 0 then return false end
    self.changed:wait(left)
  end
  return true
end

--- A journal that begins now.
---@return table
function journal.new()
  local self = setmetatable({
    began = cqueues.monotime(),
    changed = condition.new(),
    bodies = setmetatable({}, { __mode = "k" }),
    is_served = setmetatable({}, { __mode = "k" }),
    counts = {},
  }, journal)
  self:clear()
  return self
end

return journal
