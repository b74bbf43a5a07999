-- What a server is asked for: the path as it was given, at the host of the URL, also on a kept
-- connection and a kept handle. libcurl is handed the host once and each path by itself; where a
-- path is not fit for that, it makes of the URL what it always did.

local core = require "spherepay.core"
local core_call = require "spec.support.core_call"
local helper = require "spec.contract.helper"

describe("the URL of a request", function()
  local server, engine

  before_each(function()
    server = helper.fault.start()
    server:default { "answer", body = "{}" }
    engine = core.engine {
      max_body = 1000000, max_headers = 100000, max_connections = 4, max_in_flight = 10,
      http_version = "1.1", min_tls = "1.2", rate_read = 0, rate_write = 0,
    }
  end)
  after_each(function()
    engine:close()
    server:stop()
  end)

  -- Asks for `url`. Returns the answer, and what the server saw of it.
  local function ask(url)
    local before = #server:log()
    local call = assert(core_call.begin(engine, { url = url }))
    while not call:done() do assert(engine:step()) end
    return core_call.finish(call), server:log()[before + 1]
  end

  local function path_of(rest)
    local raw, seen = ask(server:url() .. rest)
    assert.equal(200, raw.status, raw.message)
    return seen.path
  end

  it("has its path and query sent as they are", function()
    for _, path in ipairs {
      "/v2/customer", "/v2/customer?limit=10&after=a%2Fb", "/", "/?", "/a/../b/./c//d",
      "/%e2%82%ac/%2F", "/it's;a=1,(b)!*~[1]", "/v2/customer",
    } do
      assert.equal(path, path_of(path))
    end
  end)

  it("asks for the root when it has no path", function()
    assert.equal("/", path_of(""))
    assert.equal("/?limit=1", path_of("?limit=1"))
  end)

  it("has what is not ASCII encoded, and no fragment", function()
    for path, wanted in pairs { ["/v2/\195\188"] = "/v2/%c3%bc", ["/a?b#c"] = "/a?b" } do
      assert.equal(wanted, path_of(path):lower()) -- versions of libcurl write other hex digits
      assert.equal("/plain", path_of("/plain"))
    end
  end)

  it("is asked of its own host", function()
    local port = server:url():match("%d+$")
    for _, host in ipairs { "127.0.0.1:", "localhost:", "127.0.0.1:" } do
      local raw, seen = ask("http://" .. host .. port .. "/v2")
      assert.same({ 200, "/v2", host .. port }, { raw.status, seen.path, seen.headers.host })
    end
  end)

  it("is refused with a user, a password, a space or a control character in it", function()
    for _, url in ipairs {
      (server:url():gsub("://", "://jane@")) .. "/v2",
      (server:url():gsub("://", "://jane:secret@")) .. "/v2",
      server:url() .. "/v2/a b", server:url() .. "/v2\r\nX: 1", server:url() .. "/v2/\127",
    } do
      for _ = 1, 2 do
        local raw, seen = ask(url)
        assert.is_nil(seen)
        assert.is_string(raw.kind)
        assert.equal("no", raw.sent)
      end
      assert.equal("/v2", path_of("/v2"))
    end
  end)
end)
