-- spherepay customer import: creates the customers of a CSV file, whose first line names the
-- fields. Nothing is sent before every row has been checked.

local csv = require("spherepay.cli.csv")
local errors = require("spherepay.errors")
local exit = require("spherepay.cli.exit")
local files = require("spherepay.cli.files")
local output = require("spherepay.cli.output")
local params = require("spherepay.cli.params")
local scrub = require("spherepay.privacy.scrub")

local MAX_SHOWN = 20
local METHOD = "customer.create"

local function column_of(pointer)
  return (pointer or ""):gsub("^/", ""):gsub("/", ".")
end

-- The params of one row. What is wrong with them goes to `found.problems` as "line 3, email: ...",
-- and names that nobody documents, which the API would drop, to `found.notes`, each once.
local function read_row(version, columns, row, default_type, found)
  local given = {}
  local function add(column, detail)
    found.problems[#found.problems + 1] = ("line %d, %s%s"):format(row.line, column, detail)
  end
  if #row ~= #columns then add("", ("has %d fields and not %d"):format(#row, #columns)) end
  local kind = default_type
  for i, column in ipairs(columns) do
    if column == "type" and row[i] and row[i] ~= "" then kind = row[i] end
  end
  local where = params.where(version, METHOD, kind)
  for i, column in ipairs(columns) do
    local text = row[i] or ""
    local problem = text ~= "" and params.set(given, where, column, text)
    if problem then add("", problem) end
  end
  given.type = given.type or default_type
  local wrong, warnings = require("spherepay.params").check(version, METHOD, given)
  for _, each in ipairs(wrong or {}) do add(column_of(each.pointer) .. ": ", each.detail) end
  for _, each in ipairs(warnings or {}) do
    local note = ("note: column %s %s"):format(column_of(each.pointer), each.detail)
    if not found.notes[note] then
      found.notes[note], found.notes[#found.notes + 1] = true, note
    end
  end
  return given
end

local function read_rows(session, args)
  local text, problem = files.read(args.file)
  if not text then session:misused(problem) end
  local rows
  rows, problem = csv.read(text)
  if not rows then session:misused(problem) end
  if #rows < 2 then session:misused("the file has no rows below the names of the fields") end
  local columns, list, lines = table.remove(rows, 1), {}, {}
  local found = { problems = {}, notes = {} }
  local seen = {}
  for _, column in ipairs(columns) do
    if seen[column] then session:misused("the column " .. column .. " comes twice") end
    seen[column] = true
  end
  for i, row in ipairs(rows) do
    lines[i] = row.line
    list[i] = read_row(session:version(), columns, row, args.type, found)
  end
  return list, lines, found
end

local function show(session, texts)
  for i = 1, math.min(#texts, MAX_SHOWN) do session:note(scrub.one_line(texts[i])) end
  if #texts > MAX_SHOWN then session:note(("and %d more"):format(#texts - MAX_SHOWN)) end
end

local function refuse(session, problems)
  show(session, problems)
  session:misused(("%d problem%s; nothing was sent"):format(#problems,
    #problems == 1 and "" or "s"))
end

local function tell(session, line, customer)
  if session.args.json then
    io.write(output.json({ line = line, id = customer.id }, true))
  else
    io.write(csv.row { line, customer.id })
  end
end

-- Creates them; returns how many were made, failed, and may have been made.
local function create(session, args, rows, lines)
  local bar = session:bar("import")
  local made, failed, unsure, total = 0, 0, 0, #rows
  for index, customer, err in session:writer().customer.create_many(rows, {
    journal = args.journal, concurrency = args.concurrency,
  }) do
    bar:clear()
    if index == 0 then session:need(nil, err) end
    if customer then
      made = made + 1
      tell(session, lines[index], customer)
    else
      if err.maybe_applied then unsure = unsure + 1 else failed = failed + 1 end
      session:note(("line %d: %s"):format(lines[index], errors.line(err)))
    end
    bar:update(made + failed + unsure, total)
  end
  return made, failed, unsure
end

local function confirm(session, args, count)
  if not args.journal then
    session:note("without --journal a second run creates everybody again")
  end
  session:confirm(("Create %d customer%s at %s?"):format(count, count == 1 and "" or "s",
    session:host()))
end

return {
  summary = "Create the customers of a CSV file, each once.",

  arguments = function(command)
    command:argument("file", "CSV; the first line names the fields; - is standard input.")
    command:option("--journal", "What is done is kept in this file: nobody is made twice.")
    command:option("--type", "Of rows that have none."):choices { "individual", "business" }
    command:option("--concurrency", "How many at a time (16)."):convert(function(text)
      local number = tonumber(text)
      if number and number % 1 == 0 and number >= 1 and number <= 10000 then return number end
      return nil, "--concurrency takes a whole number from 1"
    end)
    command:flag("--dry-run", "Check the rows, and send nothing.")
    command:flag("--yes", "Do not ask.")
  end,

  run = function(session, args)
    local rows, lines, found = read_rows(session, args)
    show(session, found.notes)
    if found.problems[1] then refuse(session, found.problems) end
    if args.dry_run then
      session:note(("%d row%s can be sent; nothing was"):format(#rows, #rows == 1 and "" or "s"))
      return exit.OK
    end
    confirm(session, args, #rows)
    local made, failed, unsure = create(session, args, rows, lines)
    session:note(("%d created or found, %d failed, %d may have been created"):format(
      made, failed, unsure))
    if unsure > 0 then return exit.UNSURE end
    return failed > 0 and exit.FAILED or exit.OK
  end,
}
