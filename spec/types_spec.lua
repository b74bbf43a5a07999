-- The types that editors read: checked in, complete, and what their generator writes.

local types = require "docs.generate.types"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- The names in a table of rules, as a source file writes it.
local function names_in(path, table_name)
  local names = {}
  local schema = read(path):match("local " .. table_name .. " = (%b{})")
  for name in schema:gmatch '\n  { "([%w_]+)",' do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function names_of(class)
  for _, each in ipairs(types.CLASSES) do
    if each[1] == class then
      local names = {}
      for i, member in ipairs(each[3]) do names[i] = member[1]:match "[%w_]+" end
      table.sort(names)
      return names
    end
  end
end

describe("The types", function()
  it("are what make types writes", function()
    assert.equal(types.text(), read "lua/spherepay/types.d.lua")
  end)

  for class, place in pairs {
    ["spherepay.Options"] = { "lua/spherepay/options/init.lua", "CLIENT" },
    ["spherepay.CallOptions"] = { "lua/spherepay/options/init.lua", "CALL" },
    ["spherepay.GateOptions"] = { "lua/spherepay/gate/init.lua", "OPTIONS" },
  } do
    it("name every option that there is, and no other: " .. class, function()
      assert.same(names_in(place[1], place[2]), names_of(class))
    end)
  end

  it("name in the client's own class what its options become", function()
    local fields = {}
    local text = read "lua/spherepay/options/init.lua"
    local class = text:match "@class spherepay.ClientOptions\n(.-)\n\n"
    for name in class:gmatch "%-%-%-@field ([%w_]+)" do fields[#fields + 1] = name end
    table.sort(fields)
    assert.same(names_in("lua/spherepay/options/init.lua", "CLIENT"), fields)
  end)

  it("refer to classes that there are", function()
    local text = types.text()
    local defined = {}
    for _, path in ipairs { "lua/spherepay/types.d.lua" } do
      for name in read(path):gmatch "%-%-%-@%a+ [(exact) ]*(spherepay%.[%w_.]+)" do
        defined[name] = true
      end
    end
    for _, elsewhere in ipairs {
      "spherepay.Client", "spherepay.Event", "spherepay.verification.Policy",
      "spherepay.verification.Diff", "spherepay.types",
    } do
      defined[elsewhere] = true
    end
    for name in text:gmatch "spherepay%.[%w_.]*[%w_]" do
      assert.is_true(defined[name] or name:find "^spherepay%.new" ~= nil
        or name:find "^spherepay%.gate%.new" ~= nil, name)
    end
  end)

  it("mark what the API refuses to do without", function()
    local text = types.text()
    assert.is_truthy(text:find('---@field type "individual"|"business"\n', 1, true))
    assert.is_truthy(text:find("---@field email string 0 to 254 characters\n", 1, true))
    assert.is_truthy(text:find("---@field personalInformation? spherepay.v2.personal_information\n",
      1, true))
  end)

  it("close what a caller writes and leave open what the API answers", function()
    local text = types.text()
    local function is_closed(class)
      local head = "%-%-%-@class %(exact%) " .. class:gsub("%p", "%%%0")
      local body = text:match(head .. "[ :\n].-\n\n")
      return body:find("---@field [string] spherepay.NoSuchField\n", 1, true) ~= nil
    end
    for _, class in ipairs { "spherepay.Options", "spherepay.CallOptions", "spherepay.Rule",
      "spherepay.v2.individual", "spherepay.v2.given.address", "spherepay.v1.customer_create",
    } do
      assert.is_true(is_closed(class), class)
    end
    for _, class in ipairs { "spherepay.v2.customer", "spherepay.v2.address",
      "spherepay.v1.customer", "spherepay.v2.event",
    } do
      assert.is_false(is_closed(class), class)
    end
  end)
end)
