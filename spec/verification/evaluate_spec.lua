local samples = require("spec.support.samples")
local verification = require("spherepay.verification")

local function customer(status, criteria, name)
  return { verificationProfiles = {
    { name = name or "kyc_profile_a", status = status, criteria = criteria },
  } }
end

describe("verification.evaluate", function()
  local evaluate = verification.evaluate

  it("is ready when the profile that unlocks the currency is approved", function()
    assert.is_true(evaluate(customer("approved"), { currency = "USD" }).ready)
  end)

  for _, status in ipairs({ "incomplete", "pending", "rejected", "resubmission_required",
    "APPROVED", "something_new" }) do
    it("is not ready when that profile is " .. status, function()
      local report = evaluate(customer(status), { currency = "USD" })
      assert.is_false(report.ready)
      assert.equal(status, report.status)
    end)
  end

  it("takes no empty required array for readiness", function()
    local nothing = { complete = {}, pending = {}, required = {}, errors = {} }
    local report = evaluate(customer("incomplete", nothing), { currency = "USD" })
    assert.is_false(report.ready)
    assert.equal(0, report.ratio)
    assert.same({ {
      profile = "kyc_profile_a", state = "incomplete",
      reason = "not complete, but nothing is listed yet",
    } }, report.outstanding)
  end)

  it("takes no listed requirement for a lack of readiness", function()
    local report = evaluate(customer("approved", { required = { "x" } }), { currency = "USD" })
    assert.is_true(report.ready)
    assert.same({}, report.outstanding)
    assert.equal(1, report.ratio)
    assert.same({ total = 1, complete = 1, pending = 0, required = 0, error = 0 }, report.counts)
  end)

  it("takes no notice of tosStatus", function()
    local approved = customer("approved")
    approved.tosStatus = "incomplete"
    assert.is_true(evaluate(approved, { currency = "USD" }).ready)
  end)

  it("counts each criterion once, by its worst state, and lists errors first", function()
    local report = evaluate(customer("incomplete", {
      complete = { "a", "b", "e" }, pending = { "b", "c" }, required = { "c", "d" },
      errors = { { name = "e", detail = "too dark" }, { name = "f", message = "too old" } },
    }))
    assert.same({ total = 6, complete = 1, pending = 1, required = 2, error = 2 }, report.counts)
    assert.equal(1 / 6, report.ratio)
    assert.same({
      { profile = "kyc_profile_a", criterion = "e", state = "error", reason = "too dark" },
      { profile = "kyc_profile_a", criterion = "f", state = "error", reason = "too old" },
      { profile = "kyc_profile_a", criterion = "c", state = "required", reason = "still needed" },
      { profile = "kyc_profile_a", criterion = "d", state = "required", reason = "still needed" },
      { profile = "kyc_profile_a", criterion = "b", state = "pending", reason = "being checked" },
    }, report.outstanding)
  end)

  it("says so, and what there is, when the customer does not have the currency", function()
    local report = evaluate(customer("approved"), { currency = "brl" })
    assert.is_false(report.ready)
    assert.equal("unavailable", report.status)
    assert.equal("BRL", report.currency)
    assert.same({ profiles = { "kyc_profile_a" }, currencies = { "EUR", "USD" } }, report.available)
  end)

  it("does not guess what a business profile unlocks", function()
    local business = customer("approved", nil, "kyb_profile_a")
    assert.is_false(evaluate(business, { currency = "USD" }).ready)
    assert.is_true(evaluate(business, { profile = "kyb_profile_a" }).ready)
  end)

  it("needs every profile when asked for none, and reports the one furthest away", function()
    local two = customer("approved")
    two.verificationProfiles[2] = { name = "kyc_profile_b", status = "rejected" }
    local report = evaluate(two)
    assert.is_false(report.ready)
    assert.equal("rejected", report.status)
  end)

  it("needs every profile approved, whatever word the API has for the others", function()
    local two = customer("approved")
    two.verificationProfiles[2] = { name = "kyc_profile_a", status = "suspended" }
    local report = evaluate(two)
    assert.same({ false, "suspended" }, { report.ready, report.status })
    assert.is_false(evaluate(two, { currency = "USD" }).ready)
    assert.is_false((verification.can_transfer(two, "USD")))
  end)

  it("needs both when two profiles have the same name", function()
    local two = customer("approved")
    two.verificationProfiles[2] = { name = "kyc_profile_a", status = "pending" }
    assert.is_false(evaluate(two, { profile = "kyc_profile_a" }).ready)
  end)

  it("is not ready without a customer or without profiles", function()
    assert.equal("there is no customer", evaluate(nil).problem)
    assert.is_false(evaluate({}).ready)
  end)

  it("lists what v1 owners still lack while kyc is not approved, and not after", function()
    local v1 = { kyc = "incomplete", tos = "approved", ubos = { { requirements = { "ssn" } } } }
    local report = evaluate(v1)
    assert.same({
      { profile = "kyc", state = "incomplete", reason = "not complete, but nothing is listed yet" },
      { profile = "ubo_1", criterion = "ssn", state = "required", reason = "still needed" },
    }, report.outstanding)
    v1.kyc = "approved"
    assert.same({}, evaluate(v1).outstanding)
  end)

  it("asked for v1's kyc, lists the owners who lack something and no others", function()
    local v1 = { kyc = "incomplete", tos = "incomplete", ubos = {
      { requirements = { "ssn" } }, { requirements = {} }, { requirements = { "dob" } },
    } }
    local owners = {}
    for _, item in ipairs(evaluate(v1, { profile = "kyc" }).outstanding) do
      if item.criterion then owners[#owners + 1] = item.profile .. " " .. item.criterion end
    end
    assert.same({ "ubo_1 ssn", "ubo_3 dob" }, owners)
    for _, item in ipairs(evaluate(v1, { profile = "tos" }).outstanding) do
      assert.equal("tos", item.profile)
    end
  end)

  it("reads as one line without the API's error texts", function()
    local report = evaluate(samples.customer("v2-get-legacy-inline-criteria"), { currency = "USD" })
    assert.equal("not ready: kyc_profile_a is incomplete (0 of 9 criteria complete)",
      tostring(report))
    assert.equal("ready: kyc_profile_a is approved (0 of 0 criteria complete)",
      tostring(evaluate(customer("approved"))))
  end)

  it("raises on a profile that neither the documents nor the customer have", function()
    local ok, message = pcall(function() evaluate({}, { profile = "kyc_profle_a" }) end)
    assert.is_false(ok)
    assert.matches('option "profile": "kyc_profle_a" is not documented; did you mean '
      .. '"kyc_profile_a"?', message, 1, true)
    assert.matches("evaluate_spec.lua:", message, 1, true)
    assert.is_true(evaluate(customer("approved", nil, "x"), { profile = "x" }).ready)
    assert.equal("unavailable", evaluate({}, { profile = "x", allow_unknown = true }).status)
  end)

  it("raises on a currency that looks misspelt, and has no other that nobody documents", function()
    assert.has_error(function() evaluate({}, { currency = "UDS" }) end)
    assert.equal("unavailable", evaluate({}, { currency = "UDS", allow_unknown = true }).status)
    assert.equal("unavailable", evaluate({}, { currency = "GBP" }).status)
  end)

  it("reports the error that it is handed in place of a customer", function()
    local err = require("spherepay.errors").new({ kind = "not_found", path = "/v2/customer/x" })
    for _, report in ipairs({ evaluate(nil, err), evaluate(err), evaluate(err, { profile = "x" }) })
    do
      assert.is_false(report.ready)
      assert.equal("unavailable", report.status)
      assert.matches("there is no customer: spherepay: not_found", report.problem, 1, true)
    end
  end)

  it("raises on an unknown option and names its neighbour", function()
    assert.has_error(function() evaluate({}, { curency = "USD" }) end)
  end)
end)

describe("verification.can_transfer", function()
  local can_transfer = verification.can_transfer

  it("allows, without reasons, what is approved", function()
    local allowed, reasons = can_transfer(customer("approved"), "usd")
    assert.is_true(allowed)
    assert.same({}, reasons)
  end)

  it("gives the reasons of a refusal", function()
    local allowed, reasons = can_transfer(samples.customer("v2-get-individual-incomplete"), "USD")
    assert.is_false(allowed)
    assert.same({
      "kyc_profile_a is incomplete",
      "kyc_profile_a: identity_document: still needed",
      "kyc_profile_a: liveness_report_document: still needed",
    }, reasons)
  end)

  it("refuses a currency nobody knows, and says which there are", function()
    local allowed, reasons = can_transfer(customer("approved"), "XYZ")
    assert.is_false(allowed)
    assert.matches("currencies they unlock: EUR, USD", reasons[1], 1, true)
    allowed, reasons = can_transfer(customer("approved"), "uds")
    assert.is_false(allowed)
    assert.matches("UDS (did you mean USD?)", reasons[1], 1, true)
  end)

  it("allows v1 with kyc and tos approved, and EUR with euAccountTos too", function()
    local v1 = { kyc = "approved", tos = "approved", euAccountTos = "pending" }
    assert.is_true(can_transfer(v1, "USD"))
    assert.is_false(can_transfer(v1, "EUR"))
    v1.euAccountTos = "approved"
    assert.is_true(can_transfer(v1, "EUR"))
    v1.tos = "pending"
    assert.is_false(can_transfer(v1, "USD"))
  end)

  it("gives the error of a call that failed for its reason", function()
    local err = require("spherepay.errors").new({ kind = "timeout" })
    local allowed, reasons = can_transfer(nil, err)
    assert.is_false(allowed)
    assert.matches("spherepay: timeout", reasons[1], 1, true)
    assert.is_false((can_transfer(nil, "USD")))
  end)

  it("raises when no currency is given", function()
    assert.has_error(function() can_transfer(customer("approved")) end)
  end)
end)
