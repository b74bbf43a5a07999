-- spherepay sandbox: an imitation of the API on this machine, in the foreground or around a
-- command. Whatever ends the process, nothing of it remains.

local exit = require("spherepay.cli.exit")

local POLL_SECONDS = 0.2
local ANY_TOKEN = "sandbox_key"

local function port(text)
  local number = tonumber(text)
  if number and number % 1 == 0 and number >= 1 and number <= 65535 then return number end
  return nil, "--port takes a number from 1 to 65535"
end

local function environment(host, args)
  local shell = require("spherepay.sandbox.shell")
  local values = {
    { "SPHEREPAY_BASE_URL", args.tls and host.tls_url or host.url },
    { "SPHEREPAY_TOKEN", args.token or ANY_TOKEN },
    { "SPHEREPAY_CA_FILE", host.ca_file },
  }
  local words = {}
  for i, pair in ipairs(values) do words[i] = pair[1] .. "=" .. shell.quote(pair[2]) end
  return "export " .. table.concat(words, " ")
end

local function run_command(host, args)
  local shell = require("spherepay.sandbox.shell")
  return shell.run(environment(host, args) .. "\n" .. args.run)
end

local function announce(host, args)
  io.write("The sandbox (", args.generation, ") is up.\n\n")
  io.write("  plain    ", host.url, "\n")
  io.write("  TLS      ", host.tls_url, "\n")
  if host.console_url then io.write("  console  ", host.console_url, "\n") end
  io.write("\n")
  io.write("Point a client at it:\n\n  ", environment(host, args), "\n\n")
  io.write("Tell it what to do, in another terminal (spherepay sandbox --help):\n\n")
  io.write("  spherepay sandbox approve ID\n")
  io.write("  spherepay sandbox fail --status 503\n\n")
  io.write("Ctrl-C stops it, and so does a TERM signal.\n")
  io.flush()
end

-- An interrupt becomes an error here: the interpreter raises it between two sleeps.
local function wait(host, args)
  local socket = require("socket")
  announce(host, args)
  while true do socket.sleep(POLL_SECONDS) end
end

return {
  summary = "Run an API to try things on, on this machine only; or tell it what to do.",

  is_group = true, -- its sub-commands talk to one that runs

  arguments = function(command)
    command:option("--generation", "Which shapes to answer with."):default("v2")
      :choices { "v2", "v2-2025", "v1" }
    command:option("--onboarding", "Who collects liveness and terms."):default("sphere")
      :choices { "sphere", "platform" }
    command:option("--token", "The only key it accepts (any, when not given).")
    command:option("--port", "The port of the plain listener (a free one, when not given).")
      :convert(port)
    command:flag("--tls", "Point SPHEREPAY_BASE_URL at the TLS listener.")
    command:option("--run", "Run this command against the sandbox, then stop.")
  end,

  run = function(session, args)
    local found, nginx = pcall(require, "spherepay.sandbox.nginx")
    if not found then
      session:quit(exit.FAILED, "the sandbox needs luasocket (Debian: lua-socket)")
    end
    local host, message = nginx.start {
      generation = args.generation, onboarding = args.onboarding, token = args.token,
      port = args.port, console = true,
    }
    if not host then session:quit(exit.FAILED, message) end
    local ok, result = pcall(args.run and run_command or wait, host, args)
    host.stop()
    if ok then return result end
    if tostring(result):find("interrupted", 1, true) then
      return args.run and exit.INTERRUPTED or exit.OK
    end
    error(result, 0)
  end,
}
