-- What the path between costs: balancers that end connections, a path that dies, addresses that
-- lead nowhere, slow links, new connections. Prints one line for each.
--   luajit spec/bench/path.lua [what ...]   limits, dead, addresses, burst, resumed; default: all
-- It is no spec. The path that dies needs a network namespace, and is left out without one.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path
package.cpath = ROOT .. "build/luajit/?.so;" .. package.cpath

local fronts = require "spec.support.fronts"
local helper = require "spec.contract.helper"
local shell = require "spherepay.sandbox.shell"

local function connect(front, options)
  local full = {
    token = "t", base_url = front.base_url, ca_file = front.ca_file, rate_limit = false,
  }
  for name, value in pairs(options or {}) do full[name] = value end
  return helper.spherepay.new(full)
end

local function create(client, number)
  local params = { meta = { internalUserId = "usr_" .. number } }
  for key, value in pairs(helper.JANE) do params[key] = value end
  return client.customer.create(params)
end

-- `count` creates, `at_once` at a time: how many failed.
local function creates(client, count, at_once)
  local next_one, failed = 0, 0
  for _ = 1, at_once do
    client:spawn(function()
      while next_one < count do
        next_one = next_one + 1
        local customer, err = create(client, next_one)
        if not customer then
          failed = failed + 1
          io.stderr:write(tostring(err), "\n")
        end
      end
    end)
  end
  client:run()
  return failed
end

local function arrived(front, count)
  local marks, once, twice = front.marks(), 0, 0
  for i = 1, count do
    local times = marks["usr_" .. i] or 0
    if times > 0 then once = once + 1 end
    if times > 1 then twice = twice + 1 end
  end
  return once, twice
end

local benches = {}

function benches.limits()
  local front = fronts.nginx { delay = 0.1 }
  local client = connect(front)
  local took, results = helper.timed(creates, client, 3000, 100)
  local once, twice = arrived(front, 3000)
  local stats = client:stats()
  print(("limits: 3000 creates, 100 at a time, over nginx's defaults at 100 ms: %d failed,"
    .. " %d arrived, %d twice; %.1f s, %d connections, %d streams repeated"):format(
    results[1], once, twice, took, stats.connections_opened, stats.streams_repeated))
  client:close()
  front:stop()
end

-- In a namespace of its own: what the kept connection sends is dropped without a word. It is the
-- sender's own kernel that drops it, which makes its retransmissions slower than a real path does.
local DEAD = [[
local helper = require "spec.contract.helper"
local shell = require "spherepay.sandbox.shell"
local server = helper.fault.start { tls = true, h2 = true }
helper.clear(server)
local client = helper.client(server, { timeout = TIMEOUT })
assert(client.customer.get(helper.ID))
local sockets = shell.read("ss -tnH state established dport = :" .. math.floor(server.port))
local port = assert(sockets:match("127%.0%.0%.1:(%d+)%s"), sockets)
assert(shell.run("ip rule add pref 5 sport " .. port .. " ipproto tcp blackhole") == 0)
local calls, began, customer = 0, helper.now(), nil
repeat
  calls = calls + 1
  customer = CALL(client, helper)
until customer or helper.now() - began > 1000
print(("%d calls, %.1f s"):format(calls, helper.now() - began))
os.exit(0)
]]

local NAMESPACE = "unshare -n sh -c 'ip link set lo up && ip rule add pref 10 lookup local"
  .. " && ip rule del pref 0 && exec luajit -' 2>&1 <<'END'\n"

function benches.dead()
  local cases = {
    { "a read, defaults", "client.customer.get(helper.ID)", 30 },
    { "a create, defaults", "client.customer.create(helper.JANE)", 30 },
    { "a read, timeout = 2", "client.customer.get(helper.ID)", 2 },
  }
  for _, case in ipairs(cases) do
    local paths = ("package.path, package.cpath = %q, %q\n"):format(package.path, package.cpath)
    local script = DEAD:gsub("CALL%(client, helper%)", function() return case[2] end)
      :gsub("TIMEOUT", case[3])
    local out = shell.read(NAMESPACE .. paths .. script .. "END\n")
    print("dead path, " .. case[1] .. ": until the first success "
      .. (out:match("%d+ calls, [%d.]+ s$") or "left out (" .. out:sub(1, 200) .. ")"))
  end
end

function benches.addresses()
  local library = helper.library("slow_resolver.c")
  local server = helper.fault.start { tls = true, h2 = true }
  helper.clear(server)
  local _, give_back = helper.fault.silent_port("127.0.0.3", server.port)
  local out = helper.child(([[
    package.path, package.cpath = %q, %q
    local helper = require "spec.contract.helper"
    local client = helper.spherepay.new {
      token = "t", base_url = "https://slow.test:%d", ca_file = "%s",
    }
    local took, results = helper.timed(client.customer.get, helper.ID)
    print(results[1] and ("%%.1f s"):format(took) or results[2])
  ]]):format(package.path, package.cpath, server.port, server.ca_file), {
    preload = library, env = "SP_SLOW_HOST=slow.test SP_SLOW_FIRST=127.0.0.3",
  })
  print("two addresses, the first leads nowhere, defaults: " .. out:gsub("%s+$", ""))
  give_back()
  server:stop()
  os.remove(library)
end

-- A slow link to a front: its URL, and what ends it.
local function link(front, seconds, bytes_per_second)
  local pipe = io.popen(("echo $$; exec env -u LUA_PATH -u LUA_CPATH lua5.4 %sspec/support/link.lua"
    .. " %d %g %d </dev/null"):format(ROOT, front.tls_port, seconds, bytes_per_second))
  local pid, port = pipe:read("*l"), pipe:read("*l")
  return "https://127.0.0.1:" .. port, function()
    shell.run("kill " .. pid)
    pipe:close()
  end
end

function benches.burst()
  local front = fronts.nginx {}
  local url, stop = link(front, 0.05, 8000)
  local client = connect(front, { base_url = url })
  local took, results = helper.timed(creates, client, 50, 50)
  print(("cold burst of 50 creates over HTTP/2 at 64 kbit/s: %d failed, %d connections, %.1f s")
    :format(results[1], client:stats().connections_opened, took))
  client:close()
  stop()
  front:stop()
end

function benches.resumed()
  local front = fronts.nginx { delay = 0.05 }
  local url, stop = link(front, 0.05, 1000000)
  local client = connect(front, { base_url = url, http_version = "1.1" })
  local _, _, response = assert(create(client, 1))
  local timings = response.timings
  assert(creates(client, 16, 16) == 0)
  local marks = front.marks()
  print(("new TLS connection: %.1f round trips of 100 ms after TCP's; resumed of 16: %d")
    :format((timings.tls - timings.connect) / 0.1, marks.resumed or 0))
  client:close()
  stop()
  front:stop()
end

local ORDER = { "limits", "dead", "addresses", "burst", "resumed" }
for _, name in ipairs(arg[1] and arg or ORDER) do benches[name]() end
