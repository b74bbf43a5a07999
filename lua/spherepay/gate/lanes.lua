-- Who may look first. Only so many looks are under way at a time, and of those only a share is for
-- strangers, ids that no customer is known to have: who tries ids at random waits for others of the
-- kind, and customers do not. Within a worker; it waits by a semaphore and asks nobody.

local lanes = {}

local Lanes = {}
Lanes.__index = Lanes

---@class spherepay.gate.Lanes
---@field most integer looks at a time
---@field strangers integer of those, for strangers

---@class spherepay.gate.Place one who looks or waits to look
---@field known boolean
---@field holds boolean?
---@field left boolean?
---@field semaphore table?

---@param settings { most: integer, strangers: integer, new_semaphore: fun(): table }
---@return spherepay.gate.Lanes
function lanes.new(settings)
  settings.held, settings.held_by_strangers = 0, 0
  settings.queues = { [true] = {}, [false] = {} } -- by `known`, oldest first
  return setmetatable(settings, Lanes)
end

local function has_room(self, known)
  if self.held >= self.most then return false end
  return known or self.held_by_strangers < self.strangers
end

local function give(self, place)
  place.holds = true
  self.held = self.held + 1
  if not place.known then self.held_by_strangers = self.held_by_strangers + 1 end
end

local function next_of(self, known)
  local queue = self.queues[known]
  while queue[1] and queue[1].left do table.remove(queue, 1) end
  return queue[1] and has_room(self, known) and table.remove(queue, 1) or nil
end

local function admit(self)
  while true do
    local place = next_of(self, true) or next_of(self, false)
    if not place then return end
    give(self, place)
    place.semaphore:post(1)
  end
end

--- Takes a place if that needs no wait.
---@param place spherepay.gate.Place
---@return boolean got
function Lanes:try(place)
  if not has_room(self, place.known) or self.queues[place.known][1] then return false end
  give(self, place)
  return true
end

--- Waits for a place. It is left by `leave`, which may be called by another when the one who waits
--- is gone.
---@param place spherepay.gate.Place
---@param seconds number to wait at most
---@return boolean got
function Lanes:enter(place, seconds)
  if self:try(place) then return true end
  place.semaphore = self.new_semaphore()
  table.insert(self.queues[place.known], place)
  place.semaphore:wait(seconds)
  if not place.holds then place.left = true end
  return place.holds == true
end

--- Leaves the place, or the line. No harm when repeated.
---@param place spherepay.gate.Place
function Lanes:leave(place)
  if not place.holds then
    place.left = true
    return
  end
  place.holds = false
  self.held = self.held - 1
  if not place.known then self.held_by_strangers = self.held_by_strangers - 1 end
  if self.queues[true][1] or self.queues[false][1] then admit(self) end
end

return lanes
