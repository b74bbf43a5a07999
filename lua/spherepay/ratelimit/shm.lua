-- One rate limit and one retry budget for the workers of an nginx, in a `lua_shared_dict`. Any
-- dictionary does that has nginx's `get` and `incr`; without one a client keeps its limit alone,
-- in the core. A dictionary belongs to one application of the vendor's: the limit is theirs.
--
-- The rate: time is cut into short cells, each with a counter. Who wants to send adds one to the
-- present cell first and counts the last cells then; when that is above the limit it takes its
-- one back and waits. Adding first makes workers that race see each other, so no second ever
-- holds more than the limit; the price is that a bit less than the limit is reached, because a
-- second begins anywhere in a cell. A repeat is admitted as a first attempt is.

local core = require "spherepay.core"

local shm = {}

local CELLS_PER_SECOND = 20
-- A second that begins inside a cell touches one more; and requests sent apart may arrive nearer.
local CELLS = CELLS_PER_SECOND + 2
local KEEP = 3 -- seconds after which the dictionary forgets a cell

---@class spherepay.Shared
---@field dict table
---@field engine spherepay.core.Engine
---@field limits table<"read"|"write", integer|false> per second
---@field now fun(): number seconds, of one clock for all workers
---@field prefix string
---@field known integer tokens of the retry budget, as last told to the dictionary
---@field full integer tokens of a budget that nothing has been taken from
local Shared = {}
Shared.__index = Shared
Shared.__name = "spherepay.shared"

--- What the workers share.
---@param dict table an `ngx.shared.DICT`
---@param opts { name: string, limits: table<"read"|"write", integer|false>,
---  engine: spherepay.core.Engine, now: (fun(): number)? } name: clients of one name share;
---  engine: with a full retry budget
---@return spherepay.Shared
function shm.new(dict, opts)
  local full = opts.engine:retry_budget()
  return setmetatable({
    dict = dict,
    engine = opts.engine,
    limits = opts.limits,
    now = opts.now or core.now,
    prefix = "spherepay:" .. opts.name .. ":",
    known = full,
    full = full,
  }, Shared)
end

--- The dictionary of that name.
---@param name string
---@return table? dict
---@return string? problem
function shm.find(name)
  local host = rawget(_G, "ngx")
  if type(host) ~= "table" or not host.shared then
    return nil, "option \"shm\" is for nginx: here is no lua_shared_dict, so leave it out"
  end
  local dict = host.shared[name]
  if not dict then return nil, "option \"shm\": there is no lua_shared_dict of that name" end
  return dict
end

-- ---- the rate ----------------------------------------------------------------------------------

local function present_cell(self)
  return math.floor(self.now() * CELLS_PER_SECOND)
end

-- Seconds until so many cells have gone that one more request fits; `total` is without it.
local function wait_of(self, key, cell, total, limit)
  local oldest = cell - CELLS
  while total >= limit and oldest < cell do
    oldest = oldest + 1
    total = total - (self.dict:get(key .. oldest) or 0)
  end
  return math.max((oldest + CELLS) / CELLS_PER_SECOND - self.now(), 0.001)
end

-- Takes a token, or returns the seconds after which there may be one.
local function try(self, key, limit)
  local cell = present_cell(self)
  local total = self.dict:incr(key .. cell, 1, 0, KEEP)
  if not total then return 0 end -- a dictionary without room for a number must not stop calls
  for other = cell - CELLS + 1, cell - 1 do
    total = total + (self.dict:get(key .. other) or 0)
  end
  -- Only what was added to a cell while it was the present one was seen by all who came later.
  if total <= limit and present_cell(self) == cell then return 0 end
  self.dict:incr(key .. cell, -1)
  if total <= limit then return try(self, key, limit) end
  return wait_of(self, key, cell, total - 1, limit)
end

-- Waits for a token; false, at once, when the wait cannot end in time.
local function take(self, line, seconds, sleep)
  local limit = self.limits[line]
  if not limit then return true end
  local till, key = self.now() + seconds, self.prefix .. line .. ":"
  while true do
    local wait = try(self, key, limit)
    if wait == 0 then return true end
    if self.now() + wait >= till then return false end
    sleep(wait)
  end
end

-- ---- the retry budget --------------------------------------------------------------------------

-- Tells the dictionary what the engine's budget has gained or lost, and the engine what it is.
local function sync_budget(self)
  local key = self.prefix .. "budget"
  local change = self.engine:retry_budget() - self.known
  local total = self.dict:get(key)
  if change ~= 0 then total = self.dict:incr(key, change, self.full) end
  if not total then return end
  self.known = self.engine:retry_budget(total)
  if self.known ~= total then self.dict:incr(key, self.known - total) end
end

-- ---- the way of a call -------------------------------------------------------------------------

local function line_of(repeat_as)
  return repeat_as == "read" and "read" or "write"
end

--- Before a call is submitted: waits for its token, and takes the wait off its deadline.
---@param repeat_as "read"|"update"|"create"
---@param spec { deadline: number } seconds that the call has; what is left of them afterwards
---@param sleep fun(seconds: number)
---@return boolean admitted false, at once, when the token would come too late
function Shared:admit(repeat_as, spec, sleep)
  local began = self.now()
  if not take(self, line_of(repeat_as), spec.deadline, sleep) then return false end
  spec.deadline = math.max(spec.deadline - (self.now() - began), 0.001)
  return true
end

--- Right before a call is submitted, when the engine is open.
function Shared:begin()
  sync_budget(self)
end

--- Takes a token for a repeat.
---@param line "read"|"write"
---@return number seconds until there may be one; 0: it was taken
function Shared:wait_of_repeat(line)
  local limit = self.limits[line]
  return limit and try(self, self.prefix .. line .. ":", limit) or 0
end

--- After a call has ended.
function Shared:finish()
  sync_budget(self)
end

return shm
