-- What one call costs the process that makes it: its user instructions, split by library and in the
-- core by function, its system calls, and the calls of Lua functions on its way. It is the
-- difference of two runs, so the start of a process does not count; the same from run to run within
-- a percent.
--   luajit spec/bench/instructions.lua check|report lua5.4|luajit|"luajit -joff" [case ...]
-- With `check` it prints TAP and fails when a case is above its budget (budgets.lua) by more than
-- 3 %. What LuaJIT compiles differs from run to run, so it has a budget without its compiler. It
-- needs valgrind and nginx, whose Lua module is that of luajit.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path

local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
package.cpath = ROOT .. "build/" .. LUA .. "/?.so;" .. package.cpath

local budgets = require "spec.bench.budgets"
local callgrind = require "spec.bench.callgrind"

-- Calls. LuaJIT compiles for a while; and so many are counted that the collector has gone round,
-- which takes less of those that leave much to collect.
local WARM = { ["lua5.4"] = 50, luajit = 600, ["luajit -joff"] = 50 }
local OVER_TLS = "get over TLS and HTTP/2"
local COUNTED = {
  get = 800, [OVER_TLS] = 400, create = 400, ["422"] = 300, ["422 of a create"] = 100,
}
local TRIES = 3 -- a busy machine hands a response over in pieces, and each costs a step
local MARGIN = 1.03

local CUSTOMER = require "spec.support.bench_customer"

-- As long as the customer, so that the two compare.
local PROBLEM = [[{"status":422,"detail":"The request could not be processed.",
"code":"customer/invalid","correlationId":"8d3ce64e-6f1c-4e9a-b27b-63d0b6b2f6ac","errors":[%s]}]]
local ITEM = [[{"detail":"must be a valid value of this field","pointer":"/address/postalCode"}]]
PROBLEM = PROBLEM:gsub("\n", ""):format(ITEM .. ("," .. ITEM):rep(12))

-- What a create is refused with: a complaint of its own for each field.
local COMPLAINTS = [[{"status":422,"detail":"Validation failed for the customer.",
"code":"customer/invalid","correlationId":"8d3ce64e-6f1c-4e9a-b27b-63d0b6b2f6ac","errors":[
{"detail":"email is not a valid email address","pointer":"/email"},
{"detail":"phone must be in E.164 format","pointer":"/phone"},
{"detail":"firstName must have at least two letters","pointer":"/personalInformation/firstName"},
{"detail":"lastName must have at least two letters","pointer":"/personalInformation/lastName"},
{"detail":"dateOfBirth must be a date before today","pointer":"/personalInformation/dateOfBirth"},
{"detail":"line1 must not be a post office box","pointer":"/address/line1"},
{"detail":"city is not known in this state","pointer":"/address/city"},
{"detail":"state must be a two-letter code","pointer":"/address/state"},
{"detail":"postalCode does not belong to this city","pointer":"/address/postalCode"},
{"detail":"country must be one of ISO 3166-1 alpha-3","pointer":"/address/country"}]}]]
COMPLAINTS = COMPLAINTS:gsub("\n", "")

local SERVER = [[
    listen 127.0.0.1:${tls_port} ssl http2;
    ssl_certificate ${tls}/server.pem;
    ssl_certificate_key ${tls}/server.key;
    location = /v2/customer {
      if ($http_x_refused) { return 422 '${complaints}'; }
      return 201 '${customer}';
    }
    location = /v2/customer/customer_f31121c389624d3697cbf3ea8830b7a4 { return 200 '${customer}'; }
    location = /v2/customer/customer_refused { return 422 '${problem}'; }
]]

local ID = "customer_f31121c389624d3697cbf3ea8830b7a4"

local PARAMS = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  personalInformation = { firstName = "Jane", lastName = "Smith", dateOfBirth = "1990-01-15" },
  address = {
    line1 = "233 South Wacker Drive", city = "Chicago", state = "IL", postalCode = "60606",
    country = "USA",
  },
}

-- name -> what makes one call of it, and fails loudly when it is not what it should be
local CASES = {}

function CASES.get(client)
  return function() assert(client.customer.get(ID).id == ID) end
end

CASES[OVER_TLS] = CASES.get

function CASES.create(client)
  return function()
    local customer, _, response = client.customer.create(PARAMS)
    assert(customer.id == ID and not response.warnings[1])
  end
end

CASES["422"] = function(client)
  return function()
    local value, err = client.customer.get("customer_refused")
    assert(not value and #err.errors == 13)
  end
end

CASES["422 of a create"] = function(client)
  local opts = { headers = { ["X-Refused"] = "yes" } }
  return function()
    local value, err = client.customer.create(PARAMS, opts)
    assert(not value and #err.errors == 10)
  end
end

local NAMES = { "get", OVER_TLS, "create", "422", "422 of a create" }

-- ---- one case, in a process of its own ---------------------------------------------------------

local function new_client(url, ca_file)
  return require("spherepay").new {
    token = "sandbox_key", base_url = url, rate_limit = false, ca_file = ca_file,
    http_version = url:find("^https") and "auto" or "1.1",
  }
end

local function run_calls(name, url, ca_file, count)
  local client = new_client(url, ca_file)
  local call = CASES[name](client)
  for _ = 1, count do call() end
  client:close()
end

-- The calls of functions of the library in one call of it, and the files they lie in.
local function count_hops(name, url, ca_file)
  local client = new_client(url, ca_file)
  local call = CASES[name](client)
  for _ = 1, 10 do call() end
  local calls, files, count = 0, {}, 0
  debug.sethook(function()
    local source = debug.getinfo(2, "S").source
    if not source:find("lua/spherepay/", 1, true) then return end
    calls = calls + 1
    if not files[source] then files[source], count = true, count + 1 end
  end, "c")
  call()
  debug.sethook()
  client:close()
  print(calls, count)
end

-- ---- counting ----------------------------------------------------------------------------------

-- What libcurl's fault costs for which no easy handle is used twice: to make one, and to end one.
local HANDLES = { "sp_exchange_open", "curl_easy_cleanup" }

local function command_of(what, lua, name, host, count)
  return ("%s %sspec/bench/instructions.lua --%s '%s' %s %s %d"):format(lua, ROOT, what, name,
    host.url[name] or host.url.get, host.ca_file, count)
end

local function measure(shell, lua, name, host)
  local warm, counted = WARM[lua], COUNTED[name]
  return callgrind.each(callgrind.run(shell, command_of("run", lua, name, host, warm + counted)),
    callgrind.run(shell, command_of("run", lua, name, host, warm)), counted)
end

-- ---- the report --------------------------------------------------------------------------------

local function split(each)
  return callgrind.most(each.objects, 500, "%s %.1f k", 1000)
end

local function report(shell, lua, name, host)
  local each, handles = measure(shell, lua, name, host), 0
  for _, fn in ipairs(HANDLES) do handles = handles + (each.within[fn] or 0) end
  local calls, files = shell.read(command_of("hops", lua, name, host, 0)):match("(%d+)%s+(%d+)")
  print(("%s, %s: %.1f k instructions (%s), of them %.1f k for easy handles; %s calls of functions"
    .. " in %s files"):format(name, lua, callgrind.sum(each.objects) / 1000, split(each),
      handles / 1000, calls, files))
  print("  of the core: "
    .. callgrind.most(each.functions["core.so"], 300, "%s %.1f k", 1000))
  print("  system calls: " .. callgrind.most(each.system_calls, 0.01, "%s %.2f", 1))
end

local tests = 0

local function tell(fits, what, name, lua, count, budget)
  tests = tests + 1
  print(("%s %d - %s on %s takes %.1f %s, of a budget of %.1f"):format(
    fits and "ok" or "not ok", tests, name, lua, count, what, budget))
end

local function check(shell, lua, name, host)
  local major = require("spherepay.core").versions:match("libcurl/(%d+)")
  local budgeted = budgets[tonumber(major)]
  local budget, calls = budgeted.instructions[name][lua], budgeted.system_calls[name]
  local each, fits, fit_calls
  local tries = 0
  repeat
    each = measure(shell, lua, name, host)
    fits = callgrind.sum(each.objects) <= budget * MARGIN
    fit_calls = callgrind.sum(each.system_calls) <= calls * MARGIN
    tries = tries + 1
  until fits and fit_calls or tries == TRIES
  tell(fits, "k instructions", name, lua, callgrind.sum(each.objects) / 1000, budget / 1000)
  tell(fit_calls, "system calls", name, lua, callgrind.sum(each.system_calls), calls)
  if not fits then print("# " .. split(each)) end
  if not fit_calls then print("# " .. callgrind.most(each.system_calls, 0.01, "%s %.2f", 1)) end
  return fits and fit_calls
end

local function main(how, lua, names)
  local certificate = require("spherepay.sandbox.certificate")
  local nginx = require("spec.support.nginx")
  local shell = require("spherepay.sandbox.shell")
  local tls, port = shell.read("mktemp -d"), nginx.free_port()
  assert(certificate.make(tls))
  shell.run(("chmod 755 %s && chmod 644 %s/ca.pem"):format(tls, tls))
  local server = nginx.start({ server = SERVER }, { customer = CUSTOMER, problem = PROBLEM,
    complaints = COMPLAINTS, tls = tls, tls_port = port })
  local host = { ca_file = tls .. "/ca.pem",
    url = { get = server.url, [OVER_TLS] = "https://localhost:" .. port } }
  local fits = true
  local ok, message = pcall(function()
    for _, name in ipairs(names) do fits = how(shell, lua, name, host) ~= false and fits end
  end)
  server:stop()
  shell.run("rm -rf " .. shell.quote(tls))
  if not ok then error(message, 0) end
  os.exit(fits and 0 or 1)
end

if arg[1] == "--run" then
  run_calls(arg[2], arg[3], arg[4], tonumber(arg[5]))
elseif arg[1] == "--hops" then
  count_hops(arg[2], arg[3], arg[4])
else
  local names = {}
  for i = 3, #arg do names[i - 2] = arg[i] end
  main(arg[1] == "check" and check or report, assert(arg[2]), names[1] and names or NAMES)
end
