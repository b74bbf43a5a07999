-- Advice can be followed: whoever does what next_steps says arrives at approved, for every customer
-- that the sandbox can produce. See spec/support/advice.lua for who follows it.

local advice = require("spec.support.advice")
local criteria = require("spherepay.api.criteria")
local verification = require("spherepay.verification")

local ADDRESS = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" }

local INDIVIDUAL = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123", address = ADDRESS,
}
local BUSINESS = {
  type = "business", email = "contact@acmecorp.example.com", phone = "+14155550123",
  addresses = {
    { type = "registered", line1 = "1 Main Street", city = "Dover", country = "USA" },
    { type = "operating", line1 = "1 Main Street", city = "Dover", country = "USA" },
  },
  businessInformation = { legalName = "Acme Corporation Inc." },
}

local function create(world, given)
  local customer, err = world.client.customer.create(given)
  assert(customer, tostring(err))
  return customer.id
end

local function create_representative(world)
  local business = create(world, BUSINESS)
  return assert(world.client.representative.create {
    customerId = business, type = "individual", email = "jane.smith@example.com",
    phone = "+14155550123", address = { line1 = "1 Main Street", city = "Dover" },
  }).id
end

local V1_OWNED = {
  type = "business", name = "Shape Co", ubos = { { firstName = "Jane" }, { lastName = "Smith" } },
}

-- Whom the sandbox can produce, and how.
local PRODUCED = {}
local function produced(name, api_version, options, make)
  PRODUCED[#PRODUCED + 1] = { name = name, api_version = api_version, options = options,
    make = make }
end

for _, generation in ipairs({ "v2", "v2-2025" }) do
  for _, onboarding in ipairs({ "sphere", "platform" }) do
    local where = generation .. " (" .. onboarding .. ")"
    local options = { generation = generation, onboarding = onboarding, seed = 1 }
    produced("an individual of " .. where, "v2", options, function(world)
      return create(world, INDIVIDUAL)
    end)
    produced("a business of " .. where, "v2", options, function(world)
      return create(world, BUSINESS)
    end)
    produced("a representative of " .. where, "v2", options, create_representative)
  end
end
for name, given in pairs({
  ["an individual of v1"] = { type = "individual", address = { state = "CA", country = "USA" } },
  ["a business of v1"] = { type = "business", name = "Shape Co", email = "shapeco@test.com" },
  ["a business of v1 with owners"] = V1_OWNED,
}) do
  produced(name, "v1", { generation = "v1", seed = 1 }, function(world)
    return create(world, given)
  end)
end

local V1_STATUSES = { "incomplete", "pending", "additionalReviewRequired", "rejected" }
local V2_STATUSES = { "incomplete", "pending", "rejected", "resubmission_required" }

local ERRORS = {
  individual = { "tax_identification_number", "identity_document", "email_address",
    "something_new" },
  business = { "trade_name", "description", "incorporation_cert_document" },
  representative = { "title", "residential_address", "liveness_check" },
}

local function kind_of(customer)
  if customer.id:find("^associatedPerson_") then return "representative" end
  return customer.type
end

local function errors_for(kind)
  local list = {}
  for i, name in ipairs(ERRORS[kind]) do list[i] = { name = name, detail = "not readable" } end
  return list
end

-- Individuals were asked for it when they could still upload it.
local BEFORE_2026 = { proof_of_address = true }

local function both_ways(each, prepare, question)
  for _, way in ipairs({ "follow", "follow_lists" }) do
    local world = advice.world(each.api_version, each.options)
    local id = each.make(world)
    if prepare then prepare(world, id) end
    local customer = world[way](world, verification, id, question)
    assert.is_true(verification.evaluate(customer, question).ready)
  end
end

describe("the advice of next_steps", function()
  for _, each in ipairs(PRODUCED) do
    it("leads " .. each.name .. " to approval", function() both_ways(each) end)

    for _, status in ipairs(each.api_version == "v1" and V1_STATUSES or V2_STATUSES) do
      it("leads " .. each.name .. " who is " .. status .. " to approval", function()
        both_ways(each, function(world, id)
          local order = { status = status }
          if each.api_version == "v2" and status ~= "pending" then
            order.errors = errors_for(kind_of(world:look(id)))
          end
          world:review(id, order)
        end)
      end)
    end
  end

  it("leads to every currency", function()
    local individual = PRODUCED[1]
    for currency, profile in pairs({
      USD = "kyc_profile_a", EUR = "kyc_profile_a", BRL = "kyc_profile_b", PIX = "kyc_profile_b",
    }) do
      both_ways(individual, function(world, id)
        world:review(id, { profile = profile, status = "incomplete" })
      end, { currency = currency })
    end
    for _, each in ipairs(PRODUCED) do
      if each.api_version == "v1" then both_ways(each, nil, { currency = "EUR" }) end
    end
  end)

  it("leads through each criterion that an individual, a business or a representative may have",
    function()
      for _, each in ipairs({ PRODUCED[1], PRODUCED[2], PRODUCED[3] }) do
        for name in pairs(criteria.criteria) do
          local generation = BEFORE_2026[name] and "v2-2025" or "v2"
          local world = advice.world("v2", { generation = generation, seed = 1 })
          local id = each.make(world)
          world:review(id, { status = "approved" })
          world:review(id, { status = "incomplete" })
          world:set(id, { criterion = name, state = "error", detail = "not readable" })
          world:follow(verification, id)
        end
      end
    end)

  it("leads through each requirement of v1 that is a field", function()
    local individual
    for _, each in ipairs(PRODUCED) do
      if each.name == "an individual of v1" then individual = each end
    end
    for _, name in ipairs({ "website", "dob.year", "address.line2", "proofOfAddressDocument",
      "employmentStatus", "address", "statementOfFunds", "riskAssessment" }) do
      local world = advice.world("v1", individual.options)
      local id = individual.make(world)
      world:set(id, { criterion = name, state = "required", allow_unknown = true })
      world:follow(verification, id)
      local fields = verification.missing_fields(world:look(id))
      assert.same({}, fields)
    end
  end)
end)

describe("the advice of missing_fields", function()
  for _, each in ipairs(PRODUCED) do
    it("is one update that is accepted, for " .. each.name, function()
      local world = advice.world(each.api_version, each.options)
      local id = each.make(world)
      local customer = world:look(id)
      local fields = verification.missing_fields(customer)
      if #fields > 0 then
        local update
        for _, step in ipairs(verification.next_steps(customer)) do
          if step.endpoint and step.endpoint.update then update = { resource = step.call[1] } end
        end
        local value, err = world.client[update.resource].update(id, advice.body(fields))
        assert(value, tostring(err))
      end
      local again, left = verification.missing_fields(world:look(id))
      assert.same({}, again)
      assert.is_true(#left > 0 or verification.evaluate(world:look(id)).ready)
    end)

    it("forgets nothing that is asked of " .. each.name, function()
      local world = advice.world(each.api_version, each.options)
      local id = each.make(world)
      if each.api_version == "v2" then
        world:review(id, { status = "resubmission_required",
          errors = errors_for(kind_of(world:look(id))) })
      end
      local customer = world:look(id)
      local fields, rest = verification.missing_fields(customer)
      local carried, named = {}, {}
      for _, path in ipairs(fields) do carried[path] = true end
      for _, item in ipairs(rest) do
        assert.is_string(item.why)
        assert.is_true(item.endpoint ~= nil or item.actor ~= "customer")
        if item.criterion then named[item.criterion] = true end
      end
      for _, item in ipairs(verification.evaluate(customer).outstanding) do
        local there = not item.criterion or named[item.criterion]
        for _, step in ipairs(verification.next_steps(customer)) do
          local update = step.criterion == item.criterion and step.endpoint
            and step.endpoint.update and step.endpoint
          for _, path in ipairs(update and update.fields or {}) do
            there = there or carried[path] or carried[path:match("^%w+")]
          end
        end
        assert.is_truthy(there, item.criterion)
      end
    end)
  end
end)
