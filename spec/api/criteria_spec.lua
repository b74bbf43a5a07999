-- Holds the Lua data to what is known of the API, written down apart from it in criteria.json.

local cjson = require("cjson")
local criteria = require("spherepay.api.criteria")
local endpoints = require("spherepay.api.endpoints")
local samples = require("spec.support.samples")

local OWNERS = { "individual", "business", "representative" }
local KINDS = {
  field = true, document = true, link = true, otp = true, representative = true, review = true,
  unknown = true,
}
local BASES = { documented = true, example_only = true, name_match = true, unknown = true }

-- Where the path depends on whose it is, or an individual has none of what others upload.
local ELSEWHERE = {
  source_of_funds = { individual = true, representative = true },
  account_purpose = { individual = true },
  proof_of_address_document = { individual = true },
}

local function without_nulls(value)
  if type(value) ~= "table" then return value end
  local result = {}
  for key, item in pairs(value) do
    if item ~= cjson.null then result[key] = without_nulls(item) end
  end
  return result
end

local function each_entry(visit)
  for name, row in pairs(criteria.criteria) do
    for _, owner in ipairs(OWNERS) do
      if row[owner] then visit(row[owner], owner .. " " .. name, name, owner, row) end
    end
  end
end

local function each_note(visit)
  each_entry(function(entry, place, _, _, row)
    if entry.note or row.note then visit(entry.note or row.note, place) end
  end)
  for name, row in pairs(criteria.v1.requirements) do
    if row.note then visit(row.note, "v1 " .. name) end
  end
  for status, facts in pairs(criteria.status_semantics) do
    if facts.meaning then visit(facts.meaning, status) end
  end
end

describe("spherepay.api.criteria", function()
  local fixture = samples.fixture("criteria.json")

  it("has a row for every known criterion and no other", function()
    for name in pairs(fixture.criteria) do assert.is_table(criteria.criteria[name], name) end
    for name in pairs(criteria.criteria) do assert.is_table(fixture.criteria[name], name) end
  end)

  it("has an entry for everybody whom a criterion is known to apply to", function()
    for name, facts in pairs(without_nulls(fixture.criteria)) do
      for _, owner in ipairs(facts.applies_to or {}) do
        assert.is_table(criteria.criteria[name][owner], owner .. " " .. name)
      end
    end
  end)

  it("names the field, the documents and the basis that are known", function()
    for name, facts in pairs(without_nulls(fixture.criteria)) do
      local met = facts.satisfied_by
      for _, owner in ipairs(facts.applies_to or {}) do
        local entry, place = criteria.criteria[name][owner], owner .. " " .. name
        if not (ELSEWHERE[name] or {})[owner] and entry.basis ~= "unknown" then
          local own_place = owner == "representative" and entry.kind == "field" and not entry.call
          if not own_place then assert.equal(met.path, entry.path, place) end
          assert.same(met.document_type, entry.document_types, place)
          assert.equal(met.basis, entry.basis, place)
        end
      end
    end
  end)

  it("agrees with criteria.json on profiles, statuses and the words of v1", function()
    local known = without_nulls(fixture)
    assert.same(known.profiles, criteria.profiles)
    assert.same(known.statuses, criteria.statuses)
    assert.same(known.tos_statuses, criteria.tos_statuses)
    for _, name in ipairs({ "kyc", "tos", "msa", "euAccountTos", "operatingResidency",
      "verificationLevels" }) do
      assert.same(known.v1[name], criteria.v1[name], name)
    end
    for name, facts in pairs(known.v1.requirements) do
      assert.equal(facts.basis, criteria.v1.requirements[name].basis, name)
    end
  end)

  it("says of every entry what kind it is and how sure that is", function()
    each_entry(function(entry, place)
      assert.is_true(KINDS[entry.kind], place)
      assert.is_true(BASES[entry.basis], place)
      assert.is_true(not entry.call or endpoints.v2[entry.call] ~= nil, place)
      assert.is_true(entry.kind ~= "unknown" or entry.basis == "unknown", place)
    end)
  end)

  it("creates no customer", function()
    each_entry(function(entry, place) assert.is_true(entry.call ~= "customer.create", place) end)
  end)

  it("updates no business and knows no code for a representative", function()
    each_entry(function(entry, place, _, owner)
      local call = entry.call or ""
      if owner == "business" then assert.is_nil(call:find("update", 1, true), place) end
      if owner == "representative" then assert.is_nil(call:find("code", 1, true), place) end
    end)
  end)

  it("uploads only what that kind of customer may upload", function()
    each_entry(function(entry, place, name, owner)
      local accepted = {}
      for _, kind in ipairs(criteria.document_types[owner]) do accepted[kind] = true end
      -- individuals were asked for it in 2025, when they could upload it
      if name == "proof_of_address" then accepted.proof_of_address = true end
      if entry.kind == "document" and entry.call then
        for _, kind in ipairs(entry.document_types) do assert.is_true(accepted[kind], place) end
      end
    end)
  end)

  it("notes in sentences, without a word on where a fact was found", function()
    local words = { "seed", "stored", "enum", "sample", "legacy", "docs", "2025", "2026", "newest",
      "reference", "page says", "S%d" }
    each_note(function(note, place)
      assert.is_truthy(note:find("^%u.*%.$"), place .. ": " .. note)
      for _, word in ipairs(words) do assert.is_nil(note:find(word), place .. ": " .. note) end
    end)
  end)

  it("lets only approved transfer", function()
    for _, status in ipairs(criteria.statuses) do
      assert.equal(status == "approved", criteria.status_semantics[status].can_transfer)
    end
  end)

  it("has the profiles, statuses and types of document that are known", function()
    local known = without_nulls(fixture)
    assert.same(known.profiles, criteria.profiles)
    assert.same(known.statuses, criteria.statuses)
    assert.same(known.tos_statuses, criteria.tos_statuses)
    for status, facts in pairs(criteria.status_semantics) do
      assert.same(known.status_semantics[status],
        { can_transfer = facts.can_transfer, terminal = facts.terminal }, status)
    end
    for owner, types in pairs(known.document_types) do
      assert.same(types, criteria.document_types[owner], owner)
    end
    for _, name in ipairs { "kyc", "tos", "msa", "euAccountTos", "operatingResidency",
      "verificationLevels" } do
      assert.same(known.v1[name], criteria.v1[name], name)
    end
  end)

  it("knows what the individual profiles unlock and leaves the others open", function()
    for name, profile in pairs(criteria.profiles) do
      local documented = name == "kyc_profile_a" or name == "kyc_profile_b"
      assert.equal(documented, profile.unlocks ~= nil, name)
    end
  end)
end)
