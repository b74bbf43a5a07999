-- Runs the command `spherepay` as a shell does, or in a terminal of its own (by script, of
-- util-linux).

local shell = require "spherepay.sandbox.shell"

local cli = {}

local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

local COMMAND = interpreter() .. " bin/spherepay "

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

--- Runs it in a terminal of 80 columns, or `columns`. What it prints on both outputs comes back
--- together; `keys` is what is typed, once the terminal shows `wait_for`.
---@param words string
---@param given { env: table?, columns: integer?, keys: string?, wait_for: string? }?
---@return integer status
---@return string shown
function cli.in_terminal(words, given)
  given = given or {}
  local dir = shell.read "mktemp -d"
  shell.write_file(dir .. "/keys", given.keys or "")
  shell.write_file(dir .. "/run", ("stty cols %d rows 24\n%s"):format(given.columns or 80,
    assignments(given.env) .. COMMAND .. words .. "\n"))
  local typed = ("(until grep -qF %s %s/seen; do sleep 0.05; done; cat %s/keys) 2>/dev/null")
    :format(shell.quote(given.wait_for or ""), dir, dir)
  local status = shell.run(("%s | script -qefc 'sh %s/run' %s/seen >/dev/null"):format(
    typed, dir, dir))
  local shown = shell.read_file(dir .. "/seen") or ""
  shell.run("rm -rf " .. dir)
  shown = shown:gsub("^Script started[^\n]*\n", ""):gsub("\nScript done[^\n]*\n$", "\n")
  return status, (shown:gsub("\r\n", "\n"))
end

return cli
