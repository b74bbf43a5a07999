-- The files that the command reads and writes for the person.

local files = {}

--- The whole of a file; "-" is standard input.
---@param path string
---@return string? text
---@return string? message
function files.read(path)
  if path == "-" then return io.read("*a") or "" end
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local text, wrong = file:read("*a")
  file:close()
  if not text then return nil, path .. ": " .. tostring(wrong) end
  return text
end

-- One word of a shell's command.
local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Who may read a file, as `ls` shows it: "-rw-------".
---@param path string
---@return string? mode nil when there is no such file
function files.mode(path)
  local pipe = io.popen("ls -ldL -- " .. quoted(path) .. " 2>/dev/null", "r")
  if not pipe then return nil end
  local line = pipe:read("*l")
  pipe:close()
  return line and line:match("^%S%S%S%S%S%S%S%S%S%S")
end

--- A file that nobody but its owner may read: a token's.
---@param path string
---@return string? text without the line break at its end
---@return string? message
function files.read_secret(path)
  local mode = files.mode(path)
  local kind = mode and mode:sub(1, 1)
  if kind == "d" then return nil, path .. " is a directory" end
  if mode and mode:sub(5, 10) ~= "------" then
    return nil, ("others may use %s (%s): %s"):format(path, mode,
      kind == "-" and "chmod 600 it" or "name a file of your own")
  end
  local text, message = files.read(path)
  if not text then return nil, message end
  return (text:gsub("%s+$", ""))
end

return files
