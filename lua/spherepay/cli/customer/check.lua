-- spherepay customer check: where many customers stand. With --out the report is kept in a file,
-- and a second run with the same file looks up only those who are not in it yet.

local csv = require("spherepay.cli.csv")
local errors = require("spherepay.errors")
local exit = require("spherepay.cli.exit")
local files = require("spherepay.cli.files")
local json = require("spherepay.http.json")
local output = require("spherepay.cli.output")
local verification = require("spherepay.verification")

local HEADER = { "id", "ready", "status", "outstanding" }

local function outstanding_of(report)
  local names = {}
  for i, item in ipairs(report.outstanding) do names[i] = item.criterion or item.profile or "?" end
  return table.concat(names, " ")
end

local function words_of(text)
  local words = setmetatable({}, json.ARRAY_MT)
  for word in text:gmatch("%S+") do words[#words + 1] = word end
  return words
end

local function row_of(id, report)
  return { id, report.ready and "yes" or "no", report.status, outstanding_of(report) }
end

-- Ids one a line, each once; what stands behind a comma or a tab is not looked at.
local function read_ids(session, path)
  local text, problem = files.read(path)
  if not text then session:misused(problem) end
  local ids, seen = {}, {}
  for line in text:gmatch("[^\r\n]+") do
    local id = line:match("^%s*\"?([^,\t\"]-)\"?%s*$") or line:match("^%s*\"?([^,\t\"]+)")
    id = id and id:match("^%s*(.-)%s*$")
    if id and id ~= "" and id ~= "id" and not seen[id] then
      seen[id], ids[#ids + 1] = true, id
    end
  end
  if #ids == 0 then session:misused("no ids in " .. path) end
  return ids
end

-- The rows of an earlier run. A last line that was not finished is taken away.
local function resume(session, path)
  local text = files.read(path)
  local done, is_ready = {}, true
  if not text or text == "" then return done, is_ready, true end
  local whole = text:match("^(.*\n)") or ""
  if whole ~= text then
    local file, problem = io.open(path, "wb")
    if not file then session:misused(problem) end
    file:write(whole)
    file:close()
  end
  for _, row in ipairs(csv.read(whole) or {}) do
    if row[1] ~= HEADER[1] then
      done[row[1]] = true
      is_ready = is_ready and row[2] == "yes"
    end
  end
  return done, is_ready, whole == ""
end

local function open_report(session, path)
  local done, is_ready, is_new = resume(session, path)
  local file, problem = io.open(path, "ab")
  if not file then session:misused(problem) end
  file:setvbuf("line")
  if is_new then file:write(csv.row(HEADER)) end
  return file, done, is_ready
end

local function writer(session, args, file)
  if file then return function(row) file:write(csv.row(row)) end end
  if args.csv then
    io.write(csv.row(HEADER))
    return function(row) io.write(csv.row(row)) end
  end
  if args.json then
    return function(row)
      io.write(output.json({
        id = row[1], ready = row[2] == "yes", status = row[3],
        outstanding = words_of(row[4]),
      }, true))
    end
  end
  return function(row)
    local line = table.concat(row, "  ")
    if session.terminal.is_terminal(1) then line = line:sub(1, session.terminal.width()) end
    io.write(line, "\n")
  end
end

local function outstanding_ids(ids, done)
  local left = {}
  for _, id in ipairs(ids) do
    if not done[id] then left[#left + 1] = id end
  end
  return left
end

-- Looks up each; returns how many could not be, and whether all of them are ready.
local function look(session, ids, asked, write, bar, first, total)
  local failed, is_ready, count = 0, true, first
  for id, customer, err in session:client().customer.get_many(ids) do
    count = count + 1
    bar:clear()
    if customer then
      local report = verification.evaluate(customer, asked)
      is_ready = is_ready and report.ready
      write(row_of(id, report))
    else
      failed = failed + 1
      session:note(id .. ": " .. errors.line(err))
    end
    bar:update(count, total)
  end
  return failed, is_ready
end

return {
  summary = "Where many customers stand; exit 0 when all are ready, 3 when not.",

  arguments = function(command)
    command:option("--ids", "A file with one id a line; - is standard input."):count(1)
    command:option("--currency", "What they are to transfer, such as USD.")
    command:flag("--csv", "Print comma-separated values.")
    command:option("--out", "Write the report (CSV) to this file; run again, it goes on there.")
  end,

  run = function(session, args)
    local asked = { currency = args.currency }
    local known, problem = pcall(verification.evaluate, {}, asked)
    if not known then session:misused((tostring(problem):gsub("^[^\n]-:%d+: ", ""))) end
    local ids = read_ids(session, args.ids)
    session:client()
    local file, done, was_ready = nil, {}, true
    if args.out then file, done, was_ready = open_report(session, args.out) end
    local left = outstanding_ids(ids, done)
    local first = #ids - #left
    local bar = session:bar("check", { resumed = first })
    if first > 0 then session:note(("%d of %d were done before"):format(first, #ids)) end
    local failed, is_ready =
      look(session, left, asked, writer(session, args, file), bar, first, #ids)
    if file then file:close() end
    if failed > 0 then
      session:quit(exit.FAILED, ("%d of %d could not be looked up"):format(failed, #ids))
    end
    return is_ready and was_ready and exit.OK or exit.NOT_READY
  end,
}
