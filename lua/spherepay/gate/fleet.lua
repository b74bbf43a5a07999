-- What the gates of several machines know together: the functions of a lua_shared_dict that the
-- gate uses, over Redis. Everything is written to the machine's own dictionary, too, which answers
-- where no call can wait and while Redis does not.
--
-- Machines whose clocks differ see decisions as that much older or younger.

local scrub = require "spherepay.privacy.scrub"

local fleet = {}

local AGAIN = 1 -- seconds after which Redis is tried again
local MAX_TEXT = 200

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
local Fleet = {}
Fleet.__index = Fleet

---@param settings { host: table, dict: table, run: function, prefix: string }
---@return spherepay.gate.Fleet
function fleet.new(settings)
  return setmetatable(settings, Fleet)
end

local function note_failure(self, message)
  if not self.failed_at then
    self.host.log(self.host.WARN, "spherepay: the gate is alone: Redis does not answer: ",
      scrub.own(tostring(message), MAX_TEXT))
  end
  self.failed_at = self.host.now()
end

-- Whether Redis answered, and what.
local function ask(self, command, key, ...)
  if self.failed_at and self.host.now() - self.failed_at < AGAIN then return false end
  local ok, answer, message = pcall(self.run, command, self.prefix .. key, ...)
  if ok and answer ~= nil then
    self.failed_at = nil
    return true, answer
  end
  -- "API disabled": no call can wait in this phase, which says nothing about Redis
  local text = ok and message or answer
  if not tostring(text):find("API disabled", 1, true) then note_failure(self, text) end
  return false
end

local function milliseconds(seconds)
  return math.max(1, math.floor((seconds or 0) * 1000 + 0.5))
end

---@param key string
---@return string|number?
function Fleet:get(key)
  local answered, value = ask(self, "get", key)
  if not answered then return self.dict:get(key) end
  if value == self.host.null then return nil end
  return tonumber(value) or value
end

---@param key string
---@param value any
---@param seconds number
---@return boolean? ok
---@return string? message
function Fleet:set(key, value, seconds)
  local ok, message = self.dict:set(key, value, seconds)
  if ask(self, "set", key, tostring(value), "PX", milliseconds(seconds)) then return true end
  return ok, message
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
  if self.failed_at and self.host.now() - self.failed_at < AGAIN then return own, message end
  local ok, count = pcall(self.run, "eval", INCR, 1, self.prefix .. key, value,
    seconds and milliseconds(seconds) or 0)
  if ok and tonumber(count) then return tonumber(count) end
  return own, message
end

return fleet
