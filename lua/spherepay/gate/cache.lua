-- What the workers of one nginx know together about customers, in a lua_shared_dict: decisions,
-- failures that are a moment old, and who is asking just now. Keys hold a customer's id, values
-- hold nothing personal. It asks nobody and waits for nothing.

local decision = require "spherepay.gate.decision"
local errors = require "spherepay.errors"

local cache = {}

local Cache = {}
Cache.__index = Cache

-- Seconds for which a failure answers for the next look, so that an outage is not made worse;
-- longer, up to the second, when the server asked for that.
local FAILURE_TTL = 1
local MAX_FAILURE_TTL = 30

---@class spherepay.gate.Cache
---@field dict table a dictionary of ngx.shared
---@field prefix string of all keys, different for gates that decide differently
---@field ttl number seconds
---@field negative_ttl number seconds
---@field stale_ttl number seconds beyond ttl
---@field now fun(): number seconds since the epoch, the same for all workers

---@param settings spherepay.gate.Cache
---@return spherepay.gate.Cache
function cache.new(settings)
  return setmetatable(settings, Cache)
end

-- Seconds for which a decision is fresh, and for which it is of use. One who was not allowed is
-- never told so out of habit: he may have been approved meanwhile.
local function lifetime(self, found)
  if found.allowed then return self.ttl, self.ttl + self.stale_ttl end
  return self.negative_ttl, self.negative_ttl
end

--- What is known about a customer, be it stale.
---@param id string
---@return spherepay.gate.Decision?
function Cache:read(id)
  local found, at = decision.decode(self.dict:get(self.prefix .. "d" .. id))
  if not found then return nil end
  found.age = math.max(0, self.now() - at)
  local fresh, useful = lifetime(self, found)
  if found.age >= useful then return nil end
  found.stale = found.age >= fresh
  return found
end

--- Keeps a decision that has just been made.
---@param id string
---@param found spherepay.gate.Decision
---@return boolean? ok
---@return string? message when the dictionary had no room
function Cache:write(id, found)
  local _, seconds = lifetime(self, found)
  found.age, found.stale = 0, false
  self.dict:delete(self.prefix .. "f" .. id)
  return self.dict:set(self.prefix .. "d" .. id, decision.encode(found, self.now()), seconds)
end

--- The failure of a moment ago, if there was one.
---@param id string
---@return spherepay.Error?
function Cache:failure(id)
  local text = self.dict:get(self.prefix .. "f" .. id)
  if type(text) ~= "string" then return nil end
  local kind, wait = text:match("^(%S+) (%S+)$")
  return errors.new {
    kind = kind, message = "the last look at this customer failed",
    retryable = true, retry_after = tonumber(wait),
  }
end

--- Keeps a failure for a moment.
---@param id string
---@param err spherepay.Error
function Cache:fail(id, err)
  local wait = math.min(math.max(err.retry_after or 0, FAILURE_TTL), MAX_FAILURE_TTL)
  self.dict:set(self.prefix .. "f" .. id, ("%s %.3f"):format(err.kind, wait), wait)
end

--- What needs no look: a decision that is not stale, or the failure of a moment ago.
---@param id string
---@return spherepay.gate.Decision?
---@return spherepay.Error?
function Cache:settled(id)
  local found = self:read(id)
  if found and not found.stale then return found end
  return nil, self:failure(id)
end

--- Makes the caller the one who asks about a customer; the others leave it to him, until `unlock`
--- or for `seconds`, lest a worker that dies be waited for.
---@param id string
---@param seconds number
---@return boolean mine also when the dictionary has no room to remember it
function Cache:lock(id, seconds)
  local ok, message = self.dict:add(self.prefix .. "l" .. id, true, seconds)
  return ok or message ~= "exists"
end

--- @param id string of a lock that is one's own
function Cache:unlock(id)
  self.dict:delete(self.prefix .. "l" .. id)
end

return cache
