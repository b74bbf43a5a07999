-- What a call takes from the data of its endpoint alone: that data and a method are an endpoint.

local endpoints = require "spherepay.api.endpoints"
local fault = require "spec.support.fault"
local runner = require "spherepay.resources.runner"
local spherepay = require "spherepay"

-- Of no vendor.
local ENDPOINT = { method = "GET", path = "/v1/teapot/{id}", effect = "read", answers = "tea_pot" }

describe("An endpoint that only the data knows", function()
  local server

  setup(function()
    server = fault.start()
    endpoints.v1["teapot.get"] = ENDPOINT
  end)

  teardown(function()
    endpoints.v1["teapot.get"] = nil
    server:stop()
  end)

  before_each(function() server:clear() end)

  local function get(id, version, opts)
    local client = spherepay.new { token = "key", base_url = server:url(), api_version = version,
      max_retries = 0 }
    return runner.run(client, "teapot.get", id, nil, opts)
  end

  it("is called, and what comes back is its answer", function()
    server:script { { "answer", body = '{"ok":true,"data":{"id":"pot-1","leaves":["green"]}}' } }
    assert.same({ id = "pot-1", leaves = { "green" } }, get("pot-1", "v1"))
    assert.equal("/v1/teapot/pot-1", server:log()[1].path)
  end)

  it("is refused where its version is not that of the client, which names the other", function()
    local value, err = get("pot-1", "v2")
    assert.is_nil(value)
    assert.same({ "invalid", "no", "/v1/teapot/{id}" }, { err.kind, err.sent, err.path })
    assert.matches("v2 does not document this call; v1 has it: api_version = \"v1\"", err.message,
      1, true)
    assert.equal(0, #server:log())
  end)

  it("takes any id that is safe in a URL, and no other", function()
    for _, id in ipairs { "a/b", "a b", "", ".." } do
      for _, validate in ipairs { true, "strict" } do
        local value, err = get(id, "v1", { validate = validate })
        assert.is_nil(value)
        assert.same({ "invalid", "/id" }, { err.kind, err.errors[1].pointer })
      end
    end
    assert.equal(0, #server:log())
  end)

  it("is misanswered by what is no object", function()
    server:script { { "answer", body = "\"short and stout\"" } }
    local value, err = get("pot-1", "v1")
    assert.is_nil(value)
    assert.equal("protocol", err.kind)
    assert.matches("no object", err.message, 1, true)
  end)
end)
