-- What the workers of one nginx know together about customers, in a lua_shared_dict: what was seen
-- of them, failures that are a moment old, and who is looking just now. Keys hold a customer's id,
-- values hold nothing personal. It asks nobody, waits for nothing, and decides nothing.

local clock = require "spherepay.gate.clock"
local errors = require "spherepay.errors"
local record = require "spherepay.gate.record"
local unique = require "spherepay.gate.unique"

local cache = {}

local Cache = {}
Cache.__index = Cache

-- Seconds for which a failure answers for the next look, so that an outage is not made worse;
-- longer, up to the second, when the server asked for that.
local FAILURE_TTL = 1
local MAX_FAILURE_TTL = 30
-- Seconds for which a customer is remembered as one who exists, and for which it is remembered
-- that one was forgotten.
local REMEMBERED = 3600
-- The generation of a customer who was not forgotten.
local FIRST = "0"

---@class spherepay.gate.Cache
---@field host table ngx
---@field dict table a dictionary of ngx.shared, or a fleet
---@field prefix string of all keys
---@field now fun(): number seconds since the epoch, the same for all workers

---@param settings spherepay.gate.Cache
---@return spherepay.gate.Cache
function cache.new(settings)
  settings.name = unique.new(settings.host)
  return setmetatable(settings, Cache)
end

--- The name of what is known of a customer since it was last forgotten. A record of another name is
--- not read: a look that was under way when its customer was forgotten brings nothing old back.
---@param id string
---@return string
function Cache:generation(id)
  local hear = self.dict.told or self.dict.get -- a fleet, or a dictionary
  return hear(self.dict, self.prefix .. "g" .. id, REMEMBERED) or FIRST
end

local HEAD = "^(%S+) %a(%d+%.%d+)" -- of a record: the name, and when that was seen

-- Of two texts of one customer's, whether the one is valid and the other is older, is not, or is
-- none.
local function is_better(self, id, one, other)
  local generation, at = string.match(one, HEAD)
  if generation ~= self:generation(id) then return false end
  if not other then return true end
  local other_generation, other_at = string.match(other, HEAD)
  return generation ~= other_generation or tonumber(at) > tonumber(other_at)
end

-- Of a fleet. (LuaJIT compiles no function that makes one.)
local function latest(self, id, key)
  return self.dict:latest(key, REMEMBERED, function(...) return is_better(self, id, ...) end)
end

--- What was seen of a customer, however long ago.
---@param id string
---@return spherepay.gate.Record?
---@return number? at
function Cache:read(id)
  local dict, key = self.dict, self.prefix .. "d" .. id
  local text
  if dict.latest then text = latest(self, id, key) else text = dict:get(key) end
  if type(text) ~= "string" then return nil end
  local generation, rest = text:match("^(%S+) (.*)$")
  if generation ~= self:generation(id) then return nil end
  return record.decode(rest)
end

--- Keeps what has just been seen.
---@param id string
---@param seen spherepay.gate.Record
---@param at number
---@param seconds number for which it is of use
---@param generation string as it was before the look
---@return boolean? ok
---@return string? message when the dictionary had no room
function Cache:write(id, seen, at, seconds, generation)
  if seen.customer then seconds = math.max(seconds, REMEMBERED) end
  local text = record.encode(seen, at, generation .. " ")
  local keep = self.dict.keep or self.dict.set -- a fleet, or a dictionary
  return keep(self.dict, self.prefix .. "d" .. id, text, seconds)
end

-- ---- who looks, or has just failed to -----------------------------------------------------------
--
-- One key says both: who looks has its lock until `unlock`, or leaves in its place why there is to
-- be no look for a moment. So who gets the lock knows that there is no such failure.

local FAILED = "^! (%S+) (%S+)$"

--- The failure of a moment ago, if there was one. One of a clock that was set back since is over.
---@param id string
---@return spherepay.Error?
function Cache:failure(id)
  local key, kind, till = self.prefix .. "l" .. id, nil, nil
  local text = self.dict:get(key)
  if type(text) == "string" then kind, till = text:match(FAILED) end
  if not kind then return nil end
  local left = tonumber(till) - self.now()
  if left > MAX_FAILURE_TTL + clock.SKEW then
    self.dict:delete(key)
    return nil
  end
  return errors.new {
    kind = kind, message = "the last look at this customer failed",
    retryable = true, retry_after = math.max(left, 0.001),
  }
end

--- Keeps a failure for a moment, in the place of the lock.
---@param id string
---@param err spherepay.Error
function Cache:fail(id, err)
  local wait = math.min(math.max(err.retry_after or 0, FAILURE_TTL), MAX_FAILURE_TTL)
  self.dict:set(self.prefix .. "l" .. id, ("! %s %.3f"):format(err.kind, self.now() + wait), wait)
end

local function forget_failure(self, id)
  local key = self.prefix .. "l" .. id
  local text = self.dict:get(key)
  if type(text) == "string" and text:find(FAILED) then self.dict:delete(key) end
end

--- Makes the caller the one who looks at a customer; the others leave it to them until `unlock`, or
--- until they have not renewed it for `seconds`, lest a worker that dies be waited for.
---@param id string
---@param owner string
---@param seconds number
---@return boolean mine also when the dictionary has no room to remember it
function Cache:lock(id, owner, seconds)
  local ok, message = self.dict:add(self.prefix .. "l" .. id, owner, seconds)
  return ok or message ~= "exists"
end

---@param id string
---@param owner string
---@param seconds number
function Cache:renew(id, owner, seconds)
  local key = self.prefix .. "l" .. id
  if self.dict:get(key) == owner then self.dict:set(key, owner, seconds) end
end

---@param id string
---@param owner string
function Cache:unlock(id, owner)
  local key = self.prefix .. "l" .. id
  if self.dict:get(key) == owner then self.dict:delete(key) end
end

--- Forgets a customer, in all workers.
---@param id string
---@return string generation
function Cache:forget(id)
  local generation = self.name()
  local tell = self.dict.tell or self.dict.set -- a fleet, or a dictionary
  tell(self.dict, self.prefix .. "g" .. id, generation, REMEMBERED)
  self.dict:delete(self.prefix .. "d" .. id)
  forget_failure(self, id)
  return generation
end

return cache
