-- spherepay onboard: the real command in a terminal, against the real sandbox.

local cli = require "spec.support.cli"
local sandbox = require "spec.support.sandbox"
local shell = require "spherepay.sandbox.shell"

describe("spherepay onboard #command", function()
  local host, env, path

  setup(function()
    host = assert(sandbox.start { tls = false })
    path = shell.read "mktemp"
    shell.write_file(path, "%PDF-1.7\n")
  end)
  teardown(function()
    host.stop()
    shell.run("rm -f " .. path)
  end)
  before_each(function()
    host.reset()
    env = { SPHEREPAY_BASE_URL = host.url, SPHEREPAY_TOKEN = "key", NO_COLOR = "1" }
  end)

  local NEW = {
    { "type (individual, business)", "\n" },
    { "email: ", "jane.smith@example.com\n" }, { "phone (", "+14155550123\n" },
    { "address.line1: ", "233 South Wacker Drive\n" }, { "address.line2: ", "\n" },
    { "address.city: ", "Chicago\n" }, { "address.state: ", "IL\n" },
    { "address.postalCode: ", "60606\n" }, { "address.country (", "USA\n" },
  }

  local function with(list, more)
    local all = {}
    for _, each in ipairs(list) do all[#all + 1] = each end
    for _, each in ipairs(more) do all[#all + 1] = each end
    return all
  end

  -- As the customer does with the newest link on the screen.
  local OPEN = "curl -s $(grep -o 'http://127[^ ]*/open/sbx_[a-f0-9]*' $seen | tail -n 1)"
    .. " >/dev/null"

  local function answers()
    return with(NEW, {
      { "address.line1: ", "233 South Wacker Drive\n" }, { "address.line2: ", "\n" },
      { "address.city: ", "Chicago\n" }, { "address.state: ", "IL\n" },
      { "address.postalCode: ", "60606\n" }, { "address.country (", "USA\n" },
      { "taxIdentificationNumber: ", "123456789\n" }, { "NumberType (", "ssn\n" },
      { "NumberCountry (", "USA\n" },
      { "Enter when that is done", "\n", OPEN },
      { "the code that came by email", "999999\n" },
      { "the code that came by email", "123456\n" },
      { "the code that came by phone", "123456\n" },
      { "Enter when that is done", "\n", OPEN },
      { "type (passport", "\n" }, { "country (three letters", "USA\n" },
      { "path of the file", path .. "\n" },
    })
  end

  it("asks for what is outstanding, does it, and stops where it is SpherePay's turn", function()
    local status, shown = cli.in_terminal("onboard --currency USD", { env = env, talk = answers() })
    assert.equal(3, status, shown)
    assert.is_truthy(shown:find("sphere is next: SpherePay is checking it.", 1, true), shown)
    assert.equal(1, select(2, shown:gsub("An empty answer leaves a field out", "")), shown)
    assert.is_truthy(shown:find("Once more:", 1, true), shown)
    assert.is_nil(shown:find("999999", 1, true), shown)
    assert.is_nil(shown:find("123456", 1, true), shown) -- neither the codes nor the tax number
    local id = shown:match "customer_%x+"
    host.review(id, { status = "approved" })
    status, shown = cli.in_terminal("onboard " .. id .. " --currency USD", { env = env })
    assert.equal(0, status, shown)
  end)

  it("says what is wrong with the data, and asks again", function()
    local status, shown = cli.in_terminal("onboard", { env = env, talk = {
      { "type (individual, business)", "\n" },
      { "email: ", "jane\n" }, { "phone (", "+14155550123\n" }, { "address.line1: ", "\n" },
      { "address.line2: ", "\n" }, { "address.city: ", "\n" }, { "address.state: ", "\n" },
      { "address.postalCode: ", "\n" }, { "address.country (", "USA\n" },
      { "must be an e-mail address", "" },
    } })
    assert.equal(1, status, shown)
    assert.equal(0, #host.requests())
    local _, times = shown:gsub("email: ", "")
    assert.equal(2, times, shown)
  end)

  it("ends where nothing is entered, and sends nothing", function()
    local nothing = {}
    for i, each in ipairs(NEW) do nothing[i] = { each[1], "\n" } end
    local status, shown = cli.in_terminal("onboard", { env = env, talk = nothing })
    assert.equal(1, status, shown)
    assert.is_truthy(shown:find("nothing was sent", 1, true), shown)
    assert.is_nil(shown:find("is required", 1, true), shown)
    assert.equal(0, #host.requests())
  end)

  it("guides a business to its link, and registers its people", function()
    local status, shown = cli.in_terminal("onboard", { env = env, talk = {
      { "type (individual, business)", "business\n" },
      { "email: ", "contact@acmecorp.example.com\n" }, { "phone (", "+14155551234\n" },
      { "businessInformation.legalName: ", "Acme Corporation Inc.\n" },
      { "addresses.0.line1: ", "1 Main Street\n" }, { "addresses.0.city: ", "Chicago\n" },
      { "addresses.0.state: ", "IL\n" }, { "addresses.0.postalCode: ", "60606\n" },
      { "addresses.0.country (", "USA\n" }, { "the operating address is", "\n" },
      { "email: ", "jane.smith@example.com\n" }, { "phone (", "+14155550123\n" },
      { "firstName: ", "Jane\n" }, { "lastName: ", "Smith\n" },
      { "dateOfBirth (YYYY-MM-DD)", "1990-01-15\n" },
      { " address.line1: ", "233 South Wacker Drive\n" }, { " address.line2: ", "\n" },
      { " address.city: ", "Chicago\n" }, { " address.state: ", "\n" },
      { " address.postalCode: ", "\n" }, { " address.country (", "USA\n" },
      { "ownershipPercentage: ", "25\n" }, { "representationDetails.title: ", "\n" },
      { "Enter when that is done", "s\n" }, { "Enter when that is done", "\n", OPEN },
      { "path of the file", "\n" }, { "path of the file", "\n" }, { "path of the file", "\n" },
    } })
    assert.equal(3, status, shown)
    local _, people = host.call("GET", "/v2/business-representative?customerId="
      .. shown:match "customer_%x+")
    assert.equal("25", people.data[1].representationDetails.ownershipPercentage)
    assert.is_truthy(shown:find("[x] terms_of_service", 1, true), shown)
  end)

  it("needs somebody to ask", function()
    local status, _, err = cli.run("onboard", { env = env })
    assert.equal(2, status)
    assert.is_truthy(err:find("run it in a terminal", 1, true), err)
  end)
end)
