local cjson = require "cjson"
local errors = require "spherepay.errors"
local refusal = require "spherepay.gate.refusal"

describe("spherepay.gate.refusal", function()
  it("crosses from one request to another in one line", function()
    for _, given in ipairs {
      refusal.unauthorized(),
      refusal.unavailable(errors.new { kind = "rate_limited", retry_after = 2.5 }),
      refusal.forbidden { allowed = false, reason = "verification", outstanding = {
        { profile = "kyc_profile_a", criterion = "terms_of_service", state = "required" } } },
    } do
      local line = refusal.encode(given)
      assert.is_nil(line:find "[\r\n]")
      assert.same(given, refusal.decode(line))
    end
  end)

  it("has the status of its kind", function()
    local unauthorized, unavailable = refusal.unauthorized(),
      refusal.unavailable(errors.new { kind = "server" })
    local forbidden = refusal.forbidden { allowed = false, reason = "nobody", outstanding = {} }
    for status, given in pairs { [401] = unauthorized, [503] = unavailable, [403] = forbidden } do
      assert.same({ status, status }, { given.status, cjson.decode(given.body).status })
    end
    assert.equal("Bearer", refusal.CHALLENGE) -- the scheme of RFC 6750
    local line = refusal.encode(unavailable)
    assert.equal("503 1 ", line:sub(1, 6))
    assert.equal(1, refusal.decode(line).retry_after)
    assert.is_nil(refusal.decode(refusal.encode(unauthorized)).retry_after)
  end)

  it("waits a whole number of seconds, at least one", function()
    assert.equal(3, refusal.unavailable(errors.new { kind = "server", retry_after = 2.1 })
      .retry_after)
    assert.equal(1, refusal.unavailable(errors.new { kind = "server" }).retry_after)
  end)

  it("is a plain 403 when there is no such line", function()
    for _, line in ipairs { "", "403", "200 0 {}x", "5 5 5", '999 0 "x"', 7 } do
      local found = refusal.decode(line)
      assert.equal(403, found.status)
      assert.equal(403, cjson.decode(found.body).status)
    end
    assert.equal(403, refusal.decode(nil).status)
  end)
end)
