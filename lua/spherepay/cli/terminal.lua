-- The terminal at the edge: whether there is one, how wide it is, and questions to the person. What
-- Lua lacks the programs of POSIX do. Specs put a table with the same functions in its place.

local terminal = {}

local DEFAULT_WIDTH, MIN_WIDTH = 80, 20

local function succeeds(command)
  local ok = os.execute(command)
  return ok == true or ok == 0
end

local function output_of(command)
  local pipe = io.popen(command, "r")
  if not pipe then return "" end
  local text = pipe:read("*a") or ""
  pipe:close()
  return text
end

local known = {}

--- Whether a descriptor is a terminal.
---@param descriptor 0|1|2
---@return boolean
function terminal.is_terminal(descriptor)
  if known[descriptor] == nil then known[descriptor] = succeeds("test -t " .. descriptor) end
  return known[descriptor]
end

--- Columns: what COLUMNS says, else the terminal itself, else 80.
---@return integer
function terminal.width()
  local columns = tonumber((os.getenv("COLUMNS") or ""):match("^%d%d?%d?%d?$"))
  if not columns and terminal.is_terminal(2) then
    columns = tonumber(output_of("stty size <&2 2>/dev/null"):match("^%d+ (%d+)"))
  end
  if not columns or columns < 1 then columns = DEFAULT_WIDTH end
  return math.max(columns, MIN_WIDTH)
end

--- Whether standard output is to be coloured: a terminal, and NO_COLOR is not set.
---@return boolean
function terminal.wants_color()
  local no_color = os.getenv("NO_COLOR")
  if no_color and no_color ~= "" or os.getenv("TERM") == "dumb" then return false end
  return terminal.is_terminal(1)
end

--- Whether somebody can be asked.
---@return boolean
function terminal.can_ask()
  return terminal.is_terminal(0) and terminal.is_terminal(2)
end

-- A shell reads the line: it ends at once when it is interrupted, while a read of Lua's would go
-- on, and it puts the terminal right whatever ends it.
local READ = "IFS= read -r line && printf 'x%s' \"$line\""
local READ_HIDDEN = "before=$(stty -g) && trap 'stty \"$before\"; echo >&2' EXIT"
  .. " && trap 'exit 130' HUP INT TERM && stty -echo && printf '%s' \"$QUESTION\" >&2 && " .. READ

--- Asks for a line.
---@param question string
---@return string? answer nil when the input has ended
function terminal.ask(question)
  io.stderr:write(question)
  io.stderr:flush()
  return output_of(READ):match("^x(.*)$")
end

--- Asks for a line that is not shown.
---@param question string without quotation marks
---@return string? answer nil when the input has ended, or nothing can be hidden
function terminal.ask_hidden(question)
  return output_of("QUESTION='" .. question .. "'; " .. READ_HIDDEN):match("^x(.*)$")
end

return terminal
