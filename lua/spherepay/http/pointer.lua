-- JSON pointers (RFC 6901): how a problem says where it is.
-- Not a resolver: nothing here walks a document.

local pointer = {}

local ESCAPES = { ["~"] = "~0", ["/"] = "~1" }

--- Extends a pointer by one step.
---@param base string the pointer so far, `""` for the whole document
---@param key string|integer a member name, or the zero-based index of a list item
---@return string
function pointer.join(base, key)
  if type(key) ~= "string" then return base .. "/" .. tostring(key) end
  if key:find("[~/]") then key = key:gsub("[~/]", ESCAPES) end
  return base .. "/" .. key
end

return pointer
