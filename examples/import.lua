-- One idea: customers from a CSV file, each created once, also when this is killed and run again.
--   lua5.4 examples/import.lua customers.csv customers.journal    (with a sandbox: see connect.lua)
-- The first line names the columns: type,email,phone,address.line1,address.city,address.country ...

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local connect = require "connect"
local path, journal = connect.arguments[1], connect.arguments[2]
assert(path and journal, "give a CSV file and a journal")

-- The fields of a line: plain or in quotes, within which "" is a quote. None holds a line end.
local function split(line)
  local fields, at = {}, 1
  line = line:gsub("\r$", ""):gsub('""', "\1") .. ","
  while at <= #line do
    local field, past = line:match('^"([^"]*)",()', at)
    if not field then field, past = line:match("^([^,]*),()", at) end
    fields[#fields + 1] = field == "\1" and "" or field:gsub("\1", '"')
    at = past
  end
  return fields
end

-- A customer of a line; a column such as address.city is a member of an object.
local function customer_of(columns, fields)
  local row = {}
  for i, column in ipairs(columns) do
    local outer, inner = column:match "^([^.]+)%.([^.]+)$"
    if outer then row[outer] = row[outer] or {} end
    local place = outer and row[outer] or row
    if fields[i] ~= "" then place[inner or column] = fields[i] end
  end
  return row
end

local function draw(done, total)
  local filled = math.floor(40 * done / total)
  local bar = ("#"):rep(filled) .. ("."):rep(40 - filled)
  io.stderr:write(("\r[%s] %d of %d"):format(bar, done, total), done == total and "\n" or "")
end

local rows, columns = {}, nil
for line in io.lines(path) do
  if columns then rows[#rows + 1] = customer_of(columns, split(line)) end
  columns = columns or split(line)
end

local failed = 0
for index, customer, err in connect.client.customer.create_many(rows, {
  journal = journal, on_progress = draw,
}) do
  if not customer then failed = failed + 1 end
  print(index, customer and customer.id or tostring(err)) -- one line, fit for a log
end
connect.client:close()
os.exit(failed == 0 and 0 or 1)
