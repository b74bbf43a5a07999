local loop = require "spherepay.loop"

local FUNCTIONS = { "check", "attach", "wait", "sleep", "spawn", "join", "detach" }

describe("the choice of a loop", function()
  it("takes each loop by its name, with every function of the contract", function()
    for _, name in ipairs { "blocking", "manual", "luv", "cqueues", "auto" } do
      local chosen = loop.choose(name)
      assert.equal(name, chosen.name)
      for _, each in ipairs(FUNCTIONS) do assert.is_function(chosen[each], name .. "." .. each) end
    end
  end)

  it("takes a table that has the functions of the contract", function()
    local own = {}
    for _, name in ipairs(FUNCTIONS) do own[name] = function() end end
    assert.equal(own, loop.choose(own))
  end)

  it("names the function that a table lacks", function()
    local chosen, problem = loop.choose({ check = print, attach = print, sleep = print })
    assert.is_nil(chosen)
    assert.equal("option \"loop\" lacks the function \"wait\"", problem)
  end)

  it("waits the way of the table", function()
    local spherepay, blocking = require "spherepay", require "spherepay.loop.blocking"
    local own, asked = {}, {}
    for _, name in ipairs(FUNCTIONS) do
      own[name] = function(...)
        asked[#asked + 1] = name
        return blocking[name](...)
      end
    end
    local client = spherepay.new {
      token = "sandbox_key", base_url = "http://127.0.0.1:1", loop = own, max_retries = 0,
    }
    local _, err = client.customer.get("customer_1")
    client:close()
    assert.equal("network", err.kind)
    assert.equal("check attach wait detach", table.concat(asked, " "))
  end)
end)
