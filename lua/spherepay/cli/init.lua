-- The command `spherepay`: reads the command line and runs one command. Each command is a file with
-- a summary, its arguments, and `run(session, args)`, which returns an exit status.

local errors = require("spherepay.errors")
local exit = require("spherepay.cli.exit")
local scrub = require("spherepay.privacy.scrub")
local session = require("spherepay.cli.session")
local version = require("spherepay.version")

local cli = {}

--- The commands in the order of the help, each by its file; before the slash stands its group.
cli.COMMANDS = {
  "customer/create", "customer/get", "customer/update", "customer/list", "customer/find",
  "customer/verify", "customer/check", "customer/import",
  "onboard", "document/upload",
  "representative/create", "representative/get", "representative/update", "representative/list",
  "link/tos", "link/kyc", "link/face", "code/send", "code/verify",
  "webhook/verify", "webhook/sign",
  "sandbox", "sandbox/approve", "sandbox/reject", "sandbox/set", "sandbox/fail",
  "doctor", "completion",
}

local GROUPS = {
  customer = "Customers: create, look, change, verify, in bulk.",
  document = "Documents: upload a file.",
  representative = "Representatives: the people of a business.",
  link = "Links that the customer opens: terms, data, face.",
  code = "Codes that confirm an email address or a phone number.",
  webhook = "Webhooks: verify and sign a body on standard input.",
}

local EPILOG = [[
The token is taken from SPHEREPAY_TOKEN or from --token-file, the host from
SPHEREPAY_BASE_URL, --base-url or --environment (production if none).

Exit statuses: 0 done (verify, check: ready), 1 failed, 2 wrong usage,
3 not ready, 4 verification refused, 5 a write that failed may have been
applied, 130 interrupted.]]

local function number(text)
  local seconds = tonumber(text)
  if seconds and seconds > 0 then return seconds end
  return nil, "a number of seconds above 0 is wanted, got " .. scrub.one_line(text)
end

--- Adds the options of all commands. They may stand before the command and after it.
---@param parser table of argparse
function cli.add_common(parser)
  parser:option("--token-file", "A file with the token that nobody else may read.")
  parser:option("--base-url", "Another host, such as a sandbox's.")
  parser:option("--environment", "Which of the vendor's hosts.")
    :choices { "production", "sandbox" }
  parser:option("--api-version", "v2 if none."):choices { "v2", "v1" }
  parser:option("--ca-file", "Whom to trust instead of the system's authorities.")
  parser:option("--deadline", "Seconds for one call with all its repeats."):convert(number)
  parser:flag("--json", "Print JSON in a terminal, too.")
  parser:flag("--verbose", "Show each attempt and its timings, without ids and data.")
  parser:flag("--version", "Print the version."):action(function()
    print("spherepay " .. version)
    os.exit(exit.OK)
  end)
end

--- What the file of a command defines.
---@param name string of `COMMANDS`
---@return { summary: string, arguments: nil|fun(command: table), run: function, is_group: true? }
---  `is_group`: commands below it are in the folder of its name
function cli.definition(name)
  return (require("spherepay.cli." .. (name:gsub("/", "."))))
end

-- Adds what one file defines to the parser of its group, or to the root; `names` holds what each
-- parser is called on a command line.
local function add(parsers, names, name)
  local group, own = name:match("^(.*)/(.*)$")
  local definition = cli.definition(name)
  if group and not parsers[group] then
    parsers[group] = parsers.root:command(group, GROUPS[group]):command_target("command_2")
    names[parsers[group]] = "spherepay " .. group
  end
  local command = (parsers[group] or parsers.root):command(own or name, definition.summary)
  names[command] = "spherepay " .. name:gsub("/", " ")
  if definition.is_group then
    parsers[name] = command:command_target("command_2"):require_command(false)
  end
  if definition.arguments then definition.arguments(command) end
  return definition
end

--- The parser, and the commands by their full names.
---@return table parser of argparse
---@return table<string, table> commands
---@return table<table, string> names what each parser is called on a command line
function cli.parser()
  local ok, argparse = pcall(require, "argparse")
  if not ok then error("the command needs argparse (Debian: lua-argparse)", 0) end
  local root = argparse("spherepay", "SpherePay customers from the command line.", EPILOG)
  root:command_target("command_1")
  cli.add_common(root)
  local parsers, found, names = { root = root }, {}, { [root] = "spherepay" }
  for _, name in ipairs(cli.COMMANDS) do
    found[(name:gsub("/", " "))] = add(parsers, names, name)
  end
  return root, found, names
end

local function complain(message)
  message = scrub.one_line(tostring(message)):gsub("^spherepay: ", "")
  io.stderr:write("spherepay: ", message, "\n")
end

-- argparse's complaints, with what people mean who write fields as flags.
local function usage_line(message, command)
  local what, near = message:match("^(.-)\n(Did you mean .*)$")
  what = what or message
  local field = what:match("unknown option '%-%-(%a[%w.]*)'")
  local hint = field and field:find("[.%u]")
    and (" (fields have no dashes: write %s=value)"):format(field) or ""
  local help = "ee " .. command .. " --help"
  if not near then return what .. hint .. "; s" .. help end
  return what .. hint .. "; " .. near:gsub("^D", "d") .. " S" .. help
end

-- The arguments, or the one line that says what is wrong with them.
local function parse(parser, names, words)
  local problem
  function parser.error(at, message)
    problem = usage_line(message, names[at])
    error(problem, 0)
  end
  local ok, args = pcall(parser.parse, parser, words)
  if not ok and not problem then error(args, 0) end
  return ok and args, problem
end

-- An interrupt is raised by the interpreter as an error of its own.
local function status_of(raised)
  if type(raised) == "table" and raised.cli then
    complain(raised.message)
    io.stderr:write(raised.details or "")
    return raised.status
  end
  if tostring(raised):find("interrupted!", 1, true) then
    complain("interrupted")
    return exit.INTERRUPTED
  end
  complain(errors.line(raised))
  return exit.FAILED
end

--- Runs a command line.
---@param words string[]
---@param terminal table? in place of `cli.terminal`
---@return integer status
function cli.run(words, terminal)
  local made, parser, commands, names = pcall(cli.parser)
  if not made then
    complain(parser)
    return exit.FAILED
  end
  local args, problem = parse(parser, names, words)
  if not args then
    complain(problem)
    return exit.USAGE
  end
  local name = args.command_1 .. (args.command_2 and " " .. args.command_2 or "")
  local own = session.new(args, terminal or require("spherepay.cli.terminal"))
  own.parser = parser
  local done, status = pcall(commands[name].run, own, args)
  if not done then status = status_of(status) end
  pcall(own.close, own)
  return status or exit.OK
end

return cli
