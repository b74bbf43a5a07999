-- What is said in nginx's error log of looks that fail: one line a second and reason over all
-- workers, with a count, and no text of the API in it.

local complaints = {}

local PERIOD = 1 -- seconds
local FORGET = 3600 -- seconds

local LINE = "spherepay: %s: %d look%s of the gate failed%s"

local Complaints = {}
Complaints.__index = Complaints

---@param settings { host: table, dict: table, prefix: string }
---@return spherepay.gate.Complaints
function complaints.new(settings)
  ---@class spherepay.gate.Complaints
  ---@field host table ngx
  ---@field dict table
  ---@field prefix string
  return setmetatable(settings, Complaints)
end

--- Says that a look failed, now or with the next that fails.
---@param err spherepay.Error
function Complaints:add(err)
  local status = type(err.status) == "number" and err.status or nil
  local key = ("%sc%s%s"):format(self.prefix, err.kind, status or "")
  local count = self.dict:incr(key, 1, 0, FORGET) or 1
  local mine, message = self.dict:add(key .. ":said", true, PERIOD)
  if not mine and message == "exists" then return end
  self.dict:delete(key)
  self.host.log(self.host.WARN, LINE:format(err.kind, count, count == 1 and "" or "s",
    status and " (" .. status .. ")" or ""))
end

return complaints
