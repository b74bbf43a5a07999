-- What one call costs the process that makes it: its user instructions by callgrind, split by
-- library, and the calls of Lua functions on its way. Instructions are the difference of two runs,
-- so the start of a process does not count; they are the same from run to run within a percent.
--   luajit spec/bench/instructions.lua check|report lua5.4|luajit|"luajit -joff" [case ...]
-- With `check` it prints TAP and fails when a case is above its budget (budgets.lua) by more than
-- 3 %. What LuaJIT compiles differs from run to run, so it has a budget without its compiler. It
-- needs valgrind and nginx, whose Lua module is that of luajit.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path

local LUA = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
package.cpath = ROOT .. "build/" .. LUA .. "/?.so;" .. package.cpath

-- Calls. LuaJIT compiles for a while; and so many are counted that the collector has gone round,
-- which takes less of those that leave much to collect.
local WARM = { ["lua5.4"] = 50, luajit = 600, ["luajit -joff"] = 50 }
local COUNTED = { get = 800, create = 400, ["422"] = 300, ["422 of a create"] = 100 }
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

local NAMES = { "get", "create", "422", "422 of a create" }

-- ---- one case, in a process of its own ---------------------------------------------------------

local function new_client(url)
  return require("spherepay").new {
    token = "sandbox_key", base_url = url, rate_limit = false, http_version = "1.1",
  }
end

local function run_calls(name, url, count)
  local client = new_client(url)
  local call = CASES[name](client)
  for _ = 1, count do call() end
  client:close()
end

-- The calls of functions of the library in one call of it, and the files they lie in.
local function count_hops(name, url)
  local client = new_client(url)
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

local function read_all(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

-- Instructions by object of a callgrind file: what lines with a cost say, but for those behind
-- `calls=`, which repeat what the called function has spent.
local function by_object(text)
  local names, spent, object, is_call = {}, {}, nil, false
  for line in text:gmatch("[^\n]+") do
    local id, name = line:match("^ob=(%(%d+%)) ?(.*)$")
    if id then
      if name ~= "" then names[id] = name:match("[^/]*$") end
      object = names[id]
    elseif line:find("^cob=") then
      id, name = line:match("^cob=(%(%d+%)) ?(.*)$")
      if name ~= "" then names[id] = name:match("[^/]*$") end
    elseif line:find("^calls=") then
      is_call = true
    elseif line:find("^[%d+*-]") then
      if not is_call then
        local cost = line:match("(%d+)$")
        spent[object] = (spent[object] or 0) + tonumber(cost)
      end
      is_call = false
    end
  end
  return spent
end

-- What libcurl's fault costs for which no easy handle is used twice: to make one, and to end one.
local HANDLES = { sp_exchange_open = true, curl_easy_cleanup = true }

-- Instructions of the calls of these functions, with all that they called.
local function by_call(text, wanted)
  local names, sum, called, is_call = {}, 0, nil, false
  for line in text:gmatch("[^\n]+") do
    local kind, id, name = line:match("^(c?fn)=(%(%d+%)) ?(.*)$")
    if kind then
      if name ~= "" then names[id] = name end
      called = names[id]
    elseif line:find("^calls=") then
      is_call = true
    elseif is_call then
      if wanted[called] then sum = sum + tonumber(line:match("(%d+)$")) end
      is_call = false
    end
  end
  return sum
end

local function child(shell, lua, prefix, name, url, count)
  return shell.read(("%s %s %sspec/bench/instructions.lua --%s '%s' %s %d 2>&1"):format(
    prefix, lua, ROOT, count > 0 and "run" or "hops", name, url, count))
end

local function collected(shell, lua, name, url, count)
  local path = os.tmpname()
  local out = child(shell, lua, "valgrind --tool=callgrind --callgrind-out-file=" .. path, name,
    url, count)
  local text = read_all(path)
  os.remove(path)
  assert(out:find("Collected : %d+"), out)
  return by_object(text), by_call(text, HANDLES)
end

-- Instructions of a call: their sum, what of it each object takes, and what new handles take.
local function measure(shell, lua, name, url)
  local few, few_handles = collected(shell, lua, name, url, WARM[lua])
  local many, many_handles = collected(shell, lua, name, url,
    WARM[lua] + COUNTED[name])
  local spent, sum = {}, 0
  for object, cost in pairs(many) do
    spent[object] = (cost - (few[object] or 0)) / COUNTED[name]
    sum = sum + spent[object]
  end
  return sum, spent, (many_handles - few_handles) / COUNTED[name]
end

-- ---- the report --------------------------------------------------------------------------------

local function split(spent)
  local list = {}
  for object, cost in pairs(spent) do
    if cost >= 500 then list[#list + 1] = { object, cost } end
  end
  table.sort(list, function(a, b) return a[2] > b[2] end)
  for i, each in ipairs(list) do list[i] = ("%s %.1f k"):format(each[1], each[2] / 1000) end
  return table.concat(list, ", ")
end

local function report(shell, lua, name, url)
  local sum, spent, handles = measure(shell, lua, name, url)
  local calls, files = child(shell, lua, "", name, url, 0):match("(%d+)%s+(%d+)")
  print(("%s, %s: %.1f k instructions (%s), of them %.1f k for easy handles; %s calls of functions"
    .. " in %s files"):format(name, lua, sum / 1000, split(spent), handles / 1000, calls, files))
end

local tests = 0

local function check(shell, lua, name, url)
  local budget = dofile(ROOT .. "spec/bench/budgets.lua")[name][lua]
  local tries, sum, spent = 0
  repeat
    sum, spent = measure(shell, lua, name, url)
    tries = tries + 1
  until sum <= budget * MARGIN or tries == TRIES
  local fits = sum <= budget * MARGIN
  tests = tests + 1
  print(("%s %d - %s on %s takes %.1f k instructions, of a budget of %.1f k"):format(
    fits and "ok" or "not ok", tests, name, lua, sum / 1000, budget / 1000))
  if not fits then print("# " .. split(spent)) end
  return fits
end

local function main(how, lua, names)
  local nginx = require("spec.support.nginx")
  local shell = require("spherepay.sandbox.shell")
  local host = nginx.start({ server = SERVER }, { customer = CUSTOMER, problem = PROBLEM,
    complaints = COMPLAINTS })
  local fits = true
  local ok, message = pcall(function()
    for _, name in ipairs(names) do fits = how(shell, lua, name, host.url) ~= false and fits end
  end)
  host:stop()
  if not ok then error(message, 0) end
  os.exit(fits and 0 or 1)
end

if arg[1] == "--run" then
  run_calls(arg[2], arg[3], tonumber(arg[4]))
elseif arg[1] == "--hops" then
  count_hops(arg[2], arg[3])
else
  local names = {}
  for i = 3, #arg do names[i - 2] = arg[i] end
  main(arg[1] == "check" and check or report, assert(arg[2]), names[1] and names or NAMES)
end
