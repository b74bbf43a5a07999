-- Holds the Lua data to the JSON it was made from.

local cjson = require("cjson")
local criteria = require("spherepay.api.criteria")
local samples = require("spec.support.samples")

local PROVENANCE = { _notes = true, source = true, seen_in = true }

-- What the Lua module leaves out: null, and where a fact was found.
local function stripped(value)
  if type(value) ~= "table" then return value end
  local result = {}
  for key, item in pairs(value) do
    if item ~= cjson.null and not PROVENANCE[key] then result[key] = stripped(item) end
  end
  return result
end

describe("spherepay.api.criteria", function()
  local fixture = samples.fixture("criteria.json")

  it("says of every criterion what criteria.json says", function()
    for name, facts in pairs(fixture.criteria) do
      assert.same(stripped(facts), criteria.criteria[name], name)
    end
  end)

  it("has no criterion of its own", function()
    for name in pairs(criteria.criteria) do assert.is_table(fixture.criteria[name], name) end
  end)

  it("agrees with criteria.json on everything else, too", function()
    assert.same(stripped(fixture), criteria)
  end)

  it("says for each criterion that can be met how sure that is", function()
    local known = { documented = true, example_only = true, name_match = true }
    for name, facts in pairs(criteria.criteria) do
      local met = facts.satisfied_by
      if met.kind then assert.is_true(known[met.basis], name) end
    end
  end)
end)
