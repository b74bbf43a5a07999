--- Running shell commands from any Lua: quoting, exit codes, output. For the sandbox's nginx host;
-- the client itself runs none.

local shell = {}

--- One word of a POSIX shell command.
---@param text string
---@return string
function shell.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Runs a command and waits for it.
---@param command string
---@return integer code its exit code; 128 plus the number when a signal ended it
function shell.run(command)
  local first, how, code = os.execute(command)
  if type(first) == "number" then
    -- Lua 5.1 and LuaJIT hand out what system() returned: signal in the low byte, code above it.
    local signal = first % 128
    return signal > 0 and 128 + signal or math.floor(first / 256)
  end
  if how == "signal" then return 128 + code end
  return code
end

--- Runs a command and reads what it prints on standard output.
---@param command string
---@return string output without trailing newlines; "" when the command cannot be run
function shell.read(command)
  local pipe = io.popen(command, "r")
  if not pipe then return "" end
  local output = pipe:read("*a") or ""
  pipe:close()
  return (output:gsub("%s+$", ""))
end

--- Reads a whole file.
---@param path string
---@return string|nil content nil when it cannot be read
function shell.read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

--- Writes a whole file.
---@param path string
---@param content string
---@return boolean|nil done
---@return string|nil message
function shell.write_file(path, content)
  local file, message = io.open(path, "wb")
  if not file then return nil, message end
  local done, wrong = file:write(content)
  file:close()
  if not done then return nil, wrong end
  return true
end

return shell
