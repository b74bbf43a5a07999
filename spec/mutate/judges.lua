-- Which specs have to notice that a source was changed, the quickest first. A stage of them is
-- { kind, what it runs }: a program of spec/core, the simulation, the corpus of a fuzzer, or the
-- arguments of busted.
--
-- For C they are what its header and itself say ("Tested by spec/..."), then what drives the module
-- through all that a call promises. For Lua: the spec at the same path, those that require the
-- module, those of its room, and what a call promises.

local judges = {}

-- Rooms whose modules are driven by specs that stand elsewhere.
local ALSO = {
  api = "spec/params spec/verification spec/conformance_spec.lua",
  async = "spec/loop",
  binding = "spec/http spec/loop spec/watch_spec.lua spec/webhook_spec.lua spec/resources"
    .. " spec/document_spec.lua",
  gate = "spec/nginx/gate_spec.lua spec/nginx/gate_trouble_spec.lua"
    .. " spec/nginx/gate_answers_spec.lua spec/nginx/gate_subrequest_spec.lua spec/fleet",
  http = "spec/resources",
  loop = "spec/nginx/calls_spec.lua spec/nginx/contract_spec.lua"
    .. " spec/nginx/life_spec.lua spec/nginx/owner_spec.lua",
  ratelimit = "spec/nginx/shm_spec.lua spec/fleet/redis_spec.lua"
    .. " spec/fleet/nginx_spec.lua",
  sandbox = "spec/conformance_spec.lua",
}
-- Of the core what spec/simulate runs.
local SIMULATED = { call = true, rate = true, retry = true, scheduler = true, timers = true }
local CONTRACT = "spec/client spec/contract"
-- Rooms that no call of the API passes through.
local APART = { cli = true, sandbox = true, testing = true }

local function read(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read "*a"
  file:close()
  return text
end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

-- A list that has nothing twice.
local function new_list()
  local list, seen = {}, {}
  return list, function(item)
    if not seen[item] then
      seen[item] = true
      list[#list + 1] = item
    end
  end
end

-- ---- C -----------------------------------------------------------------------------------------

local function named(path)
  local header = read(path:gsub("%.c$", ".h"))
  local said = (header .. read(path)):gsub("%s*\n %* ?", " ")
  local list, add = new_list()
  for sentence in said:gmatch "[Tt]ested [^%.]*by ([^\n]-[%w])%.%s" do
    for place in sentence:gmatch "spec/[%w_/]+%.?[%w]*" do add((place:gsub("%.$", ""))) end
  end
  return list
end

local function of_c(path, specs_of_core)
  local name = path:match "sp_([%w_]+)%.c$"
  local stages, more = new_list()
  local busted, add = new_list()
  local function core(spec) more("core " .. spec) end
  for _, spec in ipairs(specs_of_core) do
    if name and (spec == name or spec:find("^" .. name .. "_")) then core(spec .. "_spec") end
  end
  for _, place in ipairs(named(path)) do
    local fuzzer = place:match "^spec/fuzz/([%w_]+)_fuzz"
    local spec = place:match "^spec/core/([%w_]+)"
    if spec then
      core(spec)
    elseif fuzzer then
      more("corpus " .. fuzzer)
    elseif place:find "^spec/simulate" then
      more "simulate"
    else
      add(place)
    end
  end
  if SIMULATED[name] then more "simulate" end
  if path:find "/binding/" then
    for place in ALSO.binding:gmatch "%S+" do add(place) end
  end
  if busted[1] then more("busted " .. table.concat(busted, " ")) end
  more("busted " .. CONTRACT)
  return stages
end

-- ---- Lua ---------------------------------------------------------------------------------------

local function of_lua(path, specs)
  local inner = path:match "^lua/spherepay/(.*)%.lua$"
  local room = inner:match "^([^/]+)/"
  local module = ("spherepay." .. inner:gsub("/", ".")):gsub("%.init$", "")
  local stages, more = new_list()
  local own = ("spec/%s_spec.lua"):format(inner)
  if exists(own) then more("busted " .. own) end
  local nearby, add = new_list()
  for _, spec in ipairs(specs) do
    local asks = read(spec):find('require%s*%(?"' .. module:gsub("%.", "%%.") .. '"')
    local is_near = room and spec:find("^spec/" .. room .. "/")
    -- those that need a host or a terminal are named above
    if (asks or is_near) and not spec:find "^spec/nginx/" and not spec:find "^spec/fleet/" then
      add(spec)
    end
  end
  if nearby[1] then more("busted " .. table.concat(nearby, " ")) end
  if ALSO[room] then more("busted " .. ALSO[room]) end
  if not APART[room] then more("busted " .. CONTRACT) end
  return stages
end

-- What busted has run is not run again: neither a spec, nor one below a folder.
local function without_repeats(stages)
  local list, run = {}, {}
  for _, stage in ipairs(stages) do
    local wanted = {}
    for place in (stage:match "^busted (.*)" or ""):gmatch "%S+" do
      if not run[place] and not run[place:match "^(spec/[%w_]+)/"] then
        wanted[#wanted + 1], run[place] = place, true
      end
    end
    if not stage:find "^busted " then
      list[#list + 1] = stage
    elseif wanted[1] then
      list[#list + 1] = "busted " .. table.concat(wanted, " ")
    end
  end
  return list
end

--- The stages that judge a change of the source at `path`, in the order to run them.
---@param path string in the tree
---@param tree { core: string[], specs: string[] } core: the names of spec/core's without "_spec.c";
---  specs: the paths of the busted specs
---@return string[]
function judges.of(path, tree)
  return without_repeats(path:find "%.c$" and of_c(path, tree.core) or of_lua(path, tree.specs))
end

return judges
