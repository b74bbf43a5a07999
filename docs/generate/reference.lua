-- Turns the comments of public functions (LuaCATS) into what LDoc reads, a file for each module:
--   lua5.4 docs/generate/reference.lua DIRECTORY    (or: make doc)

local reference = {}

-- Each module: its name, and its files with what their functions are called before and after.
reference.MODULES = {
  { "spherepay", "What a program requires.", { "init.lua", "spherepay.", "spherepay." } },
  {
    "client", "A client and what it runs at once.",
    { "client.lua", "Client:", "client:" }, { "async/scheduler.lua", "scheduler.", "client:" },
  },
  {
    "client.customer", "Customers.",
    { "resources/customer.lua", "resource.", "client.customer." },
  },
  {
    "client.representative", "The people of a business.",
    { "resources/representative.lua", "resource.", "client.representative." },
  },
  {
    "client.document", "Documents.",
    { "resources/document.lua", "resource.", "client.document." },
  },
  {
    "spherepay.verification", "Where a customer stands: tables in, tables out.",
    { "verification/profiles.lua", "profiles", "verification.profiles" },
    { "verification/evaluate.lua", "evaluate.evaluate", "verification.evaluate" },
    { "verification/evaluate.lua", "evaluate.can_transfer", "verification.can_transfer" },
    { "verification/steps.lua", "next_steps", "verification.next_steps" },
    { "verification/fields.lua", "missing_fields", "verification.missing_fields" },
    { "verification/diff.lua", "diff", "verification.diff" },
    { "verification/policy.lua", "policy", "verification.policy" },
    { "verification/render.lua", "render", "verification.render" },
  },
  {
    "spherepay.gate", "May this customer pass? For nginx.",
    { "gate/init.lua", "gate.", "spherepay.gate." }, { "gate/init.lua", "Gate:", "gate:" },
  },
  { "spherepay.webhook", "Webhooks.", { "webhook.lua", "webhook.", "spherepay.webhook." } },
  {
    "spherepay.testing", "For specs of your own.",
    { "testing/init.lua", "testing.", "spherepay.testing." },
    { "testing/fake.lua", "Fake:", "fake:" },
  },
}

-- `type` and the rest of a LuaCATS tag: a type may hold blanks within brackets and after commas,
-- colons and bars.
local function split_type(text)
  local depth, at = 0, 1
  while at <= #text do
    local char = text:sub(at, at)
    if char:find "[({<%[]" then depth = depth + 1 end
    if char:find "[)}>%]]" then depth = depth - 1 end
    if char == " " and depth == 0 and not text:sub(1, at - 1):find "[,:|]$" then break end
    at = at + 1
  end
  return text:sub(1, at - 1), text:sub(at + 1)
end

-- What markdown would take for its own, but for the text in backquotes.
local function plain(text)
  local own = { ["<"] = "&lt;", [">"] = "&gt;", _ = "\\_", ["*"] = "\\*" }
  return (text:gsub("([^`]*)(`?[^`]*`?)", function(words, code)
    return words:gsub("[<>_*]", own) .. code
  end))
end

local function tag_line(kind, rest)
  local name
  if kind == "param" then
    name, rest = rest:match "^(%S+)%s*(.*)$"
  elseif kind ~= "return" then
    return nil
  end
  local of_type, text = split_type(rest)
  return ("@%s %s(`%s`) %s"):format(kind, name and name:gsub("%?$", "") .. " " or "",
    of_type, plain(text))
end

-- The lines of a comment: texts, and tags with the lines that belong to them.
local function translated(block, full_name)
  local texts, tags = {}, {}
  for _, line in ipairs(block) do
    local kind, rest = line:match "^@(%l+)%s*(.*)$"
    if kind then
      tags[#tags + 1] = { kind, rest }
    elseif tags[1] and line:find "^  " then
      tags[#tags][2] = tags[#tags][2] .. " " .. line:match "^%s*(.*)$"
    else
      texts[#texts + 1] = plain(line:gsub("^ ", ""))
    end
  end
  local out = { "--- " .. table.concat(texts, "\n-- "), "-- @function " .. full_name }
  for _, tag in ipairs(tags) do
    local line = tag_line(tag[1], tag[2])
    if line then out[#out + 1] = "-- " .. line end
  end
  return table.concat(out, "\n") .. "\n"
end

-- Calls `found(name, block)` for each function that stands right below a comment.
local function each_function(path, found)
  local block = {}
  for line in assert(io.lines(path)) do
    local comment = line:match "^%s*%-%-%-(.*)$"
    local name = line:match "^%s*function ([%w_.:]+)%("
      or line:match "^%s*local function ([%w_]+)%("
    if comment then
      block[#block + 1] = comment
    else
      if name and block[1] then found(name, block) end
      block = {}
    end
  end
end

-- What a function is called, or nothing when it is none of these.
local function public_name(name, before, after)
  if name == before then return after end
  local last = before:sub(-1)
  if (last == "." or last == ":") and name:sub(1, #before) == before then
    local rest = name:sub(#before + 1)
    return not rest:find "^_" and after .. rest or nil
  end
  return nil
end

--- What LDoc reads for one module.
---@param module table of `MODULES`
---@return string text
---@return string[] names of its functions
function reference.text(module)
  local out, names = { ("--- %s\n-- @module %s\n"):format(module[2], module[1]) }, {}
  for i = 3, #module do
    local file, before, after = module[i][1], module[i][2], module[i][3]
    each_function("lua/spherepay/" .. file, function(name, block)
      local full = public_name(name, before, after)
      if full then
        names[#names + 1] = full
        out[#out + 1] = translated(block, full)
      end
    end)
  end
  return table.concat(out, "\n") .. "\nreturn {}\n", names
end

if arg and arg[0] and arg[0]:find "reference%.lua$" then
  for _, module in ipairs(reference.MODULES) do
    local file = assert(io.open(arg[1] .. "/" .. module[1] .. ".lua", "w"))
    file:write((reference.text(module)))
    file:close()
  end
end

return reference
