local document = require "spherepay.params.document"

local function places_of(params)
  local places = {}
  for _, problem in ipairs((document.check(params))) do places[problem.pointer] = problem.detail end
  return places
end

local function passport(changes)
  local params = { target = "customer", targetId = "customer_1", documentType = "passport",
    country = "USA" }
  for name, value in pairs(changes) do params[name] = value end
  return params
end

describe("The parts of an upload", function()
  it("are whose the id says", function()
    assert.equal("customer", document.target_of "customer_1")
    assert.equal("business_representative", document.target_of "associatedPerson_1")
    assert.is_nil(document.target_of "partner_1")
    assert.is_nil(document.target_of(5))
    assert.is_string(places_of(passport { targetId = "associatedPerson_1" })["/target"])
  end)

  it("take the types of each kind of customer, older ones and new ones", function()
    for _, name in ipairs { "drivers", "liveness_report", "incorporation_cert",
      "proof_of_address", "drivers_license", "bank_statement" } do
      assert.same({}, places_of(passport { documentType = name }))
    end
    local owner = { target = "business_representative", targetId = "associatedPerson_1" }
    owner.documentType = "proof_of_address"
    assert.same({}, places_of(passport(owner)))
    owner.documentType = "incorporation_cert"
    assert.matches("is not a type for the target business_representative",
      places_of(passport(owner))["/documentType"])
  end)

  it("name the type that was meant", function()
    assert.matches('"id_card"', places_of(passport { documentType = "idcard" })["/documentType"])
    assert.matches('"proof_of_address"',
      places_of(passport { documentType = "proof_of_adress" })["/documentType"])
  end)

  it("need the country of documents of identity alone", function()
    local params = passport {}
    params.country = nil
    assert.is_string(places_of(params)["/country"])
    params.documentType = "liveness_report"
    assert.same({}, places_of(params))
  end)
end)
