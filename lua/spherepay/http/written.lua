-- The documented names of fields as they are written in a body, and which of them hold arrays. For
-- `json.encode`, which so need not look at their letters.

local fields = require "spherepay.api.fields"

local written = {
  names = {}, -- name -> the name in quotation marks, with its colon
  arrays = {}, -- the names of those that are arrays, in every version
}

for _, objects in pairs(fields) do
  for _, object in pairs(objects) do
    for _, field in ipairs(object) do
      written.names[field[1]] = '"' .. field[1] .. '":'
      if field[2] == "list" then written.arrays[field[1]] = true end
    end
  end
end

return written
