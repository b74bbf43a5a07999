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
  settings.count_key = settings.prefix .. "e"
  if not settings.dict.told then settings.dict:add(settings.count_key, 0) end
  return setmetatable(settings, Cache)
end

-- How often any customer was forgotten; nil where nobody knows. Of many customers a dictionary
-- takes long to find one, and this it finds at once.
local function count_of_all(self)
  if self.dict.told then return nil end -- a fleet
  return self.dict:get(self.count_key)
end

local function find_generation(self, id, count)
  if count == 0 then return FIRST end
  local hear = self.dict.told or self.dict.get -- a fleet, or a dictionary
  return hear(self.dict, self.prefix .. "g" .. id, REMEMBERED) or FIRST
end

--- The name of what is known of a customer since it was last forgotten. A record of another name is
--- not read: a look that was under way when its customer was forgotten brings nothing old back.
---@param id string
---@return string generation
---@return integer? count for `has_changed`
function Cache:generation(id)
  local count = count_of_all(self)
  return find_generation(self, id, count), count
end

--- Whether it is another one by now.
---@param id string
---@param generation string
---@param count integer?
---@return boolean
function Cache:has_changed(id, generation, count)
  local now = count_of_all(self)
  if now and now == count then return false end
  return find_generation(self, id, now) ~= generation
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

-- What stands in the place of a record while there is none: see below. No record begins like these.
local LOCK, FAILED = "L ", "! "

-- The record of a text, if that is one, and one of this name.
local function decode(self, id, text)
  local generation, rest = text:match("^(%S+) (.*)$")
  if generation ~= self:generation(id) then return nil end
  return record.decode(rest)
end

-- What nobody can read any more goes: of a name that the customer no longer has, or of another
-- version of the library. A lock could not stand there.
local function make_room(self, key, text)
  local mark = text:sub(1, 2)
  if self.dict.latest or mark == LOCK or mark == FAILED then return end
  if self.dict:get(key) == text then self.dict:delete(key) end
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
  local seen, at = decode(self, id, text)
  if not seen then make_room(self, key, text) end
  return seen, at
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
-- be no look for a moment. So who gets the lock knows that there is no such failure. While nothing
-- has been seen of a customer the lock stands where that will be: then who gets it knows that there
-- is still nothing, and what is seen takes its place.

local FAILURE = "^" .. FAILED .. "(%S+) (%S+) (%S+)$"

--- Where the lock of a customer is, of whom something has been seen, or nothing.
---@param is_seen boolean
---@return "l"|"d" place
function Cache:place(is_seen)
  if is_seen or self.dict.latest then return "l" end -- a fleet reads records in ways of its own
  return "d"
end

--- The failure of a moment ago, if there was one. One of a clock that was set back since is over.
---@param id string
---@param place "l"|"d"
---@return spherepay.Error?
function Cache:failure(id, place)
  local key, kind, till, wait = self.prefix .. place .. id, nil, nil, nil
  local text = self.dict:get(key)
  if type(text) == "string" then kind, till, wait = text:match(FAILURE) end
  if not kind then return nil end
  local left = tonumber(till) - self.now()
  if left > tonumber(wait) + clock.SKEW then
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
---@param place "l"|"d"
---@param owner string of the lock
---@param err spherepay.Error
function Cache:fail(id, place, owner, err)
  local wait = math.min(math.max(err.retry_after or 0, FAILURE_TTL), MAX_FAILURE_TTL)
  local text = (FAILED .. "%s %.3f %.3f"):format(err.kind, self.now() + wait, wait)
  local key = self.prefix .. place .. id
  local other = place == "d" and self.dict:get(key)
  if other and other ~= LOCK .. owner then return end -- somebody else has seen something
  self.dict:set(key, text, wait)
end

--- Makes the caller the one who looks at a customer; the others leave it to them until `unlock`, or
--- until they have not renewed it for `seconds`, lest a worker that dies be waited for.
---@param id string
---@param place "l"|"d"
---@param owner string
---@param seconds number
---@return boolean mine also when the dictionary has no room to remember it
function Cache:lock(id, place, owner, seconds)
  local ok, message = self.dict:add(self.prefix .. place .. id, LOCK .. owner, seconds)
  return ok or message ~= "exists"
end

---@param id string
---@param place "l"|"d"
---@param owner string
---@param seconds number
function Cache:renew(id, place, owner, seconds)
  local key = self.prefix .. place .. id
  if self.dict:get(key) == LOCK .. owner then self.dict:set(key, LOCK .. owner, seconds) end
end

---@param id string
---@param place "l"|"d"
---@param owner string
function Cache:unlock(id, place, owner)
  local key = self.prefix .. place .. id
  if self.dict:get(key) == LOCK .. owner then self.dict:delete(key) end
end

-- But for the lock of one who looks.
local function delete(self, key)
  local text = self.dict:get(key)
  if type(text) == "string" and text:sub(1, #LOCK) == LOCK then return end
  self.dict:delete(key)
end

--- Forgets a customer, in all workers.
---@param id string
---@return string generation
function Cache:forget(id)
  local generation = self.name()
  -- first; and a number that is there takes no room, so this goes when all else does
  if not self.dict.told then self.dict:incr(self.count_key, 1) end
  local tell = self.dict.tell or self.dict.set -- a fleet, or a dictionary
  tell(self.dict, self.prefix .. "g" .. id, generation, REMEMBERED)
  delete(self, self.prefix .. "d" .. id)
  delete(self, self.prefix .. "l" .. id)
  return generation
end

return cache
