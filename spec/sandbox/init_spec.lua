--- spherepay.sandbox: keys, idempotency, routes, options, and what no request may do to it.

local cjson = require("cjson")

local sandbox = require("spherepay.sandbox")
local support = require("spec.support.sandbox")

local INDIVIDUAL = "v2-create-request-individual-minimal"

describe("sandbox", function()
  describe("with options", function()
    it("takes each that it has, of its type alone", function()
      for name, right in pairs {
        generation = "v2-2025", onboarding = "platform", token = "key", otp_code = "654321",
        console_secret = "secret", clock = os.time, seed = 7,
      } do
        assert.is_table(sandbox.new { [name] = right })
        local ok, message = pcall(sandbox.new, { [name] = true })
        assert.is_false(ok)
        assert.matches("sandbox option " .. name .. " must be a " .. type(right), message, 1, true)
      end
      for _, generation in ipairs { "v2", "v2-2025", "v1" } do
        assert.is_table(sandbox.new { generation = generation })
      end
      assert.is_table(sandbox.new { onboarding = "sphere" })
      for wrong, words in pairs {
        codes = "unknown sandbox option codes",
        generation = "sandbox generation must be v2, v2-2025 or v1",
        onboarding = "sandbox onboarding must be sphere or platform",
      } do
        local ok, message = pcall(sandbox.new, { [wrong] = "v3" })
        assert.is_false(ok)
        assert.matches(words, message, 1, true)
      end
    end)
  end)

  describe("with a key", function()
    local function get(options, authorization)
      local api = support.handler(options)
      return api.call("GET", "/v2/customer", nil, { authorization = authorization })
    end

    it("answers 401 as the vendor's staging sample for a missing or malformed key", function()
      for _, value in ipairs { false, "", "Bearer", "Bearer ", "Basic abc" } do
        local status, problem = get(nil, value)
        assert.equal(401, status)
        assert.is_string(problem.correlationId)
        problem.correlationId = nil
        assert.same(support.sample("v2-error-401-problem-staging"), problem)
      end
    end)

    it("answers 403 as the vendor's production sample for another key", function()
      local status, problem = get({ token = "right" }, "Bearer wrong")
      assert.equal(403, status)
      assert.same(support.steady(support.sample("v2-error-403-problem-no-code")),
        support.steady(problem))
    end)

    it("accepts its key, and any key when it has none", function()
      assert.equal(200, (get({ token = "right" }, "Bearer right")))
      assert.equal(200, (get(nil, "bearer whatever")))
    end)

    it("answers in the shape of its generation", function()
      local _, old = get({ generation = "v2-2025" }, false)
      assert.is_string(old.error.general)
      local status, first = support.handler({ generation = "v1" }).call("GET", "/v1/customer", nil,
        { authorization = false })
      assert.equal(401, status)
      assert.is_false(first.ok)
    end)
  end)

  describe("with an Idempotency-Key", function()
    local api
    before_each(function() api = support.handler() end)

    local function create(key, body)
      return api.call("POST", "/v2/customer", body or support.sample(INDIVIDUAL),
        { ["idempotency-key"] = key })
    end

    it("refuses a used key before processing and replays nothing", function()
      assert.equal(201, (create("k1")))
      local status, problem = create("k1")
      assert.equal(409, status)
      assert.is_nil(problem.id)
      assert.is_nil(problem.code)
      local _, list = api.call("GET", "/v2/customer")
      assert.equal(1, list.pagination.total)
      assert.equal(201, (create("k2")))
    end)

    it("counts a key whatever the first answer was", function()
      assert.equal(422, (create("k1", "{}")))
      assert.equal(409, (create("k1")))
    end)

    it("does not count a key that came without a valid token", function()
      api.call("POST", "/v2/customer", "{}", { authorization = false, ["idempotency-key"] = "k" })
      assert.equal(201, (create("k")))
    end)

    it("ignores the header on GET and refuses one of more than 255 characters", function()
      for _ = 1, 2 do
        assert.equal(200, (api.call("GET", "/v2/customer", nil, { ["idempotency-key"] = "k" })))
      end
      assert.equal(201, (create(string.rep("k", 255))))
      assert.equal(400, (create(string.rep("k", 256))))
    end)
  end)

  it("answers 404 for paths and methods it does not have", function()
    local api = support.handler()
    local id = api.create(INDIVIDUAL).id
    for _, case in ipairs {
      { "GET", "/" }, { "GET", "/v2/customers" }, { "PUT", "/v2/customer" },
      { "DELETE", "/v2/customer/" .. id }, { "GET", "/v2/customer/" .. id .. "/x" },
      { "GET", "/v2/customer/" }, { "POST", "/_sandbox/none" }, { "GET", "/_sandbox/reset" },
    } do
      assert.equal(404, (api.call(case[1], case[2])))
    end
  end)

  it("is independent of other sandboxes and the same for the same seed and clock", function()
    local one, two = support.handler { seed = 5 }, support.handler { seed = 5 }
    local created = one.create(INDIVIDUAL)
    assert.same(created, two.create(INDIVIDUAL))
    assert.equal(404, (two.call("GET", "/v2/customer/" .. one.create(INDIVIDUAL).id)))
  end)

  it("works without options", function()
    local response = sandbox.new():handle {
      method = "GET", path = "/v2/customer", headers = { authorization = "Bearer x" },
    }
    assert.equal(200, response.status)
  end)

  it("raises on options it does not know", function()
    for _, options in ipairs {
      { generations = "v2" }, { generation = "v3" }, { onboarding = "mine" }, { token = 5 },
    } do
      assert.error_matches(function() sandbox.new(options) end, "^.*sandbox")
    end
  end)

  it("survives bodies of every kind on every endpoint", function()
    local values = {
      cjson.null, true, 0, -1.5, 1e300, "", "x", "customer", {}, { 1 }, { a = 1 }, { { } },
      { cjson.null },
    }
    local names = {
      "type", "email", "phone", "address", "addresses", "personalInformation", "meta", "ubos",
      "businessInformation", "customerId", "representationDetails", "code", "dob", "status",
      "errors", "times", "json", "profile", "tosStatus", "highRiskActivities", "name",
      "criterion", "state", "msa", "requirements",
    }
    local paths = {
      "/v2/customer", "/v2/customer/%s", "/v2/customer/%s/otp-send", "/v2/customer/%s/otp-verify",
      "/v2/business-representative", "/v2/document", "/v1/customer", "/_sandbox/misbehave",
      "/_sandbox/customer/%s/review", "/_sandbox/customer/%s/set",
    }
    local function try(generation, pattern)
      local api = support.handler { generation = generation }
      local path = pattern:gsub("%%s", api.create(INDIVIDUAL).id)
      for _, name in ipairs(names) do
        for _, value in ipairs(values) do
          local body = support.sample("v2-create-request-individual-tax-id")
          body[name] = value
          api.call("POST", path, body)
          api.call("PATCH", path, body)
        end
      end
      assert.equal(200, (api.call("POST", "/_sandbox/reset")))
      assert.equal(201, (api.call("POST", "/v2/customer", support.sample(INDIVIDUAL))))
    end
    for _, generation in ipairs { "v2", "v2-2025", "v1" } do
      for _, path in ipairs(paths) do try(generation, path) end
    end
  end)
end)
