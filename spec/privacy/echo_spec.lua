local core = require "spherepay.core"
local echo = require "spherepay.privacy.echo"

local JANE = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  personalInformation = {
    firstName = "Jane", lastName = "O'Neil", dateOfBirth = "1990-04-15", gender = "female",
    taxIdentificationNumber = "123-45-6789", taxIdentificationNumberType = "ssn",
  },
  address = { line1 = "233 South Wacker Drive", city = "Chicago", state = "IL", country = "USA" },
  meta = { note = "vip", ["Jane Smith 123"] = true },
}

local function mask_of(sources)
  return core.mask(nil, nil, echo.values(sources))
end

local function cut(text, params)
  return mask_of { params or JANE }(text)
end

local function gone(text, params)
  local clean = cut(text, params)
  assert.equal("[redacted]", clean, text)
end

describe("What was sent", function()
  it("is cut from a text", function()
    assert.equal("[redacted] [redacted] of [redacted], no [redacted]",
      cut "Jane O'Neil of 233 South Wacker Drive, no VIP")
    assert.equal("to [redacted]: [redacted].", cut "to jane.smith@example.com: IL.")
    assert.equal("meta/[redacted]", cut "meta/Jane Smith 123")
  end)

  it("leaves words that merely contain it", function()
    assert.equal("Janet paid Maryjane", cut "Janet paid Maryjane")
    assert.equal("[redacted]Smith", cut "JaneSmith")
  end)

  it("stays when it is documented and nobody's own", function()
    assert.equal("type individual is fixed, ssn in USA", cut "type individual is fixed, ssn in USA")
  end)

  it("is taken literally", function()
    assert.equal("a [redacted] b", cut("a %d+(.*) b", { email = "%d+(.*)" }))
  end)

  it("is found in other spellings", function()
    local jose = { personalInformation = { lastName = "Jos\195\169 Mu\195\177oz" } }
    for _, text in ipairs {
      "JOS\195\137 MU\195\145OZ", "Jose\204\129 Mun\204\131oz", "jose munoz",
      "Jos\\u00e9 Mu\\u00F1oz", "Jos%C3%A9%20Mu%C3%B1oz", "Jos%25C3%25A9+Mu%25C3%25B1oz",
      "Jos\233 Mu\241oz", "Jos&#233; Mu&#xF1;oz",
      "jos\195\169_mu\195\177oz", "Jos\195\169\194\160Mu\195\177oz",
    } do
      gone(text, jose)
    end
    gone("\206\134\206\157\206\157\206\145", { firstName = "\206\172\206\189\206\189\206\177" })
    gone("\208\129\208\155\208\154\208\144", { firstName = "\209\145\208\187\208\186\208\176" })
    gone("\239\188\170\239\189\129\239\189\142\239\189\133")
    gone("jane.smith%40example.com")
    gone("JANE.SMITH\\u0040EXAMPLE.COM")
  end)

  it("is found without its spaces between, in scripts that have none", function()
    assert.equal("\229\174\162[redacted]\228\184\141",
      cut("\229\174\162\231\142\139\229\176\143\230\152\142\228\184\141",
        { firstName = "\231\142\139\229\176\143\230\152\142" }))
  end)

  it("is found with its digits in another order or grouping", function()
    for _, text in ipairs {
      "+1 (415) 555-0123", "(415) 555-0123", "4155550123", "14155550123", "415.555.0123",
      "123456789", "123 45 6789", "04/15/1990", "15.04.1990", "19900415",
    } do
      assert.is_nil(cut("got " .. text .. "!"):find("%d"), text)
    end
    assert.equal("limit of 100 in 30 s at 10.0.0.1", cut "limit of 100 in 30 s at 10.0.0.1")
  end)

  it("is found by one word of a name", function()
    assert.equal("[redacted] is known", cut("Smith is known", { fullName = "Jane Smith" }))
  end)

  it("never loses a name to any number of other values", function()
    local many = {}
    for i = 1, 3000 do many["key" .. i] = "value number " .. i end
    for _ = 1, 5 do
      local clean = cut("for Smith only", { meta = many, lastName = "Smith" })
      assert.equal("for [redacted] only", clean)
    end
  end)

  it("is found however deep, once in a circle, and in queries and headers", function()
    local params = { ubos = { { business = { { givenName = "Jane" } } } } }
    params.again = params
    assert.equal("[redacted]", cut("Jane", params))
    local mask = mask_of { nil, { search = "smith" }, { ["X-Who"] = "Jane" }, n = 3 }
    assert.equal("[redacted] [redacted]", mask("Jane Smith"))
  end)

  it("is nothing when there is nothing", function()
    assert.equal("Jane", mask_of {} "Jane")
    assert.equal("Jane", mask_of { "Jane" } "Jane")
    assert.equal("a b", cut("a b", { meta = { x = "a", y = "", z = 1, f = print } }))
  end)

  it("costs little, however often its values overlap", function()
    local meta = {}
    for i = 1, 950 do meta["k" .. i] = ("ab"):rep(i % 100 + 2) end
    local mask, began = mask_of { { meta = meta } }, os.clock()
    for _ = 1, 20 do
      assert.equal("[redacted]", mask(("ab"):rep(512)))
    end
    assert.is_true(os.clock() - began < 1)
  end)
end)

describe("A mask", function()
  it("finds what it knows in places and codes, also spread over their steps", function()
    local mask = mask_of { JANE }
    assert.is_true(mask:is_clean "/address/line1")
    assert.is_true(mask:is_clean "")
    assert.is_false(mask:is_clean "/meta/Jane")
    for _, text in ipairs { "ch.ic/ago", "chic#ago", "chi[ca]go", "ch_ica-go" } do
      assert.is_false(mask:is_clean(text), text)
      assert.equal(text, mask(text))
    end
    assert.is_false(mask:is_clean(("x"):rep(5000))) -- longer than what is looked at
  end)

  it("keeps the first 4096 bytes of a text", function()
    assert.equal(("x"):rep(4096), mask_of { JANE } (("x"):rep(5000)))
    assert.equal(("x"):rep(4096), mask_of {} (("x"):rep(5000)))
    assert.equal(("x"):rep(4096), mask_of { JANE } (("x"):rep(4097)))
    assert.equal(("x"):rep(4096), mask_of { JANE } (("x"):rep(4096)))
  end)

  it("passes over what is no text", function()
    assert.equal("1 [redacted] true", core.mask(nil, nil, { 12, "Jane", true, {} })("1 Jane true"))
    assert.equal("Jane", core.mask() "Jane")
  end)
end)
