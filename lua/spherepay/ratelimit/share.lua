-- How a rate limit is divided among processes on many machines: each holds a lease of so many
-- requests a second, for some seconds, and keeps to that by itself; a script in Redis gives the
-- leases out. So Redis is asked once for many requests, and clocks need not agree: it is Redis's
-- clock alone that counts, and a lease is shorter for its holder than for Redis.
--
-- What is taken from one holder is given to another only when the former has said that he keeps to
-- less, for the answer may be lost that told him, and when his last second with more is over.
-- Shares are fair: nobody gets more than is wanted, and nobody less than their part of the limit
-- while others get more. Here are the script and the times; asking is redis.lua's.

local share = {}

share.TTL = 10 -- seconds of a lease
share.COOLING = 1.1 -- seconds until what was given back may be used by another
share.SOON = 3 -- seconds before the end of a lease at which it is renewed

-- Fewer requests than this in a lease are not worth a question to Redis.
local BATCH = 12
local MIN_PERIOD, MAX_PERIOD = 0.5, 3 -- seconds between two questions of one who wants more
local LEAST = 4 -- requests a second that are wanted in any case
local GROWTH = 3 -- of what is wanted by one who had to wait

-- KEYS: the leases (hash: id -> "share want till question"), what cools (sorted set by its end), a
-- counter. ARGV: id ("" for a new one), limit, want, seconds of a lease, seconds of cooling, the
-- share that the holder keeps to so far, the number of the question (one that comes after a later
-- one is not heard), and the share of the lease that the holder has. Returns the share, the id, and
-- the share that is due, which others may have to give back first. A lease is of the greater of the
-- old and the new share, until the holder says which it is.
share.SCRIPT = [==[
local time = redis.call("TIME")
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local id, limit, want = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local ttl, cooling = tonumber(ARGV[4]), tonumber(ARGV[5])
local held, question, leased = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local is_known = ARGV[1] == ""
if id == "" then id = redis.call("INCR", KEYS[3]) .. ":" .. time[1] .. "." .. time[2] end

local function cool(owner, amount, since)
  if amount <= 0 then return end
  redis.call("ZADD", KEYS[2], since + cooling, owner .. " " .. since .. " " .. amount)
end

-- Redis knows nothing of a lease that lasts: it has started anew, or was emptied. So it has
-- forgotten the others' leases, too: as long as they may last, the rest of the limit is left to
-- them, less what they come and tell.
local function remember_lease()
  local till, rest = now + ttl + cooling, limit
  for _, entry in ipairs(redis.call("ZRANGE", KEYS[2], 0, -1)) do
    local last, amount = string.match(entry, "^forgotten (%S+) (%S+)$")
    if last then
      till, rest = tonumber(last), tonumber(amount)
      redis.call("ZREM", KEYS[2], entry)
    end
  end
  rest = rest - leased
  if rest > 0 then redis.call("ZADD", KEYS[2], till, "forgotten " .. till .. " " .. rest) end
end

-- The leases there are; those that have ended cool.
local holders, names = { [id] = { share = held, want = want } }, {}
local raw = redis.call("HGETALL", KEYS[1])
for i = 1, #raw, 2 do
  local kept, wanted, till, last = string.match(raw[i + 1], "^(%S+) (%S+) (%S+) (%S+)$")
  is_known = is_known or raw[i] == id
  if raw[i] == id and tonumber(last) >= question then return { 0, id, 0 } end
  if tonumber(till) <= now then
    redis.call("HDEL", KEYS[1], raw[i])
    cool(raw[i], tonumber(kept), tonumber(till))
  elseif raw[i] == id then
    cool(id, tonumber(kept) - held, now)
  else
    holders[raw[i]] = { share = tonumber(kept), want = tonumber(wanted) }
  end
end
for name in pairs(holders) do names[#names + 1] = name end

-- The fair share of each: the least wanted first, the rest divided among the others.
table.sort(names, function(a, b)
  if holders[a].want ~= holders[b].want then return holders[a].want < holders[b].want end
  return a < b
end)
local left, target, others = limit, 0, 0
for place, name in ipairs(names) do
  local part = math.min(holders[name].want, math.floor(left / (#names - place + 1)))
  left = left - part
  if name == id then target = part else others = others + holders[name].share end
end

redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", now)
if not is_known and leased > 0 then remember_lease() end
local cooled = 0
for _, entry in ipairs(redis.call("ZRANGE", KEYS[2], 0, -1)) do
  cooled = cooled + tonumber(string.match(entry, "(%S+)$"))
end

-- Who went by a guess so far may hold more than is left.
local granted = math.max(0, math.min(target, limit - others - cooled))
redis.call("HSET", KEYS[1], id,
  math.max(held, granted) .. " " .. want .. " " .. (now + ttl) .. " " .. question)
local keep = math.ceil((ttl + cooling) * 1000) + 1000
redis.call("PEXPIRE", KEYS[1], keep)
redis.call("PEXPIRE", KEYS[2], keep)
return { granted, id, target }
]==]

-- ---- a holder ----------------------------------------------------------------------------------

---@class spherepay.ratelimit.Holder
---@field limit integer requests a second of all together
---@field share integer of this process
---@field till number when the lease ends, by this process's clock
---@field asked_at number
---@field used integer requests since
---@field starved boolean whether one had to wait since
---@field pause number seconds until it is asked for more again
---@field questions integer that were asked
local Holder = {}
Holder.__index = Holder

--- One who holds no lease yet.
---@param limit integer
---@return spherepay.ratelimit.Holder
function share.holder(limit)
  return setmetatable({
    limit = limit, share = 0, till = -math.huge, asked_at = -math.huge, used = 0, starved = false,
    pause = MIN_PERIOD, questions = 0,
  }, Holder)
end

--- The requests a second that may be made now.
---@param now number
---@return integer
function Holder:allowed(now)
  return now < self.till and self.share or 0
end

--- The number of the question that is asked next.
---@return integer
function Holder:next_question()
  self.questions = self.questions + 1
  return self.questions
end

--- Whether Redis is to be asked now.
---@param now number
---@return boolean
function Holder:is_due(now)
  if now >= self.till - share.SOON then return now - self.asked_at >= MIN_PERIOD end
  if now - self.asked_at < self.pause then return false end
  return self.starved or self.used >= BATCH and self:want(now) < self.share / 2
end

--- How many requests a second this process could use.
---@param now number
---@return integer
function Holder:want(now)
  if self.starved then return math.min(self.limit, math.max(LEAST, GROWTH * self.share)) end
  local seconds = math.max(1, now - self.asked_at)
  local rate = seconds < math.huge and self.used / seconds or 0
  return math.min(self.limit, math.max(LEAST, math.ceil(1.25 * rate) + 2))
end

--- Takes what Redis gave.
---@param granted integer
---@param due integer what it will give when others have given that back
---@param asked_at number when it was asked, so that the lease ends here before it does there
function Holder:take(granted, due, asked_at)
  local in_vain = self.starved and granted <= self.share and granted >= due
  self.pause = in_vain and math.min(2 * self.pause, MAX_PERIOD) or MIN_PERIOD
  self.share, self.till, self.asked_at = granted, asked_at + share.TTL, asked_at
  self.used, self.starved = 0, false
end

return share
