-- spherepay doctor: whether this machine can talk to the API, line by line, and what to do where it
-- cannot. The token is never shown, nor is any part of it.

local core = require("spherepay.core")
local errors = require("spherepay.errors")
local exit = require("spherepay.cli.exit")
local version = require("spherepay.version")

local MAX_SKEW = 60 -- seconds
local PLACEHOLDER = "no_token_was_given"

local function lua_name()
  local jit = rawget(_G, "jit")
  return type(jit) == "table" and jit.version or _VERSION
end

local function part(name)
  return core.versions:match(name .. "/(%S+)")
end

local function tls_backend()
  for _, name in ipairs { "OpenSSL", "GnuTLS", "mbedTLS", "wolfSSL", "LibreSSL", "BoringSSL" } do
    if part(name) then return name .. " " .. part(name) end
  end
  return nil
end

local function check_versions(report)
  report("ok", "spherepay", version .. " on " .. lua_name())
  report("ok", "libcurl", part("libcurl") or core.versions)
  local tls = tls_backend()
  report(tls and "ok" or "fail", "TLS", tls or "none found", "install a libcurl with TLS")
  local http2 = part("nghttp2")
  report(http2 and "ok" or "warn", "HTTP/2", http2 and "nghttp2 " .. http2 or "not built in",
    "calls use HTTP/1.1, each on a connection of its own")
end

local function check_faults(report)
  local faults = core.libcurl_faults()
  if #faults == 0 then report("ok", "faults", "none known of this libcurl") end
  for _, fault in ipairs(faults) do
    local text = fault.name .. " of this libcurl: " .. fault.what
    local why = fault.remedy:match("^none; (.*)$")
    if why then
      report("warn", "fault", text, "nothing keeps it away; " .. why)
    else
      report("ok", "fault", text .. "; kept away: " .. fault.remedy)
    end
  end
end

-- What can be said of a token without showing any of it.
local function check_token(report, session)
  local token, problem = session:token()
  if not token then
    report("fail", "token", problem)
    return nil
  end
  local wrong = require("spherepay.options").token_problem(token)
  if wrong then
    report("fail", "token", (wrong:gsub("^the token function must return", "it must be")),
      "copy it again, without blanks and quotation marks")
    return nil
  end
  report("ok", "token", #token .. " characters, from "
    .. (session.args.token_file or "SPHEREPAY_TOKEN"))
  return token
end

local function check_host(report, client)
  local url = client.options.base_url
  local name = url:find("api.spherepay.co", 1, true) and " (production)"
    or url:find("sandbox.spherepay.co", 1, true) and " (the vendor's sandbox)" or ""
  report("ok", "host", url .. name)
  local file = client.options.ca_file
  report("ok", "trust", url:find("^http:") and "none is needed: plain http to this machine"
    or file or "the system's authorities")
end

local MONTHS = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12,
}

-- Seconds by which this clock is ahead of a Date header.
local function skew_of(date)
  local day, month, year, hour, min, sec =
    tostring(date):match("^%a+, (%d+) (%a+) (%d+) (%d+):(%d+):(%d+) GMT$")
  if not MONTHS[month] then return nil end
  local now = os.date("!*t")
  now.isdst = false
  return os.time(now) - os.time {
    day = tonumber(day), month = MONTHS[month], year = tonumber(year), hour = tonumber(hour),
    min = tonumber(min), sec = tonumber(sec), isdst = false,
  }
end

local function check_clock(report, response)
  local skew = skew_of(response.headers and response.headers.date)
  if not skew then return report("warn", "clock", "the server tells no time to compare with") end
  local off = math.abs(skew) > MAX_SKEW
  report(off and "warn" or "ok", "clock", ("%d s from the server's"):format(skew),
    "set the time: certificates and dates are judged by it")
end

local WHAT_TO_DO = {
  network = "check the name, the network and the proxy settings",
  tls = "check the clock and the authorities (--ca-file)",
  timeout = "something between drops packets: check firewalls and proxies",
}

local function check_reach(report, client, has_token)
  local once = { max_retries = 0, deadline = 15 }
  local page, err, response = client.customer.list({ limit = 1 }, once)
  response = response or err and err.response
  if not response then
    report("fail", "reach", errors.line(err), WHAT_TO_DO[err.kind])
    return
  end
  local timings = response.timings or {}
  report("ok", "reach", ("an answer in %.0f ms: name %.0f, connection %.0f, TLS %.0f"):format(
    (timings.total or 0) * 1000, (timings.dns or 0) * 1000, (timings.connect or 0) * 1000,
    (timings.tls or 0) * 1000))
  check_clock(report, response)
  if page then
    report("ok", "access", "the token is accepted")
  elseif has_token then
    report("fail", "access", errors.line(err), "ask whether the token is for this host")
  end
end

local function reporter(session)
  local status, lines = exit.OK, {}
  return function(level, name, text, remedy)
    if level == "fail" then status = exit.FAILED end
    lines[#lines + 1] = { level = level, name = name, text = text, remedy = remedy }
    if session.args.json then return end
    io.write(("%-4s  %-9s  %s\n"):format(level, name, text))
    if level ~= "ok" and remedy then io.write("                 ", remedy, "\n") end
  end, function() return status, lines end
end

return {
  summary = "Check this machine, the token's form and the way to the API.",

  run = function(session)
    local report, result = reporter(session)
    check_versions(report)
    check_faults(report)
    local token = check_token(report, session)
    -- who is not known is answered, too: 401 shows that the way is open
    local given = session:client_options(token or PLACEHOLDER)
    local made, client = pcall(require("spherepay").new, given)
    if made then
      check_host(report, client)
      check_reach(report, client, token ~= nil)
      client:close()
    else
      report("fail", "host", (tostring(client):gsub("^[^\n]-:%d+: ", "")))
    end
    local status, lines = result()
    if session.args.json then io.write(require("spherepay.cli.output").json(lines)) end
    return status
  end,
}
