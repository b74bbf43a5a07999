-- So many requests within any second, no more: the times of the last ones. One process's own part
-- of a limit, which may change from one request to the next.

local window = {}

-- Seconds: requests that were sent a second apart may arrive a little nearer.
local LENGTH = 1.035

---@class spherepay.ratelimit.Window
---@field first integer
---@field last integer
local Window = {}
Window.__index = Window

---@return spherepay.ratelimit.Window
function window.new()
  return setmetatable({ times = {}, first = 1, last = 0 }, Window)
end

--- Counts a request, whether there is room for it or not.
---@param now number
function Window:add(now)
  self.last = self.last + 1
  self.times[self.last] = now
end

--- Counts a request if there is room for it.
---@param now number
---@param most integer requests a second
---@return number wait 0: it may go; else the seconds after which there may be room
function Window:take(now, most)
  while self.first <= self.last and self.times[self.first] <= now - LENGTH do
    self.times[self.first] = nil
    self.first = self.first + 1
  end
  local count = self.last - self.first + 1
  if count < most then
    self:add(now)
    return 0
  end
  if most < 1 then return LENGTH end
  return math.max(self.times[self.last - most + 1] + LENGTH - now, 0.001)
end

return window
