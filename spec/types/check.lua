-- What lua-language-server says of the types: every mistake of mistakes.lua is marked, and nothing
-- in the examples and in the README.
--   lua5.4 spec/types/check.lua SERVER DIRECTORY
-- DIRECTORY holds copies of lua/, examples/ and mistakes.lua; snippets of the README are added.

local json = require "cjson"

local server, directory = arg[1], arg[2]

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- What a snippet takes for granted, on one line.
local BEFORE = 'local spherepay = require "spherepay"; local client = spherepay.new {}; '
  .. 'local customer = spherepay.check(client.customer.get "customer_0"); '

local count = 0
for snippet in read("README.md"):gmatch "```lua\n(.-)```" do
  count = count + 1
  local is_whole = snippet:find('require "spherepay"', 1, true)
  write(("%s/readme_%d.lua"):format(directory, count), (is_whole and "" or BEFORE) .. snippet)
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local result = directory .. "/result.json"
os.execute(("%s --check=%s --checklevel=Warning --logpath=%s --check_format=json"
  .. " --check_out_path=%s >%s 2>&1"):format(quoted(server), quoted(directory),
  quoted(directory .. "/log"), quoted(result), quoted(directory .. "/output")))

local is_marked, failures = {}, {}
for uri, found in pairs(json.decode(read(result))) do
  local name = uri:match "/([^/]+/[^/]+)$"
  for _, each in ipairs(found) do
    local line = each.range.start.line + 1
    if uri:find "/mistakes%.lua$" then
      is_marked[line] = each.message
    elseif not uri:find("/lua/spherepay/", 1, true) then
      failures[#failures + 1] = ("%s:%d: %s"):format(name, line, each.message:match "[^\n]*")
    end
  end
end

local line, marks = 0, 0
for text in read(directory .. "/mistakes.lua"):gmatch "([^\n]*)\n" do
  line = line + 1
  local is_wrong = text:find "%-%- wrong$" ~= nil
  if is_wrong then marks = marks + 1 end
  if is_wrong and not is_marked[line] then
    failures[#failures + 1] = ("mistakes.lua:%d: is not marked: %s"):format(line, text)
  elseif is_marked[line] and not is_wrong then
    failures[#failures + 1] = ("mistakes.lua:%d: %s"):format(line, is_marked[line])
  end
end

table.sort(failures)
for _, failure in ipairs(failures) do io.stderr:write(failure, "\n") end
print(("types: %d mistakes, %d snippets, %d faults"):format(marks, count, #failures))
os.exit(#failures == 0 and marks > 0 and count > 0)
