-- What is said in nginx's error log of looks that fail and records that are lost: one line a second
-- and reason over all workers, with a count, and no text of the API in it.

local clock = require "spherepay.gate.clock"

local complaints = {}

local PERIOD = 1 -- seconds
local FORGET = 3600 -- seconds

local FAILED = "spherepay: %s: %d look%s of the gate failed%s"
local LOST = "spherepay: the dictionary has no room: %d record%s of the gate %s lost"

local Complaints = {}
Complaints.__index = Complaints

---@param settings { host: table, dict: table, prefix: string }
---@return spherepay.gate.Complaints
function complaints.new(settings)
  ---@class spherepay.gate.Complaints
  ---@field host table ngx
  ---@field dict table
  ---@field prefix string
  ---@field said_at table<string, number> when this worker said it
  local self = setmetatable(settings, Complaints)
  self.said_at = {}
  return self
end

-- How often it has happened since it was last said; nil when that was a moment ago. A worker also
-- remembers by itself: a dictionary that has no room forgets.
local function count_of(self, key)
  local count, now = self.dict:incr(key, 1, 0, FORGET) or 1, self.host.now()
  if clock.is_within(now, self.said_at[key] or -math.huge, PERIOD) then return nil end
  local mine, message = self.dict:add(key .. ":said", true, PERIOD)
  if not mine and message == "exists" then return nil end
  self.said_at[key] = now
  self.dict:delete(key)
  return count
end

--- Says that a look failed, now or with the next that fails.
---@param err spherepay.Error
function Complaints:add(err)
  local status = type(err.status) == "number" and err.status or nil
  local count = count_of(self, ("%sc%s%s"):format(self.prefix, err.kind, status or ""))
  if not count then return end
  self.host.log(self.host.WARN, FAILED:format(err.kind, count, count == 1 and "" or "s",
    status and " (" .. status .. ")" or ""))
end

--- The same of a record for which the dictionary has no room.
function Complaints:add_lost()
  local count = count_of(self, self.prefix .. "clost")
  if not count then return end
  self.host.log(self.host.WARN, LOST:format(count, count == 1 and "" or "s",
    count == 1 and "is" or "are"))
end

return complaints
