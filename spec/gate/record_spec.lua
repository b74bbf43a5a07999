local asked = require "spherepay.gate.asked"
local decision = require "spherepay.gate.decision"
local policy = require("spherepay").verification.policy
local record = require "spherepay.gate.record"
local samples = require "spec.support.samples"

local function hash(text)
  return ("%x"):format(#text * 7919 + text:byte(1) * 31 + text:byte(-1))
end

local RULES = {
  { currency = "USD" }, { currency = "EUR" }, { currency = "BRL" },
  { none = { { criterion = "identity_document", state = "error" } } },
  { field = "type", equals = "individual" },
  { field = "tosStatus", one_of = { "approved", "pending" } },
  { field = "email", exists = true }, { field = "meta", exists = true },
  { field = "meta.tier", one_of = { "gold", "platinum" } },
  { field = "meta.level", equals = 3 }, { field = "meta.vip", equals = true },
  { field = "kyc", equals = "approved" }, { field = "requirements", exists = true },
  { field = "address.country", equals = "USA" },
  { all = { { field = "meta.odd key", equals = "a b\n%" }, { currency = "USD" } } },
}
for _, status in ipairs { "incomplete", "pending", "approved", "rejected" } do
  for _, profile in ipairs {
    "kyc_profile_a", "kyc_profile_b", "kyc", "tos", "ach_pull", "ubo_1",
  } do
    local fits = profile ~= "tos" or status ~= "rejected"
    if fits then RULES[#RULES + 1] = { profile = profile, status = status } end
  end
end
for _, state in ipairs { "complete", "pending", "required", "error", "absent" } do
  for _, criterion in ipairs { "identity_document", "terms_of_service", "ssn", "ein" } do
    RULES[#RULES + 1] = { criterion = criterion, state = state }
  end
end

local function customers()
  local list = {}
  for _, name in ipairs(samples.names()) do
    for _, one in ipairs(samples.customers_in(samples.fixture("api/" .. name .. ".json"))) do
      list[#list + 1] = one
    end
  end
  for _, meta in ipairs {
    { tier = "gold", level = 3, vip = true, ["odd key"] = "a b\n%" },
    { tier = "bronze", level = 4, vip = false }, { tier = {} }, {},
  } do
    list[#list + 1] = { id = "customer_1", type = "individual", meta = meta,
      verificationProfiles = { { name = "kyc_profile_a", status = "approved" } } }
  end
  list[#list + 1] = { id = "customer_2" }
  list[#list + 1] = { id = "customer_3", verificationProfiles = {} }
  list[#list + 1] = { kyc = "pending", ubos = { { requirements = { "ssn" } }, {} },
    verificationLevels = { { name = "ach_pull", status = "retry" }, { name = 5 } } }
  return list
end

describe("spherepay.gate.record", function()
  local questions, policies

  before_each(function()
    questions, policies = asked.new(hash), {}
    for i, rule in ipairs(RULES) do
      policies[i] = assert(policy(rule))
      questions:tokens_of(policies[i])
    end
  end)

  it("answers every policy as the customer does, kept and read again", function()
    for _, customer in ipairs(customers()) do
      local seen = record.of(customer, questions)
      local read, at = record.decode(record.encode(seen, 1700000000.25))
      assert.equal(1700000000.25, at)
      for i, rule in ipairs(policies) do
        assert.is_true(decision.can_be_made(read, questions:tokens_of(rule)))
        local wanted = decision.of(rule, customer)
        assert.same(wanted, decision.by(rule, seen), i)
        assert.same(wanted, decision.by(rule, read), i)
      end
    end
  end)

  it("holds no value, text or id of the customer", function()
    local customer = samples.customer "v2-get-individual-from-schema-examples"
    customer.meta = { tier = "gold", secret = "usr_9912", note = "Jane Smith" }
    customer.verificationProfiles[1].criteria = {
      required = { "terms_of_service", "Jane Smith 123-45-6789" },
      errors = { { name = "identity_document", detail = "Jane's passport is blurred" } },
    }
    local text = record.encode(record.of(customer, questions), 1)
    assert.is_truthy(text:find("terms_of_service", 1, true))
    assert.is_truthy(text:find("identity_document", 1, true))
    assert.is_truthy(text:find("gold", 1, true))
    for _, word in ipairs { "Jane", "Smith", "usr_9912", "6789", "blurred", customer.id,
      customer.email, customer.phone } do
      assert.is_nil(text:find(word, 1, true), word)
    end
  end)

  it("is of the profile that came, however alike another one was", function()
    local function profile(name, status, criteria)
      local raw = { name = name, status = status, criteria = criteria }
      local kept = record.of({ verificationProfiles = { raw } }, questions).customer
      return kept.verificationProfiles[1]
    end
    local function lists(complete, pending, required, errors)
      return { complete = complete, pending = pending, required = required, errors = errors }
    end
    local alike = {
      { "a", "b", lists({ "c", "d" }, {}, {}, {}) }, { "a", "b", lists({ "c" }, { "d" }, {}, {}) },
      { "a", "b", lists({}, { "c", "d" }, {}, {}) }, { "a", "b", lists({}, {}, { "c" }, { "d" }) },
      { "a", "c", lists({ "d" }, {}, {}, {}) }, { "b", "b", lists({ "c", "d" }, {}, {}, {}) },
    }
    for _ = 1, 3 do
      for i, each in ipairs(alike) do
        local wanted = lists(each[3].complete, each[3].pending, each[3].required, {})
        for j, name in ipairs(each[3].errors) do wanted.errors[j] = { name = name } end
        assert.same({ name = each[1], status = each[2], criteria = wanted },
          profile(each[1], each[2], each[3]), i)
      end
      for _, odd in ipairs { "c\nd", "", "-", "Jane Smith", { name = "e" }, 5, ("x"):rep(65) } do
        local name = type(odd) == "table" and "e" or "unknown"
        if odd == "" or odd == 5 then name = nil end
        assert.same({ name }, profile("a", "b", lists({ odd }, {}, {}, {})).criteria.complete)
      end
      assert.equal("unknown", profile("a\nb", "c", lists({ "d" }, {}, {}, {})).name)
    end
    assert.equal(profile("a", "b", lists({ "c" }, {}, {}, {})),
      profile("a", "b", lists({ "c" }, {}, {}, {})))
  end)

  it("holds nothing of a customer of v1 and of its owners either", function()
    local customer = {
      id = "customer_old1", firstName = "Jane", kyc = "pending", requirements = { "ssn" },
      ubos = { { id = "ubo_1", firstName = "John", email = "john@example.com",
        requirements = { "firstName" } } },
      verificationLevels = { { name = "ach_pull", status = "approved", requirements = { "dob" } } },
    }
    local text = record.encode(record.of(customer, questions), 1)
    for _, word in ipairs { "Jane", "John", "john@", "F" .. "ubos", "Fverification",
      "Frequirements" } do
      assert.is_nil(text:find(word, 1, true), word)
    end
    local lines = {}
    for line in text:gmatch "[^\n]+" do
      assert.is_nil(lines[line], line)
      lines[line] = true
    end
  end)

  it("keeps of a field what the policies that ask of it name, and else that it is there", function()
    local few = asked.new(hash)
    few:tokens_of(assert(policy { field = "meta.tier", equals = "gold" }))
    local seen = record.of({ meta = { tier = "platinum", other = 1 } }, few)
    assert.same({ tier = {} }, seen.customer.meta)
    few:tokens_of(assert(policy { field = "meta.tier", equals = "platinum" }))
    seen = record.of({ meta = { tier = "platinum" } }, few)
    assert.same({ tier = "platinum" }, seen.customer.meta)
  end)

  it("keeps the facts, each of its type", function()
    local token = questions:add_facts(function(seen)
      return { tier = seen.meta.tier, level = 2.5, vip = true, text = "a b\n%20", list = {} }
    end)
    local seen = record.of({ meta = { tier = "gold" } }, questions)
    local read = record.decode(record.encode(seen, 1))
    assert.same({ tier = "gold", level = 2.5, vip = true, text = "a b\n%20" }, read.facts[token])
    read = record.decode(record.encode(record.of({}, questions), 1)) -- the function raised
    assert.same({}, read.facts[token])
    assert.is_true(read.covers[token])
  end)

  it("keeps the facts of functions apart that differ in what they hold alone", function()
    local function plain(word) return function() return { word = word } end end
    local function by(names) return function(seen) return { word = names[seen.type] } end end
    local short, long = { individual = "p" }, { individual = "person" }
    local fns = { plain "a", plain "b", plain(1), plain(true), by(short), by(long), tostring, next }
    local tokens, again = {}, {}
    for i, fn in ipairs(fns) do tokens[i] = questions:add_facts(fn) end
    for i, fn in ipairs(fns) do again[i] = questions:add_facts(fn) end
    assert.same(tokens, again)
    assert.equal(tokens[1], questions:add_facts(plain "a"))
    assert.equal(tokens[6], questions:add_facts(by(long)))
    local seen = record.decode(record.encode(record.of({ type = "individual" }, questions), 1))
    for i, word in ipairs { "a", "b", 1, true, "p", "person" } do
      assert.same({ word = word }, seen.facts[tokens[i]])
    end
  end)

  it("knows who is no customer", function()
    local read, at = record.decode(record.encode(record.of_nobody(), 5))
    assert.is_nil(read.customer)
    assert.equal(5, at)
  end)

  it("is not read from what is none, is cut, or says what only another version can", function()
    for _, text in ipairs {
      "", "c", "x1700000000.000", "c..", "1700000000", 7, true, "c1.000\nZ new", "c1.000\nA x",
      "c1.000\nA x y", "c1.000\nP x", "c1.000\nP x y", "c1.000\nV\nc x", "c1.000\nF meta",
      "c1.000\nF", "c1.000\nL x", "c1.000\nQ", "n1.000\nV", "c1.000\n ", "c1.000\nQ a\nF x/y",
    } do
      assert.is_nil(record.decode(text), text)
    end
    assert.is_nil(record.decode(nil))
  end)
end)
