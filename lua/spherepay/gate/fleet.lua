-- What the gates of several machines know together: the functions of a lua_shared_dict that the
-- gate uses, over Redis. Everything is written to the machine's own dictionary, too, which answers
-- where no call can wait and while Redis does not. What Redis has to hear, that a customer was
-- forgotten or that SpherePay is to be left alone, it is told as soon as it answers again; until
-- then this machine goes by its own word.
--
-- Machines whose clocks differ see decisions as that much older or younger.

local clock = require "spherepay.gate.clock"
local scrub = require "spherepay.privacy.scrub"

local fleet = {}

local AGAIN = 1 -- seconds after which Redis is tried again
local MAX_TEXT = 200
local OWED = "owed:" -- before a key in the machine's own dictionary: what Redis has not heard yet
local ALONE = "alone:" -- before a key whose value Redis did not take
local OWING = "owing" -- the keys of all of that, as a list: a worker leaves what it owes to others

-- Adds to a number, which begins when it is not there, for so many milliseconds (0: for good).
local INCR = [[
local value = redis.call("INCRBY", KEYS[1], ARGV[1])
if value == tonumber(ARGV[1]) and tonumber(ARGV[2]) > 0 then
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
end
return value
]]

---@class spherepay.gate.Fleet
---@field host table ngx
---@field dict table the machine's own
---@field run fun(command: string, ...): any, string?
---@field prefix string
---@field failed_at number?
---@field debts table<string, true> the keys of what this worker owes Redis
---@field is_paying boolean whether a timer is to pay
---@field is_heard boolean whether Redis answered this worker when it was last asked
local Fleet = {}
Fleet.__index = Fleet

---@param settings { host: table, dict: table, run: function, prefix: string }
---@return spherepay.gate.Fleet
function fleet.new(settings)
  settings.debts, settings.is_paying, settings.is_heard = {}, false, false
  return setmetatable(settings, Fleet)
end

local function note_failure(self, message)
  if not self.failed_at then
    self.host.log(self.host.WARN, "spherepay: the gate is alone: Redis does not answer: ",
      scrub.own(tostring(message), MAX_TEXT))
  end
  self.failed_at, self.is_heard = self.host.now(), false
end

-- Whether it did not answer a moment ago, by a clock that may be set.
local function is_given_up(self)
  return self.failed_at ~= nil and clock.is_within(self.host.now(), self.failed_at, AGAIN)
end

local take_over

-- What its commands are answered with: another server, or a proxy, may say anything.
local function is_answer(self, value)
  return type(value) == "string" or type(value) == "number" or value == self.host.null
end

-- Whether Redis answered, and what.
local function ask(self, command, key, ...)
  if is_given_up(self) then return false end
  local ok, answer, message = pcall(self.run, command, self.prefix .. key, ...)
  if ok and is_answer(self, answer) then
    self.failed_at = nil
    if not self.is_heard then
      self.is_heard = true
      take_over(self)
    end
    return true, answer
  end
  -- "API disabled": no call can wait in this phase, which says nothing about Redis
  local text = ok and (message or "its answer is wrong") or answer
  if not tostring(text):find("API disabled", 1, true) then note_failure(self, text) end
  return false
end

local function milliseconds(seconds)
  return math.max(1, math.floor((seconds or 0) * 1000 + 0.5))
end

-- ---- what Redis has not heard -------------------------------------------------------------------

-- Tells it, if it answers; whoever comes to it first, in any worker.
local function pay(self, key, value)
  local left = self.dict:ttl(OWED .. key) or 0
  if left > 0 and not ask(self, "set", key, value, "PX", milliseconds(left)) then return end
  self.debts[key] = nil
  if self.dict:get(OWED .. key) == value then self.dict:delete(OWED .. key) end
end

-- A worker that leaves pays what it can. In init_by_lua there are no timers: a worker that Redis
-- answers takes that over.
local function pay_soon(self)
  if self.is_paying then return end
  local ok, has_timer = pcall(self.host.timer.at, AGAIN, function(is_leaving)
    self.is_paying = false
    local keys = {}
    for key in pairs(self.debts) do keys[#keys + 1] = key end
    for _, key in ipairs(keys) do
      local value = self.dict:get(OWED .. key)
      if value then pay(self, key, value) else self.debts[key] = nil end
    end
    if next(self.debts) and not is_leaving then pay_soon(self) end
  end)
  self.is_paying = ok and has_timer and true or false
end

-- Owes what any worker of this machine owes, for that may have left, or was killed.
function take_over(self)
  for _ = 1, self.dict:llen(OWING) or 0 do
    local key = self.dict:lpop(OWING)
    if key and self.dict:get(OWED .. key) then
      self.dict:rpush(OWING, key)
      self.debts[key] = true
    end
  end
  if next(self.debts) then pay_soon(self) end
end

local function owe(self, key, value, seconds)
  self.dict:set(OWED .. key, value, seconds)
  self.dict:rpush(OWING, key)
  self.debts[key] = true
  pay_soon(self)
end

-- ---- as a dictionary ----------------------------------------------------------------------------

--- What Redis says.
---@param key string
---@return string|number?
function Fleet:get(key)
  local owed = self.dict:get(OWED .. key)
  if owed then
    pay(self, key, owed)
    return owed
  end
  local answered, value = ask(self, "get", key)
  if not answered then return self.dict:get(key) end
  if value == self.host.null then value = nil end
  return tonumber(value) or value
end

--- The same of what `keep` has kept, unless what the machine itself has is better: Redis took no
--- write, or did not answer when that was written. Where Redis has nothing, that is so only if it
--- did not take it, for else it has been forgotten. The machine keeps what it reads, for when Redis
--- does not answer.
---@param key string
---@param seconds number for which it does
---@param is_better fun(own: string, other: string?): boolean
---@return string|number?
function Fleet:latest(key, seconds, is_better)
  local value, own = self:get(key), self.dict:get(key)
  local may_differ = own and own ~= value and (value or self.dict:get(ALONE .. key))
  if may_differ and is_better(own, value) then value = own end
  self.dict:set(key, value, seconds)
  return value
end

--- What all were told by `tell`. Redis may have lost that: it was full, or a replica took over that
--- had not heard it. Then this machine, which has, says it again.
---@param key string
---@param seconds number for which it is to be known
---@return string|number?
function Fleet:told(key, seconds)
  local value = self:get(key)
  if value then
    self.dict:set(key, value, seconds)
    return value
  end
  local own = self.dict:get(key)
  if own then self:add(key, own, seconds) end
  return own
end

-- Writes to both. Returns whether Redis took it, then what `set` returns.
local function write(self, key, value, seconds)
  local ok, message = self.dict:set(key, value, seconds)
  if ask(self, "set", key, tostring(value), "PX", milliseconds(seconds)) then return true, true end
  return false, ok, message
end

---@param key string
---@param value any
---@param seconds number
---@return boolean? ok
---@return string? message
function Fleet:set(key, value, seconds)
  return select(2, write(self, key, value, seconds))
end

--- The same of what `latest` reads.
---@param key string
---@param value string
---@param seconds number
---@return boolean? ok
---@return string? message
function Fleet:keep(key, value, seconds)
  local is_taken, ok, message = write(self, key, value, seconds)
  if is_taken then
    self.dict:delete(ALONE .. key)
  else
    self.dict:set(ALONE .. key, true, seconds)
  end
  return ok, message
end

--- The same of what all have to hear: Redis is told later when it does not answer now.
---@param key string
---@param value string
---@param seconds number
function Fleet:tell(key, value, seconds)
  self.dict:delete(OWED .. key)
  if not write(self, key, value, seconds) then owe(self, key, value, seconds) end
end

---@param key string
---@param value any
---@param seconds number
---@return boolean? ok
---@return string? message "exists" when it is there
function Fleet:add(key, value, seconds)
  local text, lasts = tostring(value), milliseconds(seconds)
  local answered, answer = ask(self, "set", key, text, "PX", lasts, "NX")
  if not answered then return self.dict:add(key, value, seconds) end
  if answer == self.host.null then return false, "exists" end
  return true
end

---@param key string
function Fleet:delete(key)
  self.dict:delete(OWED .. key)
  self.dict:delete(key)
  ask(self, "del", key)
end

---@param key string
---@param value number
---@param init number
---@param seconds number?
---@return number?
---@return string? message
function Fleet:incr(key, value, init, seconds)
  local own, message = self.dict:incr(key, value, init, seconds)
  if is_given_up(self) then return own, message end
  local ok, count = pcall(self.run, "eval", INCR, 1, self.prefix .. key, value,
    seconds and milliseconds(seconds) or 0)
  if ok and tonumber(count) then return tonumber(count) end
  return own, message
end

return fleet
