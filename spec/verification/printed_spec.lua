-- How a customer prints, and that nothing else notices.

local cjson = require "cjson"
local outcome = require "spherepay.http.outcome"
local json = require "spherepay.http.json"
local printed = require "spherepay.verification.printed"
local redact = require "spherepay.privacy.redact"
local samples = require "spec.support.samples"
local verification = require "spherepay.verification"

local CONTEXT = { method = "GET", path = "/v2/customer/customer_1" }

local function came(body)
  return assert(outcome.customer({ status = 200, body = body }, CONTEXT))
end

-- Through our own encoder, which gives a text or its parts.
local function written(value)
  local body = assert(json.encode(value))
  return cjson.decode(type(body) == "table" and table.concat(body) or body)
end

local function keys(value)
  local list = {}
  for key in pairs(value) do list[#list + 1] = key end
  table.sort(list)
  return list
end

describe("a customer", function()
  it("prints as one line with its id, its type and where it stands", function()
    assert.equal("customer_f31121c389624d3697cbf3ea8830b7a4 individual, kyc_profile_a incomplete",
      tostring(came(samples.fixture("api/v2-get-individual-incomplete.json"))))
    assert.equal("customer_2da22520a7e64bd2963c7dd6c807e875 individual, "
      .. "kyc_profile_a incomplete, kyc_profile_b incomplete, kyc_profile_c approved",
      tostring(came(samples.fixture("api/v2-get-legacy-inline-criteria.json"))))
  end)

  it("prints kyc and tos in v1", function()
    assert.equal("customer_8444b807ac58487d9ed2001e830c9e69 individual, kyc incomplete, "
      .. "tos incomplete", tostring(came(samples.fixture("api/v1-create-response.json"))))
  end)

  it("prints nothing that does not look like a name, and nothing personal", function()
    local profiles = {}
    for i = 1, 9 do profiles[i] = { name = "p" .. i, status = "pending" } end
    profiles[1] = { name = "jane@example.com", status = "born 1990-04-15" }
    local line = tostring(came { id = "customer 1\n", type = {}, verificationProfiles = profiles,
      email = "jane@example.com", firstName = "Jane" })
    assert.equal("customer, unknown unknown, p2 pending, p3 pending, p4 pending, p5 pending, "
      .. "and 4 more", line)
    for _, name in ipairs(samples.names()) do
      for _, each in ipairs(samples.customers_in(samples.fixture("api/" .. name .. ".json"))) do
        local text = tostring(printed.customer(each))
        assert.is_nil(text:find("[%c@+]"), text)
        for _, field in ipairs { "email", "firstName", "lastName", "phone", "phoneNumber" } do
          local value = each[field]
          if type(value) == "string" then assert.is_nil(text:find(value, 1, true), text) end
        end
      end
    end
  end)

  it("is the same to JSON, to pairs, to diff and to next_steps", function()
    local body = samples.fixture("api/v2-get-individual-tos-status.json")
    local plain = samples.fixture("api/v2-get-individual-tos-status.json")
    local customer = came(body)
    assert.same(keys(plain), keys(customer))
    assert.same(plain, customer)
    assert.same(plain, cjson.decode(cjson.encode(customer)))
    assert.same(plain, written(customer))
    assert.same(plain, written({ customer = customer }).customer)
    assert.is_false(verification.diff(plain, customer).changed)
    assert.same(verification.next_steps(plain), verification.next_steps(customer))
    assert.same(redact(plain), redact(customer))
    local count = 0
    for _ in next, customer do count = count + 1 end
    assert.equal(#keys(plain), count)
  end)

  it("can be changed, and given a metatable of its host's own", function()
    local customer = came { id = "customer_1" }
    customer.note = "mine"
    assert.equal("mine", customer.note)
    local own = { __tostring = function() return "own" end }
    assert.equal("own", tostring(setmetatable(customer, own)))
    assert.equal(own, getmetatable(printed.customer(customer)))
  end)
end)
