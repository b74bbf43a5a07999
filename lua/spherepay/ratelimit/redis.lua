-- One rate limit for processes on many machines, shared through Redis: how a call waits for its
-- turn, and what happens when Redis is not there. How the limit is divided is share.lua's.
--
-- Redis is spoken to by lua-resty-redis in nginx and by redis-lua elsewhere, which are loaded only
-- when this is asked for. While it does not answer, a process keeps to a part of the limit by
-- itself: no call fails for that.

local blame = require "spherepay.options.blame"
local core = require "spherepay.core"
local resty = require "spherepay.ratelimit.resty"
local scrub = require "spherepay.privacy.scrub"
local share = require "spherepay.ratelimit.share"
local window = require "spherepay.ratelimit.window"

local redis = {}

local PATIENCE = 0.25 -- seconds for which Redis is waited for
local AGAIN = 1 -- seconds after which it is tried again
local LONGEST_SLEEP = 0.1 -- seconds between two looks at whether a share has grown
local MAX_TEXT = 200

---@class spherepay.ratelimit.Redis
---@field ask fun(keys: string[], args: table): table?, string? runs the script
---@field lines table<"read"|"write", table|false>
---@field fallback_share number
---@field report fun(line: string)
---@field now fun(): number
---@field failed_at number when Redis did not answer, until it has
local Redis = {}
Redis.__index = Redis

-- ---- talking to it -----------------------------------------------------------------------------

-- In nginx.
local function by_resty(settings)
  local run = resty.new(settings, "rate_limit.redis")
  return function(keys, args)
    local words = { share.SCRIPT, #keys }
    for _, key in ipairs(keys) do words[#words + 1] = key end
    for _, arg in ipairs(args) do words[#words + 1] = arg end
    return run("eval", (table.unpack or unpack)(words)) -- luacheck: ignore
  end
end

-- Elsewhere: one connection, made anew when it broke. It raises what goes wrong.
local function by_redis_lua(settings)
  local found, module = pcall(require, "redis")
  if not found then
    blame "spherepay: option \"rate_limit.redis\" needs the module redis (redis-lua)"
  elseif settings.tls then
    blame "spherepay: option \"rate_limit.redis\" has tls in nginx only"
  end
  local connection
  local function run(keys, args)
    if not connection then
      local made = module.connect(settings.host, settings.port, PATIENCE)
      if settings.password then made:auth(settings.password) end
      connection = made
    end
    local words = {}
    for _, key in ipairs(keys) do words[#words + 1] = key end
    for _, arg in ipairs(args) do words[#words + 1] = arg end
    return connection:eval(share.SCRIPT, #keys, (table.unpack or unpack)(words)) -- luacheck: ignore
  end
  return function(keys, args)
    local ok, granted = pcall(run, keys, args)
    if ok then return granted end
    connection = nil
    return nil, tostring(granted)
  end
end

local function write_warning(line)
  local host = rawget(_G, "ngx")
  if type(host) == "table" and host.log and host.WARN then
    host.log(host.WARN, line)
  else
    pcall(function() io.stderr:write(line, "\n") end)
  end
end

-- ---- the limit ---------------------------------------------------------------------------------

local function new_line(limit)
  return limit and { limit = limit, holder = share.holder(limit), window = window.new(),
    generation = core.generation() } or false
end

--- What processes share.
---@param settings { host: string, port: integer, password: string?, tls: boolean?,
---  prefix: string, fallback_share: number }
---@param opts { name: string, limits: table<"read"|"write", integer|false>, loop: string,
---  ask: function?, report: function?, now: function? } name: clients of one name share
---@return spherepay.ratelimit.Redis
function redis.new(settings, opts)
  local ask = opts.ask or (opts.loop == "nginx" and by_resty or by_redis_lua)(settings)
  return setmetatable({
    ask = ask, lines = { read = new_line(opts.limits.read), write = new_line(opts.limits.write) },
    prefix = settings.prefix .. ":" .. opts.name .. ":",
    fallback_share = settings.fallback_share, report = opts.report or write_warning,
    now = opts.now or core.now,
  }, Redis)
end

-- Redis gives each process an id of its own; a fork is another process.
local function id_of(line)
  if line.generation ~= core.generation() then
    line.id, line.generation, line.holder = nil, core.generation(), share.holder(line.limit)
  end
  return line.id or ""
end

local function note_failure(self, now, message)
  if not self.failed_at then
    self.report("spherepay: the rate limit is not shared: Redis does not answer: "
      .. scrub.own(tostring(message), MAX_TEXT))
  end
  self.failed_at = now
end

local function renew(self, name, line)
  local id, now = id_of(line), self.now()
  local holder = line.holder
  if line.asking or not holder:is_due(now) then return end
  if self.failed_at and now - self.failed_at < AGAIN then return end
  line.asking = true
  local keys = { self.prefix .. name, self.prefix .. name .. ":cooling", self.prefix .. "ids" }
  local ok, answer, message = pcall(self.ask, keys, {
    id, line.limit, holder:want(now), share.TTL, share.COOLING,
  })
  line.asking = false
  if ok and type(answer) == "table" and tonumber(answer[1]) then
    line.id = answer[2]
    holder:take(tonumber(answer[1]), tonumber(answer[3]), now)
    self.failed_at = nil
  else
    note_failure(self, self.now(), ok and message or answer)
  end
end

-- A lease that lasts is worth more than a guess.
local function allowed(self, line, now)
  local held = line.holder:allowed(now)
  if held > 0 or not self.failed_at then return held end
  return math.max(1, math.floor(line.limit * self.fallback_share))
end

local function line_of(self, repeat_as)
  local name = repeat_as == "read" and "read" or "write"
  return self.lines[name], name
end

--- Before a call is submitted: waits for its turn, and takes the wait off its deadline.
---@param repeat_as "read"|"update"|"create"
---@param spec { deadline: number }
---@param sleep fun(seconds: number)
---@return boolean admitted false, at once, when the turn would come too late
function Redis:admit(repeat_as, spec, sleep)
  local line, name = line_of(self, repeat_as)
  if not line then return true end
  local began = self.now()
  while true do
    renew(self, name, line)
    local now = self.now()
    local most = allowed(self, line, now)
    local wait = line.window:take(now, most)
    if wait == 0 then break end
    line.holder.starved = true
    if now + (most > 0 and wait or 0) >= began + spec.deadline then return false end
    sleep(math.min(wait, LONGEST_SLEEP))
  end
  line.holder.used = line.holder.used + 1
  spec.deadline = math.max(spec.deadline - (self.now() - began), 0.001)
  return true
end

--- Right before a call is submitted: the retry budget is each process's own.
function Redis.begin() end

--- After a call has ended: its repeats count, too.
---@param repeat_as "read"|"update"|"create"
---@param attempts integer that it made
function Redis:finish(repeat_as, attempts)
  local line = line_of(self, repeat_as)
  if not line then return end
  for _ = 2, attempts do line.window:add(self.now()) end
end

return redis
