-- Which specs have to notice that a source was changed, those that are most likely to first. A
-- stage of them is { kind, what it runs }: programs of spec/core, the simulation, the corpus of a
-- fuzzer, or specs of busted.
--
-- They are all that ran the changed line, as reach.lua saw it. The more of a spec's way lies in the
-- changed file, the sooner it runs; one at the same path runs first, and one that has noticed a
-- change of the file before. What reach.lua cannot see is named here by room: specs in nginx.

local judges = {}

-- Rooms that run in nginx too, where nothing is counted.
local IN_NGINX = {
  gate = "spec/nginx/gate_spec.lua spec/nginx/gate_trouble_spec.lua"
    .. " spec/nginx/gate_answers_spec.lua spec/nginx/gate_subrequest_spec.lua"
    .. " spec/fleet/gate_spec.lua",
  loop = "spec/nginx/calls_spec.lua spec/nginx/contract_spec.lua"
    .. " spec/nginx/life_spec.lua spec/nginx/owner_spec.lua",
  ratelimit = "spec/nginx/shm_spec.lua spec/fleet/redis_spec.lua"
    .. " spec/fleet/nginx_spec.lua",
}
-- What spec/simulate and the harnesses of spec/fuzz run, and reach.lua does not.
local SIMULATED = { call = true, rate = true, retry = true, scheduler = true, timers = true }
local CORPUS = {
  headers = "headers", http_date = "headers", inflate = "inflate", json = "json",
  retry_after = "retry_after", utf8 = "json", decimal = "json",
}
local AT_ONCE = 25 -- seconds of the specs that one process of busted runs
local AT_MOST = 200 -- seconds of all of them; who is further away is not asked
local BESIDE = 8 -- lines that a statement may have above or below the one that is counted

local function read(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read "a"
  file:close()
  return text
end

local function lines_of(command)
  local list = {}
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

--- What reach.lua saw.
---@param dir string
---@return table
function judges.reach(dir)
  local reach = { dir = dir, specs = {}, began = dir .. "/began" }
  for _, path in ipairs(lines_of("ls " .. dir .. "/*.seconds")) do
    local name = path:match "([^/]+)%.seconds$"
    reach.specs[(name:gsub(":", "/"))] = {
      seconds = tonumber(read(path)), lines = select(2, read(dir .. "/" .. name .. ".lines")
        :gsub("\n", "\n")), kills = {},
    }
  end
  return reach
end

-- How many lines of each spec begin so: { [spec] = count }.
local function counts(reach, what, option)
  local found = {}
  local command = ("grep -c %s -- '%s' %s/*.lines"):format(option, what, reach.dir)
  for _, line in ipairs(lines_of(command)) do
    local name, count = line:match "([^/]+)%.lines:(%d+)$"
    if name and count ~= "0" then found[(name:gsub(":", "/"))] = tonumber(count) end
  end
  return found
end

-- Who ran the line. One that is not counted is part of a statement that begins above it, or whose
-- end below is what is counted.
local function who_ran(reach, path, line)
  local is_moved = lines_of(("find '%s' -newer '%s'"):format(path, reach.began))[1]
  if is_moved then return counts(reach, path .. ":", "-F") end
  for away = 0, BESIDE do
    local found = counts(reach, ("%s:%d"):format(path, line - away), "-x -F")
    if away > 0 then
      for spec in pairs(counts(reach, ("%s:%d"):format(path, line + away), "-x -F")) do
        found[spec] = 1
      end
    end
    if next(found) then return found end
  end
  return {}
end

-- The specs that ran the line, the nearest first.
local function nearest(reach, path, line)
  local inner = path:match "^lua/spherepay/(.*)%.lua$" or path:match "sp_([%w_]+)%.c$" or path
  local of_file = counts(reach, path .. ":", "-F")
  local list = {}
  for spec in pairs(who_ran(reach, path, line)) do
    local known = reach.specs[spec]
    local is_own = spec == ("spec/%s_spec.lua"):format(inner)
      or spec == ("spec/core/%s_spec.c"):format(inner)
    list[#list + 1] = {
      spec = spec, seconds = known.seconds,
      near = (of_file[spec] or 1) / known.lines / (1 + known.seconds / 4)
        + (is_own and 10 or 0) + (known.kills[path] or 0),
    }
  end
  table.sort(list, function(a, b)
    if a.near ~= b.near then return a.near > b.near end
    return a.spec < b.spec
  end)
  return list
end

local function add_programs(stages, list, path)
  local programs = {}
  for _, each in ipairs(list) do
    local program = each.spec:match "^spec/core/([%w_]+)%.c$"
    if program then programs[#programs + 1] = program end
  end
  local name = path:match "sp_([%w_]+)%.c$"
  if programs[1] then table.insert(stages, { kind = "core", what = programs }) end
  if SIMULATED[name] then table.insert(stages, { kind = "simulate", what = {} }) end
  if CORPUS[name] then table.insert(stages, { kind = "corpus", what = { CORPUS[name] } }) end
end

local function add_busted(stages, list)
  local stage, all = nil, 0
  for _, each in ipairs(list) do
    all = all + each.seconds + 1
    if each.spec:find "%.lua$" and all <= AT_MOST then
      -- the first alone: most changes need no other
      local is_first = #stages == 1 and stage and #stage.what == 1
      if not stage or is_first or stage.seconds + each.seconds > AT_ONCE then
        stage = { kind = "busted", what = {}, seconds = 0 }
        stages[#stages + 1] = stage
      end
      stage.what[#stage.what + 1] = each.spec
      stage.seconds = stage.seconds + each.seconds
    end
  end
end

--- The stages that judge a change of the source at `path`, in the order to run them.
---@param path string in the tree
---@param line integer
---@param reach table of judges.reach
---@return { kind: "core"|"simulate"|"corpus"|"busted", what: string[], seconds: number? }[]
function judges.of(path, line, reach)
  local stages, list = {}, nearest(reach, path, line)
  if path:find "%.c$" then add_programs(stages, list, path) end
  add_busted(stages, list)
  local room = path:match "^lua/spherepay/([^/]+)/"
  if IN_NGINX[room] then
    local specs = {}
    for spec in IN_NGINX[room]:gmatch "%S+" do specs[#specs + 1] = spec end
    stages[#stages + 1] = { kind = "busted", what = specs, seconds = 60 }
  end
  return stages
end

--- Notes that a spec has noticed a change of the source at `path`: it is asked early next time.
---@param reach table
---@param spec string
---@param path string
function judges.note(reach, spec, path)
  local known = reach.specs[spec]
  if known then known.kills[path] = (known.kills[path] or 0) + 1 end
end

return judges
