-- For names that are not there: says what `client.customer.retrieve` should have been. Lua itself
-- says "attempt to call a nil value".

local blame = require "spherepay.options.blame"
local schema = require "spherepay.options.schema"

local misnamed = {}

local function names_of(object)
  local names = {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Has a name that is near one of `object`, or that `advice` knows, raise when it is read. Any
--- other stays nil.
---@param object table of functions
---@param called string how users call it
---@param advice table<string, string> name -> what to do instead
---@return table object
function misnamed.watch(object, called, advice)
  local names = names_of(object)
  return setmetatable(object, { __index = function(_, name)
    if type(name) ~= "string" then return nil end
    local what = advice[name] or schema.meant(name, names)
    if what then blame(("spherepay: there is no %s.%s: %s"):format(called, name, what)) end
    return nil
  end })
end

--- A value that raises when it is called, or when a member of it is read.
---@param message string
---@return table
function misnamed.instead(message)
  local function raise() blame("spherepay: " .. message) end
  return setmetatable({}, { __call = raise, __index = raise })
end

return misnamed
