local checks = require "spherepay.options.checks"
local options = require "spherepay.options"

local function client(extra)
  local given = { token = "secret_test" }
  for name, value in pairs(extra or {}) do given[name] = value end
  return options.client(given, 1)
end

local function failure(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return message
end

local function says(message, ...)
  for _, part in ipairs { ... } do
    assert.truthy(message:find(part, 1, true), message)
  end
end

describe("the options of spherepay.new", function()
  it("have the documented defaults", function()
    assert.same({
      token = "secret_test", base_url = "https://api.spherepay.co", environment = "production",
      api_version = "v2", connect_timeout = 10, timeout = 30, deadline = 60, max_retries = 2,
      rate_limit = { read = 100, write = 100 }, max_in_flight = 1000, max_connections = 16,
      max_body = 1048576, max_headers = 65536, http_version = "auto", min_tls = "1.2",
      loop = "auto", validate = true, nulls = "drop",
    }, client())
  end)

  -- The least and the most of each, as documented.
  local BOUNDS = {
    max_retries = { 0, 10 }, max_in_flight = { 1, 1000000 }, max_connections = { 1, 10000 },
    max_body = { 1, 2147483647 }, max_headers = { 1, 2147483647 },
  }
  for name, bounds in pairs(BOUNDS) do
    it("take " .. name .. " within its bounds", function()
      for i, bound in ipairs(bounds) do
        assert.equal(bound, client({ [name] = bound })[name])
        says(failure(client, { [name] = bound + (i == 1 and -1 or 1) }), name,
          ("an integer from %d to %d"):format(bounds[1], bounds[2]))
      end
      says(failure(client, { [name] = 1.5 }), name)
      says(failure(client, { [name] = "1" }), name)
    end)
  end

  it("take times above nothing, up to an hour", function()
    for _, name in ipairs { "connect_timeout", "timeout", "deadline" } do
      for _, seconds in ipairs { 0.001, 3600 } do
        assert.equal(seconds, client({ [name] = seconds })[name])
        if name ~= "connect_timeout" then
          assert.equal(seconds, options.call({ [name] = seconds }, client())[name])
        end
      end
      for _, wrong in ipairs { 0, -1, 3600.5, 0 / 0, math.huge, "5" } do
        says(failure(client, { [name] = wrong }), name, "above 0 and at most 3600")
      end
    end
  end)

  it("of a call take as many retries as those of a client", function()
    for _, count in ipairs { 0, 10 } do
      assert.equal(count, options.call({ max_retries = count }, client()).max_retries)
    end
    for _, count in ipairs { -1, 11, 1.5 } do
      says(failure(options.call, { max_retries = count }, client()), "an integer from 0 to 10")
    end
  end)

  it("take rates within their bounds, for reads and writes apart", function()
    for _, rate in ipairs { 1, 10000 } do
      local limit = client({ rate_limit = { read = rate } }).rate_limit
      assert.same({ read = rate, write = 100 }, limit)
      limit = client({ rate_limit = { write = rate, read = false } }).rate_limit
      assert.same({ read = false, write = rate }, limit)
    end
    for _, rate in ipairs { 0, -1, 10001, 1.5, "5" } do
      failure(client, { rate_limit = { read = rate } })
      failure(client, { rate_limit = { write = rate } })
    end
  end)

  it("take tokens of at most 16384 bytes", function()
    assert.is_nil(options.token_size_problem(("t"):rep(16384)))
    says(options.token_size_problem(("t"):rep(16385)), "at most 16384 bytes, it has 16385")
  end)

  it("take a Redis within the bounds of what it is told", function()
    local function redis(given)
      given.host = given.host or "redis.example"
      return client({ rate_limit = { redis = given } }).rate_limit.redis
    end
    assert.same({ host = "redis.example", port = 6379, prefix = "spherepay",
      fallback_share = 0.25 }, redis {})
    for _, port in ipairs { 1, 65535 } do assert.equal(port, redis({ port = port }).port) end
    for _, share in ipairs { 0.01, 1 } do
      assert.equal(share, redis({ fallback_share = share }).fallback_share)
    end
    for _, wrong in ipairs { { port = 0 }, { port = 65536 }, { fallback_share = 0 },
      { fallback_share = 1.01 }, { host = "" }, { tls = 1 }, { prefix = 5 }, { db = 1 } } do
      says(failure(redis, wrong), "a table { host =, port =")
    end
    says(failure(client, { rate_limit = { redis = {} } }), "one without host")
  end)

  it("of a call take keys, headers and origins up to their bounds", function()
    local function problems(given)
      local _, found = options.call(given, client())
      return found and found[1] and found[1].pointer
    end
    assert.is_nil(problems { idempotency_key = ("k"):rep(255) })
    assert.equal("/idempotency_key", problems { idempotency_key = ("k"):rep(256) })
    assert.equal("/idempotency_key", problems { idempotency_key = "" })
    assert.is_nil(problems { headers = { A = ("v"):rep(16384) } })
    assert.equal("/headers/A", problems { headers = { A = ("v"):rep(16385) } })
    local many = {}
    for _, name in ipairs { "A", "B", "C" } do many[name] = ("v"):rep(16384) end
    many.D = ("v"):rep(65536 - 3 * (16384 + 5) - 5)
    assert.is_nil(problems { headers = many })
    many.D = many.D .. "v"
    assert.equal("/headers", problems { headers = many })
    assert.equal(128, #options.call({ origin = ("o"):rep(128) }, client()).origin)
    says(failure(options.call, { origin = ("o"):rep(129) }, client()), "at most 128 printable")
    says(failure(options.call, { origin = "a b" }, client()), "at most 128 printable")
  end)

  it("pick the sandbox host by environment, and base_url wins over it", function()
    assert.equal("https://api.sandbox.spherepay.co", client({ environment = "sandbox" }).base_url)
    local both = client { environment = "sandbox", base_url = "http://127.0.0.1:8080/" }
    assert.equal("http://127.0.0.1:8080", both.base_url)
  end)

  it("accept a value for every name", function()
    local given = {
      token = function() end, base_url = "https://h.example", environment = "production",
      api_version = "v1", connect_timeout = 1, timeout = 2, deadline = 3, max_retries = 0,
      rate_limit = false, max_in_flight = 1, max_connections = 1, max_body = 1, max_headers = 1,
      http_version = "2", ca_file = "/a", ca_path = "/b", client_cert = "/c",
      client_key = "/d", proxy = "env", pinned_public_key = "sha256//" .. ("A"):rep(43) .. "=",
      min_tls = "1.3", loop = "luv", shm = "cache", on_event = print, validate = false,
      nulls = "keep", app = "shop/1.0",
    }
    local result = options.client(given)
    for name, value in pairs(given) do
      if name ~= "rate_limit" then assert.equal(value, result[name], name) end
    end
    assert.same({ read = false, write = false }, result.rate_limit)
  end)

  it("do not change the caller's table, nor share the rate limit with it", function()
    local given = { token = "t", rate_limit = { read = 5 } }
    local result = options.client(given)
    assert.same({ token = "t", rate_limit = { read = 5 } }, given)
    assert.are_not.equal(given.rate_limit, result.rate_limit)
  end)

  it("raise on an unknown name and name its neighbour", function()
    says(failure(client, { timout = 1 }), "unknown option \"timout\" (did you mean \"timeout\"?)")
    says(failure(client, { colour = 1 }), "unknown option \"colour\"")
    says(failure(client, { "secret_test" }), "takes options by name")
  end)

  it("raise on a wrong type and name option, type wanted and type given", function()
    says(failure(client, { timeout = "30" }), "\"timeout\"", "a number of seconds", "a string")
    says(failure(client, { validate = 1 }), "\"validate\"", "true, false or \"strict\"", "got 1")
    says(failure(client, { on_event = {} }), "\"on_event\"", "a function", "a table")
    says(failure(client, { ca_file = true }), "\"ca_file\"", "a string", "a boolean")
    says(failure(options.client, "secret_test"), "a table of options", "a string")
  end)

  it("refuse a limit of nothing, under which no call could ever begin", function()
    for _, name in ipairs { "max_in_flight", "max_connections", "max_body", "max_headers" } do
      says(failure(client, { [name] = 0 }), "\"" .. name .. "\"", "got 0")
    end
  end)

  it("refuse numbers that are not finite or out of range, for every number there is", function()
    for _, name in ipairs {
      "connect_timeout", "timeout", "deadline", "max_retries", "max_in_flight", "max_connections",
      "max_body", "max_headers",
    } do
      for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0, -1, 1e300 } do
        says(failure(client, { [name] = value }), "\"" .. name .. "\"")
      end
    end
    says(failure(client, { timeout = 0 / 0 }), "NaN")
  end)

  it("refuse a misspelt word and name its neighbour", function()
    says(failure(client, { environment = "sandbx" }), "did you mean \"sandbox\"?")
    says(failure(client, { nulls = "Keep" }), "did you mean \"keep\"?")
    says(failure(client, { api_version = "v3" }), "\"v2\", \"v1\"")
  end)

  it("require a token", function()
    says(failure(options.client, {}), "\"token\" is required")
  end)

  it("say what is wrong with a token, so that it can be mended", function()
    for token, hint in pairs {
      ["abc\n"] = "ends with a line break", ["abc\r\n"] = "ends with a line break",
      ["abc\n\n "] = "ends with a line break", [" abc"] = "begins or ends with a space",
      ["\"abc\""] = "in quotation marks", ["'abc'"] = "in quotation marks",
      ["a b"] = "with spaces", ["a\nb"] = "with spaces, control characters",
    } do
      says(failure(client, { token = token }), "\"token\"", hint)
    end
    says(failure(options.client, {}), "\"token\" is required", "is that variable set?")
    rawset(_G, "ngx", {})
    local message = failure(options.client, {})
    rawset(_G, "ngx", nil)
    says(message, "is that variable set, and passed on by nginx with `env NAME;`?")
  end)

  it("take seconds and not milliseconds", function()
    for _, name in ipairs { "connect_timeout", "timeout", "deadline" } do
      assert.equal(3600, client({ [name] = 3600 })[name])
      says(failure(client, { [name] = 30000 }), name, "seconds above 0 and at most 3600",
        "got 30000 (were milliseconds meant? Those are 30 seconds)")
      says(failure(client, { [name] = 0 }), "seconds above 0", "got 0")
      says(failure(client, { [name] = "30" }), "seconds above 0", "got a string")
    end
    says(failure(options.call, { timeout = 5000 }, client()), "at most 3600", "5 seconds")
  end)

  it("never repeat a secret", function()
    for _, given in ipairs {
      { token = "top secret" }, { token = "topsecret\n" }, { token = 70959 },
      { base_url = "https://u:topsecret@h.example" }, { proxy = "ftp://u:topsecret@h.example" },
      { environment = "topsecret" }, { pinned_public_key = "topsecret" },
    } do
      local message = failure(client, given)
      assert.is_nil(message:find("secret\"", 1, true), message)
      assert.is_nil(message:find("topsecret", 1, true), message)
      assert.is_nil(message:find("top secret", 1, true), message)
      assert.is_nil(message:find("70959", 1, true), message)
    end
    assert.is_nil(failure(options.client, "topsecret"):find("topsecret", 1, true))
  end)

  it("refuse a client key without its certificate", function()
    says(failure(client, { client_key = "/k" }), "\"client_key\" needs \"client_cert\"")
  end)

  it("blame the line outside of the library that gave them", function()
    local message, line
    local function user()
      line = debug.getinfo(1, "l").currentline + 1
      options.client { token = "t", timout = 1 }
    end
    message = failure(user)
    says(message, "spec/options/init_spec.lua:" .. line .. ": spherepay: unknown option \"timout\"")
  end)
end)

describe("the options of one call", function()
  local base = client { timeout = 7, deadline = 8, max_retries = 1, validate = false }

  it("are inherited from the client when absent", function()
    local expected = { timeout = 7, deadline = 8, max_retries = 1, validate = false }
    assert.same(expected, (options.call(nil, base)))
    assert.same(expected, (options.call({}, base)))
  end)

  it("win over those of the client", function()
    local call = options.call({ timeout = 1, max_retries = 0, validate = true }, base)
    assert.same({ timeout = 1, deadline = 8, max_retries = 0, validate = true }, call)
  end)

  it("raise on names of another place and say which", function()
    says(failure(options.call, { max_body = 1 }, base), "an option of spherepay.new")
    says(failure(options.call, { dedline = 1 }, base), "did you mean \"deadline\"?")
    says(failure(options.call, { query = {} }, base), "unknown option \"query\"")
    says(failure(options.call, "x", base), "a table of options")
  end)

  it("keep a copy of the headers", function()
    local headers = { ["X-Request-Id"] = "a\tb" }
    local call = options.call({ headers = headers }, base)
    assert.same(headers, call.headers)
    assert.are_not.equal(headers, call.headers)
  end)

  it("raise on headers the client writes itself and name what to use", function()
    for name, hint in pairs {
      Authorization = "\"token\"", HOST = "\"base_url\"",
      ["idempotency-key"] = "\"idempotency_key\"", Traceparent = "\"traceparent\"",
      ["User-Agent"] = "\"app\"", ["Content-Length"] = "itself",
      ["Transfer-Encoding"] = "itself", ["Api-Version"] = "\"api_version\"",
    } do
      says(failure(options.call, { headers = { [name] = "x" } }, base), name, hint)
    end
  end)

  it("raise on headers that are no names and strings", function()
    says(failure(options.call, { headers = { ["X-A"] = 7 } }, base), "X-A", "must be a string")
    says(failure(options.call, { headers = { "X-A: b" } }, base), "must be strings")
    says(failure(options.call, { headers = "X-A: b" }, base), "a table of header names")
    for _, name in ipairs { "", "X A", "X:A", "X\r\nA", "X\0A", "\195\169" } do
      says(failure(options.call, { headers = { [name] = "x" } }, base), "HTTP forbids")
    end
    says(failure(options.call, { headers = { ["X-A"] = "1", ["x-a"] = "2" } }, base), "twice")
  end)

  it("report bad data instead of raising, all of it, with pointers", function()
    local call, problems = options.call({
      headers = { ["X-B"] = "a\r\nEvil: 1", ["X-A"] = "a\0b", ["X-C"] = "fine" },
      idempotency_key = "a b", traceparent = "nonsense",
    }, base)
    assert.is_nil(call)
    local places = {}
    for i, problem in ipairs(problems) do
      places[i] = problem.pointer
      assert.is_nil(problem.detail:find("Evil", 1, true))
    end
    assert.same({ "/idempotency_key", "/headers/X-A", "/headers/X-B", "/traceparent" }, places)
  end)

  it("accept idempotency keys of 1 to 255 printable characters", function()
    for _, key in ipairs { "a", ("k"):rep(255), "28c61e88-5c6e-4aa7-8c1a-2183a9b883c0" } do
      assert.equal(key, options.call({ idempotency_key = key }, base).idempotency_key)
    end
    for _, key in ipairs { "", ("k"):rep(256), "a\nb", "a b", "\195\169" } do
      assert.is_nil((options.call({ idempotency_key = key }, base)))
    end
    says(failure(options.call, { idempotency_key = 7 }, base), "\"idempotency_key\"", "a string")
  end)

  it("accept a traceparent as W3C writes it", function()
    local good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert.equal(good, options.call({ traceparent = good }, base).traceparent)
    for _, bad in ipairs {
      "", good:upper(), "ff" .. good:sub(3), good .. "0", good .. "\r\n",
      "00-" .. ("0"):rep(32) .. "-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-" .. ("0"):rep(16) .. "-01",
    } do
      assert.is_nil((options.call({ traceparent = bad }, base)), bad)
    end
  end)
end)

describe("the options of client:request", function()
  local base = client()

  it("add query and json to those of a call", function()
    local body = { type = "email" }
    local request = options.request({ query = { page = 1, mock = true }, json = body, timeout = 3 },
      base)
    assert.same({ page = 1, mock = true }, request.query)
    assert.equal(body, request.json)
    assert.equal(3, request.timeout)
    assert.equal(60, request.deadline)
  end)

  it("raise on a query or body of the wrong kind", function()
    says(failure(options.request, { query = "a=b" }, base), "\"query\"")
    says(failure(options.request, { query = { a = {} } }, base), "\"a\" in \"query\"")
    says(failure(options.request, { query = { a = 0 / 0 } }, base), "\"a\" in \"query\"")
    says(failure(options.request, { query = { "a" } }, base), "must be strings")
    says(failure(options.request, { json = "{}" }, base), "\"json\"", "a table")
  end)

  it("report bad data instead of raising", function()
    local request, problems = options.request({ headers = { A = "\n" } }, base)
    assert.is_nil(request)
    assert.equal("/headers/A", problems[1].pointer)
  end)
end)

describe("the options of a feature", function()
  local SCHEMA = { { "pause", checks.seconds, 5 }, { "loud", checks.boolean } }

  it("are checked against its schema and get its defaults", function()
    assert.same({ pause = 5 }, options.of(nil, SCHEMA, "a feature"))
    assert.same({ pause = 1, loud = false },
      options.of({ pause = 1, loud = false }, SCHEMA, "a feature"))
  end)

  it("raise when unknown or wrong, naming the neighbour and the feature", function()
    says(failure(options.of, { puase = 1 }, SCHEMA, "a feature"), "did you mean \"pause\"?")
    says(failure(options.of, { loud = 1 }, SCHEMA, "a feature"), "\"loud\"", "true or false")
    says(failure(options.of, { token = "x" }, SCHEMA, "a feature"), "not of a feature")
    says(failure(options.of, 7, SCHEMA, "a feature"), "a feature takes a table")
  end)
end)

describe("options.token_problem", function()
  it("judges what a token function returned without repeating it", function()
    assert.is_nil(options.token_problem("secret_test"))
    for _, value in ipairs { "", "topsecret\r\n", 70959, {}, print } do
      local problem = options.token_problem(value)
      assert.is_string(problem)
      assert.is_nil(problem:find("topsecret", 1, true))
      assert.is_nil(problem:find("70959", 1, true))
    end
    assert.is_string(options.token_problem(nil))
  end)
end)
