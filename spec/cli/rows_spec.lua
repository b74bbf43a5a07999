-- spherepay.cli.rows: a customer in a line, as much of it as fits.

local rows = require "spherepay.cli.rows"

local JANE = {
  id = "customer_1", type = "individual", email = "a@b.example",
  verificationProfiles = { { name = "kyc_profile_a", status = "pending" } },
}
local ALL = "customer_1  individual  pending  a@b.example"

local function line(customer, width)
  return rows.line(customer, { width = function() return width end })
end

describe("The line of a customer", function()
  it("ends with the last part that fits as a whole", function()
    assert.equal(ALL .. "\n", line(JANE, #ALL))
    assert.equal("customer_1  individual  pending\n", line(JANE, #ALL - 1))
    assert.equal("customer_1  individual  pending\n", line(JANE, 31))
    assert.equal("customer_1  individual\n", line(JANE, 30))
    assert.equal("customer_1  individual\n", line(JANE, 22))
    assert.equal("customer_1\n", line(JANE, 21))
    assert.equal("customer_1\n", line(JANE, 5))
  end)

  it("says what is not known, and steers no terminal", function()
    assert.matches("^nil  %?  %S+  \n$", line({}, 80))
    assert.matches("^c  a b  ", line({ id = "c", type = "a\27b" }, 80))
  end)
end)
