-- The examples of calls beside each other, each in a process of its own against the sandbox.

local interpreter = require "spec.support.interpreter"
local sandbox = require "spec.support.sandbox"
local shell = require "spherepay.sandbox.shell"
local socket = require "socket"

local SECONDS = 10

describe("the example", function()
  local host, prefix

  setup(function()
    host = sandbox.start({ tls = false })
    prefix = ("SPHEREPAY_BASE_URL=%s SPHEREPAY_TOKEN=sandbox_key %s examples/"):format(
      shell.quote(host.url), interpreter())
  end)
  teardown(function() host.stop() end)
  before_each(function() host.reset() end)

  it("game_server has many calls in flight, and all are answered", function()
    local text = shell.read("SPHEREPAY_SANDBOX=1 " .. prefix .. "game_server.lua 2>&1")
    -- Fifty, where the machine has time for sixty ticks a second.
    assert.is_true(tonumber(text:match("up to (%d+) calls in flight, 50 answered")) > 1, text)
  end)

  it("bulk gets every customer and draws how far it is", function()
    local path = os.tmpname()
    local text = shell.read("SPHEREPAY_SANDBOX=1 " .. prefix .. "bulk.lua 2>" .. path)
    local bar = shell.read_file(path)
    os.remove(path)
    assert.equal(200, select(2, text:gsub("customer_%w+\tincomplete", "")))
    assert.truthy(bar:find("[########################################] 200 of 200", 1, true))
  end)

  -- A server example: a line in, a line out, and gone when it is told to go.
  local function converse(name, lines)
    local pipe = assert(io.popen("echo $$; exec env " .. prefix .. name .. " 2>&1", "r"))
    local pid = pipe:read("*l")
    local greeting = pipe:read("*l") or ""
    local port = greeting:match("listening on 127%.0%.0%.1:(%d+)")
    local answers = {}
    local peer = port and socket.connect("127.0.0.1", tonumber(port))
    if peer then
      peer:settimeout(SECONDS)
      peer:send(table.concat(lines, "\n") .. "\n")
      for i = 1, #lines do answers[i] = peer:receive("*l") end
      peer:close()
    end
    os.execute("kill -TERM " .. pid)
    local rest = pipe:read("*a")
    pipe:close()
    assert.truthy(port, greeting)
    assert.equal("", rest)
    table.sort(answers)
    return answers
  end

  for _, name in ipairs { "luv_server.lua", "cqueues_server.lua" } do
    it(name:gsub("%.lua", "") .. " answers lines, errors included, and ends on SIGTERM", function()
      local _, customer = host.call("POST", "/v2/customer", sandbox.sample(
        "v2-create-request-individual-minimal"))
      local answers = converse(name, { customer.id, "customer_nobody" })
      assert.equal(customer.id .. " incomplete", answers[1])
      assert.truthy(answers[2]:find("spherepay: not_found", 1, true))
    end)
  end
end)
