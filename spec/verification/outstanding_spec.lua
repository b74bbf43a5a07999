local outstanding = require "spherepay.verification.outstanding"
local policy = require("spherepay.verification").policy
local samples = require("spec.support.samples")

local function of(rule, customer)
  return outstanding(assert(policy(rule)), customer)
end

local function customer(criteria)
  return { firstName = "Jane", meta = { tier = "Jane's" }, verificationProfiles = { {
    name = "kyc_profile_a", status = "incomplete", criteria = criteria,
  } } }
end

describe("what is outstanding for a policy", function()
  it("is nothing when it holds", function()
    assert.same({}, of({ field = "firstName", exists = true }, customer()))
  end)

  it("is what the profile or currency it asks for lists, without the API's texts", function()
    local subject = customer {
      complete = { "email_address" }, pending = { "tax_identification_number" },
      required = { "phone_number" }, errors = { { name = "photo_id", detail = "Jane is blurred" } },
    }
    local wanted = {
      { profile = "kyc_profile_a", criterion = "photo_id", state = "error" },
      { profile = "kyc_profile_a", criterion = "phone_number", state = "required" },
      { profile = "kyc_profile_a", criterion = "tax_identification_number", state = "pending" },
    }
    assert.same(wanted, of({ currency = "usd" }, subject))
    assert.same(wanted, of({ profile = "kyc_profile_a", status = "approved" }, subject))
    assert.same(wanted, of({ all = { { currency = "USD" }, { currency = "EUR" } } }, subject))
  end)

  it("is the profile itself when it lists nothing, and is said to be absent when it is", function()
    assert.same({ { profile = "kyc_profile_a", state = "incomplete" } },
      of({ profile = "kyc_profile_a", status = "approved" }, customer()))
    assert.same({ { currency = "BRL", state = "absent" } }, of({ currency = "BRL" }, customer()))
    assert.same({ { profile = "kyb_profile_a", state = "absent" } },
      of({ profile = "kyb_profile_a", status = "approved" }, customer()))
  end)

  it("is a criterion in its worst state, and a field by its name alone", function()
    local subject = customer { complete = {}, pending = { "photo_id" }, required = {}, errors = {} }
    assert.same({
      { criterion = "photo_id", state = "pending" }, { criterion = "website", state = "absent" },
      { field = "meta.tier", state = "unmet" },
    }, of({ all = {
      { criterion = "photo_id", state = "complete" }, { criterion = "website", state = "complete" },
      { field = "meta.tier", equals = "gold" },
    } }, subject))
  end)

  it("leaves out what holds, and names what is forbidden and there", function()
    local rule = { all = {
      { field = "firstName", exists = true },
      { none = { { field = "firstName", exists = true }, { field = "x", exists = true } } },
      { any = { { field = "a", exists = true }, { field = "b", exists = true } } },
    } }
    assert.same({
      { field = "firstName", state = "excluded" }, { field = "a", state = "unmet" },
      { field = "b", state = "unmet" },
    }, of(rule, customer()))
  end)

  it("repeats no name that is none, and has an end", function()
    local many = { "Jane Smith", "a\nb", ("x"):rep(65) }
    for i = 1, 100 do many[#many + 1] = "criterion_" .. i end
    local items = of({ currency = "USD" },
      customer { complete = {}, pending = {}, required = many, errors = {} })
    assert.equal("unknown", items[1].criterion)
    assert.equal("criterion_1", items[2].criterion)
    assert.equal(40, #items)
  end)

  it("is something for every customer of the samples that is not ready, in v1 too", function()
    local usd = assert(policy { currency = "USD" })
    for _, name in ipairs { "v2-get-individual-incomplete", "v1-get-response" } do
      local subject = samples.customer(name)
      assert.is_false(usd:check(subject))
      assert.is_true(#outstanding(usd, subject) > 0)
    end
  end)
end)
