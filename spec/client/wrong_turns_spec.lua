-- The wrong turns of a tired person, and whether the message says what to do instead.

local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local HERE = "^spec/client/wrong_turns_spec.lua:%d+: "

local function raised(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return message
end

describe("A tired person who", function()
  it("makes a client with a colon is told of the dot", function()
    local message = raised(function() spherepay:new { token = "k" } end)
    assert.matches(HERE, message)
    assert.matches("write spherepay.new { ... }, with a dot", message, 1, true)
  end)

  it("uses another name for an option is told ours", function()
    for name, ours in pairs { api_key = "token", key = "token", url = "base_url",
      host = "base_url", version = "api_version", retries = "max_retries" } do
      assert.matches(('did you mean "%s"'):format(ours),
        raised(spherepay.new, { token = "k", [name] = "x" }), 1, true)
    end
  end)

  it("puts Bearer into the token is told that it is added", function()
    assert.matches("without \"Bearer\"", raised(spherepay.new, { token = "Bearer abc" }), 1, true)
  end)

  it("puts the version into base_url is told where it goes", function()
    for _, url in ipairs { "https://api.spherepay.co/v2", "http://127.0.0.1:8080/v1/" } do
      assert.matches("api_version", raised(spherepay.new, { token = "k", base_url = url }))
    end
    assert(spherepay.new { token = "k", base_url = "https://proxy.example.com/sphere" })
  end)

  it("asks for the nginx loop outside nginx is told at once", function()
    local message = raised(function() spherepay.new { token = "k", loop = "nginx" } end)
    assert.matches(HERE, message)
    assert.matches('option "loop" = "nginx" needs nginx with its Lua module', message, 1, true)
  end)

  it("calls outside a coroutine with the manual loop is told at that line, and how", function()
    local client = spherepay.new { token = "k", loop = "manual" }
    for _, call in ipairs { function() client.customer.get "customer_1" end,
      function() client:request("GET", "/v2/customer") end,
      function() client.customer.create({}, { validate = false }) end } do
      local message = raised(call)
      assert.matches(HERE, message)
      assert.matches('loop = "manual"', message, 1, true)
      assert.matches("client:spawn", message, 1, true)
    end
  end)

  it("writes a dot for a method is told of the colon", function()
    local client = spherepay.new { token = "k" }
    for _, name in ipairs { "parallel", "spawn", "run", "step", "close", "stats", "pollfd" } do
      local message = raised(function() client[name] {} end)
      assert.matches(HERE, message)
      assert.matches("write client:" .. name .. "(...), with a colon", message, 1, true)
    end
  end)

  it("makes the calls inside the list of parallel is told to wrap them", function()
    local client = spherepay.new { token = "k" }
    local message = raised(function() client:parallel { nil, {} } end)
    assert.matches(HERE, message)
    assert.matches("function() ... end", message, 1, true)
    assert.matches("function() ... end", raised(function() client:parallel { {} } end), 1, true)
  end)

  it("gives params to client:request is told of json", function()
    local client = spherepay.new { token = "k" }
    assert.matches("under json", raised(function()
      client:request("POST", "/v2/customer", { type = "individual", address = {} })
    end), 1, true)
  end)

  it("mistypes an option of get_many is told its neighbour", function()
    local client = spherepay.new { token = "k" }
    assert.matches('did you mean "concurrency"', raised(function()
      client.customer.get_many({}, { concurency = 3 })
    end), 1, true)
  end)

  it("asks a policy with a dot is told of the colon", function()
    local policy = assert(spherepay.verification.policy { currency = "USD" })
    for _, name in ipairs { "check", "explain" } do
      local message = raised(function() return (policy[name]({ id = "customer_1" })) end)
      assert.matches(HERE, message)
      assert.matches("write policy:" .. name .. "(customer), with a colon", message, 1, true)
    end
  end)

  it("creates at a place without that version is told to look at the configuration", function()
    local host = assert(sandbox.start { generation = "v2-2025" })
    local client = spherepay.new { token = "k", base_url = host.url, api_version = "v1" }
    local _, err = client.customer.create { type = "individual" }
    assert.equal("not_found", err.kind)
    assert.matches("base_url and api_version", tostring(err), 1, true)
    client:close()
    host.stop()
  end)

  it("has a hook that raises can see it in the counts", function()
    local client = spherepay.new {
      token = "k", base_url = "http://127.0.0.1:1", max_retries = 0,
      on_event = function() error "broken" end,
    }
    client.customer.get "customer_1"
    assert.equal(3, client:stats().hook_errors)
    client:close()
    assert.equal(3, client:stats().hook_errors)
  end)
end)
