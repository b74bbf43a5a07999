-- Calls without end against servers that fail in every way, at random: lua spec/load/soak.lua CALLS
-- SEED. What has to hold of each call: it ends once; its kind is one that what the server did can
-- mean; `sent = "no"` is true; a create arrives once at most; an answer is its own; it ends by its
-- deadline. And of them all: neither descriptors nor memory grow. It prints what did not hold, and
-- one line of figures.

local fault = require "spec.support.fault"
local socket = require "socket"
local spherepay = require "spherepay"

local CALLS, SEED = tonumber(arg[1]) or 1000, tonumber(arg[2]) or 1
local ROUND, WORKERS = 250, 12
local TIMEOUT, DEADLINES = 0.15, { 0.3, 0.6, 1 }
local GRACE = 1.1 -- of a deadline
local SLACK = 0.05 -- seconds, beside those for which the machine had other things to do
local WARM = 0.2 -- of all calls; what is in use by then is what there is to be

local JANE = { type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" } }

local KIB = 1024
local IDLE = 256 -- KiB of connections that one round left and another did not
local BODY = '{"id":"${id}"}'
local STRANGER = '{"id":"customer_stranger","padding":"0123456789012345678901234567890123456789"}'
local function set(...)
  local result = {}
  for _, name in ipairs { ... } do result[name] = true end
  return result
end

-- A fault, and the kinds of error that may come of it when it is what the last attempt met.
local FAULTS = {
  { { "answer", status = 503, body = "{}" }, set "server" },
  { { "answer", status = 404, body = '{"message":"no"}' }, set "not_found" },
  { { "answer", status = 422, body = '{"message":"no"}' }, set "rejected" },
  { { "answer", body = BODY, chunked = true }, set() },
  { { "answer", body = BODY, keep_alive = false }, set() },
  { { "answer", body = BODY, delay = 0.05 }, set "timeout" },
  { { "answer", body = "no JSON" }, set "protocol" },
  { { "read_all_and_close" }, set "network" },
  { { "read_all_and_reset" }, set "network" },
  { { "read_all_and_close", early = true }, set "network" },
  { { "answer_half", body = STRANGER }, set("network", "protocol") },
  { { "answer_half", body = STRANGER, how = "rst" }, set("network", "protocol") },
  { { "keep_alive_then_close_idle", body = STRANGER }, set "protocol" },
  { { "keep_alive_then_die", body = STRANGER }, set "protocol" },
  { { "keep_alive_then_die", body = STRANGER, how = "rst" }, set "protocol" },
  { { "stall" }, set "timeout" },
  { { "stall_headers", body = BODY }, set "timeout" },
  { { "stall_body", body = BODY }, set "timeout" },
  { { "drip", body = '{"id":"x"}', every = 0.03 }, set("timeout", "protocol") },
  { { "garbage" }, set("protocol", "network") },
  { { "wrong_length", body = BODY }, set("timeout", "network", "protocol") },
  { { "informational_storm", n = 5, body = STRANGER }, set "protocol" },
  { { "huge_headers", bytes = 80 * KIB }, set "protocol" },
  { { "huge_body", bytes = 80 * KIB }, set "protocol" },
  { { "gzip_bomb", bytes = 80 * KIB }, set "protocol" },
  { { "redirect", to = "/elsewhere" }, set "protocol" },
}
local ON_ACCEPT = { "close_on_accept", "reset_on_accept", "stall_on_accept" }
local ON_ACCEPT_OF_TLS = { "close_on_accept", "reset_on_accept", "stall_on_accept",
  "tls_handshake_fail" }
local OF_H2 = { { "goaway_after_headers" }, { "goaway_after_headers", answer = false },
  { "leave_out" }, { "refused_stream" }, { "rst_stream" }, { "rst_stream", close = true },
  { "break_protocol" }, { "h2_part", interim = 103, ending = "fin" },
  { "h2_part", status = 200, body = "{", length = 9, ending = "goaway" } }
-- What a server does to a request that it has not processed, and says so: it may come again.
local UNPROCESSED = set("refused_stream", "leave_out", "left out", "ignored")
local GOES_AWAY = set("goaway_after_headers", "h2_part")
-- What may come of an attempt that no request was read of.
local BEFORE = set("network", "timeout", "tls")

local complaints = 0
local function complain(...)
  complaints = complaints + 1
  if complaints <= 20 then print(("soak, seed %d: "):format(SEED) .. string.format(...)) end
end

local function any(list) return list[math.random(#list)] end

-- What a server does in a round, in order: half of it is a fault. One of accepting waits for a
-- connection, so one is ended before.
local function schedule(side)
  local list = {}
  for _ = 1, ROUND do
    local chance = math.random(100)
    if chance <= 50 then
      list[#list + 1] = { "answer", body = BODY }
    elseif chance <= 58 then
      list[#list + 1] = side.options.h2 and { "goaway_after_headers", body = STRANGER }
        or { "answer", body = BODY, keep_alive = false }
      list[#list + 1] = any(side.options.tls and ON_ACCEPT_OF_TLS or ON_ACCEPT)
    elseif chance <= 62 and side.options.tls then
      list[#list + 1] = { "tls_truncate", body = STRANGER }
    elseif chance <= 75 and side.options.h2 then
      list[#list + 1] = any(OF_H2)
    else
      list[#list + 1] = any(FAULTS)[1]
    end
  end
  return list
end

local function new_side(name, options)
  local server = fault.start(options)
  server:default { "answer", body = BODY }
  return { name = name, options = options, server = server, arrived = {}, client = spherepay.new {
    token = "secret_0123456789abcdef", base_url = server:url(), ca_file = server.ca_file,
    rate_limit = false, timeout = TIMEOUT, max_retries = 2, max_body = 64 * KIB,
    max_headers = 64 * KIB, loop = "blocking", validate = false,
  } }
end

local CALL = {
  function(client, id, opts)
    return client.customer.get(id, opts)
  end,
  function(client, id, opts)
    return client.customer.update(id, { meta = { a = "b" } }, opts)
  end,
  function(client, _, opts)
    return client.customer.create(JANE, opts)
  end,
}

-- Seconds for which this process was ready to run and another one ran.
local function queued()
  local file = io.open "/proc/self/schedstat"
  if not file then return 0 end
  local text = file:read "*a"
  file:close()
  return (tonumber(text:match "^%d+ (%d+)") or 0) / 1e9
end

local calls, kinds, slowest, late = {}, {}, 0, 0

local function one_call(side, number)
  local which, deadline = math.random(#CALL), any(DEADLINES)
  local call = { number = tostring(number), which = which, ends = 0, side = side.name }
  calls[call.number] = call
  local began, had_queued = socket.gettime(), queued()
  local value, err = CALL[which](side.client, "customer_" .. number,
    { deadline = deadline, headers = { ["X-Call"] = call.number } })
  local took = socket.gettime() - began
  call.ends, call.value, call.err = call.ends + 1, value, err
  slowest = math.max(slowest, took / deadline)
  if took > deadline * GRACE then
    late = late + 1
    local had_to_wait = queued() - had_queued
    if took - had_to_wait > deadline * GRACE + SLACK then
      complain("call %d on %s took %.3f s of %.1f, %.3f s of them without a processor", number,
        side.name, took, deadline, had_to_wait)
    end
  end
  if (value == nil) == (err == nil) then complain("call %d has neither or both", number) end
  if value and which ~= 3 and value.id ~= "customer_" .. number then
    complain("call %d has the answer of %s", number, tostring(value.id))
  end
end

-- The kinds that what became of the last attempt can mean, or nil where one fault ends many calls.
local EXPECTED = {}
for _, each in ipairs(FAULTS) do
  local name = each[1][1]
  EXPECTED[name] = EXPECTED[name] or {}
  for kind in pairs(each[2]) do EXPECTED[name][kind] = true end
end
EXPECTED.tls_truncate = set("network", "protocol")

-- Whether the last attempt may have met what was done to a request that is not the last of the log:
-- a busy server reads what an attempt that timed out had sent behind what a later one has.
local function may_be_late(call)
  for i = 1, #call.err.attempts - 1 do
    if call.err.attempts[i].kind == "timeout" then return true end
  end
  return false
end

local function is_expected(kind, call, requests)
  local count = #requests
  if count == 0 or count ~= #call.err.attempts then return BEFORE[kind] end
  for i = may_be_late(call) and 1 or count, count do
    local expected = EXPECTED[requests[i].behaviour]
    if (expected or BEFORE)[kind] or requests[i].is_closing and BEFORE[kind] then return true end
  end
  return false
end

-- Two fields of each, in a line.
local function told(list, one, other)
  local words = {}
  for i, each in ipairs(list) do
    words[i] = ("%s (%s)"):format(tostring(each[one]), tostring(each[other]))
  end
  return table.concat(words, ", ")
end

-- What is known of a call, for who has to find out why: what became of it, and all that came over
-- the connections that it was sent on.
local function story(call, requests, log)
  local on, lines = {}, { "success" }
  if call.err then
    lines[1] = ("%s (%s); its attempts: %s"):format(call.err.kind, call.err.message,
      told(call.err.attempts, "kind", "sent"))
  end
  for _, entry in ipairs(requests) do on[entry.connection] = true end
  for _, entry in ipairs(log) do
    if on[entry.connection] then
      lines[#lines + 1] = ("  connection %s, stream %s: call %s, %s (%s)"):format(entry.connection,
        tostring(entry.stream), tostring(entry.headers["x-call"]), entry.behaviour,
        tostring(entry.complete))
    end
  end
  return table.concat(lines, "\n")
end

local function check_kind(side, call, requests, log)
  local kind = call.err and call.err.kind or "success"
  kinds[kind] = (kinds[kind] or 0) + 1
  if not call.err or kind == "timeout" or side.options.h2 then return end
  if #requests > 0 and #requests < #call.err.attempts then return end -- it may have been any
  if not is_expected(kind, call, requests) then
    complain("call %s on %s is %s", call.number, side.name, story(call, requests, log))
  end
end

-- The lowest stream that a GOAWAY named as the last, by connection.
local function goaways(log)
  local last = {}
  for _, entry in ipairs(log) do
    if GOES_AWAY[entry.behaviour] then
      last[entry.connection] = math.min(last[entry.connection] or math.huge, entry.stream)
    end
  end
  return last
end

local function is_processed(entry, last)
  if UNPROCESSED[entry.behaviour] then return false end
  return not (entry.stream and entry.stream > (last[entry.connection] or math.huge))
end

local function check_arrivals(call, requests, last, log)
  local creates = 0
  for _, entry in ipairs(requests) do
    local processed = is_processed(entry, last)
    if processed and entry.complete and call.err and call.err.sent == "no" then
      complain("call %s on %s was sent (%s), and says no: it is %s", call.number, call.side,
        entry.behaviour, story(call, requests, log))
    end
    if processed then creates = creates + 1 end
  end
  if call.which == 3 and creates > 1 then
    complain("create %s on %s arrived %d times: it is %s", call.number, call.side, creates,
      story(call, requests, log))
  end
end

local function round(side, from, count)
  side.server:clear()
  side.server:default { "answer", body = BODY }
  side.server:script(schedule(side))
  local next_number = from
  for _ = 1, WORKERS do
    side.client:spawn(function()
      while next_number < from + count do
        local number = next_number
        next_number = number + 1
        one_call(side, number)
      end
    end)
  end
  side.client:run()
  local requests, closing = {}, {}
  local log = side.server:log()
  local last = goaways(log)
  for _, entry in ipairs(log) do
    -- a server that is about to close may have read this all the same
    entry.is_closing = closing[entry.connection]
    closing[entry.connection] = entry.is_closing or entry.behaviour == "keep_alive_then_close_idle"
    local list = requests[entry.headers["x-call"]] or {}
    requests[entry.headers["x-call"]] = list
    list[#list + 1] = entry
  end
  for number = from, from + count - 1 do
    local call = calls[tostring(number)]
    if not call or call.ends ~= 1 then complain("call %d ended %d times", number,
      call and call.ends or 0) end
    local own = requests[tostring(number)] or {}
    if call then
      check_kind(side, call, own, log)
      check_arrivals(call, own, last, log)
    end
  end
  calls = {}
end

local function descriptors()
  local pipe = io.popen "ls /proc/$PPID/fd | wc -l"
  local count = tonumber(pipe:read "*l")
  pipe:close()
  return count
end

-- Holes are no leak: `make soak` builds what gives them back to the system.
local has_bare, bare = pcall(require, "bare")

-- KiB that are resident. Connections of TLS that are idle take some: it is looked at after each
-- round of a tenth of all calls, and the least counts: that grows with what leaks.
local function resident()
  collectgarbage()
  collectgarbage()
  if has_bare then bare.give_back() end
  local status = io.open "/proc/self/status"
  if not status then return 0 end
  local kib = tonumber(status:read("*a"):match "VmRSS:%s*(%d+)")
  status:close()
  return kib
end

local function least(list)
  table.sort(list)
  return list[1] or 0
end

-- Whether so many calls are in the tenth of all that begins at `from`.
local function is_in_tenth(done, from)
  return done > CALLS * from and done <= CALLS * (from + 0.1)
end

local function main()
  math.randomseed(SEED)
  local sides = {
    new_side("HTTP/1.1", {}), new_side("TLS", { tls = true }),
    new_side("HTTP/2", { tls = true, h2 = true }),
  }
  local done, rounds, warm_fds, at_first, at_last = 0, 0, nil, {}, {}
  local began = socket.gettime()
  while done < CALLS do
    local count = math.min(ROUND, CALLS - done)
    rounds = rounds + 1
    round(sides[rounds % #sides + 1], done, count)
    done = done + count
    if not warm_fds and done >= CALLS * WARM and rounds >= #sides then
      warm_fds = descriptors()
    end
    if is_in_tenth(done, WARM) then at_first[#at_first + 1] = resident() end
    if is_in_tenth(done, 0.9) then at_last[#at_last + 1] = resident() end
  end
  local took = socket.gettime() - began
  local fds, before, rss = descriptors(), least(at_first), least(at_last)
  -- each side keeps as many idle connections as its last round left
  if warm_fds and fds > warm_fds + #sides * WORKERS then
    complain("%d descriptors, and %d before", fds, warm_fds)
  end
  if CALLS >= 100000 and rss > before * 1.02 + IDLE then
    complain("%d KiB, and %d before", rss, before)
  end
  for _, side in ipairs(sides) do
    side.client:close()
    side.server:stop()
  end
  local names = {}
  for kind, count in pairs(kinds) do names[#names + 1] = kind .. " " .. count end
  table.sort(names)
  print(("soak, seed %d: %d calls in %.1f s, %d late, the slowest at %d %% of its deadline; %s; "
    .. "%d descriptors, %d KiB (%d, %d when warm)"):format(SEED, done, took,
    late, math.floor(slowest * 100), table.concat(names, ", "), fds, rss, warm_fds or 0, before))
  print(("%d passed, %d failed"):format(complaints == 0 and 1 or 0, complaints > 0 and 1 or 0))
  os.exit(complaints == 0)
end

main()
