-- A customer or representative as one line of a list: id, type, standing and, if it fits, email.

local scrub = require("spherepay.privacy.scrub")
local verification = require("spherepay.verification")

local rows = {}

--- One line, cut to the terminal's width.
---@param customer table
---@param terminal { width: fun(): integer }
---@return string
function rows.line(customer, terminal)
  local parts, width = { tostring(customer.id) }, terminal.width()
  local used = #parts[1]
  for _, text in ipairs {
    tostring(customer.type or "?"), verification.evaluate(customer).status,
    tostring(customer.email or ""),
  } do
    text = scrub.one_line(text)
    if used + 2 + #text > width then break end
    parts[#parts + 1], used = text, used + 2 + #text
  end
  return table.concat(parts, "  ") .. "\n"
end

return rows
