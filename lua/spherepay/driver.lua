-- Drives one engine of the core and hands its finished calls to whoever waits for them.
-- How a host waits is not decided here: that is what the loops are for.

local core = require "spherepay.core"

local driver = {}

local Driver = {}
Driver.__index = Driver
Driver.__name = "spherepay.driver"

---@class spherepay.Driver
---@field engine userdata of spherepay.core
---@field waiters table<userdata, function> what to run when a call is done
---@field alarms table[] { at, fn }, by time: only for hosts without timers of their own
---@field on_retry fun(call: userdata)? told of each back-off

---@param engine userdata an engine of spherepay.core
---@return spherepay.Driver
function driver.new(engine)
  return setmetatable({ engine = engine, waiters = {}, alarms = {} }, Driver)
end

--- Sends a request when its turn comes.
---@param request table see core.d.lua
---@return userdata? call
---@return string? message
function Driver:submit(request)
  return self.engine:submit(request)
end

--- Has `waiter` run, once, when `call` is done. What it raises comes out of the step that
--- finished the call, after the other waiters have run.
---@param call userdata
---@param waiter function
function Driver:on_done(call, waiter)
  self.waiters[call] = waiter
end

--- Has `fn` run in a step, `seconds` from now.
---@param seconds number
---@param fn function
function Driver:after(seconds, fn)
  local alarm = { at = core.now() + seconds, fn = fn }
  local place = #self.alarms + 1
  while place > 1 and self.alarms[place - 1].at > alarm.at do place = place - 1 end
  table.insert(self.alarms, place, alarm)
end

local function report_retries(self)
  while true do
    local call = self.engine:take_retry()
    if not call then return end
    self.on_retry(call)
  end
end

-- What is to be run now. Running one may finish others: those wait for the next step.
local function collect(self)
  local due = {}
  for _ = 1, self.engine:ready() do
    local call = self.engine:take()
    if call then
      due[#due + 1] = self.waiters[call]
      self.waiters[call] = nil
    end
  end
  while self.alarms[1] and self.alarms[1].at <= core.now() do
    due[#due + 1] = table.remove(self.alarms, 1).fn
  end
  return due
end

--- Hands out what is finished now, and no more.
function Driver:dispatch()
  local failed, message
  if self.on_retry then report_retries(self) end
  for _, fn in ipairs(collect(self)) do
    local ok, err = pcall(fn)
    if not ok and not failed then failed, message = true, err end
  end
  if failed then error(message, 0) end
end

--- Does what is due and hands out what is finished.
---@param timeout number? seconds to wait at most for something to do; nil: as long as it takes
---@return boolean? ok
---@return string? message when the system refused to wait
function Driver:step(timeout)
  local alarm = self.alarms[1]
  if alarm then
    local left = math.max(0, alarm.at - core.now())
    timeout = timeout and math.min(timeout, left) or left
  end
  local ok, message = self.engine:step(timeout)
  self:dispatch()
  return ok, message
end

--- Whether a step could ever have something to do.
---@return boolean
function Driver:is_idle()
  return not self.alarms[1] and not self.engine:timeout()
end

--- Ends every call under way, hands them out, and closes the engine.
function Driver:close()
  self.engine:cancel_all()
  while self.engine:ready() > 0 do self:dispatch() end
  self.engine:close()
end

return driver
