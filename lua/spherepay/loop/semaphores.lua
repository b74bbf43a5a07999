-- Semaphores of nginx that are used again: a new one is memory of nginx's, and one more thing to
-- collect.

local semaphores = {}

local MOST = 256 -- kept for who waits next

---@class spherepay.Semaphores
local Semaphores = {}
Semaphores.__index = Semaphores

--- In nginx its module is read now: later there may be no descriptor left for that.
---@return spherepay.Semaphores
function semaphores.new()
  if rawget(_G, "ngx") then pcall(require, "ngx.semaphore") end
  return setmetatable({}, Semaphores) -- a list: those that nobody waits for, all at zero
end

--- A semaphore at zero.
---@return table
function Semaphores:take()
  return table.remove(self) or assert(require("ngx.semaphore").new(0))
end

--- Takes back one that is at zero, and that nobody waits for or will post. One whose wait ended in
--- another way than by its post may still be posted, so it is not used again.
---@param semaphore table
function Semaphores:give_back(semaphore)
  if #self < MOST then self[#self + 1] = semaphore end
end

return semaphores
