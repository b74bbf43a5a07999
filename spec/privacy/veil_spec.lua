local veil = require "spherepay.privacy.veil"

local NAME = "spherepay.privacy.echo"

describe("veil.of", function()
  it("shows no text while what looks for secrets in it cannot be loaded", function()
    local loaded, preloaded = package.loaded[NAME], package.preload[NAME]
    finally(function() package.loaded[NAME], package.preload[NAME] = loaded, preloaded end)
    local hide = veil.of { params = { firstName = "Jane" } }
    package.loaded[NAME] = nil
    package.preload[NAME] = function() error "too many open files" end
    assert.equal("[redacted]", hide("Jane is unknown"))
    package.preload[NAME] = preloaded
    assert.matches(" is unknown$", hide("Jane is unknown"))
    assert.is_nil(hide("Jane is unknown"):find("Jane", 1, true))
  end)
end)
