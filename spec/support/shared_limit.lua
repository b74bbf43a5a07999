-- Processes that ask as fast as they may, under one rate limit that a real Redis shares among them;
-- and what they did of it, by the clock of the machine.

local redis = require "spec.support.redis"
local shell = require "spherepay.sandbox.shell"

local M = {}

local LUA = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")

-- A request is counted when the limit lets it go: a busy machine may send it later.
local SCRIPT = [[
local spherepay = require "spherepay"
local client = spherepay.new {
  token = "sandbox_key", base_url = "%s", max_retries = 0,
  rate_limit = { read = %d, write = 10, redis = { host = "127.0.0.1", port = %d, %s } },
}
local core, count, times = require "spherepay.core", 0, {}
local shared = client.shared
local admit = shared.admit
function shared:admit(...)
  local is_admitted = admit(self, ...)
  if is_admitted then times[#times + 1] = ("admitted %%.6f"):format(core.now()) end
  return is_admitted
end
local till = core.now() + %g
local enough = %d
local function has_enough()
  local first = tonumber((times[#times - enough + 1] or ""):match "%%S+$")
  return first and core.now() - first < 1
end
while core.now() < till and not has_enough() do
  local _, err = client.customer.get("customer_1", { deadline = 1 })
  if not err then count = count + 1 elseif err.kind ~= "rate_limited" then print(err) end
end
print(table.concat(times, "\n"))
print("done", count)
]]

--- Starts them.
---@param given { count: integer, seconds: number, limit: integer, url: string, port: integer,
---  more: string, enough: integer? } url: of the API; port: of Redis; more: options of `redis`, in
---  Lua; enough: requests in a second after which one has seen enough
---@return file*[] pipes for `read`
function M.start(given)
  local pipes = {}
  local script = SCRIPT:format(given.url, given.limit, given.port, given.more, given.seconds,
    given.enough or 1000000)
  for i = 1, given.count do
    local path = os.tmpname()
    assert(shell.write_file(path, script))
    pipes[i] = io.popen(("LUA_PATH=%s LUA_CPATH=%s %s %s 2>&1; rm %s"):format(
      shell.quote(package.path .. ";" .. redis.library()), shell.quote(package.cpath), LUA, path,
      path))
  end
  return pipes
end

--- Waits until they have ended.
---@param pipes file*[]
---@return string text what they printed
---@return number[] times when each request was let go, in order
function M.read(pipes)
  local texts, times = {}, {}
  for i, pipe in ipairs(pipes) do
    texts[i] = pipe:read "*a"
    pipe:close()
  end
  local text = table.concat(texts)
  for at in text:gmatch "admitted (%d+%.%d+)" do times[#times + 1] = tonumber(at) end
  table.sort(times)
  return text, times
end

--- The most of them that lie in any second.
---@param times number[] sorted
---@return integer
function M.most_in_a_second(times)
  local most, first = 0, 1
  for last = 1, #times do
    while times[last] - times[first] >= 1 do first = first + 1 end
    most = math.max(most, last - first + 1)
  end
  return most
end

--- So many a second, once the shares have settled.
---@param times number[] sorted
---@param after number seconds from the first on
---@param seconds number
---@return number
function M.rate(times, after, seconds)
  local from, count = times[1] + after, 0
  for _, at in ipairs(times) do
    if at >= from and at < from + seconds then count = count + 1 end
  end
  return count / seconds
end

return M
