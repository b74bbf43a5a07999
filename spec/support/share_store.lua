-- The store of a shared rate limit, on a clock of the spec's own: as much of Redis as the script of
-- ratelimit/share asks of it, over tables. The script itself runs here as it does in Redis.

local share = require "spherepay.ratelimit.share"

local M = {}

local load_text = loadstring or load -- luacheck: ignore 113

-- The commands, over `hashes` and `sets`.
local function commands_of(now)
  local hashes, sets, count, commands = {}, {}, 0, {}
  function commands.TIME()
    local time = now()
    local seconds = math.floor(time)
    return { ("%d"):format(seconds), ("%d"):format(math.floor((time - seconds) * 1e6)) }
  end
  function commands.HGETALL(key)
    local list = {}
    for field, value in pairs(hashes[key] or {}) do
      list[#list + 1] = field
      list[#list + 1] = value
    end
    return list
  end
  function commands.HSET(key, field, value)
    hashes[key] = hashes[key] or {}
    hashes[key][field] = value
  end
  function commands.HDEL(key, field) hashes[key][field] = nil end
  function commands.ZADD(key, score, member)
    sets[key] = sets[key] or {}
    sets[key][member] = score
  end
  function commands.ZREM(key, member) sets[key][member] = nil end
  function commands.ZREMRANGEBYSCORE(key, _, most)
    for member, score in pairs(sets[key] or {}) do
      if score <= most then sets[key][member] = nil end
    end
  end
  function commands.ZRANGE(key)
    local list = {}
    for member in pairs(sets[key] or {}) do list[#list + 1] = member end
    return list
  end
  function commands.PEXPIRE() end
  function commands.INCR()
    count = count + 1
    return count
  end
  return commands
end

--- A store that holds nothing yet.
---@param now fun(): number seconds, by its clock
---@return fun(keys: string[], args: table): table run runs the script
function M.new(now)
  local commands = commands_of(now)
  local chunk = assert(load_text("local redis, KEYS, ARGV = ...\n" .. share.SCRIPT))
  local redis = { call = function(name, ...) return commands[name](...) end }
  return function(keys, args)
    local texts = {}
    for i, arg in ipairs(args) do texts[i] = tostring(arg) end
    return chunk(redis, keys, texts)
  end
end

return M
