-- The decisions that a worker has just made, so that a hit costs a look into a table: a dictionary
-- takes a lock and copies a text each time. One second old at most, so that other workers hear
-- within a second what this one has forgotten.

local recent = {}

local Recent = {}
Recent.__index = Recent

local OLDEST = 1 -- seconds
local SET_BACK = OLDEST + 0.1 -- seconds: who lasts longer than that was kept by another clock
local MOST = 10000 -- decisions; then they are dropped, all at once, which costs a second of hits

---@param now fun(): number
---@return spherepay.gate.Recent
function recent.new(now)
  ---@class spherepay.gate.Recent
  return setmetatable({ now = now, found = {}, till = {}, count = 0 }, Recent)
end

--- The decision about a customer, if it was made a moment ago and is not stale.
---@param id any
---@return spherepay.gate.Decision?
function Recent:get(id)
  local till = self.till[id]
  if not till then return nil end
  local now = self.now()
  if now >= till or till - now > SET_BACK then return nil end
  local found = self.found[id]
  found.age = now - found.at
  return found
end

---@param id string
---@param found spherepay.gate.Decision
---@param fresh_till number
function Recent:put(id, found, fresh_till)
  if found.stale then return end
  if self.till[id] == nil then
    if self.count >= MOST then self.found, self.till, self.count = {}, {}, 0 end
    self.count = self.count + 1
  end
  self.found[id] = found
  self.till[id] = math.min(self.now() + OLDEST, fresh_till)
end

---@param id string
function Recent:drop(id)
  if self.till[id] == nil then return end
  self.found[id], self.till[id] = nil, nil
  self.count = self.count - 1
end

return recent
