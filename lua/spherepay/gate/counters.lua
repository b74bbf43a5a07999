-- What a gate has done, counted over all workers. A worker counts by itself and adds that to the
-- dictionary once a second, because a dictionary costs more than all else that a hit does.

local counters = {}

local Counters = {}
Counters.__index = Counters

local PERIOD = 1 -- seconds
local LOST = 5 -- seconds after which a timer is taken for one that never runs

--- What is counted, with what it means.
counters.NAMES = {
  { "hits", "checks that were answered from what is known" },
  { "stale", "hits that were older than ttl" },
  { "misses", "checks that began a look" },
  { "joins", "checks that waited for a look that somebody else began" },
  { "looks", "questions to SpherePay" },
  { "looks_failed", "looks without an answer" },
  { "abandoned", "looks for which nobody waited any more" },
  { "breaker_opened", "times that SpherePay was left alone from" },
  { "allowed", "checks of customers who may pass" },
  { "denied", "checks of customers who may not" },
  { "unavailable", "checks without a decision" },
  { "passed_open", "requests that passed without a decision, as the gate fails open" },
  { "passed_dry", "requests that passed although the gate would have refused them (dry_run)" },
  { "forgotten", "customers that were forgotten" },
  { "put", "customers that were put" },
}

---@param settings { host: table, dict: table, prefix: string }
---@return spherepay.gate.Counters
function counters.new(settings)
  ---@class spherepay.gate.Counters
  ---@field host table ngx
  ---@field dict table
  ---@field prefix string
  local self = setmetatable(settings, Counters)
  self.counts, self.flush_by = {}, nil
  for _, each in ipairs(counters.NAMES) do self.counts[each[1]] = 0 end
  return self
end

--- Adds what was counted here to what all workers know.
function Counters:flush()
  for name, count in pairs(self.counts) do
    if count > 0 then
      self.counts[name] = 0
      self.dict:incr(self.prefix .. "s" .. name, count, 0)
    end
  end
end

-- In init_by_lua asking for a timer raises.
local function ask_timer(host, fn)
  if host.worker.exiting() then return false end
  local ok, has_one = pcall(host.timer.at, PERIOD, fn)
  return ok and has_one
end

-- A timer that nginx has no place for never runs; then another one is tried.
local function schedule(self)
  local ok = ask_timer(self.host, function()
    self.flush_by = nil
    self:flush()
  end)
  self.flush_by = ok and self.host.now() + LOST or nil
  if not ok then self:flush() end
end

--- Counts what goes with something that is added in the same moment, or soon.
---@param name string
function Counters:note(name)
  self.counts[name] = self.counts[name] + 1
end

---@param name string
function Counters:add(name)
  self:note(name)
  if not self.flush_by or self.host.now() > self.flush_by then schedule(self) end
end

--- The counts of all workers; what others counted within the last second may be missing.
---@return table<string, integer>
function Counters:read()
  self:flush()
  local result = {}
  for _, each in ipairs(counters.NAMES) do
    result[each[1]] = self.dict:get(self.prefix .. "s" .. each[1]) or 0
  end
  return result
end

--- Counts and gauges in the text format of Prometheus.
---@param stats table<string, integer> of `read`
---@param gauges table<string, { help: string, value: number }>
---@return string
function counters.prometheus(stats, gauges)
  local lines = {}
  local function put(name, kind, help, value)
    lines[#lines + 1] = ("# HELP %s %s\n# TYPE %s %s\n%s %d\n"):format(name, help, name, kind, name,
      value)
  end
  for _, each in ipairs(counters.NAMES) do
    put("spherepay_gate_" .. each[1] .. "_total", "counter", each[2], stats[each[1]])
  end
  for name, gauge in pairs(gauges) do
    put("spherepay_gate_" .. name, "gauge", gauge.help, gauge.value)
  end
  return table.concat(lines)
end

return counters
