-- Comma-separated values (RFC 4180): read with the line each row begins in, and written.

local csv = {}

-- The fields from `at` to the end of the row; where the next row begins, and how many line breaks
-- were passed.
local function read_row(text, at)
  local row, lines = {}, 0
  while true do
    local field
    if text:sub(at, at) == '"' then
      local parts, from = {}, at + 1
      while true do
        local quote = text:find('"', from, true)
        if not quote then return nil, "has a quotation mark that is not closed" end
        parts[#parts + 1] = text:sub(from, quote - 1)
        at = quote + 1
        if text:sub(at, at) ~= '"' then break end
        parts[#parts + 1], from = '"', at + 1
      end
      field = table.concat(parts)
      lines = lines + select(2, field:gsub("\n", ""))
      if not text:find("^[,\r\n]", at) and at <= #text then
        return nil, "has text after a quotation mark"
      end
    else
      local ends = text:find("[,\r\n]", at) or #text + 1
      field, at = text:sub(at, ends - 1), ends
    end
    row[#row + 1] = field
    if text:sub(at, at) ~= "," then break end
    at = at + 1
  end
  local _, ends = text:find("^\r?\n", at)
  return row, (ends or math.max(at, #text)) + 1, lines + 1
end

--- Reads a text.
---@param text string
---@return { line: integer, [integer]: string }[]? rows empty lines are left out
---@return string? problem with its line
function csv.read(text)
  text = text:gsub("^\239\187\191", "")
  local rows, at, line = {}, 1, 1
  while at <= #text do
    local row, next_at, lines = read_row(text, at)
    if not row then return nil, ("line %d %s"):format(line, next_at) end
    if #row > 1 or row[1] ~= "" then
      row.line = line
      rows[#rows + 1] = row
    end
    at, line = next_at, line + lines
  end
  return rows
end

--- One row, with its line break. A field that a spreadsheet would take for a formula gets a quote.
---@param fields (string|number|boolean)[]
---@return string
function csv.row(fields)
  local out = {}
  for i, field in ipairs(fields) do
    local text = tostring(field)
    if text:find("^[=+@\t\r-]") and not tonumber(text) then text = "'" .. text end
    if text:find('[",\r\n]') then text = '"' .. text:gsub('"', '""') .. '"' end
    out[i] = text
  end
  return table.concat(out, ",") .. "\n"
end

return csv
