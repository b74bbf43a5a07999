-- Writes docs/reliability.md: lua5.4 spec/reliability.lua >docs/reliability.md
-- It runs no test. Each target that tests leaves a line of figures in build/figures/NAME; here they
-- become a table, with the day of each, below the versions of what they were measured with.

local TARGETS = {
  { "test", "make test", "everything that a contributor runs" },
  { "sanitize", "make sanitize", "every spec on two Luas with ASan, UBSan, LeakSanitizer" },
  { "valgrind", "make valgrind", "200 mixed calls: errors and leaks" },
  { "tsan", "make tsan", "two threads with a state each, and nginx's watcher" },
  { "oom", "make oom", "every allocation refused, alone and from it on" },
  { "simulate", "make simulate", "lives of a client; fleets that share a limit" },
  { "soak", "make soak", "calls against servers that fail in every way" },
  { "mutate", "make mutate", "small changes of the program that the specs notice" },
  { "coverage", "make coverage", "lines that the specs run" },
  { "analyze", "make analyze", "cppcheck, gcc -fanalyzer, clang-tidy, luacheck" },
  { "fuzz", "make fuzz", "inputs that break the core, with the edges of code reached" },
}

local function output(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

local function figures(name)
  local file = io.open("build/figures/" .. name)
  if not file then return "not run in this tree", "" end
  local text = file:read "a"
  file:close()
  return (text:gsub("%s+$", ""):gsub("%s*\n%s*", "<br>")),
    output("date -r build/figures/" .. name .. " +%Y-%m-%d")
end

print "# What the tests found when they last ran\n"
print "Written by `make reliability` from what each target left in `build/figures`."
print "It runs nothing: a target that has not run in the tree says so.\n"
for _, command in ipairs { "pkg-config --modversion libcurl", "lua5.4 -v", "luajit -v",
  "gcc --version", "clang --version" } do
  print("- `" .. command .. "`: " .. (output(command):match "^[^\n]+" or "not there"))
end
print "\n| target | what | figures | day |\n|---|---|---|---|"
for _, target in ipairs(TARGETS) do
  local said, day = figures(target[1])
  print(("| `%s` | %s | %s | %s |"):format(target[2], target[3], said, day))
end
