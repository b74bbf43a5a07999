-- What `make coverage` saw: lua5.4 spec/coverage/report.lua DIR OBJECTS
-- DIR has the .lines files of lines.lua, OBJECTS the objects and .gcda files of csrc. It prints the
-- share of lines that ran, by part and by file where that is under 95 % (with its excuse, if it has
-- one), and writes the lines that did not to DIR/uncovered.txt.

local DIR, OBJECTS = arg[1], arg[2]
local ENOUGH = 0.95
local EXCUSED = dofile "spec/coverage/excused.lua"

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return text
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

-- What a compiler gives a line to although nothing is done there.
local function is_bare(text)
  return text:find "^%s*end[%s,;)}]*$" or text:find "^%s*[%]})]+[,;]?%s*$"
    or text:find "^%s*else%s*$" or text:find "^%s*$" or text:find "^%s*%-%-"
end

local function lines_of_lua(path)
  local source, lines, number = {}, {}, 0
  for text in (read(path) .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    source[number] = text
  end
  for text in output("luac5.4 -l -p " .. path):gmatch "\n\t%d+\t%[(%d+)%]" do
    local line = tonumber(text)
    if not is_bare(source[line] or "") then lines[line] = true end
  end
  return lines
end

local function seen_in_lua()
  local seen = {}
  for path, line in output("cat " .. DIR .. "/*.lines"):gmatch "([^\n:]+):(%d+)" do
    seen[path] = seen[path] or {}
    seen[path][tonumber(line)] = true
  end
  return seen
end

-- { 3, 4, 5, 9 }: "3-5 9".
local function ranges(numbers)
  local said, first = {}, nil
  for i, number in ipairs(numbers) do
    first = first or number
    if numbers[i + 1] ~= number + 1 then
      said[#said + 1] = first == number and tostring(number) or first .. "-" .. number
      first = nil
    end
  end
  return table.concat(said, " ")
end

local uncovered = assert(io.open(DIR .. "/uncovered.txt", "w"))
local function sum(part, path, ran, all, missing)
  part.ran, part.all = part.ran + ran, part.all + all
  if ran < all then uncovered:write(path, ": ", ranges(missing), "\n") end
  local enough = all == 0 or ran / all >= ENOUGH
  if enough and EXCUSED[path] then
    print("  stale in spec/coverage/excused.lua: " .. path)
  elseif not enough then
    part.unexcused = part.unexcused or not EXCUSED[path]
    part.low[#part.low + 1] = ("  %5.1f %%  %s, not %s"):format(ran / all * 100, path,
      EXCUSED[path] and "all: " .. EXCUSED[path] or ranges(missing))
  end
end

local function new_part(name) return { name = name, ran = 0, all = 0, low = {} } end

local function show(part)
  print(("%-6s %5.1f %% of %d lines"):format(part.name, part.ran / part.all * 100, part.all))
  table.sort(part.low)
  for _, line in ipairs(part.low) do print(line) end
end

local function lua()
  local part, seen = new_part "lua", seen_in_lua()
  for path in output "find lua -name '*.lua' ! -name '*.d.lua' | sort":gmatch "[^\n]+" do
    local ran, all, missing = 0, 0, {}
    for line in pairs(lines_of_lua(path)) do
      all = all + 1
      if seen[path] and seen[path][line] then ran = ran + 1 else missing[#missing + 1] = line end
    end
    table.sort(missing)
    sum(part, path, ran, all, missing)
  end
  return part
end

-- What gcov says of `path` in one object, added to `counts`: line -> whether it has run. Only the
-- first object says which lines there are: with the sanitizers some have code that is theirs.
local function add_gcov(counts, object, path)
  local is_first = next(counts) == nil
  local here = false
  for line in output("gcov -t " .. object .. " 2>/dev/null"):gmatch "[^\n]+" do
    local count, number = line:match "^%s*([^:]+):%s*(%d+):"
    local source = line:match "0:Source:(.*)"
    if source then here = source == path end
    if here and count and number ~= "0" and count ~= "-" then
      number = tonumber(number)
      if is_first or counts[number] ~= nil then
        counts[number] = counts[number] or not count:find "^[#=]"
      end
    end
  end
end

-- The objects of a file of csrc that have been run: of each Lua's module, and of each C spec.
local function objects_of(path)
  local part, name = path:match "^csrc/(%w+)/(.*)%.c$"
  local place = (part == "binding" and "*/" or "") .. part
  return output(("cd %s && ls -dU $PWD/%s/%s.gcda $PWD/asan/%s/%s.gcda $PWD/pure/%s.gcda"
    .. " $PWD/spec/*-%s.gcda 2>/dev/null"):format(OBJECTS, place, name, place, name, name, name))
end

local function c()
  local part = new_part "csrc"
  for path in output "ls csrc/core/*.c csrc/binding/*.c":gmatch "[^\n]+" do
    local ran, all, missing, counts = 0, 0, {}, {}
    for object in objects_of(path):gmatch "[^\n]+" do add_gcov(counts, object, path) end
    for number, has_run in pairs(counts) do
      all = all + 1
      if has_run then ran = ran + 1 else missing[#missing + 1] = number end
    end
    table.sort(missing)
    sum(part, path, ran, all, missing)
  end
  return part
end

local parts = { c(), lua() }
for _, part in ipairs(parts) do show(part) end
uncovered:close()
for _, part in ipairs(parts) do
  if part.ran / part.all < ENOUGH or part.unexcused then os.exit(false) end
end
