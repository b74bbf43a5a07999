-- spherepay doctor, the real command against the real sandbox, and against nobody.

local cjson = require "cjson"
local cli = require "spec.support.cli"
local sandbox = require "spec.support.sandbox"

describe("spherepay doctor #command", function()
  local host, env

  setup(function() host = assert(sandbox.start { tls = false, token = "the_right_key" }) end)
  teardown(function() host.stop() end)
  before_each(function()
    host.reset()
    env = { SPHEREPAY_BASE_URL = host.url, SPHEREPAY_TOKEN = "the_right_key" }
  end)

  local function run()
    local status, out = cli.run("doctor --json", { env = env })
    local lines = {}
    for _, line in ipairs(cjson.decode(out)) do lines[line.name] = line end
    return status, lines, out
  end

  it("finds everything right, and shows nothing of the token", function()
    local status, lines, out = run()
    assert.equal(0, status, out)
    for _, name in ipairs { "spherepay", "libcurl", "TLS", "token", "host", "trust", "reach",
      "clock", "access" } do
      assert.equal("ok", lines[name].level, out)
    end
    assert.is_nil(out:find("right_key", 1, true), out)
  end)

  it("names what this libcurl's faults are, and warns of those that nothing keeps away", function()
    local _, plain = cli.run("doctor", { env = env })
    local http2 = require("spherepay.core").versions:match "nghttp2/(%S+)"
    http2 = http2 and "nghttp2 " .. http2 or "not built in"
    assert.is_truthy(plain:find("HTTP/2 +" .. http2), plain)
    for _, fault in ipairs(require("spherepay.core").libcurl_faults()) do
      local level = fault.remedy:find "^none" and "warn" or "ok"
      assert.is_truthy(plain:find(level .. " +fault +" .. fault.name .. " of this libcurl"), plain)
      assert.is_truthy(plain:find(fault.what, 1, true), plain)
      assert.is_truthy(plain:find(level == "ok" and "; kept away: " .. fault.remedy
        or "nothing keeps it away; " .. fault.remedy:match "^none; (.*)$", 1, true), plain)
    end
  end)

  it("says what to do beneath what is not right, and nothing beneath the rest", function()
    env.SPHEREPAY_TOKEN = "another_key"
    local _, plain = cli.run("doctor", { env = env })
    local level
    for line in plain:gmatch "[^\n]+" do
      local remedy = line:match "^ +(.*)$"
      assert.is_false(remedy ~= nil and level == "ok", line)
      if level == "fail" then
        assert.equal((" "):rep(17) .. "ask whether the token is for this host", line)
      end
      level = not remedy and line:match "^%l+" or nil
    end
    assert.is_truthy(plain:find("\nfail  access     ", 1, true), plain)
  end)

  it("says that a key is refused, and what to do", function()
    env.SPHEREPAY_TOKEN = "another_key"
    local status, lines = run()
    assert.equal(1, status)
    assert.same({ "ok", "fail" }, { lines.reach.level, lines.access.level })
    assert.equal("ask whether the token is for this host", lines.access.remedy)
  end)

  for what, token in pairs { ["in quotation marks"] = '"key"', ["with a blank"] = "my key" } do
    it("says that a token is malformed: " .. what, function()
      env.SPHEREPAY_TOKEN = token
      local status, lines, out = run()
      assert.same({ 1, "fail" }, { status, lines.token.level })
      assert.equal("ok", lines.reach.level)
      assert.is_nil(lines.token.text:find(token, 1, true), out)
    end)
  end

  it("says what keeps it from a host that does not answer", function()
    env.SPHEREPAY_BASE_URL = "http://127.0.0.1:1"
    local status, lines = run()
    assert.same({ 1, "fail" }, { status, lines.reach.level })
    assert.equal("check the name, the network and the proxy settings", lines.reach.remedy)
    assert.is_nil(lines.clock)
  end)

  it("warns when the clocks are apart", function()
    local away = os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() - 3600)
    host.misbehave { headers = { date = away } }
    local status, lines, out = run()
    assert.same({ 0, "warn" }, { status, lines.clock.level }, out)
    assert.is_truthy(lines.clock.text:find "^3[56]%d%d s from the server's", out)
  end)

  it("looks at the rest without a token", function()
    env.SPHEREPAY_TOKEN = ""
    local status, lines = run()
    assert.same({ 1, "fail", "ok" }, { status, lines.token.level, lines.reach.level })
    assert.is_nil(lines.access)
  end)
end)
