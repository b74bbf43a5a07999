local checks = require "spherepay.options.checks"

describe("checks.base_url", function()
  it("accepts https anywhere and http to loopback", function()
    for _, url in ipairs {
      "https://api.spherepay.co", "https://api.spherepay.co:8443/base", "http://localhost:8080",
      "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:80", "https://[2001:db8::1]",
      "http://127.255.255.255:8080/base", "https://api.spherepay.co./base",
    } do
      assert.equal(url, checks.base_url(url))
    end
  end)

  it("takes the trailing slash off and lowers scheme and host", function()
    assert.equal("http://localhost:8080", checks.base_url("HTTP://LocalHost:8080/"))
    assert.equal("https://h.example", checks.base_url("HTTPS://h.example/"))
    assert.equal("https://h.example/a", checks.base_url("https://h.example/a//"))
  end)

  it("refuses http to any host that is not loopback", function()
    for _, host in ipairs {
      "api.spherepay.co", "127.0.0.1.evil.example", "localhost.evil.example", "127.1",
      "127.0.0.999", "[::2]", "128.0.0.1", "127.0.0.08", "127.08.0.1", "127.0.0.01", "127.0.0.1.",
      "0127.0.0.1", "127.0.0.256", "127.00.0.1", "127.0.0.0x1", "127.0.1", "127", "0x7f.1",
      "0x7f000001", "2130706433", "017700000001", "0", "0.0.0.0", "localhost.",
      "localhost.localdomain", "x.localhost", "[::ffff:127.0.0.1]", "[::1%25lo]",
      "[0:0:0:0:0:0:0:1]", "[::0001]", "[::]",
      "127%2e0.0.1", "%6cocalhost", "localhost%00", "l\239\189\143calhost", "127.0.0.1,x",
      "-127.0.0.1",
    } do
      assert.is_nil((checks.base_url("http://" .. host)), host)
    end
  end)

  it("refuses what is more or less than an origin and a path", function()
    for _, url in ipairs {
      "https://u:p@h.example", "https://u@h.example", "https://h.example?a=b",
      "https://h.example/#f", "https://h.example/../x", "https://", "https://h.example:0",
      "https://h.example:99999",
      "https://h.example:", "ftp://h.example", "h.example", "https://h example", "https://h\r\n.x",
      "https://h\\x", "", 7, {}, "https://h.example/%2e%2e", "https://h.example/a//b",
      "https://h.example/a b", "https://h.example/%zz", "http://user@localhost",
      "http://localhost@h.example", "http:///localhost", "http:/localhost",
      "http://localhost:80:80",
    } do
      assert.is_nil((checks.base_url(url)), tostring(url))
    end
  end)
end)

describe("checks.token", function()
  it("accepts every documented form of key, and a function", function()
    local f = function() end
    for _, token in ipairs { "secret_0123456789abcdef", "sk_live_x", "eyJh.eyJ.c2ln", f } do
      assert.equal(token, checks.token(token))
    end
  end)

  it("refuses what could break out of a header, and never repeats it", function()
    for _, token in ipairs { "", "a\r\nb", "a\0b", "a b", "a\127b", "a\195\169", 7, {} } do
      local ok, wanted, got = checks.token(token)
      assert.is_nil(ok)
      assert.is_nil((wanted .. " " .. got):find("7", 1, true))
    end
  end)
end)

describe("checks of numbers", function()
  it("refuse what is not finite, not in range or no number", function()
    local integer = checks.integer(1, 10)
    for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0, -1, 0, "5", {} } do
      assert.is_nil((checks.seconds(value)))
      assert.is_nil((integer(value)))
    end
    assert.is_nil((integer(1.5)))
    assert.is_nil((checks.seconds(86401)))
    assert.equal(0.001, checks.seconds(0.001))
  end)

  it("make integers of whole floats", function()
    assert.equal("5", tostring(checks.integer(1, 10)(5.0)))
  end)
end)

describe("checks.rate_limit", function()
  it("gives both limits whatever was left out", function()
    assert.same({ read = 100, write = 100 }, checks.rate_limit {})
    assert.same({ read = 5, write = 100 }, checks.rate_limit { read = 5 })
    assert.same({ read = false, write = 7 }, checks.rate_limit { read = false, write = 7 })
    assert.same({ read = false, write = false }, checks.rate_limit(false))
  end)

  it("refuses other names and other numbers", function()
    for _, value in ipairs { true, 5, { reads = 5 }, { read = 0 }, { read = 10001 }, { 5 } } do
      assert.is_nil((checks.rate_limit(value)))
    end
  end)
end)

describe("checks.pins", function()
  local pin = "sha256//" .. ("A"):rep(43) .. "="

  it("accepts one pin and several", function()
    assert.equal(pin, checks.pins(pin))
    assert.equal(pin .. ";" .. pin, checks.pins(pin .. ";" .. pin))
  end)

  it("refuses anything else", function()
    for _, value in ipairs { "", "sha256//AA==", pin .. ";", "md5//x", pin .. "x", 7 } do
      assert.is_nil((checks.pins(value)))
    end
  end)
end)

describe("checks.proxy", function()
  it("accepts env and proxy URLs", function()
    for _, value in ipairs { "env", "http://p.example:3128", "socks5h://u:p@p.example" } do
      assert.equal(value, checks.proxy(value))
    end
  end)

  it("refuses anything else without repeating it", function()
    for _, value in ipairs {
      "", "p.example:3128", "ftp://p.example", "http://", "http://a b", 7,
    } do
      local ok, wanted, got = checks.proxy(value)
      assert.is_nil(ok)
      assert.is_nil((wanted .. tostring(got)):find("ftp", 1, true))
    end
  end)
end)

describe("checks.loop", function()
  it("accepts the known names and any table", function()
    local own = {}
    assert.equal("nginx", checks.loop("nginx"))
    assert.equal(own, checks.loop(own))
  end)

  it("names the neighbour of a misspelt loop", function()
    local ok, _, got = checks.loop("cqueue")
    assert.is_nil(ok)
    assert.truthy(got:find("cqueues", 1, true))
  end)

  it("takes Redis beside the rate limit, with its defaults", function()
    local checked = assert(checks.rate_limit { read = 5, redis = { host = "10.0.0.5" } })
    assert.same({ read = 5, write = 100, redis = { host = "10.0.0.5", port = 6379,
      prefix = "spherepay", fallback_share = 0.25 } }, checked)
  end)

  it("names what is wrong with Redis, and never its password", function()
    for wanted, given in pairs {
      ["without host"] = {}, ["in port"] = { host = "x", port = 0 },
      ["in fallback_share"] = { host = "x", fallback_share = 2 },
      ['"pasword"'] = { host = "x", pasword = "secret" }, ["redis = a table"] = "10.0.0.5",
    } do
      local checked, what, got = checks.rate_limit { redis = given }
      assert.is_nil(checked)
      local text = what .. " " .. (got or "")
      assert.matches(wanted, text, 1, true)
      assert.is_nil(text:find("secret", 1, true))
    end
  end)
end)
