-- `spherepay.check`: for scripts that would rather end than go on after a failure. `assert` cannot
-- serve: where it raises the error table itself, nginx and plain Lua 5.1 do not say what was in it.

local blame = require "spherepay.options.blame"
local errors = require "spherepay.errors"

--- Its arguments, when the first is neither nil nor false. Otherwise raises one line of text: what
--- the second says, with the position of the line that called it.
---
---     local customer = spherepay.check(client.customer.get(id))
---@generic T
---@param value T? what a call returned first
---@param ... any what else it returned
---@return T value the same
---@return any ... the same
local function check(value, ...)
  if value then return value, ... end
  local err = ...
  if err == nil then blame("spherepay.check: there is no value, and no error that says why") end
  blame(errors.line(err))
end

return check
