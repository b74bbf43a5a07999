-- Every public function has its entry in the README or a guide, and its annotation at its
-- definition. What is generated is as its generator writes it.

local spherepay = require "spherepay"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- The README and the guides in one.
local README = read "README.md"
for _, path in ipairs(require "spec.support.guides") do README = README .. read(path) end

-- Functions of a table that users see, sorted.
local function functions_of(object)
  local names = {}
  for name, value in pairs(object) do
    if type(value) == "function" and not name:find "^_" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- What a client holds: customer and the like.
local RESOURCES = {}
local FIELD = "%-%-%-@field ([%l_]+) spherepay%.%a+Resource"
for name in read("lua/spherepay/client.lua"):gmatch(FIELD) do
  RESOURCES[#RESOURCES + 1] = name
end
assert(#RESOURCES >= 3)

local function expect_entries(prefix, object)
  local missing = {}
  for _, name in ipairs(functions_of(object)) do
    local entry = prefix .. name
    if not README:find(entry .. "%f[^%w_]") then missing[#missing + 1] = entry end
  end
  assert.same({}, missing)
end

-- Where the id of a customer comes from in the examples of the gate.
local SPOOFABLE = { "var.http_", "var.arg_", "var.cookie_", "get_headers", "get_uri_args" }

describe("an example of the gate", function()
  it("takes the id from one's own authentication, not from what anybody can write", function()
    local seen = 0
    for line in README:gmatch "[^\n]+" do
      if line:find "gate:enforce {" or line:find "gate:auth_request {" then
        seen = seen + 1
        for _, word in ipairs(SPOOFABLE) do assert.is_nil(line:find(word, 1, true), line) end
      end
    end
    assert.is_true(seen >= 3)
  end)
end)

-- The lines right above each definition must be a comment with annotations.
local function expect_annotations(path, pattern)
  local missing, block = {}, {}
  for line in (read(path) .. "\n"):gmatch "(.-)\n" do
    local name, arguments = line:match(pattern)
    if name then
      local text = table.concat(block, "\n")
      local takes = arguments:find "%w"
      if not text:find "%-%-%-" or (takes and not text:find "@param") then
        missing[#missing + 1] = path .. ": " .. name
      end
    end
    if line:find "^%s*%-%-" then block[#block + 1] = line else block = {} end
  end
  assert.same({}, missing)
end

describe("The README with its guides", function()
  local client = spherepay.new { token = "key" }

  it("has an entry for every function of spherepay", function()
    expect_entries("spherepay%.", spherepay)
  end)

  it("has an entry for every method of a client", function()
    local methods = {}
    for name, value in pairs(getmetatable(client).__index) do
      if name ~= "attach" then methods[name] = value end -- for request.lua
    end
    expect_entries("client:", methods)
  end)

  for _, resource in ipairs(RESOURCES) do
    it("has an entry for every call of client." .. resource, function()
      expect_entries("client%." .. resource .. "%.", client[resource])
    end)
  end

  it("has an entry for every function of verification", function()
    expect_entries("verification%.", spherepay.verification)
  end)

  it("names every option", function()
    local schema = read("lua/spherepay/options/init.lua"):match "local CLIENT = (%b{})"
    for name in schema:gmatch '\n  { "([%w_]+)",' do
      assert.is_truthy(README:find("`" .. name .. "`", 1, true), name)
    end
  end)

  it("names files that exist", function()
    for path in README:gmatch "`(examples/[%w_./]+)`" do
      assert.is_true(os.execute("test -e " .. path) == 0 or os.execute("test -e " .. path) == true,
        path)
    end
  end)

  it("names every kind of error", function()
    for _, kind in ipairs(require("spherepay.errors").KINDS) do
      assert.is_truthy(README:find("`" .. kind .. "`", 1, true), kind)
    end
  end)
end)

describe("The README", function()
  local text = read "README.md"

  it("stays short", function()
    assert.is_true(select(2, text:gsub("\n", "")) < 250)
  end)

  it("leads to every guide, and to nothing that is not there", function()
    for _, path in ipairs(require "spec.support.guides") do
      assert.is_truthy(text:find("](" .. path .. ")", 1, true), path)
    end
    for path in text:gmatch "%]%(([%w_./-]+)%)" do assert.is_string(read(path)) end
  end)
end)

describe("The guides", function()
  for _, guide in ipairs(require "spec.support.guides") do
    it("lead nowhere that is not there: " .. guide, function()
      for path in read(guide):gmatch "%]%(([%w_./-]+)[#)]" do
        assert.is_string(read("docs/" .. path))
      end
    end)
  end
end)

describe("The manual page", function()
  it("is what make man writes", function()
    assert.equal(require("docs.generate.man").text(), read "docs/spherepay.1")
  end)
end)

describe("The reference", function()
  local reference = require "docs.generate.reference"

  it("has every call of a client", function()
    local has = {}
    for _, module in ipairs(reference.MODULES) do
      local _, names = reference.text(module)
      for _, name in ipairs(names) do has[name] = true end
    end
    local client = spherepay.new { token = "key" }
    for _, resource in ipairs(RESOURCES) do
      for _, name in ipairs(functions_of(client[resource])) do
        assert.is_true(has["client." .. resource .. "." .. name] == true, name)
      end
    end
    for _, name in ipairs(functions_of(spherepay.verification)) do
      assert.is_true(has["verification." .. name] == true, name)
    end
  end)
end)

describe("Every public function", function()
  local places = {
    ["lua/spherepay/init.lua"] = "^function spherepay[%.:]([%w_]+)(%b())",
    ["lua/spherepay/client.lua"] = "^function Client:([%l][%w_]*)(%b())",
    ["lua/spherepay/resources/runner.lua"] = "^function runner%.([%w_]+)(%b())",
    ["lua/spherepay/resources/pages.lua"] = "^function pages%.([%w_]+)(%b())",
    ["lua/spherepay/async/scheduler.lua"] = "^function [%w_]+[%.:]([%l][%w_]*)(%b())",
    ["lua/spherepay/gate/init.lua"] = "^function [%w_]+[%.:]([%l][%w_]*)(%b())",
    ["lua/spherepay/verification/init.lua"] = "^function verification%.([%w_]+)(%b())",
    ["lua/spherepay/errors.lua"] = "^function errors%.([%w_]+)(%b())",
    ["lua/spherepay/http/request.lua"] = "^function request%.([%w_]+)(%b())",
  }
  for _, resource in ipairs(RESOURCES) do
    places[("lua/spherepay/resources/%s.lua"):format(resource)] =
      "^  function resource%.([%w_]+)(%b())"
  end
  for path, pattern in pairs(places) do
    it("of " .. path .. " is annotated", function()
      expect_annotations(path, pattern)
    end)
  end
end)
