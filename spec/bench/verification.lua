-- How long verification takes, in microseconds per call: the median of repeated rounds, with the
-- fastest and the slowest. Run it with the Lua to measure: lua5.4 spec/bench/verification.lua
-- It is no spec: a busy machine makes it slow, not wrong.

local ROOT = (arg[0]:match("^(.*)spec/bench/[^/]*$") or "")
package.path = ROOT .. "lua/?.lua;" .. ROOT .. "lua/?/init.lua;" .. ROOT .. "?.lua;" .. package.path

local samples = require("spec.support.samples")
local verification = require("spherepay.verification")

local ROUNDS = 21
local LUAJIT = rawget(_G, "jit") ~= nil
local CHECK_LIMIT = LUAJIT and 1 or 3

-- Several copies, taken in turn, so that a compiler cannot lift the work out of the loop.
local customers = {}
for i = 1, 8 do customers[i] = samples.customer("v2-get-individual-incomplete") end

local sink = 0

local function seconds_of(calls, run)
  local start = os.clock()
  for i = 1, calls do
    if run(customers[i % 8 + 1]) then sink = sink + 1 end
  end
  return os.clock() - start
end

local function measure(name, limit, run)
  local calls = 1000
  while seconds_of(calls, run) < 0.02 do calls = calls * 2 end
  local times = {}
  for i = 1, ROUNDS do times[i] = seconds_of(calls, run) / calls * 1e6 end
  table.sort(times)
  print(("%-42s %8.3f us  (%.3f to %.3f)%s"):format(name, times[(ROUNDS + 1) / 2], times[1],
    times[ROUNDS], limit and (", limit %d"):format(limit) or ""))
end

local function measure_policy(name, rule)
  local policy = assert(verification.policy(rule))
  measure("policy:check " .. name, CHECK_LIMIT,
    function(customer) return policy:check(customer) end)
end

print(LUAJIT and rawget(_G, "jit").version or _VERSION)
measure_policy("one currency", { currency = "USD" })
measure_policy("one criterion", { criterion = "liveness_report_document", state = "complete" })
measure_policy("eight rules", { all = {
  { any = { { profile = "kyc_profile_a", status = "incomplete" }, { currency = "USD" } } },
  { field = "type", one_of = { "individual", "business" } },
  { criterion = "email_address", state = "complete" },
  { none = { { criterion = "identity_document", state = "error" } } },
} })
measure("evaluate by currency", 15, function(customer)
  return verification.evaluate(customer, { currency = "USD" }).ready
end)
measure("can_transfer", nil, function(customer)
  return (verification.can_transfer(customer, "USD"))
end)
measure("next_steps", nil, function(customer) return verification.next_steps(customer)[1] end)
measure("diff of the same", nil, function(customer)
  return verification.diff(customer, customer).changed
end)
measure("render", nil, verification.render)

local gate = assert(verification.policy({ currency = "USD" }))

local function garbage_of_checks()
  collectgarbage()
  collectgarbage("stop")
  gate:check(customers[1]) -- a collection shrinks the stack
  local before = collectgarbage("count")
  for i = 1, 1000 do gate:check(customers[i % 8 + 1]) end
  local after = collectgarbage("count")
  collectgarbage("restart")
  return after - before
end

for _ = 1, 10 do garbage_of_checks() end -- a compiler's own memory is no garbage
print(("garbage of 1000 checks: %.3f KiB"):format(garbage_of_checks()))
