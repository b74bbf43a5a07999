local template = require "spherepay.http.template"

-- An engine that hands back what it is told.
local dispatcher = { engine = { template = function(_, fields) return fields end } }

local function new_call(own)
  local call = { timeout = 30, max_retries = 2 }
  for name, value in pairs(own or {}) do call[name] = value end
  return call
end

describe("the templates of a client", function()
  local templates, families

  before_each(function()
    templates = template.new(dispatcher, {
      api_version = "v2", connect_timeout = 10, timeout = 30, max_retries = 2,
      base_url = "https://h.example",
    })
    families = {}
  end)

  local function spec_of(method, repeat_as, own)
    local name = method .. repeat_as
    families[name] = families[name] or templates:family(method, repeat_as)
    return {
      method = method, repeat_as = repeat_as, call = new_call(own), templates = families[name],
    }
  end

  it("say where the step of a call stands in the URL", function()
    local spec = spec_of("GET", "read")
    spec.before, spec.step, spec.after = "/v2/customer/", "customer_a", "/tos-link"
    local found = templates:of(spec, false)
    assert.same({ "https://h.example/v2/customer/", "/tos-link" }, { found.before, found.after })
    spec.query = { page = 1 } -- it stands behind all of the path
    local other = templates:of(spec, false)
    assert.same({ "https://h.example", "" }, { other.before, other.after })
    assert.equal(other, templates:of(spec, false))
    spec.query = nil
    assert.equal(found, templates:of(spec, false))
    local plain = templates:of(spec_of("POST", "create"), true)
    assert.same({ "https://h.example", "" }, { plain.before, plain.after })
  end)

  it("are shared by calls that differ in nothing of them", function()
    local first = templates:of(spec_of("GET", "read"), false)
    assert.equal(first, templates:of(spec_of("GET", "read"), false))
    assert.same({ "GET", "read", 10, 30, 2 }, {
      first.method, first.repeat_as, first.connect_timeout, first.timeout, first.max_retries,
    })
  end)

  it("differ by method, by what a repeat could do, by a body and by times", function()
    local seen = {}
    for _, each in ipairs {
      { spec_of("GET", "read"), false }, { spec_of("HEAD", "read"), false },
      { spec_of("POST", "create"), true }, { spec_of("POST", "update"), true },
      { spec_of("POST", "update"), false }, { spec_of("GET", "read", { timeout = 5 }), false },
      { spec_of("GET", "read", { max_retries = 0 }), false },
    } do
      local found = templates:of(each[1], each[2])
      assert.is_nil(seen[found])
      seen[found] = true
      assert.equal(found, templates:of(each[1], each[2]))
      assert.same({ each[1].method, each[1].repeat_as, each[1].call.timeout,
        each[1].call.max_retries },
        { found.method, found.repeat_as, found.timeout, found.max_retries })
    end
  end)

  it("say what is understood, which version is meant, and what a body is", function()
    assert.same({ "Accept: application/json", "Api-Version: v2", "Content-Type: application/json" },
      templates:of(spec_of("POST", "create"), true).headers)
    assert.same({ "Accept: application/json", "Api-Version: v2" },
      templates:of(spec_of("GET", "read"), false).headers)
  end)

  it("say that there is a body, and of what type", function()
    local lines = table.concat(templates:of(spec_of("POST", "create"), true).headers, "\n")
    assert.truthy(lines:find("Content-Type: application/json", 1, true))
    lines = table.concat(templates:of(spec_of("POST", "create"), false).headers, "\n")
    assert.falsy(lines:find("Content-Type", 1, true))
  end)

  it("are made anew for headers of a call's own", function()
    local spec = spec_of("GET", "read", { headers = { ["X-One"] = "1", ["X-None"] = "" } })
    local lines = table.concat(templates:of(spec, false).headers, "\n")
    assert.truthy(lines:find("X-One: 1", 1, true))
    assert.truthy(lines:find("X-None;", 1, true))
    lines = table.concat(templates:of(spec_of("GET", "read"), false).headers, "\n")
    assert.falsy(lines:find("X-One", 1, true))
  end)

  it("of times that never come again are not all kept", function()
    for i = 1, 200 do templates:of(spec_of("GET", "read", { timeout = i / 7 }), false) end
    assert.equal(64, templates.count)
  end)
end)
