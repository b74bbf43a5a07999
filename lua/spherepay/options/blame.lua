-- Raises an error that points at the user's line, however deep in the library it is noticed.

-- The directory of the library: two steps above this file.
local OURS = debug.getinfo(1, "S").source:gsub("[^/\\]*[/\\][^/\\]*$", "")

--- Raises `message`, with the position of the innermost function that is not of this library.
---@param message string
local function blame(message)
  local level = 2
  while true do
    local info = debug.getinfo(level, "Sl")
    if not info then error(message, 0) end
    local has_line = info.currentline > 0 -- C has none, nor what 5.1 left of a tail call
    if has_line and info.source:sub(1, #OURS) ~= OURS then
      error(("%s:%d: %s"):format(info.short_src, info.currentline, message), 0)
    end
    level = level + 1
  end
end

return blame
