-- What every command has: the client that the arguments describe, what is printed where, and how a
-- failure ends. The token comes from the environment or from a file, never from the command line,
-- where every user of the machine could read it.

local bar = require("spherepay.cli.bar")
local core = require("spherepay.core")
local errors = require("spherepay.errors")
local exit = require("spherepay.cli.exit")
local files = require("spherepay.cli.files")
local output = require("spherepay.cli.output")
local scrub = require("spherepay.privacy.scrub")

local session = {}

local PRODUCTION = "https://api.spherepay.co"
local MAX_DETAILS = 20 -- lines

---@class spherepay.cli.Session
local Session = {}
Session.__index = Session

--- Ends the command with one line.
---@param status integer of `cli.exit`
---@param message string
---@param details string? lines that follow it
function Session.quit(_, status, message, details)
  error({ cli = true, status = status, message = message, details = details }, 0)
end

--- Ends the command because its arguments make no sense.
---@param message string
function Session:misused(message)
  self:quit(exit.USAGE, message)
end

--- Says on standard error what is no result.
---@param text string
function Session.note(_, text)
  io.stderr:write(text, "\n")
end

-- ---- the client --------------------------------------------------------------------------------

local function milliseconds(seconds)
  return ("%.0f ms"):format(seconds * 1000)
end

local function timings_of(event)
  local timings, parts = event.timings or {}, {}
  for _, name in ipairs { "dns", "connect", "tls", "first_byte", "total" } do
    if timings[name] and timings[name] > 0 then
      parts[#parts + 1] = name .. " " .. milliseconds(timings[name])
    end
  end
  if timings.reused then parts[#parts + 1] = "connection kept" end
  return #parts > 0 and " (" .. table.concat(parts, ", ") .. ")" or ""
end

-- What happened to a call, a line each; events hold neither ids nor data.
local function trace(event)
  local what = event.method .. " " .. event.pattern
  if event.type == "attempt" then
    io.stderr:write(("  attempt %d: %s: %s%s\n"):format(event.attempt, what,
      tostring(event.status or event.kind or "no answer"), timings_of(event)))
  elseif event.type == "retry" then
    io.stderr:write(("  again in %s: %s\n"):format(milliseconds(event.wait or 0),
      tostring(event.reason)))
  elseif event.type == "response" or event.type == "error" then
    io.stderr:write(("  %s: %s%s\n"):format(what, tostring(event.kind or event.status),
      event.request_id and ", request " .. event.request_id or ""))
  end
end

--- The token, or the reason why there is none. Never both, and never shown.
---@return string? token
---@return string? problem
function Session:token()
  if self.args.token_file then
    local token, problem = files.read_secret(self.args.token_file)
    if token == "" then return nil, "the token file is empty" end
    return token, problem and "the token file cannot be used: " .. problem
  end
  local token = os.getenv("SPHEREPAY_TOKEN")
  if token and token ~= "" then return token end
  return nil, "no token: set SPHEREPAY_TOKEN, or name a file that only you can read with "
    .. "--token-file"
end

-- The host that was named, if any. An empty one is a script's slip: it must not mean production.
function Session:base_url()
  local args, name = self.args, "--base-url"
  local url = args.base_url
  if not url and not args.environment then
    url, name = os.getenv("SPHEREPAY_BASE_URL"), "SPHEREPAY_BASE_URL"
  end
  if url == "" then
    self:misused(name .. " is empty: leave it out for production, or name a host")
  end
  return url
end

-- What is absent is left to the defaults of spherepay.new.
function Session:client_options(token)
  local args = self.args
  return {
    token = token,
    base_url = self:base_url(),
    environment = args.environment,
    ca_file = args.ca_file or os.getenv("SPHEREPAY_CA_FILE"),
    api_version = args.api_version,
    deadline = args.deadline,
    app = "cli",
    on_event = args.verbose and trace or nil,
  }
end

--- The client, made when it is first asked for.
---@return spherepay.Client
function Session:client()
  if self.made then return self.made end
  local token, problem = self:token()
  if not token then self:misused(problem) end
  local ok, made = pcall(require("spherepay").new, self:client_options(token))
  if not ok then
    self:misused((tostring(made):gsub("^[^\n]-:%d+: ", ""):gsub("^spherepay: ", "")))
  end
  self.made = made
  return made
end

--- The version of the API that the arguments ask for.
---@return "v1"|"v2"
function Session:version()
  return self.args.api_version or "v2"
end

--- Whom this command would write to.
---@return string
function Session:host()
  return (self:client().options.base_url)
end

---@return boolean
function Session:is_production()
  return self:host() == PRODUCTION
end

--- The client for a command that writes: in production the host is told first.
---@return spherepay.Client
function Session:writer()
  local client = self:client()
  if self:is_production() and not self.told then
    self:note("writing to production: " .. self:host())
    self.told = true
  end
  return client
end

-- ---- results -----------------------------------------------------------------------------------

--- Whether the result is for a program.
---@return boolean
function Session:is_json()
  return self.args.json or not self.terminal.is_terminal(1)
end

--- Shows an object: JSON, or its members.
---@param value table
function Session:show(value)
  if self:is_json() then
    io.write(output.json(value))
  else
    io.write(output.members(value, self.terminal.width()))
  end
end

--- Shows a customer or a representative: JSON, or a card.
---@param customer table
function Session:show_card(customer)
  io.write(self:is_json() and output.json(customer) or output.card(customer, self.terminal))
end

local function tell_warnings(self, response)
  for _, warning in ipairs(response and response.warnings or {}) do
    self:note(("spherepay: note: %s %s"):format(warning.pointer or "", warning.detail))
  end
end

-- What the server said of each field. It may repeat what was sent, so it is for the person at the
-- terminal and stays out of files, which may be logs.
local function details_of(self, err)
  local lines = {}
  if err.kind == "invalid" or not self.terminal.is_terminal(2) then return nil end
  for i, problem in ipairs(err.errors or {}) do
    if i > MAX_DETAILS then break end
    lines[i] = ("  %s: %s\n"):format(scrub.one_line(problem.pointer or "the request"),
      scrub.one_line(scrub.secrets(problem.detail or "")))
  end
  return table.concat(lines)
end

--- What a call returned, or the end of the command with the error in one line.
---@param value any
---@param err spherepay.Error?
---@param response spherepay.Response?
---@return any value
function Session:need(value, err, response)
  if value then
    tell_warnings(self, response)
    return value
  end
  self:quit(err.maybe_applied and exit.UNSURE or exit.FAILED, errors.line(err),
    details_of(self, err))
end

--- A bar on standard error.
---@param label string
---@param more table? see `cli.bar`
---@return spherepay.cli.Bar
function Session:bar(label, more)
  local given = {
    label = label, is_terminal = self.terminal.is_terminal(2), width = self.terminal.width,
    now = core.now,
    write = function(text)
      io.stderr:write(text)
      io.stderr:flush()
    end,
  }
  for name, value in pairs(more or {}) do given[name] = value end
  return bar.new(given)
end

--- Asks the person for a yes before much is written, or takes --yes for it.
---@param question string
function Session:confirm(question)
  if self.args.yes then return end
  if not self.terminal.can_ask() then
    self:misused(question .. " There is no terminal to answer: give --yes")
  end
  local answer = self.terminal.ask(question .. " [y/N] ")
  if not answer or not answer:lower():find("^%s*y") then
    self:quit(exit.FAILED, "nothing was sent")
  end
end

function Session:close()
  if self.made then self.made:close() end
end

--- A session for the arguments of one command.
---@param args table
---@param terminal table `cli.terminal`, or what a spec puts in its place
---@return spherepay.cli.Session
function session.new(args, terminal)
  return setmetatable({ args = args, terminal = terminal }, Session)
end

return session
