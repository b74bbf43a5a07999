-- Writes the manual page of the command from what the commands say of their arguments.
--   lua5.4 docs/generate/man.lua > docs/spherepay.1    (or: make man)

local cli = require "spherepay.cli"
local version = require "spherepay.version"

local man = {}

-- What a command tells argparse, as a list of { name, description, kind }.
local function recorded(definition)
  local list = {}
  local function recorder(kind)
    return function(_, name, description)
      local entry = { name = name, description = description, kind = kind }
      list[#list + 1] = entry
      return setmetatable({}, { __index = function(self, method)
        return function(_, value)
          entry[method] = value
          return self
        end
      end })
    end
  end
  definition { option = recorder "option", flag = recorder "flag", argument = recorder "argument" }
  return list
end

local function escaped(text)
  return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^%.", "\\&."))
end

local function is_many(entry)
  return entry.args == "*" or entry.args == "+"
end

local function choices(entry)
  return entry.choices and " One of " .. table.concat(entry.choices, ", ") .. "." or ""
end

local function put_entry(out, entry)
  out[#out + 1] = ".TP"
  if entry.kind == "argument" then
    out[#out + 1] = "\\fI" .. escaped(entry.name) .. "\\fR" .. (is_many(entry) and " ..." or "")
  else
    local value = entry.kind == "option" and " \\fI" .. escaped(entry.name:match "%a.*") .. "\\fR"
    out[#out + 1] = "\\fB" .. escaped(entry.name) .. "\\fR" .. (value or "")
  end
  out[#out + 1] = escaped(entry.description .. choices(entry))
end

local function put_command(out, name)
  local definition = cli.definition(name)
  out[#out + 1] = ".SS spherepay " .. escaped((name:gsub("/", " ")))
  out[#out + 1] = escaped(definition.summary)
  for _, entry in ipairs(definition.arguments and recorded(definition.arguments) or {}) do
    put_entry(out, entry)
  end
end

local INTRODUCTION = [[
.SH NAME
spherepay \- SpherePay customers from the command line
.SH SYNOPSIS
.B spherepay
[\fIoption\fR ...] \fIcommand\fR [\fIargument\fR ...]
.SH DESCRIPTION
Creates, looks up, changes and verifies customers of the SpherePay API, one by one and in bulk, and
runs an imitation of the API to try things on. In a terminal it prints cards and checklists, in a
pipe JSON. Errors are one line on standard error.
.PP
A field is written \fIname\fR=\fItext\fR, with dots for what lies inside
(\fIaddress.city\fR=Chicago) and numbers from 0 in lists (\fIaddresses.0.city\fR=Chicago);
\fIname\fR:=\fIJSON\fR takes any value.]]

local CLOSE = [[
.SH EXIT STATUS
.TP
0
Done. Of verify and check: ready.
.TP
1
A call failed, or what was asked for is not so.
.TP
2
The command line makes no sense. Nothing was sent.
.TP
3
Of verify and check: not ready.
.TP
4
Of verify: verification was refused.
.TP
5
A write that failed may have been applied. Look before you repeat it.
.TP
130
Interrupted.
.SH ENVIRONMENT
.TP
SPHEREPAY_TOKEN
The token. It cannot be given as an argument, where others could read it.
.TP
SPHEREPAY_BASE_URL
The host, unless \fB\-\-base\-url\fR or \fB\-\-environment\fR names one. Production if nothing does.
.TP
SPHEREPAY_CA_FILE
Whom to trust instead of the system's authorities.
.TP
SPHEREPAY_WEBHOOK_SECRET
The secret of the webhook.
.TP
NO_COLOR
No colours when it is set and not empty.
.TP
COLUMNS
How wide the terminal is, if it is not to be asked.]]

--- The text of the manual page.
---@return string
function man.text()
  local out = {
    (".TH SPHEREPAY 1 \"\" \"spherepay %s\""):format(version), INTRODUCTION, ".SH OPTIONS",
    "They may stand before the command and after it.",
  }
  for _, entry in ipairs(recorded(cli.add_common)) do put_entry(out, entry) end
  out[#out + 1] = ".SH COMMANDS"
  for _, name in ipairs(cli.COMMANDS) do put_command(out, name) end
  out[#out + 1] = CLOSE
  return table.concat(out, "\n") .. "\n"
end

if arg and arg[0] and arg[0]:find "man%.lua$" then io.write(man.text()) end

return man
