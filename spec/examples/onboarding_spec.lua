-- The examples that onboard and import, each in a process of its own against the sandbox.

local interpreter = require "spec.support.interpreter"
local sandbox = require "spec.support.sandbox"
local shell = require "spherepay.sandbox.shell"

local function write(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

describe("the example", function()
  local host, prefix, scan

  setup(function()
    host = sandbox.start { tls = false }
    prefix = ("SPHEREPAY_BASE_URL=%s SPHEREPAY_TOKEN=sandbox_key %s examples/"):format(
      shell.quote(host.url), interpreter())
    scan = write "%PDF-1.7 a scan"
  end)
  teardown(function()
    host.stop()
    os.remove(scan)
  end)
  before_each(function() host.reset() end)

  local function list()
    local _, page = host.call("GET", "/v2/customer")
    return page.customers
  end

  it("onboard_individual takes an individual from nothing to approved", function()
    local text = shell.read(prefix .. "onboard_individual.lua " .. scan .. " 2>&1")
    assert.matches("individual, kyc_profile_a approved", text)
    assert.equal("approved", list()[1].verificationProfiles[1].status)
    assert.same({}, list()[1].verificationProfiles[1].criteria.required)
  end)

  it("onboard_business takes a business and its owner from nothing to approved", function()
    local text = shell.read(prefix .. "onboard_business.lua " .. scan .. " 2>&1")
    assert.matches("business, kyb_profile_a approved", text)
    local _, owners = host.call("GET", "/v2/business-representative")
    assert.equal("approved", owners.data[1].verificationProfiles[1].status)
    for _, one in ipairs { list()[1], owners.data[1] } do
      assert.same({}, one.verificationProfiles[1].criteria.required)
    end
  end)

  it("onboard_individual and onboard_business have under forty lines", function()
    for _, name in ipairs { "individual", "business" } do
      local count = 0
      for _ in io.lines("examples/onboard_" .. name .. ".lua") do count = count + 1 end
      assert.is_true(count < 40, name .. ": " .. count)
    end
  end)

  it("import creates each row once, however often it runs", function()
    local csv = write("type,email,phone,address.line1,address.city,address.country\n"
      .. 'individual,jane.smith@example.com,+14155550123,"1 Main Street, ""B""",Dover,USA\n'
      .. "individual,nobody,+14155550123,,Dover,USA\r\n"
      .. "individual,john.doe@example.com,+14155550123,2 Main Street,Dover,USA\n")
    local journal = csv .. ".journal"
    for _ = 1, 2 do
      local text = shell.read(prefix .. "import.lua " .. csv .. " " .. journal .. " 2>/dev/null")
      assert.matches("1\tcustomer_", text)
      assert.matches("2\tspherepay: invalid.-/email", text)
      assert.matches("3\tcustomer_", text)
      assert.equal(2, #list())
    end
    os.remove(csv)
    os.remove(journal)
  end)

  it("writes to production with --yes alone", function()
    for _, call in ipairs { "onboard.lua x y", "onboard_individual.lua x y",
      "onboard_business.lua x y", "import.lua x y", "gatekeeping.lua" } do
      local text = shell.read("env -u SPHEREPAY_BASE_URL SPHEREPAY_TOKEN=k " .. interpreter()
        .. " examples/" .. call .. " 2>&1; echo $?")
      assert.matches("would write to production.*2\n?$", text)
    end
  end)
end)
