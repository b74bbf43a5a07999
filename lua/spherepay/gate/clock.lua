-- What a gate takes from a clock that others set: the system's, in seconds since the epoch. It may
-- be set back or on, and that of another machine differs.

local clock = {}

--- Seconds by which clocks of machines differ; by more, a clock was set back.
clock.SKEW = 2

--- Whether something was less than so many seconds ago. What lies further ahead than that was
--- noted before the clock was set back, and is over, too.
---@param now number
---@param at number when it was
---@param seconds number
---@return boolean
function clock.is_within(now, at, seconds)
  return math.abs(now - at) < seconds
end

return clock
