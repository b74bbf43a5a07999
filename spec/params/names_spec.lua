-- Names in params that nobody documents: told, and with the neighbour.

local cjson = require "cjson"
local fields = require "spherepay.api.fields"
local names = require "spherepay.params.names"
local options = require "spherepay.options"
local params = require "spherepay.params"

local function sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return cjson.decode(text)
end

local function individual(extra)
  local given = {
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = { city = "Chicago", country = "USA" },
  }
  for name, value in pairs(extra or {}) do given[name] = value end
  return given
end

-- pointer -> detail of what is told and not refused
local function told(version, operation, given)
  local problems, warnings = params.check(version, operation, given)
  assert.is_nil(problems)
  local found = {}
  for _, warning in ipairs(warnings or {}) do found[warning.pointer] = warning.detail end
  return found
end

-- Asks that each name is told with a hint, and nothing else is.
local function expect(wanted, version, operation, given)
  local found = told(version, operation, given)
  for place, hint in pairs(wanted) do
    assert.is_truthy((found[place] or ""):find(hint, 1, true),
      place .. " says " .. tostring(found[place]))
    found[place] = nil
  end
  assert.same({}, found)
end

describe("A name that nobody documents", function()
  it("is looked for beside a list of words, and not in one", function()
    expect({ ["/representationDetails/rolls"] = "roles" }, "v2", "representative.update", {
      representationDetails = { roles = { "owner" }, rolls = { "owner" } },
    })
  end)

  it("is told with its neighbour at the top of a body", function()
    expect({
      ["/first_name"] = '"firstName" in personalInformation',
      ["/fist_name"] = '"firstName" in personalInformation',
      ["/firstName"] = '"firstName" in personalInformation',
      ["/city"] = '"city" in address',
      ["/zip_code"] = '"postalCode" in address',
      ["/metadata"] = '"meta"',
      ["/personal_information"] = '"personalInformation"',
      ["/tosStatus"] = "a field of answers",
      ["/businessInformation"] = 'for type = "business" alone',
      ["/favouriteColour"] = "is not a documented name",
    }, "v2", "create", individual {
      first_name = "Jane", fist_name = "Jane", firstName = "Jane", city = "Chicago",
      zip_code = "60606", metadata = {}, personal_information = {}, tosStatus = "approved",
      businessInformation = {}, favouriteColour = "green",
    })
  end)

  it("is told in these words where it has no neighbour", function()
    assert.same({ ["/favouriteColour"] = "is not a documented name" },
      told("v2", "create", individual { favouriteColour = "red" }))
  end)

  it("is told in an object of the body", function()
    expect({
      ["/address/postal_code"] = '"postalCode"',
      ["/address/postCode"] = '"postalCode"',
      ["/address/street"] = '"line1"',
      ["/personalInformation/ssn"] = '"taxIdentificationNumber"',
      ["/personalInformation/dob"] = '"dateOfBirth"',
      ["/personalInformation/nationalty"] = '"nationality"',
      ["/personalInformation/email"] = "one level up",
    }, "v2", "create", individual {
      address = { country = "USA", postal_code = "1", postCode = "1", street = "x" },
      personalInformation = { ssn = "1", dob = "x", nationalty = "USA", email = "x" },
    })
  end)

  it("is told in the items of a list", function()
    expect({ ["/addresses/1/zip"] = '"postalCode"', ["/businessInformation/legal_name"] =
      '"legalName"' }, "v2", "create", {
      type = "business", email = "a@example.com", phone = "+14155550123",
      addresses = { { type = "registered" }, { type = "operating", zip = "1" } },
      businessInformation = { legal_name = "Acme" },
    })
    expect({ ["/ubos/0/first_name"] = '"firstName"', ["/ubos/0/dob/mounth"] = '"month"' }, "v1",
      "create", { ubos = { { first_name = "Jane", dob = { mounth = 1 } } } })
  end)

  it("is told also when it is the type that is misspelt", function()
    for _, given in ipairs { individual { typ = "individual" }, { Type = "business",
      addresses = {}, businessInformation = {} } } do
      given.type = nil
      local problems, warnings = params.check("v2", "create", given)
      assert.equal("/type", problems[1].pointer)
      assert.equal(1, #warnings)
      assert.matches('did you mean "type"?', warnings[1].detail, 1, true)
    end
  end)

  it("is told with its neighbour for each field, in four kinds of misspelling", function()
    local bodies = {
      v1 = { "customer_create", "customer_update" },
      v2 = { "individual", "business", "individual_update", "representative" },
    }
    local function misspellings(name)
      local snake = name:gsub("%u", function(letter) return "_" .. letter:lower() end)
      local list = { snake, name:upper() }
      if #name > 3 then
        list[3] = name:sub(1, 1) .. name:sub(3)
        list[4] = name:sub(1, 2) .. name:sub(4, 4) .. name:sub(3, 3) .. name:sub(5)
      end
      return list
    end
    local count = 0
    local function check_object(version, body, object, wrap)
      local known = {}
      for _, field in ipairs(fields[version][object]) do known[field[1]] = true end
      for _, field in ipairs(fields[version][object]) do
        for _, name in ipairs(misspellings(field[1])) do
          local found = not known[name] and names.unknown(version, body, wrap { [name] = 1 })
          if found then
            assert.matches('"' .. field[1] .. '"', found[1] and found[1].detail, 1, true)
            count = count + 1
          end
        end
        if field.of and field.of ~= "string" then
          check_object(version, body, field.of, function(value)
            return wrap { [field[1]] = field[2] == "list" and { value } or value }
          end)
        end
      end
    end
    for version, list in pairs(bodies) do
      for _, body in ipairs(list) do
        check_object(version, body, body, function(value) return value end)
      end
    end
    assert.is_true(count > 500)
  end)

  it("is told in updates and in v1", function()
    expect({ ["/addres"] = '"address"' }, "v2", "update", { addres = {} })
    expect({
      ["/first_name"] = '"firstName"', ["/phone_number"] = '"phoneNumber"',
      ["/date_of_birth"] = '"dob"', ["/zip"] = '"postalCode" in address',
    }, "v1", "update", { first_name = "x", phone_number = "x", date_of_birth = "x", zip = "x" })
  end)

  it("is not what meta holds, nor a documented one", function()
    assert.same({}, told("v2", "create", individual { meta = { first_name = "x" } }))
    for _, name in ipairs {
      "v2-create-request-individual-minimal", "v2-create-request-individual-names",
      "v2-create-request-individual-tax-id", "v2-create-request-business-2026-02-partial",
    } do
      assert.same({}, told("v2", "create", sample(name)), name)
    end
    for _, name in ipairs { "v2-patch-request-address-meta", "v2-patch-request-full" } do
      assert.same({}, told("v2", "update", sample(name)), name)
    end
    for _, name in ipairs {
      "v1-create-request", "v1-create-request-minimal-business-address",
      "v1-create-request-minimal-business", "v1-create-request-minimal-individual",
    } do
      assert.same({}, told("v1", "create", sample(name)), name)
    end
  end)

  it("is refused strictly, with the same words", function()
    local problems, warnings = params.check("v2", "create", individual { first_name = "x" }, true)
    assert.is_nil(warnings)
    assert.same({ { pointer = "/first_name", detail =
      'is not a documented name; did you mean "firstName" in personalInformation?' } }, problems)
    assert.same({}, { params.check("v2", "create", individual(), true) })
  end)

  it("is told once when it is the name of the other version", function()
    local problems, warnings = params.check("v2", "create", individual { ssn = "1" })
    assert.equal("/ssn", problems[1].pointer)
    assert.is_nil(warnings)
  end)

  it("never has its value repeated", function()
    for _, detail in pairs(told("v2", "create", individual { ssnn = "SECRET", x = "SECRET" })) do
      assert.is_nil(detail:find("SECRET", 1, true))
    end
  end)

  it("may be no string, which the encoder refuses", function()
    assert.same({}, told("v2", "create", individual { [true] = 1 }))
  end)
end)

describe("An option of a call among the params", function()
  it("is refused, and told where it belongs", function()
    for name, option in pairs {
      idempotency_key = "idempotency_key", idempotencyKey = "idempotency_key",
      timeout = "timeout", deadline = "deadline", headers = "headers", Headers = "headers",
      maxRetries = "max_retries", traceparent = "traceparent", validate = "validate",
    } do
      for _, version in ipairs { "v1", "v2" } do
        local problems, warnings = params.check(version, "create", individual { [name] = 1 })
        local found
        for _, problem in ipairs(problems or {}) do
          if problem.pointer == "/" .. name then found = problem.detail end
        end
        assert.matches("belongs in the second argument of create, as its " .. option,
          found, 1, true)
        assert.is_nil(warnings and version == "v2" and warnings[1].pointer)
      end
    end
    local keys = params.check("v2", "update", { token = "secret_0123", base_url = "x" })
    assert.same({ "/base_url", "/token" }, { keys[1].pointer, keys[2].pointer })
    assert.matches("is an option of spherepay.new, not data", keys[2].detail, 1, true)
    local problems = params.check("v2", "update", { deadline = 5 })
    assert.matches("in the third argument of update", problems[1].detail, 1, true)
  end)
end)

describe("the documented fields", function()
  it("are called as no option is, so that they need not be looked at", function()
    for version, objects in pairs(fields) do
      for object, list in pairs(objects) do
        for _, field in ipairs(list) do
          assert.equal(field, names.documented(version, object)[field[1]])
          assert.is_nil(options.named(field[1]), field[1])
        end
      end
    end
    assert.equal("token", options.named "token")
  end)
end)
