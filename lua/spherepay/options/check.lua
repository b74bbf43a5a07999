-- `spherepay.check`: for scripts that would rather end than go on after a failure. `assert` cannot
-- serve: where it raises the error table itself, nginx and plain Lua 5.1 do not say what was in it.

local blame = require "spherepay.options.blame"
local scrub = require "spherepay.privacy.scrub"

local MAX_TEXT = 400

-- One line, whatever it is. Our own errors clean themselves.
local function text_of(err)
  local mt = type(err) == "table" and getmetatable(err)
  local has_text = type(mt) == "table" and mt.__tostring ~= nil
  if type(err) == "string" then return scrub.own(err, MAX_TEXT) end
  if has_text then return scrub.one_line(tostring(err)) end
  if err == nil then return "spherepay.check: there is no value, and no error that says why" end
  return "spherepay.check got an error that is a " .. type(err)
end

--- Its arguments, when the first is neither nil nor false. Otherwise raises one line of text: what
--- the second says, with the position of the line that called it.
---
---     local customer = spherepay.check(client.customer.get(id))
---@param ... any what a call returned
---@return any ... the same
local function check(...)
  if ... then return ... end
  local _, err = ...
  blame(text_of(err))
end

return check
