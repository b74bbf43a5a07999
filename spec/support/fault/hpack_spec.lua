-- Shows that the fault server reads compressed headers as RFC 7541 says.

local hpack = require("spec.support.fault.hpack")

describe("header compression", function()
  local function bytes(hex)
    return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
  end

  it("decodes the examples of RFC 7541, C.4", function()
    local decoder = hpack.decoder()
    local expected = {
      { ":method", "GET" }, { ":scheme", "http" }, { ":path", "/" },
      { ":authority", "www.example.com" },
    }
    assert.same(expected, decoder:decode(bytes("828684418cf1e3c2e5f23a6ba0ab90f4ff")))
    expected[5] = { "cache-control", "no-cache" }
    assert.same(expected, decoder:decode(bytes("828684be5886a8eb10649cbf")))
    assert.same({
      { ":method", "GET" }, { ":scheme", "https" }, { ":path", "/index.html" },
      { ":authority", "www.example.com" }, { "custom-key", "custom-value" },
    }, decoder:decode(bytes("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")))
  end)

  it("forgets what no longer fits its table", function()
    local decoder = hpack.decoder()
    decoder:decode("\64\1a\1b") -- remembered as entry 62
    assert.same({ { "a", "b" } }, decoder:decode("\190"))
    decoder:decode("\32") -- a table of no size
    assert.has_error(function() decoder:decode("\190") end)
  end)

  it("decodes what it encodes", function()
    local fields = { { "a", "" }, { "b", ("x"):rep(126) }, { "c", ("y"):rep(127) },
      { "d", ("z"):rep(70000) } }
    assert.same(fields, hpack.decoder():decode(hpack.encode(fields)))
  end)
end)
