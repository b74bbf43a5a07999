local paths = require "spherepay.http.path"

describe("escape", function()
  it("leaves letters, digits and - . _ ~ alone", function()
    assert.equal("AZaz09-._~", paths.escape "AZaz09-._~")
  end)

  it("encodes every other byte, so that a step stays one step", function()
    assert.equal("a%2Fb%3Fc%23d%25%20%2B", paths.escape "a/b?c#d% +")
    assert.equal("%C3%A9", paths.escape "\195\169")
    assert.equal("%00%0D%0A", paths.escape "\0\r\n")
    for byte = 0, 127 do
      assert.is_nil(paths.problem("/" .. paths.escape("x" .. string.char(byte))))
    end
    assert.is_nil(paths.problem("/" .. paths.escape "Jos\195\169"))
  end)

  it("takes numbers and booleans", function()
    assert.equal("10", paths.escape(10))
    assert.equal("5", paths.escape(10 / 2))
    assert.equal("1700000000000123", paths.escape(1700000000000123))
    assert.equal("true", paths.escape(true))
  end)

  it("raises at the caller's line for what has no text", function()
    for got, value in pairs {
      ["nothing"] = false, ["a table"] = {}, ["a function"] = print, ["a number"] = 0 / 0,
    } do
      local ok, message = pcall(function()
        return (paths.escape(value or nil))
      end)
      assert.is_false(ok)
      assert.matches("^spec/http/path_spec.lua:%d+: spherepay.escape takes .* got " .. got, message)
    end
  end)
end)

describe("a path", function()
  it("is good from the root, with encoded steps", function()
    for _, path in ipairs {
      "/", "/v2/customer", "/v2/customer/a%20b", "/v1/a:b@c;d=e", "/v2/x.y",
    } do
      assert.is_nil(paths.problem(path), path)
    end
  end)

  it("is refused when it leaves its place or carries a query", function()
    for path, phrase in pairs {
      ["v2/customer"] = "must begin with /",
      [""] = "must begin with /",
      ["//evil.example.com/v2"] = "empty steps",
      ["/v2//customer"] = "empty steps",
      ["/v2/customer?x=1"] = "query",
      ["/v2/customer#x"] = "query",
      ["/v2/../v1"] = "as a step",
      ["/v2/./x"] = "as a step",
      ["/v2/%2e%2E/x"] = "as a step",
      ["/v2/.%2e"] = "as a step",
      ["/v2/customer/"] = "empty steps",
      ["/v2/customer/" .. paths.escape ""] = "empty steps",
      ["/v2/customer/" .. paths.escape "" .. "/tos-link"] = "empty steps",
      ["/v2/customer/%2e"] = "as a step",
      ["/v2/customer/%2E./"] = "empty steps",
      ["/v2/customer/" .. paths.escape ".."] = "as a step",
      ["/v2/customer/" .. paths.escape "../x"] = "as a step",
      ["/v2/customer/" .. paths.escape "x/../.."] = "as a step",
      ["/v2/customer/" .. paths.escape "..\\x"] = "as a step",
      ["/v2/customer/..;a=b/x"] = "as a step",
      ["/v2/customer/" .. paths.escape "/"] = "empty steps",
      ["/v2/customer/" .. paths.escape "/x"] = "empty steps",
      ["/" .. ("x"):rep(8192)] = "at most 8192 bytes",
    } do
      local detail = paths.problem(path)
      assert.truthy(detail and detail:find(phrase, 1, true), path)
    end
  end)

  it("is refused with anything that must be encoded", function()
    for _, path in ipairs {
      "/a b", "/a\r\nHost: x", "/a\0", "/\195\169", "/a%", "/a%2", "/a%zz", "/a%2g", "/a\\b", '/"',
      "/a%2/b",
    } do
      local detail = paths.problem(path)
      assert.truthy(detail and detail:find("percent-encoded", 1, true), path)
    end
  end)
end)

describe("the pattern of a path", function()
  it("keeps words and versions, and has {id} for the rest", function()
    for path, pattern in pairs {
      ["/v2/customer"] = "/v2/customer",
      ["/v2/customer/customer_1ab2c3d4"] = "/v2/customer/{id}",
      ["/v2/customer/customer_1/otp-send"] = "/v2/customer/{id}/otp-send",
      ["/v2/business-representative/associatedPerson_1/face-verification-link"] =
        "/v2/business-representative/{id}/face-verification-link",
      ["/v2/customer/jane%40example.com"] = "/v2/customer/{id}",
      ["/v22/customer"] = "/{id}/customer",
      ["/v2/customer/jane"] = "/v2/customer/{id}",
      ["/v2/Jane"] = "/v2/{id}",
      ["/v2/search/smith/transfer"] = "/v2/search/{id}/transfer",
      ["/v1/customer/customer_1/tosLink"] = "/v1/customer/{id}/tosLink",
      ["/v2/" .. ("a"):rep(41)] = "/v2/{id}",
    } do
      assert.equal(pattern, paths.pattern(path))
    end
  end)

  it("has no query", function()
    assert.equal("/v2/customer", paths.pattern "/v2/customer?email=jane@example.com")
  end)
end)

describe("a query", function()
  it("is empty without names", function()
    assert.equal("", paths.query(nil))
    assert.equal("", paths.query {})
  end)

  it("has its names in order and everything encoded", function()
    assert.equal("?email=jane.smith%2Btest%40example.com&limit=10&page=1&x%26y=true",
      paths.query { page = 1, limit = "10", email = "jane.smith+test@example.com", ["x&y"] = true })
  end)

  it("writes numbers as their digits", function()
    assert.equal("?a=5&b=1700000000000123&c=0.1&d=-3&e=9007199254740993",
      paths.query { a = 10 / 2, b = 1700000000000123, c = 0.1, d = -3.0, e = "9007199254740993" })
  end)

  it("is UTF-8, as bodies are", function()
    assert.is_nil(paths.query_problem { search = "Jos\195\169", page = 1 })
    assert.same({ "must be UTF-8", "/search" }, { paths.query_problem { search = "Jos\233" } })
    assert.same({ "has a name that is not UTF-8", "" }, { paths.query_problem { ["\255"] = "x" } })
    assert.is_nil(paths.problem "/v2/x/Jos%C3%A9")
    for _, step in ipairs { "Jos%E9", "%C3", "%c0%80", "%ED%A0%80" } do
      assert.equal("must be UTF-8, percent-encoded", paths.problem("/v2/x/" .. step))
    end
  end)

  it("is refused when no server would read it", function()
    assert.is_nil(paths.query_problem(nil))
    assert.is_nil(paths.query_problem { search = ("x"):rep(60000) })
    assert.matches("at most 65536 bytes", paths.query_problem { search = ("\195\169"):rep(30000) })
  end)
end)
