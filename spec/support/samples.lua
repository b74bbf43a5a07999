-- The vendor's sample payloads in spec/fixtures/api, as tables, and the customers within them.
-- Only for specs and benchmarks; it reads files.

local cjson = require("cjson")

local samples = {}

local HERE = debug.getinfo(1, "S").source:match("^@(.*)support/samples%.lua$") or "spec/"

---@param path string below spec/fixtures
---@return string
function samples.text(path)
  local file = assert(io.open(HERE .. "fixtures/" .. path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

---@param path string below spec/fixtures
---@return any decoded
function samples.fixture(path)
  return cjson.decode(samples.text(path))
end

---A copy without the members that are null.
---@param value any
---@return any
function samples.without_nulls(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for name, item in pairs(value) do
    if item ~= cjson.null then copy[name] = samples.without_nulls(item) end
  end
  return copy
end

---The customers or representatives in a decoded body, out of whatever envelope it has.
---@param body any
---@return table[]
function samples.customers_in(body)
  if type(body) ~= "table" then return {} end
  if body.verificationProfiles or body.kyc then return { body } end
  local data = type(body.data) == "table" and body.data or {}
  if data.customer then return { data.customer } end
  local list = body.customers or #data > 0 and data or {}
  return list[1] and (list[1].verificationProfiles or list[1].kyc) and list or {}
end

---The only customer of a sample file.
---@param name string file name without .json
---@return table
function samples.customer(name)
  local found = samples.customers_in(samples.fixture("api/" .. name .. ".json"))
  assert(#found == 1, name .. " does not hold one customer")
  return found[1]
end

---The names of all sample files, without .json, sorted.
---@return string[]
function samples.names()
  local names = {}
  for entry in require("lfs").dir(HERE .. "fixtures/api") do
    names[#names + 1] = entry:match("^(.*)%.json$")
  end
  table.sort(names)
  return names
end

return samples
