describe("spherepay.verification", function()
  it("offers its functions and the data behind them", function()
    local verification = require("spherepay.verification")
    for _, name in ipairs({ "profiles", "evaluate", "can_transfer", "next_steps", "missing_fields",
      "diff", "policy", "render" }) do
      assert.is_function(verification[name], name)
    end
    assert.is_table(verification.criteria.criteria)
  end)

  it("needs no JSON, no network and no clock", function()
    local loaded = {}
    for name in pairs(package.loaded) do
      if name:find("^spherepay") then loaded[name] = package.loaded[name] end
    end
    for name in pairs(loaded) do package.loaded[name] = nil end
    local before = {}
    for name in pairs(package.loaded) do before[name] = true end
    require("spherepay.verification")
    for name in pairs(package.loaded) do
      local own = name:find("^spherepay%.verification") or name:find("^spherepay%.api%.")
        or name == "spherepay.options.suggest" or name == "spherepay.options.schema"
        or name == "spherepay.http.pointer" or name == "spherepay.http.ascii"
        or name == "spherepay.options.blame"
        or name == "spherepay.privacy.one_line" or name == "spherepay.privacy.personal"
      assert.is_truthy(before[name] or own, name)
    end
    for name in pairs(package.loaded) do
      if name:find("^spherepay") then package.loaded[name] = nil end
    end
    for name, module in pairs(loaded) do package.loaded[name] = module end
  end)
end)
