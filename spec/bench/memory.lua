-- Bytes of memory that one more call in flight takes, in a task of its own or among those of a
-- get_many, and one more idle client. Two sizes are measured, so what is there once does not count;
-- the rest of a call is libcurl's, as bare shows.
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

local function wait_for(client, count)
  local quiet = bare.now() + 0.5
  while bare.now() < quiet do client:step(0.1) end
  assert(client:stats().in_flight == count)
  return client, client.close
end

local function calls_in_tasks(count)
  local client = new_client()
  for _ = 1, count do
    client:spawn(function() client.customer.get(body.ID) end)
  end
  return wait_for(client, count)
end

local function calls_of_many(count)
  local client, left = new_client(), count
  local function next_id()
    left = left - 1
    return left >= 0 and body.ID or nil
  end
  client:spawn(function()
    for _ in client.customer.get_many(next_id, { concurrency = count }) do end
  end)
  return wait_for(client, count)
end

local function idle_clients(count)
  local list = {}
  for i = 1, count do list[i] = new_client() end
  return list, function()
    for _, client in ipairs(list) do client:close() end
  end
end

local libcurl = each(bare_calls)

local function print_calls(what, bytes_each)
  print(("| %s | %.0f bytes, of which libcurl by itself takes %.0f: %+.0f |"):format(
    what, bytes_each, libcurl, bytes_each - libcurl))
end

print_calls("a call in flight, in a task of its own", each(calls_in_tasks))
print_calls("a call in flight of get_many", each(calls_of_many))
print(("| an idle client | %.0f bytes |"):format(each(idle_clients)))
