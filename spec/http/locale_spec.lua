-- A host may set any locale, before or after it loads the library: numbers and letters stay those
-- of JSON and HTTP. The locales are made here, from Debian's package `locales`.

local helper = require "spec.contract.helper"

local PRELUDE = [[
  local spherepay = require "spherepay"
  local json = require "spherepay.http.json"
  assert(os.setlocale(%q), "no such locale")
  local encode = function(value) return (json.encode(value)) end
]]

-- Kept for the next Lua. Another one may be making it at the same time: the first to end wins.
local MAKE = [[
  mkdir -p build/locale && cd build/locale || exit 1
  [ -d NAME.UTF-8 ] && exit 0
  localedef -i NAME -f UTF-8 ./making.$$ >/dev/null 2>&1
  mv -T making.$$ NAME.UTF-8 2>/dev/null || rm -rf making.$$
  [ -d NAME.UTF-8 ]
]]

describe("in a locale with a decimal comma and another lower case", function()
  setup(function()
    for _, name in ipairs { "de_DE", "tr_TR", "fa_IR" } do
      local made = os.execute(MAKE:gsub("NAME", name))
      assert(made == true or made == 0, "localedef failed; is the package `locales` there?")
    end
  end)

  local function says(locale, script)
    local out, code = helper.child(PRELUDE:format(locale) .. script,
      { env = "LOCPATH=$PWD/build/locale" })
    assert.equal(0, code, out)
    return out
  end

  for _, locale in ipairs { "de_DE.UTF-8", "tr_TR.UTF-8", "fa_IR.UTF-8" } do
    it("reads and writes numbers with a point: " .. locale, function()
      assert.equal('{"half":0.5,"n":[-1.25,1e+300,0.1,9007199254740992]}\n', says(locale, [[
        print(encode(assert(json.decode '{"half":0.5,"n":[-12.5e-1,1e300,0.1,9007199254740992]}')))
      ]]))
      assert.equal("true true true\n", says(locale, [[
        print(json.decode "1.7976931348623157e308" == 1.7976931348623157e308,
          json.decode "[123456.789012345678901234567890]"[1] * 2 == 123456.78901234568 * 2,
          json.decode "1,5" == nil)
      ]]):gsub("\t", " "))
    end)

    it("knows a header and a currency in any case: " .. locale, function()
      assert.equal("false\ttrue\tapplication/json\n", says(locale, [[
        local transport = require "spherepay.sandbox.transport"
        local client = transport.client({ token = "key" }, { token = "key" })
        local reserved = pcall(client.customer.get, "customer_1",
          { headers = { AUTHORIZATION = "Bearer other" } })
        local _, err = client.customer.get "customer_1"
        local lower = spherepay.verification.evaluate({ verificationProfiles = {} },
          { currency = "inr" })
        local upper = spherepay.verification.evaluate({ verificationProfiles = {} },
          { currency = "INR" })
        print(reserved, lower.profile == upper.profile, err.response.headers["CONTENT-TYPE"])
      ]]))
    end)
  end
end)
