local json = require "spherepay.http.json"
local params = require "spherepay.cli.params"

local function read(words, method)
  return params.read("v2", method or "customer.create", words)
end

describe("Params from words", function()
  it("set members by their path", function()
    assert.same({ type = "individual", address = { city = "Chicago" }, email = "a=b@example.com" },
      read { "type=individual", "address.city=Chicago", "email=a=b@example.com" })
  end)

  it("name each field once", function()
    for _, words in ipairs { { "email=a@b.example", "email=c@d.example" },
      { "email=a@b.example", 'email:="c@d.example"' } } do
      local given, problem = read(words)
      assert.is_nil(given)
      assert.equal("email is given twice", problem)
    end
  end)

  it("fill lists in order, counted from 0", function()
    assert.same({ { city = "A" }, { city = "B" } }, read {
      "type=business", "addresses.0.city=A", "addresses.1.city=B",
    }.addresses)
    local given, problem = read { "type=business", "addresses.1.city=B" }
    assert.is_nil(given)
    assert.equal("addresses.1.city leaves out the place before it: lists are filled from 0 on",
      problem)
  end)

  it("keep digits as they are where the field is a text", function()
    local given = read { "type=individual", "address.postalCode=00123" }
    assert.equal("00123", given.address.postalCode)
    assert.equal("5", read({ "meta.n=5" }).meta.n)
  end)

  it("become numbers, booleans and lists where the field is one", function()
    local given = params.read("v1", "customer.create", {
      "expectedMonthlyPaymentsUsd=5000", "thirdParty=false",
      "highRiskActivities=lending_banking, x",
    })
    assert.equal(5000, given.expectedMonthlyPaymentsUsd)
    assert.is_false(given.thirdParty)
    assert.same({ "lending_banking", "x" }, given.highRiskActivities)
    assert.equal(json.ARRAY_MT, getmetatable(given.highRiskActivities))
  end)

  for word, wanted in pairs {
    ["thirdParty=yes"] = "thirdParty must be true or false",
    ["expectedMonthlyPaymentsUsd=much"] = "expectedMonthlyPaymentsUsd must be a number",
    ["expectedMonthlyPaymentsUsd=1e999"] = "expectedMonthlyPaymentsUsd must be a number",
    ["dob.day=1.5"] = "dob.day must be a whole number",
    ["address=Chicago"] = "address is an object: name its members with dots, or write :=JSON",
    ["meta:={"] = "meta is no JSON",
    ["a..b=1"] = "a..b is no path of a field",
    ["0=1"] = "0 is no path of a field",
    ["Chicago"] = "Chicago is no field: write name=value",
  } do
    it("refuse " .. word, function()
      local given, problem = params.read("v1", "customer.create", { word })
      assert.is_nil(given)
      assert.equal(wanted, problem)
    end)
  end

  it("take JSON behind :=, null included", function()
    local given = read { "meta.a:=[1,true]", "meta.b:=null" }
    assert.same({ 1, true }, given.meta.a)
    assert.equal(json.null, given.meta.b)
  end)

  it("refuse a member of what is no object", function()
    local given, problem = read { "email=a", "email.b=c" }
    assert.is_nil(given)
    assert.equal("email.b is a value already, and cannot have members", problem)
  end)
end)
