-- What valgrind counts in a process: instructions, by its tool callgrind, and system calls.

local callgrind = {}

---@class spherepay.bench.Counted
---@field objects table<string, number> the instructions of each library or program
---@field functions table<string, table<string, number>> object -> function -> its own instructions
---@field within table<string, number> function -> instructions of its calls, with all it called
---@field system_calls table<string, number>

-- Such a call is made without the system's help where there is no valgrind.
local NO_SYSTEM = { clock_gettime = true, gettimeofday = true, time = true }

-- The name of "(3) name", which "(3)" alone stands for from then on.
local function name_of(names, text)
  local id, name = text:match("^(%(%d+%)) ?(.*)$")
  if name ~= "" then names[id] = name end
  return names[id]
end

local function add(list, name, count)
  list[name] = (list[name] or 0) + count
end

--- What a file of callgrind's says.
---@param text string
---@return spherepay.bench.Counted counted without system calls
function callgrind.read(text)
  local counted = { objects = {}, functions = {}, within = {}, system_calls = {} }
  local objects, functions = {}, {}
  local object, fn, called, is_call
  for line in text:gmatch("[^\n]+") do
    local key, value = line:match("^(%l+)=(.*)$")
    if key == "ob" then
      object = name_of(objects, value):match("[^/]*$")
    elseif key == "cob" then
      name_of(objects, value)
    elseif key == "fn" then
      fn = name_of(functions, value)
    elseif key == "cfn" then
      called = name_of(functions, value)
    elseif key == "calls" then
      is_call = true -- the next line has what the called function has spent
    elseif line:find("^[%d+*-]") then
      local cost = tonumber(line:match("(%d+)$"))
      if is_call then
        add(counted.within, called, cost)
      else
        add(counted.objects, object, cost)
        counted.functions[object] = counted.functions[object] or {}
        add(counted.functions[object], fn, cost)
      end
      is_call = false
    end
  end
  return counted
end

local function read_all(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

--- Runs a command and counts.
---@param shell table spherepay.sandbox.shell
---@param command string
---@return spherepay.bench.Counted
function callgrind.run(shell, command)
  local path = os.tmpname()
  local out = shell.read(("valgrind --tool=callgrind --trace-syscalls=yes"
    .. " --callgrind-out-file=%s %s 2>&1"):format(path, command))
  local text = read_all(path)
  os.remove(path)
  assert(out:find("Collected : %d+"), out)
  local counted = callgrind.read(text)
  for name in out:gmatch("SYSCALL%[%d+,%d+%]%(%s*%d+%) sys_([%w_]+)") do
    if not NO_SYSTEM[name] then add(counted.system_calls, name, 1) end
  end
  return counted
end

local function difference(many, few, times)
  local result = {}
  for name, value in pairs(many) do
    local before = few[name]
    if type(value) == "table" then
      result[name] = difference(value, before or {}, times)
    else
      result[name] = (value - (before or 0)) / times
    end
  end
  return result
end

--- What one of the calls costs that one process made more of than the other.
---@param many spherepay.bench.Counted
---@param few spherepay.bench.Counted
---@param times integer how many more
---@return spherepay.bench.Counted
function callgrind.each(many, few, times)
  return difference(many, few, times)
end

--- The sum of such a list.
---@param list table<string, number>
---@return number
function callgrind.sum(list)
  local sum = 0
  for _, count in pairs(list) do sum = sum + count end
  return sum
end

--- The entries of such a list from `least` on, most first.
---@param list table<string, number>
---@param least number
---@param format string of a name and a count
---@param unit number
---@return string
function callgrind.most(list, least, format, unit)
  local entries = {}
  for name, count in pairs(list) do
    if count >= least then entries[#entries + 1] = { name, count } end
  end
  table.sort(entries, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    return a[1] < b[1]
  end)
  for i, entry in ipairs(entries) do entries[i] = format:format(entry[1], entry[2] / unit) end
  return table.concat(entries, ", ")
end

return callgrind
