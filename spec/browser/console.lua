-- The console of the sandbox in a real browser: make test-browser.

local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"
local webdriver = require "spec.support.webdriver"

local TAB, ENTER, SPACE = "\238\128\132", "\238\128\135", " "

describe("The console in a browser", function()
  local host, browser, client

  setup(function()
    host = assert(sandbox.start { tls = false, console = true })
    browser = webdriver.start()
  end)
  teardown(function()
    if browser then browser:close() end
    host.stop()
  end)

  before_each(function()
    host.reset()
    client = spherepay.new { token = "key", base_url = host.url, max_retries = 0 }
    browser:resize(1000, 900)
    browser:open(host.console_url)
  end)
  after_each(function()
    client:close()
    assert.same({}, browser:complaints())
  end)

  local function create()
    return spherepay.check(client.customer.create {
      type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
      address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
    })
  end

  local function of(customer, what) return customer.id .. "/kyc_profile_a/" .. what end

  local function status(customer)
    return spherepay.check(client.customer.get(customer.id)).verificationProfiles[1].status
  end

  it("shows a customer as soon as there is one, and the requests", function()
    browser:await_text "Nobody yet"
    local customer = create()
    browser:await_text(customer.id)
    browser:await_text "kyc_profile_a: incomplete"
    browser:await_text "/v2/customer"
  end)

  it("ends a wait_until by a click on Approve", function()
    local customer = create()
    browser:await_text(customer.id)
    local clicked = false
    local function approved(seen)
      if not clicked then browser:click(of(customer, "approved")) end
      clicked = true
      return seen.verificationProfiles[1].status == "approved"
    end
    local ready = spherepay.check(client.customer.wait_until(customer.id, approved,
      { interval = 0.05, deadline = 30 }))
    assert.equal(customer.id, ready.id)
    browser:await_text "kyc_profile_a: approved"
  end)

  it("rejects, and asks again", function()
    local customer = create()
    browser:click(of(customer, "rejected"))
    browser:await_text "kyc_profile_a: rejected"
    assert.equal("rejected", status(customer))
    browser:click(of(customer, "resubmission_required"))
    browser:await_text "kyc_profile_a: resubmission_required"
    assert.equal("resubmission_required", status(customer))
  end)

  it("sets a criterion", function()
    local customer = create()
    browser:await_text(customer.id)
    for what, value in pairs { criterion = "identity_document", state = "error" } do
      browser:run([[
        const select = document.getElementById(arguments[0]);
        select.value = arguments[1];
        select.dispatchEvent(new Event("change"));]], of(customer, what), value)
    end
    browser:click(of(customer, "set"))
    browser:await_text "identity_document: error"
    local seen = spherepay.check(client.customer.get(customer.id))
    assert.equal("identity_document", seen.verificationProfiles[1].criteria.errors[1].name)
  end)

  for name, kind in pairs { ["429"] = "rate_limited", ["500"] = "server", ["503"] = "server",
    cut = "network" } do
    it("switches the fault " .. name .. " on and off", function()
      local customer = create()
      browser:click("fault-" .. name)
      browser:await_text "Every answer:"
      assert.equal(kind, select(2, client.customer.get(customer.id)).kind)
      browser:click("fault-" .. name)
      browser:await_text "Faults are off."
      assert.equal("incomplete", status(customer))
    end)
  end

  it("switches slowness on and off", function()
    local customer = create()
    browser:click "fault-slow"
    browser:await_text "Every answer: 2 s slow"
    local _, err = client.customer.get(customer.id, { timeout = 0.3 })
    assert.equal("timeout", err.kind)
    browser:click "fault-slow"
    browser:await_text "Faults are off."
  end)

  it("forgets everything", function()
    local customer = create()
    browser:await_text(customer.id)
    browser:click "reset"
    browser:await_text "Nobody yet"
    assert.equal("not_found", select(2, client.customer.get(customer.id)).kind)
  end)

  -- Tabs until an element has the keyboard.
  local function tab_to(id)
    for _ = 1, 60 do
      browser:press(TAB)
      if browser:run "return document.activeElement.id" == id then return end
    end
    error("Tab never comes to " .. id)
  end

  it("can be used with the keyboard alone, and leaves it where it is", function()
    local customer = create()
    browser:await_text(customer.id)
    browser:run "document.activeElement.blur()"
    tab_to "fault-503"
    browser:press(SPACE)
    browser:await_text "Every answer: 503"
    assert.equal("fault-503", browser:run "return document.activeElement.id")
    browser:press(SPACE)
    browser:await_text "Faults are off."
    tab_to(of(customer, "approved"))
    browser:press(ENTER)
    browser:await_text "kyc_profile_a: approved"
    assert.equal(of(customer, "approved"), browser:run "return document.activeElement.id")
    assert.equal("approved", status(customer))
  end)

  it("fits in 400 pixels", function()
    local customer = create()
    browser:resize(400, 800)
    browser:await_text(customer.id)
    assert.equal(400, browser:run "return document.documentElement.scrollWidth")
    local outside = browser:run [[
      return [...document.querySelectorAll("button, select, h3, td")]
        .filter(e => e.offsetParent && (e.getBoundingClientRect().right > 400.5
          || e.getBoundingClientRect().left < -0.5)).length]]
    assert.equal(0, outside)
  end)

  it("names every control for who cannot see it", function()
    local customer = create()
    browser:await_text(customer.id)
    assert.equal(0, browser:run [[
      return [...document.querySelectorAll("button, select")]
        .filter(e => !(e.getAttribute("aria-label") || e.textContent.trim())).length]])
  end)

  it("runs nothing that a customer's data says", function()
    spherepay.check(client.customer.create({
      type = "individual", phone = "+14155550123",
      email = "<img/src=x/onerror=document.title='taken'>@example.com",
      address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
    }, { validate = false }))
    browser:await_text "onerror="
    assert.equal("SpherePay sandbox", browser:run "return document.title")
  end)
end)
