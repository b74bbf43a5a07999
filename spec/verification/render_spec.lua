local render = require("spherepay.verification").render
local samples = require("spec.support.samples")

local function lines(text)
  local result = {}
  for line in text:gmatch("([^\n]*)\n") do result[#result + 1] = line end
  return result
end

-- Columns, not bytes.
local function columns(line)
  return #line:gsub("\27%[%d+m", ""):gsub("[\128-\191]", "")
end

describe("verification.render", function()
  it("shows a bar, a mark for each criterion and what comes next", function()
    assert.equal(table.concat({
      "customer_f31121c389624d3697cbf3ea8830b7a4 (individual)",
      "",
      "kyc_profile_a: incomplete (USD, EUR)",
      "  [####################..........] 4 of 6",
      "  [ ] identity_document",
      "  [ ] liveness_report_document",
      "  [x] email_address",
      "  [x] phone_number",
      "  [x] residential_address",
      "  [x] tax_identification_number",
      "",
      "Next",
      "  1. identity_document: upload passport or id_card or drivers or",
      "     residence_permit (customer)",
      "  2. liveness_report_document: upload liveness_report (platform)",
      "",
    }, "\n"), render(samples.customer("v2-get-individual-incomplete"), { env = {} }))
  end)

  it("shows errors with their text, once", function()
    local text = render(samples.customer("v2-get-legacy-inline-criteria"))
    assert.matches("  [!] identification_document: ID DOCS IS BLURRY", text, 1, true)
    local overlap = render(samples.customer("v2-representative-get-2026-01-overlap"))
    assert.is_nil(overlap:find("[x] email_address", 1, true))
  end)

  it("shows neither name nor contact of the customer", function()
    local text = render(samples.customer("v2-get-individual-tos-status"))
    for _, word in ipairs({ "Jane", "Smith", "jane.smith", "+1415", "1990" }) do
      assert.is_nil(text:find(word, 1, true), word)
    end
  end)

  it("stays within the width, for every sample and down to twenty columns", function()
    for _, name in ipairs(samples.names()) do
      for _, customer in ipairs(samples.customers_in(samples.fixture("api/" .. name .. ".json"))) do
        for _, width in ipairs({ 20, 33, 80, 132 }) do
          for _, line in ipairs(lines(render(customer, { width = width, color = true }))) do
            assert.is_true(columns(line) <= width, name .. ": " .. line)
          end
        end
      end
    end
  end)

  it("is as wide as it is told, as COLUMNS says, or eighty columns", function()
    local customer = samples.customer("v2-get-individual-2025-11")
    local function widest(opts)
      local most = 0
      for _, line in ipairs(lines(render(customer, opts))) do
        most = math.max(most, columns(line))
      end
      return most
    end
    assert.is_true(widest({ env = {} }) > 60 and widest({ env = {} }) <= 80)
    assert.is_true(widest({ env = { COLUMNS = "40" } }) <= 40)
    assert.is_true(widest({ env = { COLUMNS = "40" }, width = 80 }) > 60)
    for _, odd in ipairs({ "wide", "-1", "", "99999", "1e9" }) do
      assert.equal(widest({ env = {} }), widest({ env = { COLUMNS = odd } }), odd)
    end
    assert.is_true(widest({ width = 0 / 0 }) > 80)
  end)

  it("breaks names at their marks on a narrow screen", function()
    local text = render({ type = "individual", verificationProfiles = { { name = "kyc_profile_a",
      status = "incomplete", required = { "tax_identification_number" } } } }, { width = 40 })
    assert.equal(table.concat({
      "customer (individual)",
      "",
      "kyc_profile_a: incomplete (USD, EUR)",
      "  [.............................] 0 of 1",
      "  [ ] tax_identification_number",
      "",
      "Next",
      "  1. tax_identification_number: send",
      "     personalInformation.",
      "     taxIdentificationNumber with",
      "     address,",
      "     personalInformation.",
      "     taxIdentificationNumberType,",
      "     personalInformation.",
      "     taxIdentificationNumberCountry",
      "     (customer)",
      "",
    }, "\n"), text)
  end)

  it("shows the error of a call that failed", function()
    local err = require("spherepay.errors").new({ kind = "not_found", status = 404 })
    local text = "No customer: spherepay: not_found: not found (404)\n"
    assert.equal(text, render(nil, err))
    assert.equal(text, render(err, { width = 80 }))
    assert.has_error(function() render({}, err) end)
  end)

  it("shows one truth about a profile that is approved", function()
    local text = render(samples.customer("v1-customer-object-approved"), { width = 80 })
    assert.matches("kyc: approved\n  [##############################] 5 of 5\n"
      .. "  [x] address.line1\n", text, 1, true)
    assert.is_nil(text:find("[ ]", 1, true))
  end)

  local function profile_of(kind, criteria, status)
    local all = { complete = {}, pending = {}, required = {}, errors = {} }
    for state, list in pairs(criteria) do all[state] = list end
    return { id = "customer_1", type = kind, verificationProfiles = {
      { name = "kyc_profile_a", status = status or "incomplete", criteria = all },
    } }
  end

  it("says of each kind of step what is to be done, and by whom", function()
    for _, each in ipairs {
      { "individual", "residential_address", "send address (customer)" },
      { "individual", "date_of_birth",
        "send personalInformation.dateOfBirth with address (customer)" },
      { "individual", "tax_identification_number",
        "send personalInformation.taxIdentificationNumber with address, "
        .. "personalInformation.taxIdentificationNumberType, "
        .. "personalInformation.taxIdentificationNumberCountry (customer)" },
      { "individual", "terms_of_service", "open the tos-link (customer)" },
      { "individual", "email_verification", "confirm the code (customer)" },
      { "individual", "email_address", "ask SpherePay (platform). It is given when the customer is "
        .. "created and cannot be updated: ask SpherePay." },
      { "business", "legal_name", "open the kyc-link (customer)" },
      { "business", "business_representatives", "register the representatives (platform)" },
      { "business", "incorporation_cert_document", "upload incorporation_cert (customer)" },
    } do
      local text = render(profile_of(each[1], { required = { each[2] } }),
        { env = {}, width = 300 })
      assert.equal("Next\n  1. " .. each[2] .. ": " .. each[3] .. "\n", text:match "Next.*$")
    end
    local text = render(profile_of("individual", { pending = { "date_of_birth" } }),
      { env = {}, width = 300 })
    assert.matches("  1. date_of_birth: wait for SpherePay (sphere)", text, 1, true)
  end)

  it("has a color for each mark, for a status, and for names", function()
    local text = render(profile_of("individual", {
      complete = { "email_address" }, pending = { "phone_number" }, required = { "date_of_birth" },
      errors = { { name = "x_y" }, { detail = "no name" }, { name = "a_b", detail = "why" } },
    }, "rejected"), { env = {}, width = 80, color = true })
    assert.equal(table.concat({
      "customer_1 (individual)",
      "",
      "\27[1mkyc_profile_a\27[0m: \27[31mrejected\27[0m (USD, EUR)",
      "  [\27[32m######\27[0m........................] 1 of 5",
      "  \27[31m[!]\27[0m x_y",
      "  \27[31m[!]\27[0m error: no name",
      "  \27[31m[!]\27[0m a_b: why",
      "  [ ] date_of_birth",
      "  \27[33m[~]\27[0m phone_number",
      "  \27[32m[x]\27[0m email_address",
      "",
      "\27[1mNext\27[0m",
      "",
    }, "\n"), text:match "^.*Next\27%[0m\n")
    for status, color in pairs { approved = 32, pending = 33 } do
      text = render(profile_of("individual", { complete = { "email_address" } }, status),
        { env = {}, width = 80, color = true })
      assert.matches((": \27[%dm%s\27[0m"):format(color, status), text, 1, true)
    end
  end)

  it("names the link to open", function()
    local text = render({ type = "business", verificationProfiles = { { name = "kyb_profile_a",
      status = "incomplete", required = { "trade_name", "terms_of_service", "website" } } } },
      { width = 80 })
    assert.matches("1. trade_name, website: open the kyc-link (customer)\n"
      .. "  2. terms_of_service: open the tos-link (customer)\n", text, 1, true)
  end)

  it("says what nobody documents in a sentence", function()
    local text = render({ type = "individual", verificationProfiles = { { name = "kyc_profile_a",
      status = "incomplete", required = { "email_address" } } } }, { width = 132 })
    assert.matches("email_address: ask SpherePay (platform). It is given when", text, 1, true)
  end)

  it("fills a line to its end, and no further", function()
    local word = ("x"):rep(20)
    local function first(id)
      return lines(render({ id = id }, { width = 20 }))
    end
    assert.same({ word, "", "No verification", "profiles." }, first(word))
    local accents = ("\195\169"):rep(20)
    assert.same({ accents, "", "No verification", "profiles." }, first(accents))
    assert.same({ word, "x", "", "No verification", "profiles." }, first(word .. "x"))
    local halves = ("x"):rep(10) .. " " .. ("y"):rep(9)
    assert.same({ halves, "", "No verification", "profiles." }, first(halves))
    assert.same({ ("x"):rep(10), ("y"):rep(10), "", "No verification", "profiles." },
      first(halves .. "y"))
  end)

  it("takes twenty columns for the least", function()
    local customer = samples.customer("v2-get-individual-incomplete")
    assert.equal(render(customer, { width = 20 }), render(customer, { width = 3 }))
  end)

  it("breaks a long word between characters, never inside one", function()
    local word = ("\195\169"):rep(50)
    local text = render({ verificationProfiles = { { name = word, status = "pending" } } },
      { width = 21 })
    for _, line in ipairs(lines(text)) do
      assert.is_nil(line:find("^[\128-\191]"))
      assert.is_nil(line:find("\195$"))
    end
  end)

  it("has no color unless told so", function()
    local customer = samples.customer("v2-get-legacy-inline-criteria")
    assert.is_nil(render(customer):find("\27", 1, true))
    assert.is_nil(render(customer, { color = false }):find("\27", 1, true))
    assert.is_truthy(render(customer, { color = true }):find("\27[31m[!]\27[0m", 1, true))
  end)

  it("honours NO_COLOR when color is automatic", function()
    local customer = samples.customer("v2-get-legacy-inline-criteria")
    local function colored(env)
      return render(customer, { color = "auto", env = env }):find("\27", 1, true) ~= nil
    end
    assert.is_true(colored({}))
    assert.is_true(colored({ NO_COLOR = "" }))
    assert.is_false(colored({ NO_COLOR = "1" }))
    assert.equal((os.getenv("NO_COLOR") or "") == "", colored(nil))
  end)

  it("lets no text of the API steer the terminal", function()
    local text = render({ id = "a\27[2Jb", verificationProfiles = { { name = "x\r", status = "y\n",
      errors = { { name = "z", detail = "\27]0;title\7" } } } } })
    assert.is_nil(text:find("[\27\r\7]"))
  end)

  it("shows no mark that reorders text", function()
    local mark = "\226\128\174"
    local text = render({ id = "a" .. mark .. "b", type = mark, verificationProfiles = {
      { name = "x" .. mark, status = mark, required = { mark }, errors = { { detail = mark } } },
    } })
    assert.is_nil(text:find(mark, 1, true))
  end)

  it("says when there is nothing to show or nothing to do", function()
    assert.equal("No customer.\n", render(nil))
    assert.matches("No verification profiles.", render({}), 1, true)
    assert.matches("Nothing is outstanding.",
      render({ verificationProfiles = { { name = "x", status = "approved" } } }), 1, true)
  end)

  it("raises on options it does not have", function()
    assert.has_error(function() render({}, { with = 3 }) end)
    assert.has_error(function() render({}, { color = "always" }) end)
  end)
end)
