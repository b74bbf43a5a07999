local select_profiles = require("spherepay.verification.select")

local function v2(...)
  local list = {}
  for i, name in ipairs({ ... }) do list[i] = { name = name, status = "incomplete" } end
  return { verificationProfiles = list }
end

local function names(list)
  local result = {}
  for i, profile in ipairs(list) do result[i] = profile.name end
  return result
end

describe("spherepay.verification.select", function()
  it("picks the profile that unlocks a currency, whatever its place and the currency's case",
    function()
    local customer = v2("kyc_profile_b", "kyc_profile_a")
    assert.same({ "kyc_profile_a" },
      names(select_profiles(customer, { currency = "eur" }).deciding))
    assert.same({ "kyc_profile_b" },
      names(select_profiles(customer, { currency = "PIX" }).deciding))
  end)

  it("picks every profile of a name, and all when not asked for one", function()
    local customer = v2("x", "y", "x")
    assert.same({ "x", "x" }, names(select_profiles(customer, { profile = "x" }).deciding))
    assert.same({ "x", "y", "x" }, names(select_profiles(customer).deciding))
  end)

  it("says what there is when a currency is not there", function()
    local selection = select_profiles(v2("kyc_profile_a", "kyb_profile_a"), { currency = "BRL" })
    assert.same({}, selection.deciding)
    assert.same({
      profiles = { "kyc_profile_a", "kyb_profile_a" }, currencies = { "EUR", "USD" },
    }, selection.available)
    assert.matches("its profiles: kyc_profile_a, kyb_profile_a; currencies they unlock: EUR, USD",
      selection.problem, 1, true)
  end)

  it("says which profiles there are when one is not there", function()
    local selection = select_profiles(v2("kyc_profile_a"), { profile = "kyc_profile_b" })
    assert.matches("no profile kyc_profile_b; its profiles: kyc_profile_a", selection.problem, 1,
      true)
  end)

  it("lets kyc and tos decide for v1, euAccountTos too for EUR, and adds the owners", function()
    local customer = { kyc = "pending", tos = "approved", euAccountTos = "approved", msa = "voided",
      ubos = { { requirements = { "ssn" } } } }
    local usd = select_profiles(customer, { currency = "USD" })
    assert.same({ "kyc", "tos" }, names(usd.deciding))
    assert.same({ "ubo_1" }, names(usd.also))
    assert.same({ "kyc", "tos", "euAccountTos" },
      names(select_profiles(customer, { currency = "EUR" }).deciding))
    assert.same({ "kyc", "tos" }, names(select_profiles(customer).deciding))
  end)

  it("does not let a v1 customer without euAccountTos have EUR", function()
    local selection = select_profiles({ kyc = "approved", tos = "approved" }, { currency = "EUR" })
    assert.matches("EUR needs euAccountTos", selection.problem, 1, true)
  end)

  it("knows no other currencies for v1", function()
    local selection = select_profiles({ kyc = "approved", tos = "approved" }, { currency = "BRL" })
    assert.same({ "EUR", "USD" }, selection.available.currencies)
  end)

  it("says so when there is no customer or there are no profiles", function()
    assert.equal("there is no customer", select_profiles(nil).problem)
    assert.equal("this customer has no verification profiles", select_profiles({}).problem)
  end)
end)
