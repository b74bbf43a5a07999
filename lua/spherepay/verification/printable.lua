-- Makes a text of the API fit to print: nothing in it may break a line or steer a terminal.
-- It hides nothing; what must not be shown is not given to it.

---@param text string
---@return string text with every run of control characters made one space
local function printable(text)
  return (text:gsub("\194[\128-\159]", " "):gsub("%c+", " "))
end

return printable
