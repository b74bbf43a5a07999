local forms = require "spherepay.privacy.forms"
local veil = require "spherepay.privacy.veil"

local NAME = "spherepay.privacy.echo"

describe("veil.of", function()
  it("shows no text while what looks for secrets in it cannot be loaded", function()
    local loaded, preloaded = package.loaded[NAME], package.preload[NAME]
    finally(function() package.loaded[NAME], package.preload[NAME] = loaded, preloaded end)
    local hidden = veil.of { params = { firstName = "Jane" } }
    package.loaded[NAME] = nil
    package.preload[NAME] = function() error "too many open files" end
    assert.equal("[redacted]", hidden:text("Jane is unknown"))
    assert.is_nil(hidden:word(forms.code, "customer/invalid"))
    assert.equal("[redacted]", hidden:place("/email"))
    package.preload[NAME] = preloaded
    assert.matches(" is unknown$", hidden:text("Jane is unknown"))
    assert.is_nil(hidden:text("Jane is unknown"):find("Jane", 1, true))
    assert.equal("customer/invalid", hidden:word(forms.code, "customer/invalid"))
    assert.equal("/email", hidden:place("/email"))
  end)
end)
