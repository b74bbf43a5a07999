-- Which specs have to notice that a source was changed, those that are most likely to first. A
-- stage of them is { kind, what it runs }: programs of spec/core, the simulation, the corpus of a
-- fuzzer, specs of busted, or the allocations that are refused one by one.
--
-- They are those that ran the changed line, as reach.lua saw it: first the one at the same path and
-- those that have noticed a change of the file before, then those that ran lines around it that few
-- others run, or say words of it that few others say. What reach.lua cannot see is named here by
-- room: specs in nginx.

local judges = {}

-- Rooms that run in nginx too, where nothing is counted; its specs run on LuaJIT alone.
local IN_GATE = "spec/nginx/gate_spec.lua spec/nginx/gate_trouble_spec.lua"
  .. " spec/nginx/gate_answers_spec.lua spec/nginx/gate_subrequest_spec.lua"
  .. " spec/fleet/gate_spec.lua"
-- By the room, or by the file of another room.
local IN_NGINX = {
  gate = IN_GATE, ["resources/joint"] = IN_GATE,
  loop = "spec/nginx/calls_spec.lua spec/nginx/contract_spec.lua"
    .. " spec/nginx/life_spec.lua spec/nginx/owner_spec.lua",
  ratelimit = "spec/nginx/shm_spec.lua spec/fleet/redis_spec.lua"
    .. " spec/fleet/nginx_spec.lua",
}
-- What spec/simulate and the harnesses of spec/fuzz run, and reach.lua does not.
local SIMULATED = { call = true, rate = true, retry = true, scheduler = true, timers = true }
local CORPUS = {
  headers = "headers", http_date = "headers", inflate = "inflate", json = "json",
  retry_after = "retry_after", utf8 = "json", decimal = "json", echo = "echo", fold = "echo",
}
local AT_ONCE = 25 -- seconds of the specs that one process of busted runs
local AT_MOST = 120 -- seconds of all of them; who is further away is not asked
local AROUND = 12 -- lines above and below that tell how near a spec is
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
      seconds = tonumber(read(path)), kills = {},
    }
  end
  return reach
end

-- Which lines of the source each spec ran, and how many specs ran each.
local function ran_of(reach, path)
  local ran, counts = {}, {}
  for _, said in ipairs(lines_of(("grep -F '%s:' %s/*.lines"):format(path, reach.dir))) do
    local name, line = said:match "([^/]+)%.lines:.*:(%d+)$"
    local spec = name:gsub(":", "/")
    line = tonumber(line)
    ran[spec] = ran[spec] or {}
    ran[spec][line] = true
    counts[line] = (counts[line] or 0) + 1
  end
  return ran, counts
end

-- Whether a spec ran the line that stands for `line`: one that is not counted is of a statement
-- that begins above it, or whose end below is counted. nil: every line of the file will do.
local function standing_for(reach, path, line, counts)
  if lines_of(("find '%s' -newer '%s'"):format(path, reach.began))[1] then return nil end
  for away = 0, BESIDE do
    local above, below = counts[line - away], counts[line + away]
    if above or below then
      return function(lines)
        return above and lines[line - away] or below and lines[line + away]
      end
    end
  end
end

local function line_of(path, number)
  local at = 0
  for text in read(path):gmatch "([^\n]*)\n?" do
    at = at + 1
    if at == number then return text end
  end
  return ""
end

-- How much of what the line says, by name, each spec says too: { [spec] = number }. A word counts
-- the more, the fewer say it.
local function sharing_words(text)
  local shares, asked = {}, {}
  for word in text:gmatch "[%a_][%w_]+" do
    if #word >= 4 and not asked[word] then
      asked[word] = true
      local specs = lines_of(("grep -rlwF --include='*_spec.*' -- '%s' spec"):format(word))
      for _, spec in ipairs(specs) do shares[spec] = (shares[spec] or 0) + 1 / #specs end
    end
  end
  return shares
end

-- The specs that ran the line, the nearest first.
local function nearest(reach, path, line)
  local inner = path:match "^lua/spherepay/(.*)%.lua$" or path:match "sp_([%w_]+)%.c$" or path
  local ran, counts = ran_of(reach, path)
  local has_run = standing_for(reach, path, line, counts)
  local shares = sharing_words(line_of(path, line))
  local list = {}
  for spec, lines in pairs(ran) do
    if not has_run or has_run(lines) then
      local known, near = reach.specs[spec], 2 * (shares[spec] or 0)
      for at = line - AROUND, line + AROUND do
        if lines[at] then near = near + 1 / counts[at] end
      end
      local is_own = spec == ("spec/%s_spec.lua"):format(inner)
        or spec == ("spec/core/%s_spec.c"):format(inner)
      list[#list + 1] = {
        spec = spec, seconds = known.seconds,
        near = near / (1 + known.seconds / 8) + (is_own and 10 or 0) + (known.kills[path] or 0) / 2,
      }
    end
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

-- Some lines are for one Lua alone.
local function add_luajit(stages, list)
  local stage = { kind = "busted", lua = "luajit", what = {}, seconds = 0 }
  for i = 1, math.min(#list, 3) do
    stage.what[i], stage.seconds = list[i].spec, stage.seconds + list[i].seconds
  end
  if list[1] then stages[#stages + 1] = stage end
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

-- What runs whole exchanges, in the end without memory.
local function add_exchanges(stages, path)
  stages[#stages + 1] = { kind = "corpus", what = { path:find "/core/" and "wire" or "decode" } }
  stages[#stages + 1] = { kind = "oom", what = {} }
end

--- The stages that judge a change of the source at `path`, in the order to run them.
---@param path string in the tree
---@param line integer
---@param reach table of judges.reach
---@return { kind: "core"|"simulate"|"corpus"|"busted"|"oom", what: string[], seconds: number?,
---  lua: string? }[]
function judges.of(path, line, reach)
  local stages, list = {}, nearest(reach, path, line)
  if path:find "%.c$" then add_programs(stages, list, path) end
  add_busted(stages, list)
  if path:find "%.c$" then add_exchanges(stages, path) else add_luajit(stages, list) end
  local in_nginx = IN_NGINX[path:match "^lua/spherepay/([^/]+)/"]
    or IN_NGINX[path:match "^lua/spherepay/(.*)%.lua$"]
  if in_nginx then
    local specs = {}
    for spec in in_nginx:gmatch "%S+" do specs[#specs + 1] = spec end
    stages[#stages + 1] = { kind = "busted", lua = "luajit", what = specs, seconds = 60 }
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
