-- The rate limit and the retry budget that the workers of a real nginx share.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local load = require("spec.support.load")
local nginx = require("spec.support.nginx")
local socket = require("socket")

local LIMIT = 40
local BUDGET, COST = 500, 14 -- tokens of a full retry budget, and what a repeat costs

local HTTP = [[
  lua_shared_dict calls 1m;
  lua_shared_dict repeats 1m;
  lua_shared_dict limited_repeats 1m;
  init_by_lua_block {
    spherepay = require("spherepay")
    limited = spherepay.new {
      token = "sandbox_key", base_url = "${peer}", shm = "calls", max_retries = 0,
      rate_limit = { read = ${limit}, write = ${limit} },
    }
    repeating = spherepay.new {
      token = "sandbox_key", base_url = "${peer}", shm = "repeats", max_retries = 2,
      rate_limit = { read = false, write = false },
    }
    limited_repeating = spherepay.new {
      token = "sandbox_key", base_url = "${peer}", shm = "limited_repeats", max_retries = 2,
      rate_limit = { read = ${limit}, write = ${limit} },
    }
    function show(customer, err)
      ngx.status = customer and 200 or 502
      ngx.say(customer and customer.id or tostring(err))
    end
  }
]]

local SERVER = [[
    location = /get { content_by_lua_block { show(limited.customer.get("customer_a")) } }
    location = /hurry { content_by_lua_block {
      show(limited.customer.get("customer_a", { deadline = 0.5 }))
    } }
    location = /fail { content_by_lua_block { show(repeating.customer.get("customer_status503")) } }
    location = /fail_in_turn { content_by_lua_block {
      show(limited_repeating.customer.get("customer_status503"))
    } }
    location = /missing { content_by_lua_block {
      ngx.say(select(2, pcall(spherepay.new, { token = "sandbox_key", shm = "missing" })))
    } }
]]

describe("the workers of nginx, with a shared dictionary", function()
  local peer, app

  setup(function()
    peer = nginx.peer()
    app = nginx.start({ workers = 4, http = HTTP, server = SERVER },
      { peer = peer.url, limit = LIMIT })
  end)

  teardown(function()
    if app then app:stop() end
    if peer then peer:stop() end
  end)

  it("keep one rate limit, seen where the requests arrive", function()
    local began = socket.gettime()
    local answers = load.run(app.port, "/get", { at_once = 60, total = 4 * LIMIT })
    assert.equal("200 x " .. 4 * LIMIT, load.statuses(answers))
    local arrivals = peer.arrivals()
    assert.equal(4 * LIMIT, #arrivals)
    -- The peer may be late to see a request, never early.
    for i, arrived in ipairs(arrivals) do
      local soonest = math.floor((i - 1) / LIMIT) - 0.002
      assert.truthy(arrived - began >= soonest, ("the %dth after %g s"):format(i, arrived - began))
    end
  end)

  it("keep it with repeats, too", function()
    local began = socket.gettime()
    load.run(app.port, "/fail_in_turn", { at_once = LIMIT, total = 2 * LIMIT })
    local arrivals = peer.arrivals()
    assert.is_true(#arrivals > 2 * LIMIT, #arrivals .. " arrived")
    for i, arrived in ipairs(arrivals) do
      local soonest = math.floor((i - 1) / LIMIT) - 0.002
      assert.truthy(arrived - began >= soonest, ("the %dth after %g s"):format(i, arrived - began))
    end
  end)

  it("refuse, without sending, what the limit would make too late", function()
    local answers = load.open(app.port, "/hurry", 2 * LIMIT):join()
    local refused = 0
    for _, answer in ipairs(answers) do
      if answer.status ~= 200 then
        refused = refused + 1
        assert.truthy(answer.body:find("rate_limited: the wait for the rate limit", 1, true))
        assert.truthy(answer.body:find("nothing was sent", 1, true))
      end
    end
    assert.equal(2 * LIMIT - refused, #peer.arrivals())
    assert.truthy(refused >= LIMIT - 5, refused .. " were refused")
  end)

  it("spend one retry budget", function()
    local CALLS = 90
    load.run(app.port, "/fail", { at_once = 15, total = CALLS })
    local repeats = #peer.arrivals() - CALLS
    local allowed = math.floor(BUDGET / COST)
    assert.truthy(repeats >= allowed - 1 and repeats <= allowed + 15, repeats .. " repeats")
  end)

  it("hear of a dictionary that is not there", function()
    assert.truthy(app:read("/missing"):find("there is no lua_shared_dict of that name", 1, true))
  end)

  it("have nothing to complain of", function()
    assert.equal("", app:complaints())
  end)
end)
