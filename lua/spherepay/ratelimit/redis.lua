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
-- Seconds after the last guess in which others, who hear of Redis later, may still make theirs.
local REJOIN = AGAIN + PATIENCE + share.COOLING
local LONGEST_SLEEP = 0.1 -- seconds between two looks at whether a share has grown
local MAX_TEXT = 200
local LONGEST_QUESTION = 2 -- seconds after which who asked must have been killed meanwhile

---@class spherepay.ratelimit.Redis
---@field ask fun(keys: string[], args: table): table?, string? runs the script
---@field lines table<"read"|"write", table|false>
---@field fallback_share number
---@field report fun(line: string)
---@field now fun(): number
---@field spawn fun(fn: function) runs it where it may wait
---@field failed_at number? when Redis did not answer, until it has
---@field guessed_at number? when a part of the limit was last kept to without Redis
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

-- Elsewhere: one connection, made anew when it broke, and after a fork: two processes on one would
-- read each other's answers. It raises what goes wrong.
local function by_redis_lua(settings)
  local found, module = pcall(require, "redis")
  if not found then
    blame "spherepay: option \"rate_limit.redis\" needs the module redis (redis-lua)"
  elseif settings.tls then
    blame "spherepay: option \"rate_limit.redis\" has tls in nginx only"
  end
  local connection, generation, till
  -- The library would wait anew for each piece of an answer.
  local function limit_reads(made)
    local network = made.network
    local read = network.read
    function network.read(client, length)
      network.socket:settimeout(math.max(till - core.now(), 0.001), "t")
      return read(client, length)
    end
  end
  local function run(keys, args)
    till = core.now() + PATIENCE
    if not connection or generation ~= core.generation() then
      local host = settings.host:match "^%[(.*)%]$" or settings.host -- of IPv6
      local made = module.connect(host, settings.port, PATIENCE)
      limit_reads(made)
      if settings.password then made:auth(settings.password) end
      connection, generation = made, core.generation()
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

local function in_light_thread(fn)
  local host = rawget(_G, "ngx")
  host.timer.at(0, function() fn() end) -- without a timer the next who needs it tries again
end

local function at_once(fn) fn() end

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
    now = opts.now or core.now, spawn = opts.loop == "nginx" and in_light_thread or at_once,
  }, Redis)
end

-- Redis gives each process an id of its own; a fork is another process, which has no lease yet.
local function own(line)
  if line and line.generation ~= core.generation() then
    line.id, line.generation, line.holder = nil, core.generation(), share.holder(line.limit)
    line.asked_at = nil
  end
  return line
end

local function note_failure(self, now, message)
  if not self.failed_at then
    self.report("spherepay: the rate limit is not shared: Redis does not answer: "
      .. scrub.own(tostring(message), MAX_TEXT))
  end
  self.failed_at = now
end

-- A lease that lasts is worth more than a guess.
local function allowed(self, line, now)
  local held = line.holder:allowed(now)
  local guess = math.max(1, math.floor(line.limit * self.fallback_share))
  if held == 0 and self.failed_at then
    self.guessed_at = now
    return guess
  end
  local is_rejoining = self.guessed_at and now - self.guessed_at < REJOIN
  return is_rejoining and math.min(held, guess) or held
end

local function is_share(value, limit)
  return type(value) == "number" and value >= 0 and value <= limit and value % 1 == 0
end

-- Whether it can be what the script returns: another server, or a proxy, may answer anything.
local function is_answer(answer, limit)
  return type(answer) == "table" and is_share(answer[1], limit) and type(answer[2]) == "string"
    and is_share(answer[3], limit)
end

-- Asks for a share. Returns whether less was given than is held: then what is given back has to be
-- said, or it stays reserved.
local function ask(self, name, line, want)
  local id, now, holder = line.id or "", self.now(), line.holder
  local held = allowed(self, line, now)
  local keys = { self.prefix .. name, self.prefix .. name .. ":cooling", self.prefix .. "ids" }
  local ok, answer, message = pcall(self.ask, keys, {
    id, line.limit, want, share.TTL, share.COOLING, held, holder:next_question(),
    holder:allowed(now),
  })
  if not (ok and is_answer(answer, line.limit)) then
    if ok then answer = message or "its answer is wrong" end
    note_failure(self, self.now(), answer)
    return false
  end
  local granted = answer[1]
  line.id, self.failed_at = answer[2], nil
  holder:take(granted, answer[3], now)
  return granted < held
end

local function is_due(self, line, now)
  if line.asked_at and now - line.asked_at < LONGEST_QUESTION then return false end
  if not line.holder:is_due(now) then return false end
  return not self.failed_at or now - self.failed_at >= AGAIN
end

local function renew(self, name, line)
  local now = self.now()
  if not is_due(self, line, now) then return end
  local want = line.holder:want(now)
  line.asked_at = now
  if ask(self, name, line, want) then ask(self, name, line, want) end
  line.asked_at = nil
end

local function line_of(self, repeat_as)
  local name = repeat_as == "read" and "read" or "write"
  return own(self.lines[name]), name
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

--- Takes a turn for a repeat.
---@param name "read"|"write"
---@return number seconds until there may be one; 0: it was taken
function Redis:wait_of_repeat(name)
  local line = own(self.lines[name])
  if not line then return 0 end
  if is_due(self, line, self.now()) then self.spawn(function() renew(self, name, line) end) end
  local now = self.now()
  local most = allowed(self, line, now)
  local wait = line.window:take(now, most)
  if wait == 0 then
    line.holder.used = line.holder.used + 1
    return 0
  end
  line.holder.starved = true
  return most > 0 and wait or LONGEST_SLEEP
end

--- After a call has ended: the retry budget is each process's own.
function Redis.finish() end

return redis
