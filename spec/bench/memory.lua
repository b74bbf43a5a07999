-- Bytes of memory that one more call in flight takes, and one more idle client. Two sizes are
-- measured, so what is there once does not count; the rest of a call is libcurl's, as bare shows.
--   LUA spec/bench/memory.lua <url that does not answer>

local ROOT = arg[0]:match("^(.*)spec/bench/[^/]*$") or ""
local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ("%sbuild/%s/?.so;%sbuild/bench/%s/?.so;"):format(ROOT, LUA, ROOT, LUA)
  .. package.cpath

local bare = require "bare"
local body = require "spec.bench.body"
local spherepay = require "spherepay"

local FEW, MANY = 50, 250

-- LuaJIT's memory is not malloc's.
local function bytes()
  collectgarbage()
  collectgarbage()
  return bare.allocated() + (LUA == "luajit" and collectgarbage("count") * 1024 or 0)
end

-- What `make(count)` keeps, for each of a count.
local function each(make)
  local function kept(count)
    local before = bytes()
    local what, close = make(count)
    local after = bytes()
    if close then close(what) end
    return after - before
  end
  kept(FEW)
  return (kept(MANY) - kept(FEW)) / (MANY - FEW)
end

local URL = arg[1]

local function bare_calls(count)
  return bare.hold({ url = URL .. "/v2/customer/" .. body.ID }, count)
end

local function new_client()
  return spherepay.new {
    token = "sandbox_key", base_url = URL, loop = "manual", rate_limit = false,
    max_connections = MANY, max_in_flight = MANY, http_version = "1.1",
  }
end

local function own_calls(count)
  local client = new_client()
  for _ = 1, count do
    client:spawn(function() client.customer.get(body.ID) end)
  end
  local quiet = bare.now() + 0.5
  while bare.now() < quiet do client:step(0.1) end
  assert(client:stats().in_flight == count)
  return client, client.close
end

local function idle_clients(count)
  local list = {}
  for i = 1, count do list[i] = new_client() end
  return list, function()
    for _, client in ipairs(list) do client:close() end
  end
end

local libcurl, own = each(bare_calls), each(own_calls)
print(("| a call in flight | %.0f bytes, of which libcurl by itself takes %.0f: %+.0f |"):format(
  own, libcurl, own - libcurl))
print(("| an idle client | %.0f bytes |"):format(each(idle_clients)))
