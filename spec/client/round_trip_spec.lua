-- What is read and written back arrives as it came: empty arrays and objects, numbers, nulls, and
-- whatever nobody has heard of yet.

local cjson = require "cjson"
local samples = require "spec.support.samples"
local served = require "spec.support.served"
local spherepay = require "spherepay"

local ID = "customer_1ab2c3d4"
local AS_IT_IS = { validate = false }

-- Every field that the documents show as an array within a customer or a representative.
local ARRAYS = {
  "verificationProfiles", "complete", "pending", "required", "errors", "addresses", "roles",
  "requirements", "kycRequirements", "ubos", "wallets", "bankAccounts", "verificationLevels",
  "highRiskActivities",
}

-- Every `"name":[]` and `"name":{}` of a JSON text, sorted.
local function empties(text)
  local list = {}
  for name, empty in text:gsub("%s+", ""):gmatch('"(%w+)":([%[{][%]}])') do
    list[#list + 1] = name .. empty
  end
  table.sort(list)
  return list
end

-- What is left of a JSON text when its nulls are dropped, as they are by default.
local function without_nulls(text)
  return (text:gsub("%s+", ""):gsub('"%w+":null,?', ""):gsub(",}", "}"))
end

local function deep_copy(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in pairs(value) do copy[key] = deep_copy(item) end
  return copy
end

describe("a customer that is read, changed and written back", function()
  local server, v1, v2, keeper

  setup(function()
    server = served.start()
    v1, v2 = server:client { api_version = "v1" }, server:client()
    keeper = server:client { nulls = "keep" }
  end)
  teardown(function() server:stop() end)

  -- Reads a customer of this text, changes it, writes it back; returns the text that arrives.
  local function round(client, text, change)
    server:answer(200, text)
    local customer = assert(client.customer.get(ID))
    customer = (change or function(same) return same end)(customer) or customer
    assert(client.customer.update(ID, customer, AS_IT_IS))
    return server:requests()[2].body, customer
  end

  for _, name in ipairs(samples.names()) do
    local body = samples.fixture("api/" .. name .. ".json")
    local found = samples.customers_in(body)
    local is_envelope = body.ok == true
    if #found == 1 and found[1].id and (found[1] == body or is_envelope) then
      it("has every [] as [] and every {} as {} in " .. name, function()
        local text = samples.text("api/" .. name .. ".json"):gsub(found[1].id, ID)
        found[1].id = ID
        local client, wanted = is_envelope and v1 or v2, empties(without_nulls(text))
        local function change(customer) customer.firstName = "Jack" end
        assert.same(wanted, empties((round(client, text, change))))
        assert.same(wanted, empties((round(client, text, deep_copy))))
        assert.same(empties(text), empties((round(keeper, text, change))))
        found[1].firstName = "Jack"
        assert.same(samples.without_nulls(found[1]), cjson.decode((round(client, text, change))))
      end)
    end
  end

  it("has every documented array as an array, empty or not, at any depth", function()
    for _, name in ipairs(ARRAYS) do
      for _, list in ipairs { "[]", '["a"]', '[{"errors":[]}]' } do
        local member = '"' .. name .. '":' .. list
        local arrived = round(v2, '{"id":"' .. ID .. '","deep":[{' .. member .. "}]}")
        assert.truthy(arrived:find(member, 1, true), member)
      end
    end
  end)

  it("may have gained or lost the last item of an array", function()
    local text = '{"id":"' .. ID .. '","requirements":["ssn"],"wallets":[]}'
    local arrived = round(v2, text, function(customer)
      customer.requirements[1] = nil
      customer.wallets[1] = "wallet_1"
    end)
    assert.truthy(arrived:find('"requirements":[]', 1, true))
    assert.truthy(arrived:find('"wallets":["wallet_1"]', 1, true))
  end)

  it("has its meta as an object, even under the names of arrays", function()
    local text = '{"id":"' .. ID .. '","meta":{"errors":{},"deep":{"required":{}}}}'
    assert.same({ "errors{}", "required{}" }, empties((round(v2, text))))
    assert.same({ "meta{}" }, empties((round(v2, '{"id":"' .. ID .. '","meta":{}}'))))
  end)

  it("has integers up to 2^53 to the last digit, as integers where Lua has them", function()
    for _, number in ipairs {
      "0", "-1", "4294967296", "99999999999999", "100000000000000", "9007199254740991",
      "9007199254740992", "-9007199254740992",
    } do
      local text = '{"id":"' .. ID .. '","meta":{"n":' .. number .. "}}"
      local arrived, customer = round(v2, text)
      assert.equal(number, ("%.0f"):format(customer.meta.n))
      assert.truthy(arrived:find('"n":' .. number .. "}", 1, true), arrived)
      if math.type then
        assert.equal("integer", math.type(customer.meta.n))
        assert.equal(number, tostring(customer.meta.n))
      end
    end
  end)

  it("has fractions that read back as the same number", function()
    for _, number in ipairs { 0.1, -1.5, 1 / 3, 123456.789 } do
      local text = '{"id":"' .. ID .. '","meta":{"n":' .. ("%.17g"):format(number) .. "}}"
      local arrived, customer = round(v2, text)
      assert.equal(number, customer.meta.n)
      assert.equal(number, cjson.decode(arrived).meta.n)
    end
  end)

  it("has numbers in strings as strings", function()
    local arrived = round(v2, '{"id":"' .. ID .. '","ownershipPercentage":"50","page":"1"}')
    assert.truthy(arrived:find('"ownershipPercentage":"50"', 1, true))
    assert.truthy(arrived:find('"page":"1"', 1, true))
  end)

  it("has no nulls, but those within arrays, unless nulls are kept", function()
    local text = '{"id":"' .. ID .. '","website":null,"deep":{"a":null},"list":[null,"x",null]}'
    local arrived, customer = round(v2, text)
    assert.is_nil(customer.website)
    assert.is_nil(customer.deep.a)
    assert.equal(spherepay.null, customer.list[1])
    assert.truthy(arrived:find('"list":[null,"x",null]', 1, true))
    assert.truthy(arrived:find('"deep":{}', 1, true))
    arrived, customer = round(keeper, text)
    assert.equal(spherepay.null, customer.website)
    assert.equal(spherepay.null, customer.deep.a)
    assert.same(cjson.decode(text), cjson.decode(arrived))
  end)

  it("has unknown fields, statuses, profiles and criteria untouched", function()
    local text = [[{"id":"customer_1ab2c3d4","type":"trust","tosStatus":"superseded",
      "newField":{"a":[1,{"b":true}]},"verificationProfiles":[
        {"name":"kyc_profile_z","status":"on_hold","newMember":1,"criteria":{"complete":[],
          "pending":["palm_scan"],"required":["dna"],"errors":[{"name":"dna","detail":"x","n":2}],
          "waived":["shoe_size"]}}]}]]
    local arrived, customer = round(v2, text)
    assert.equal("trust", customer.type)
    assert.equal("on_hold", customer.verificationProfiles[1].status)
    assert.same({ "shoe_size" }, customer.verificationProfiles[1].criteria.waived)
    assert.same(cjson.decode(text), cjson.decode(arrived))
  end)
end)

describe("params", function()
  local server, client

  setup(function()
    server = served.start()
    client = server:client()
  end)
  teardown(function() server:stop() end)

  it("send spherepay.null as null and spherepay.empty_array as []", function()
    server:answer(200, '{"id":"' .. ID .. '"}')
    assert(client.customer.update(ID, { meta = { a = spherepay.null } }))
    assert(client.customer.update(ID, { newField = spherepay.empty_array }))
    assert(client.customer.update(ID, { meta = spherepay.null }))
    assert(client.customer.update(ID, {}))
    local bodies = {}
    for i, request in ipairs(server:requests()) do bodies[i] = request.body end
    assert.same({ '{"meta":{"a":null}}', '{"newField":[]}', '{"meta":null}', "{}" }, bodies)
  end)

  it("send an empty array of an answer as [] under any name", function()
    server:answer(200, '{"id":"' .. ID .. '","addresses":[],"unheard":[],"meta":{}}')
    local customer = assert(client.customer.get(ID))
    assert(client.customer.update(ID, { newField = customer.addresses }))
    assert(client.customer.update(ID, { newField = customer.unheard }))
    assert(client.customer.update(ID, { newField = customer.meta }))
    local bodies = {}
    for i, request in ipairs(server:requests()) do bodies[i] = request.body end
    assert.same({ '{"newField":[]}', '{"newField":[]}', '{"newField":{}}' },
      { bodies[2], bodies[3], bodies[4] })
  end)
end)
