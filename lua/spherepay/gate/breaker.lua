-- One breaker for all looks of an application, across workers. What says that the application is
-- to leave the API alone (429, 401, 403, a Retry-After), and failures of the network that go on,
-- are not about one customer: from then on nobody looks, until one look, the probe, has found out
-- whether that is over. It knows a dictionary and no HTTP.

local clock = require "spherepay.gate.clock"
local errors = require "spherepay.errors"

local breaker = {}

local Breaker = {}
Breaker.__index = Breaker

local MIN_WAIT, MAX_WAIT, GROWTH = 1, 30, 2 -- seconds between probes
local FAILURES = 5 -- in a row, of what may be the network's or the server's
local WINDOW = 30 -- seconds, from the first on, in which failures are in a row
local REMEMBERED = 60 -- seconds for which an open breaker waits for somebody to probe
local PROBE = 2 -- seconds after which a probe that nobody heard of is taken for lost

-- What tells that nothing comes through.
local NO_ANSWER = { network = true, timeout = true, tls = true, server = true }

---@class spherepay.gate.Breaker
---@field dict table
---@field prefix string
---@field now fun(): number

---@param settings spherepay.gate.Breaker
---@return spherepay.gate.Breaker
function breaker.new(settings)
  return setmetatable(settings, Breaker)
end

-- The open breaker: why, until when, and how long it was opened for; nil when it is closed.
local function read(self)
  local text = self.dict:get(self.prefix .. "b")
  if type(text) ~= "string" then return nil end
  local kind, till, wait = text:match("^(%S+) (%S+) (%S+)$")
  till, wait = tonumber(till), tonumber(wait)
  return kind, till - self.now() <= wait + clock.SKEW and till or self.now(), wait
end

local function left_alone(kind, seconds)
  return errors.new {
    kind = kind, message = "SpherePay is left alone for a while", sent = "no", retryable = true,
    retry_after = math.max(seconds, 0.001),
  }
end

--- Why nobody may look now; nil when somebody may. Takes no part in the probe.
---@return spherepay.Error?
---@return boolean? is_closed nobody has to `enter` in this moment
function Breaker:refusal()
  local kind, till = read(self)
  if not kind then return nil, true end
  local left = till - self.now()
  if left > 0 then return left_alone(kind, left) end
  if self.dict:get(self.prefix .. "p") then return left_alone(kind, MIN_WAIT) end
  return nil
end

--- Asks to look. Who may has to `report` what came of it, or to `leave`; who probes, to `renew`
--- until then.
---@return spherepay.Error? refusal
---@return boolean? probes
function Breaker:enter()
  local kind, till = read(self)
  if not kind then return nil end
  local left = till - self.now()
  if left > 0 then return left_alone(kind, left) end
  local mine, message = self.dict:add(self.prefix .. "p", true, PROBE)
  if mine or message ~= "exists" then return nil, true end
  return left_alone(kind, MIN_WAIT)
end

--- Says that the probe is still under way.
function Breaker:renew()
  self.dict:set(self.prefix .. "p", true, PROBE)
end

--- Leaves without having learnt anything: somebody else may probe.
function Breaker:leave()
  self.dict:delete(self.prefix .. "p")
end

-- The server's own word counts; without one, each time is longer than the time before.
local function open(self, err)
  local _, _, before = read(self)
  local wait = err.retry_after or before and before * GROWTH or MIN_WAIT
  wait = math.min(math.max(wait, MIN_WAIT), MAX_WAIT)
  local text = ("%s %.3f %.3f"):format(err.kind, self.now() + wait, wait)
  local tell = self.dict.tell or self.dict.set -- a fleet, or a dictionary
  tell(self.dict, self.prefix .. "b", text, wait + REMEMBERED)
  self.dict:delete(self.prefix .. "n")
  self.dict:delete(self.prefix .. "p")
end

-- Only the probe closes it: what began before it was opened says nothing about now.
local function close(self, probed)
  if self.dict:get(self.prefix .. "n") then
    self.dict:delete(self.prefix .. "n")
    self.dict:delete(self.prefix .. "i")
  end
  if not probed then return end
  self.dict:delete(self.prefix .. "b")
  self.dict:delete(self.prefix .. "p")
end

local function is_told_off(err)
  return err.kind == "auth" or err.status == 429 or err.kind == "server" and err.retry_after ~= nil
end

-- Whether this failure is one too many. Failures of one customer in a row are that customer's: they
-- must not keep the others out.
local function is_one_too_many(self, id)
  if self.dict:get(self.prefix .. "i") == id then return false end
  self.dict:set(self.prefix .. "i", id, WINDOW)
  return (self.dict:incr(self.prefix .. "n", 1, 0, WINDOW) or 0) >= FAILURES
end

-- Whether a look that failed says that nobody should look.
local function concerns_all(self, err, probed, id)
  local till = select(2, read(self))
  if till and (till > self.now() or not probed) then return false end -- known, or of before
  if is_told_off(err) then return true end
  if not NO_ANSWER[err.kind] then return false end
  if not probed then return is_one_too_many(self, id) end
  local is_other = self.dict:get(self.prefix .. "i") ~= id
  self.dict:set(self.prefix .. "i", id, WINDOW)
  return is_other
end

--- Tells what came of a look.
---@param err spherepay.Error? nil when SpherePay answered
---@param probed boolean? what `enter` said
---@param id string of the customer
---@return boolean opened
function Breaker:report(err, probed, id)
  if not err then
    close(self, probed)
    return false
  end
  if concerns_all(self, err, probed, id) then
    open(self, err)
    return true
  end
  if probed then self:leave() end -- it has taught nothing
  return false
end

return breaker
