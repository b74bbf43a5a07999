-- spherepay representative, document, link and code, the real command against the real sandbox.

local cjson = require "cjson"
local cli = require "spec.support.cli"
local sandbox = require "spec.support.sandbox"
local shell = require "spherepay.sandbox.shell"

describe("spherepay #command", function()
  local host, env, person, business

  setup(function() host = assert(sandbox.start { tls = false }) end)
  teardown(function() host.stop() end)

  local function run(words, input)
    local status, out, err = cli.run(words, { env = env, input = input })
    local ok, value = pcall(cjson.decode, out)
    return status, ok and value or out, err
  end

  before_each(function()
    host.reset()
    env = { SPHEREPAY_BASE_URL = host.url, SPHEREPAY_TOKEN = "key" }
    local _, customer = host.call("POST", "/v2/customer",
      sandbox.sample "v2-create-request-individual-minimal")
    person = customer.id
    local _, company = host.call("POST", "/v2/customer", {
      type = "business", email = "contact@acmecorp.example.com", phone = "+14155551234",
      addresses = { { type = "registered" }, { type = "operating" } },
      businessInformation = { legalName = "Acme Corporation Inc." },
    })
    business = company.id
  end)

  it("registers the people of a business, changes and lists them", function()
    local status, made, err = run("representative create type=individual customerId=" .. business
      .. " email=jane.smith@example.com phone=+14155550123 firstName=Jane lastName=Smith"
      .. " address.line1='233 South Wacker Drive' address.city=Chicago address.country=USA")
    assert.equal(0, status, err)
    local id = made.id
    assert.is_truthy(id:find "^associatedPerson_")
    status, made = run("representative update " .. id
      .. " representationDetails.ownershipPercentage=25 representationDetails.isSigner=true")
    assert.same({ 0, "25", true }, {
      status, made.representationDetails.ownershipPercentage, made.representationDetails.isSigner,
    })
    assert.equal(id, select(2, run("representative get " .. id)).id)
    assert.equal(id, select(2, run("representative list customerId=" .. business)).id)
    assert.equal(2, (run("representative update " .. id)))
    local face, url = run("link face " .. id)
    assert.equal(0, face)
    assert.is_truthy(url:find "^http")
  end)

  it("prints links alone, so that a script can hand them on", function()
    for _, name in ipairs { "tos", "face" } do
      local status, url, err = run("link " .. name .. " " .. person)
      assert.equal(0, status, err)
      assert.is_truthy(url:find "^http://[^\n]+\n$", url)
      assert.is_truthy(err:find "^valid until ")
    end
    assert.equal(0, (run("link kyc " .. business)))
  end)

  it("uploads a document, with a bar in a terminal", function()
    local path = shell.read "mktemp"
    shell.write_file(path, "%PDF-1.7\n" .. ("x"):rep(2000000))
    local words = "document upload " .. person .. " " .. path .. " --country USA --type "
    local status, made, err = run(words .. "passport")
    assert.equal(0, status, err)
    assert.same({ person, "passport" }, { made.targetId, made.documentType })
    local shown
    status, shown = cli.in_terminal(words .. "passport", { env = env })
    assert.equal(0, status, shown)
    assert.is_truthy(shown:find("[####", 1, true), shown)
    assert.equal(2, (run("document upload " .. person .. " " .. path)))
    shell.write_file(path, "a text")
    local _
    status, _, err = run(words .. "passport")
    assert.equal(1, status)
    assert.is_truthy(err:find("must be PDF, JPEG, PNG, HEIC or TIFF", 1, true), err)
    shell.run("rm " .. path)
  end)

  it("sends a code, and takes it from standard input", function()
    assert.equal(0, (run("code send " .. person .. " email")))
    assert.equal(0, (run("code verify " .. person .. " email", "123456\n")))
    assert.equal(2, (run("code verify " .. person .. " phone", "")))
    local status, _, err = run("code verify " .. person .. " phone", "999999\n")
    assert.equal(1, status)
    assert.is_nil(err:find("999999", 1, true), err)
  end)

  it("leaves the terminal as it was when the question for a code is interrupted", function()
    local words = "code verify " .. person .. " email; status=$?; stty -a; exit $status"
    local status, shown = cli.in_terminal(words, { env = env, wait_for = "code: ", keys = "\3" })
    assert.equal(130, status, shown)
    assert.is_truthy(shown:find " echo ", shown)
  end)

  it("never shows a code that is typed", function()
    run("code send " .. person .. " email")
    local status, shown = cli.in_terminal("code verify " .. person .. " email",
      { env = env, keys = "123456\n", wait_for = "code: " })
    assert.equal(0, status, shown)
    assert.is_nil(shown:find("123456", 1, true), shown)
  end)
end)
