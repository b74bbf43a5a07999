--- Runs a sandbox from the command line, in the foreground or around a command:
--   lua5.4 lua/spherepay/sandbox/main.lua [--generation v2] [--token T] [--port N] [--tls]
--     [--run 'command']
-- Whatever ends this process, nothing of the sandbox remains (see nginx.lua).

local script = arg and arg[0] or ""
local tree = script:match("^(.*)spherepay/sandbox/main%.lua$")
if tree then package.path = tree .. "?.lua;" .. tree .. "?/init.lua;" .. package.path end

local argparse = require("argparse")
local socket = require("socket")

local nginx = require("spherepay.sandbox.nginx")
local shell = require("spherepay.sandbox.shell")

local POLL_SECONDS = 0.2
local ANY_TOKEN = "sandbox_key"

local function port(text)
  local number = tonumber(text)
  if number and number % 1 == 0 and number >= 1 and number <= 65535 then return number end
  return nil, "--port takes a number from 1 to 65535"
end

local function parse()
  local parser = argparse("sandbox", "A SpherePay API to try things on, on this machine only.")
  parser:option("--generation", "Which shapes to answer with."):default("v2")
    :choices { "v2", "v2-2025", "v1" }
  parser:option("--onboarding", "Who collects liveness and terms."):default("sphere")
    :choices { "sphere", "platform" }
  parser:option("--token", "The only key to accept (any, when not given).")
  parser:option("--port", "The port of the plain listener (a free one, when not given).")
    :convert(port)
  parser:flag("--tls", "Point SPHEREPAY_BASE_URL at the TLS listener.")
  parser:option("--run", "Run this command against the sandbox, then stop.")
  return parser:parse()
end

local function environment(host, args)
  local values = {
    { "SPHEREPAY_BASE_URL", args.tls and host.tls_url or host.url },
    { "SPHEREPAY_TOKEN", args.token or ANY_TOKEN },
    { "SPHEREPAY_CA_FILE", host.ca_file },
  }
  local words = {}
  for i, pair in ipairs(values) do words[i] = pair[1] .. "=" .. shell.quote(pair[2]) end
  return "export " .. table.concat(words, " ")
end

local function run(host, args)
  return shell.run(environment(host, args) .. "\n" .. args.run)
end

local function announce(host, args)
  io.write("The sandbox (", args.generation, ") is up.\n\n")
  io.write("  plain  ", host.url, "\n")
  io.write("  TLS    ", host.tls_url, "\n\n")
  io.write("Point a client at it:\n\n  ", environment(host, args), "\n\n")
  io.write("Tell it what to do, see lua/spherepay/sandbox/control.lua:\n\n")
  io.write("  curl ", host.url, "/_sandbox/requests\n")
  io.write("  curl ", host.url, "/_sandbox/customer/ID/review -d '{\"status\":\"approved\"}'\n")
  io.write("  curl ", host.url, "/_sandbox/misbehave -d '{\"times\":1,\"status\":503}'\n\n")
  io.write("Ctrl-C stops it, and so does a TERM signal.\n")
  io.flush()
end

-- An interrupt becomes an error here: the interpreter raises it between two sleeps.
local function wait(host, args)
  announce(host, args)
  while true do socket.sleep(POLL_SECONDS) end
end

local function main()
  local args = parse()
  local host, message = nginx.start {
    generation = args.generation,
    onboarding = args.onboarding,
    token = args.token,
    port = args.port,
  }
  if not host then
    io.stderr:write("sandbox: ", message, "\n")
    return 1
  end
  local ok, result = pcall(args.run and run or wait, host, args)
  host.stop()
  if ok then return result end
  if tostring(result):find("interrupted", 1, true) then return args.run and 130 or 0 end
  io.stderr:write("sandbox: ", tostring(result), "\n")
  return 1
end

os.exit(main())
