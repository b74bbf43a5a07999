-- spherepay sandbox approve, reject, set and fail: the real command against the real sandbox.

local cjson = require "cjson"
local cli = require "spec.support.cli"
local sandbox = require "spec.support.sandbox"

local JANE = "type=individual email=jane.smith@example.com phone=+14155550123"
  .. " address.line1='233 South Wacker Drive' address.city=Chicago address.country=USA"

describe("spherepay sandbox #command, whose sandbox runs elsewhere,", function()
  local host, env, id

  setup(function() host = assert(sandbox.start { tls = false }) end)
  teardown(function() host.stop() end)
  before_each(function()
    host.reset()
    env = { SPHEREPAY_BASE_URL = host.url, SPHEREPAY_TOKEN = "secret_key_of_the_spec" }
    local _, out = cli.run("customer create " .. JANE, { env = env })
    id = cjson.decode(out).id
  end)

  local function run(words)
    return cli.run(words, { env = env })
  end

  local function profiles()
    local status, out, err = run("customer get " .. id)
    assert.equal(0, status, err)
    return cjson.decode(out).verificationProfiles
  end

  -- The state of one criterion in the first profile. One with an error is required as well.
  local function state_of(criterion)
    local criteria = profiles()[1].criteria
    for _, state in ipairs { "errors", "complete", "pending", "required" } do
      for _, item in ipairs(criteria[state]) do
        if (item.name or item) == criterion then return state, item.detail end
      end
    end
    return nil
  end

  it("approves, and shows what is so then", function()
    local status, out, err = run("sandbox approve " .. id)
    assert.equal(0, status, err)
    assert.is_truthy(out:find(id, 1, true))
    for _, profile in ipairs(profiles()) do assert.equal("approved", profile.status) end
  end)

  it("approves one profile, and none that there is not", function()
    local first = profiles()[1].name
    assert.equal(2, (run(("sandbox approve %s --profile kyc_profile_none"):format(id))))
    assert.are_not.equal("approved", profiles()[1].status)
    assert.equal(0, (run(("sandbox approve %s --profile %s"):format(id, first))))
    assert.equal("approved", profiles()[1].status)
  end)

  it("rejects with reasons, or asks again", function()
    local status, _, err = run(("sandbox reject %s identity_document=blurred"):format(id))
    assert.equal(0, status, err)
    assert.equal("rejected", profiles()[1].status)
    assert.same({ "errors", "blurred" }, { state_of "identity_document" })
    assert.equal(0, (run(("sandbox reject %s --again identity_document"):format(id))))
    assert.equal("resubmission_required", profiles()[1].status)
    status, _, err = run(("sandbox reject %s =blurred"):format(id))
    assert.equal(2, status)
    assert.is_truthy(err:find("=blurred is no error: write criterion=text", 1, true), err)
  end)

  it("sets one criterion", function()
    for _, state in ipairs { "complete", "pending", "required" } do
      local status, _, err = run(("sandbox set %s proof_of_address %s"):format(id, state))
      assert.equal(0, status, err)
      assert.equal(state, (state_of "proof_of_address"))
    end
    assert.equal(0, (run(("sandbox set %s proof_of_address error --detail old"):format(id))))
    assert.same({ "errors", "old" }, { state_of "proof_of_address" })
    assert.equal(0, (run(("sandbox set %s proof_of_address absent"):format(id))))
    assert.is_nil(state_of "proof_of_address")
  end)

  it("has as many answers fail as it is told", function()
    assert.equal(0, (run("sandbox fail --status 400 --times 2")))
    local tries = {}
    for i = 1, 3 do tries[i] = run("customer get " .. id) end
    assert.same({ 1, 1, 0 }, tries)
  end)

  it("takes each status that is a failure, and no other", function()
    for _, status in ipairs { 400, 599 } do
      assert.equal(0, (run("sandbox fail --times 1 --status " .. status)), status)
      run("customer get " .. id)
    end
    for _, wrong in ipairs { "399", "600", "500.5", "many" } do
      local status, _, err = run("sandbox fail --status " .. wrong)
      assert.equal(2, status)
      assert.is_truthy(err:find("--status takes a status from 400 to 599", 1, true), err)
    end
  end)

  it("says what is wrong, and sends no orders to a host that is no sandbox", function()
    local status, _, err = run "sandbox approve customer_0000"
    assert.equal(2, status)
    assert.is_truthy(err:find("the sandbox says: ", 1, true), err)
    status, _, err = run "sandbox fail"
    assert.equal(2, status)
    assert.is_truthy(err:find("say how: --status, --slow, --cut or --drop", 1, true), err)
    env.SPHEREPAY_BASE_URL = "https://api.example.invalid"
    status, _, err = run("sandbox approve " .. id)
    assert.equal(2, status)
    assert.is_truthy(err:find("no sandbox is meant", 1, true), err)
  end)
end)
