local diff = require("spherepay.verification").diff
local samples = require("spec.support.samples")

local function v2(profile, fields)
  local customer = fields or {}
  customer.verificationProfiles = { profile }
  return customer
end

describe("verification.diff", function()
  it("finds no change between two looks at the same", function()
    local changes = diff(samples.customer("v2-get-individual-incomplete"),
      samples.customer("v2-get-individual-incomplete"))
    assert.equal(0, #changes)
    assert.is_false(changes.changed)
    assert.equal("no change", tostring(changes))
  end)

  it("ignores timestamps and the order of arrays", function()
    assert.equal(0, #diff(
      v2({ name = "x", status = "pending", complete = { "a", "b" } }, { updatedAt = "1" }),
      v2({ name = "x", status = "pending", complete = { "b", "a" } }, { updatedAt = "2" })))
  end)

  it("ignores every name that a timestamp has in v1 and in v2", function()
    local before, after = { firstName = "Jane" }, { firstName = "Jane" }
    for _, name in ipairs { "createdAt", "updatedAt", "created", "updated" } do
      before[name], after[name] = "2025-01-01T00:00:00.000Z", "2025-01-02T00:00:00.000Z"
    end
    assert.equal("no change", tostring(diff(before, after)))
  end)

  it("tells statuses, criteria that moved, errors and tosStatus", function()
    local changes = diff(
      v2({ name = "x", status = "incomplete", required = { "a", "b" },
        errors = { { name = "c", detail = "1" }, { name = "e", detail = "1" } } },
          { tosStatus = "pending" }),
      v2({ name = "x", status = "pending", pending = { "a" }, complete = { "b" },
        errors = { { name = "d" }, { name = "e", detail = "2" } } }, { tosStatus = "approved" }))
    assert.is_true(changes.changed)
    assert.equal(table.concat({
      "x: incomplete -> pending",
      "x: a: required -> pending",
      "x: b: required -> complete",
      "x: c: error cleared",
      "x: d: error appeared",
      "x: e: error changed",
      "tosStatus: pending -> approved",
    }, "\n"), tostring(changes))
    assert.same({ kind = "criterion", profile = "x", criterion = "a", from = "required",
      to = "pending" }, changes[2])
  end)

  it("tells profiles that appeared or vanished", function()
    local changes = diff(v2({ name = "x", status = "pending" }),
      v2({ name = "y", status = "approved" }))
    assert.equal("y appeared, approved\nx is gone, was pending", tostring(changes))
  end)

  it("names fields that changed and carries none of their values", function()
    local changes = diff({ email = "jane.smith@example.com", phone = "+14155550123" },
      { email = "john.doe@example.com", firstName = "John" })
    assert.equal("field email changed\nfield firstName appeared\nfield phone is gone",
      tostring(changes))
    for _, change in ipairs(changes) do
      for key, value in pairs(change) do
        local allowed = key == "kind" or key == "field" or value == "present"
        assert.is_true(allowed, key)
      end
    end
  end)

  it("carries no text of an error, because it can quote personal data", function()
    local changes = diff(v2({ name = "x", status = "pending" }),
      v2({ name = "x", status = "pending",
      errors = { { name = "a", detail = "Jane Smith is not on it" } } }))
    assert.same({ { kind = "error_appeared", profile = "x", criterion = "a" } }, { changes[1] })
  end)

  it("tells v1 statuses in v1's words", function()
    local changes = diff(samples.customer("v1-create-response"),
      samples.customer("v1-update-response"))
    assert.equal(table.concat({
      "kyc: incomplete -> pending",
      "kyc: ssn: required -> absent",
      "ach_pull appeared, incomplete",
      "field website appeared",
    }, "\n"), tostring(changes))
    assert.equal("kyc: pending -> additionalReviewRequired",
      tostring(diff({ kyc = "pending" }, { kyc = "additionalReviewRequired" })))
  end)

  it("keeps profiles of the same name apart", function()
    local function two(second)
      return { verificationProfiles = { { name = "x", status = "approved" },
        { name = "x", status = second } } }
    end
    assert.equal("x#2: pending -> approved", tostring(diff(two("pending"), two("approved"))))
  end)

  it("takes what is no customer for an empty one", function()
    assert.equal(0, #diff(nil, 3))
    assert.equal("x appeared, pending", tostring(diff(nil, v2({ name = "x", status = "pending" }))))
  end)
end)
