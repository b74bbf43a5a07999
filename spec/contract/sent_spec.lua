-- How far a request got, as `err.sent` and `err.maybe_applied` tell it, in every fault that the
-- fault server knows.

local helper = require "spec.contract.helper"

local SHORT, LONG = 0.3, 10 -- seconds; the first where an answer is waited for in vain
local HALF = helper.CUSTOMER

-- What comes of one attempt at a create. `late`: it ends by the time limit.
local ANSWERED = { kind = "network", sent = "yes", maybe_applied = true }
local LOST = { kind = "network", sent = "maybe", maybe_applied = true }
local NEVER_LEFT = { kind = "network", sent = "no", maybe_applied = false }
local UNREADABLE = { kind = "protocol", sent = "yes", maybe_applied = true }
local GARBLED = { kind = "protocol", sent = "maybe", maybe_applied = true }
local SILENT = { kind = "timeout", sent = "maybe", maybe_applied = true, late = true }
local CUT_BY_TIME = { kind = "timeout", sent = "yes", maybe_applied = true, late = true }

local GARBLED_OR_READ = { kind = "protocol", sent = "[my]%a+", maybe_applied = true }
local CUT_OR_SILENT = { kind = "timeout", sent = "[my]%a+", maybe_applied = true, late = true }

local function refused(kind, status)
  return { kind = kind, sent = "yes", maybe_applied = false, status = status }
end

local function undecided(kind, status)
  return { kind = kind, sent = "yes", maybe_applied = true, status = status }
end

-- Each: the behaviour, then what comes of it; `tls` and `h2` where that differs.
local FAULTS = {
  { { "close_on_accept" }, LOST, tls = NEVER_LEFT },
  { { "reset_on_accept", late = true }, LOST, tls = NEVER_LEFT },
  { { "stall_on_accept" }, SILENT,
    tls = { kind = "timeout", sent = "no", maybe_applied = false, late = true } },
  { { "tls_handshake_fail" }, GARBLED,
    tls = { kind = "tls", sent = "no", maybe_applied = false } },
  { { "read_all_and_close" }, LOST },
  { { "read_all_and_reset" }, LOST },
  { { "h2_close" }, LOST },
  { { "answer_half", body = HALF }, ANSWERED },
  { { "tls_truncate", body = HALF }, ANSWERED },
  -- without TLS and a length nobody can tell that there should be more, but the JSON can
  { { "tls_truncate", body = HALF, until_close = true }, UNREADABLE, tls = ANSWERED },
  { { "stall" }, SILENT },
  -- the status line comes first in HTTP/1.1; over HTTP/2 newer libcurls tell of half a block
  { { "stall_headers" }, CUT_BY_TIME, h2 = CUT_OR_SILENT },
  { { "stall_body" }, CUT_BY_TIME },
  { { "drip" }, CUT_BY_TIME },
  { { "drip", from = "head" }, SILENT },
  { { "garbage" }, GARBLED, h2 = LOST },
  { { "wrong_length", body = HALF }, CUT_BY_TIME, h2 = ANSWERED },
  { { "wrong_length", body = HALF, declared = 1 }, UNREADABLE, h2 = ANSWERED },
  { { "informational_storm", n = 20000 }, GARBLED },
  { { "huge_headers" }, UNREADABLE, h2 = GARBLED_OR_READ },
  { { "huge_body" }, UNREADABLE },
  { { "huge_body", chunked = true }, UNREADABLE },
  { { "gzip_bomb" }, UNREADABLE },
  { { "brotli_bomb" }, UNREADABLE },
  { { "zstd_bomb" }, UNREADABLE },
  { { "redirect", to = "http://127.0.0.1:1/" }, refused("protocol", 302) },
  { { "answer", body = "nonsense" }, UNREADABLE },
  { { "answer", status = 204 }, UNREADABLE },
  { { "answer", status = 400 }, refused("rejected", 400) },
  { { "answer", status = 401 }, refused("auth", 401) },
  { { "answer", status = 404 }, refused("not_found", 404) },
  { { "answer", status = 408 }, undecided("rejected", 408) },
  { { "answer", status = 409 }, refused("conflict", 409) },
  { { "answer", status = 429 }, refused("rate_limited", 429) },
  { { "answer", status = 500 }, undecided("server", 500) },
  { { "answer", status = 504 }, undecided("server", 504) },
}

local FAULTS_OF_H2 = { -- refused streams are in refused_spec.lua
  { { "goaway_after_headers", answer = false }, LOST },
  { { "rst_stream" }, LOST },
}

local function name_of(act)
  local words = { act[1] }
  for key, value in pairs(act) do
    if key ~= 1 and key ~= "body" then words[#words + 1] = key .. "=" .. tostring(value) end
  end
  return table.concat(words, " ")
end

local function one_attempt(server, act, wanted)
  helper.clear(server)
  server:script { act }
  local client = helper.client(server,
    { max_retries = 0, timeout = wanted.late and SHORT or LONG, rate_limit = false })
  local customer, err = client.customer.create(helper.JANE)
  client:close()
  assert.is_nil(customer, name_of(act))
  local sent = err.sent:match("^" .. wanted.sent .. "$") or wanted.sent
  assert.same({ wanted.kind, sent, wanted.maybe_applied, wanted.status or err.status, 1 },
    { err.kind, err.sent, err.maybe_applied, err.status, #err.attempts }, name_of(act))
  assert.is_true(#server:log() <= 1, name_of(act))
end

local function run(mode, column)
  local server = helper.fault.start(mode)
  finally(function() server:stop() end)
  for _, fault in ipairs(FAULTS) do
    one_attempt(server, fault[1], column(fault) or fault[2])
  end
  return server
end

describe("how far a create got is told", function()
  it("without TLS", function()
    run({}, function() return nil end)
  end)

  it("with TLS", function()
    run({ tls = true }, function(fault) return fault.tls end)
  end)

  it("over HTTP/2", function()
    local server = run({ tls = true, h2 = true }, function(fault) return fault.h2 or fault.tls end)
    for _, fault in ipairs(FAULTS_OF_H2) do one_attempt(server, fault[1], fault[2]) end
  end)

  it("when nobody listens, when connecting hangs, when the name does not exist", function()
    local port, give_back = helper.fault.silent_port()
    finally(give_back)
    local cases = {
      { "http://127.0.0.1:" .. helper.fault.refused_port(), "network" },
      { "http://127.0.0.1:" .. port, "timeout" },
      { "https://no-such-host.invalid", "network" },
    }
    for _, case in ipairs(cases) do
      local client = helper.spherepay.new {
        token = helper.TOKEN, base_url = case[1], max_retries = 0, connect_timeout = SHORT,
      }
      local _, err = client.customer.create(helper.JANE)
      assert.same({ case[2], "no", false }, { err.kind, err.sent, err.maybe_applied }, case[1])
      assert.truthy(tostring(err):find("nothing was sent", 1, true))
      client:close()
    end
  end)

  it("of the attempt that got furthest", function()
    local server = helper.fault.start {}
    finally(function() server:stop() end)
    helper.clear(server)
    server:script { { "answer", status = 429, headers = { ["retry-after-ms"] = "1" } } }
    local client = helper.client(server, { deadline = 5, timeout = SHORT })
    server:script { "stall_on_accept" }
    server:default { "stall" }
    local _, err = client.customer.create(helper.JANE)
    assert.same({ "yes", "maybe" }, { err.attempts[1].sent, err.attempts[2].sent })
    assert.same({ "timeout", "yes", true }, { err.kind, err.sent, err.maybe_applied })
    client:close()
  end)
end)
