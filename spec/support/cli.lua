-- Runs the command `spherepay` as a shell does, or in a terminal of its own (by script, of
-- util-linux).

local interpreter = require "spec.support.interpreter"
local shell = require "spherepay.sandbox.shell"

local cli = {}

local COMMAND = interpreter() .. " lua/spherepay/cli/main.lua "

local function assignments(env)
  local words = {}
  for name, value in pairs(env or {}) do words[#words + 1] = name .. "=" .. shell.quote(value) end
  table.sort(words)
  return "env -u NO_COLOR -u COLUMNS " .. table.concat(words, " ") .. " "
end

--- Runs it.
---@param words string as in a shell
---@param given { env: table?, input: string? }?
---@return integer status
---@return string out
---@return string err
function cli.run(words, given)
  given = given or {}
  local dir = shell.read "mktemp -d"
  shell.write_file(dir .. "/in", given.input or "")
  local status = shell.run(assignments(given.env) .. COMMAND .. words
    .. (" <%s/in >%s/out 2>%s/err"):format(dir, dir, dir))
  local out, err = shell.read_file(dir .. "/out"), shell.read_file(dir .. "/err")
  shell.run("rm -rf " .. dir)
  return status, out, err
end

local GIVE_UP = 300 -- looks of 0.05 s

-- A script that types: each text when the terminal has shown what it waits for, as many times as
-- the talk names it so far; before that a command, in which $seen is what was shown.
local function typing(given, dir)
  local lines, times = { "seen=" .. dir .. "/seen" }, {}
  for _, pair in ipairs(given.talk or { { given.wait_for or "", given.keys or "" } }) do
    local wait_for = pair[1]
    times[wait_for] = (times[wait_for] or 0) + 1
    lines[#lines + 1] = ("n=0; until [ $(grep -oF %s $seen | wc -l) -ge %d ]; do sleep 0.05;"
      .. " n=$((n + 1)); [ $n -lt %d ] || exit; done"):format(shell.quote(wait_for),
      wait_for == "" and 0 or times[wait_for], GIVE_UP)
    lines[#lines + 1] = pair[3]
    lines[#lines + 1] = "printf '%s' " .. shell.quote(pair[2])
  end
  return table.concat(lines, "\n")
end

--- Runs it in a terminal of 80 columns, or `columns`. What it prints on both outputs comes back
--- together; `keys` is what is typed, once the terminal shows `wait_for`; `talk` a list of both.
---@param words string
---@param given { env: table?, columns: integer?, keys: string?, wait_for: string?,
---  talk: table[]? }?
---@return integer status
---@return string shown
function cli.in_terminal(words, given)
  given = given or {}
  local dir = shell.read "mktemp -d"
  shell.write_file(dir .. "/run", ("stty cols %d rows 24; trap : INT\nTERM=xterm %s\n"):format(
    given.columns or 80, assignments(given.env) .. COMMAND .. words))
  local status = shell.run(("(%s) 2>/dev/null | timeout 60 script -qefc 'sh %s/run' %s/seen"
    .. " >/dev/null"):format(typing(given, dir), dir, dir))
  local shown = shell.read_file(dir .. "/seen") or ""
  shell.run("rm -rf " .. dir)
  shown = shown:gsub("^Script started[^\n]*\n", ""):gsub("\nScript done[^\n]*\n$", "\n")
  return status, (shown:gsub("\r\n", "\n"))
end

return cli
