-- A get that several handlers of a worker wait for, in a real nginx, which tells nobody that a
-- handler is gone.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local load = require("spec.support.load")
local nginx = require("spec.support.nginx")

-- Handlers that come while a get is under way share it. What came is told once.
local HTTP = [[
  lua_shared_dict calls 1m;
  init_by_lua_block {
    local joint = require("spherepay.resources.joint")
    local new = require("spherepay").new
    local function client(more)
      more.token, more.base_url, more.max_retries = more.token or "sandbox_key", "${peer}", 0
      return new(more)
    end
    free = client { rate_limit = false }
    few = client { shm = "calls", rate_limit = { read = 2, write = 2 } }
    secret = client { token = function() return "sandbox_key" end }
    told = { wake = 0, gone = 0, begun = 0, under_way = nil }
    can = joint.is_possible

    function begin(one, id)
      local semaphore = require("ngx.semaphore").new(0)
      local get = { semaphore = semaphore }
      local call = joint.options(one, { deadline = 30 })
      get.joint = joint.start(one, id, call, {
        wake = function() told.wake = told.wake + 1 semaphore:post(100) end,
        gone = function() told.gone, told.under_way = told.gone + 1, nil end,
      })
      if not get.joint then return nil end
      told.begun = told.begun + 1
      get.joint:share()
      return get
    end

    function share(id)
      told.under_way = told.under_way or begin(free, id)
      local get = told.under_way
      while not get.joint:done() do get.joint:attend(get.semaphore, 0.1) end
      if get == told.under_way then
        get.customer, get.err = get.joint:finish()
        told.under_way = nil
      end
      return get.customer and get.customer.id or tostring(get.err)
    end
  }
]]

local SERVER = [[
    lua_check_client_abort on;
    location = /share { content_by_lua_block { ngx.print(share(ngx.var.arg_id)) } }
    location = /abandon { content_by_lua_block {
      begin(free, "customer_delay20000").joint:abandon()
      ngx.print("ok")
    } }
    location = /told { content_by_lua_block {
      ngx.print(told.begun, " begun, ", told.wake, " woken, ", told.gone, " gone")
      told.begun, told.wake, told.gone = 0, 0, 0
    } }
    location = /in_flight { content_by_lua_block { ngx.print(free:stats().in_flight) } }
    location = /few { content_by_lua_block {
      local begun = 0
      for i = 1, 5 do
        if begin(few, "customer_delay1" .. i) then begun = begun + 1 end
      end
      ngx.print(begun)
    } }
    location = /possible { content_by_lua_block {
      ngx.print(tostring(can(free)), tostring(can(few)), tostring(can(secret)))
    } }
]]

describe("a get that several handlers wait for", function()
  local peer, app

  local function await(path, body)
    assert.truthy(nginx.await(function() return app:read(path) == body end), app:read(path))
  end

  setup(function()
    peer = nginx.peer()
    app = nginx.start({ http = HTTP, server = SERVER }, { peer = peer.url })
  end)

  teardown(function()
    if app then app:stop() end
    if peer then peer:stop() end
  end)

  before_each(function()
    app:read("/told")
    peer.arrivals()
  end)

  it("is one call, of which all hear", function()
    local answers = load.run(app.port, "/share?id=customer_delay300", { total = 20, at_once = 20 })
    assert.equal(20, #answers)
    for i = 1, 20 do assert.matches("\ncustomer_delay300\r", answers[i].body, 1, true) end
    assert.equal("1 begun, 1 woken, 0 gone", app:read("/told"))
    assert.equal(1, #peer.arrivals())
  end)

  it("goes on although the one who began it leaves", function()
    local first = load.open(app.port, "/share?id=customer_delay1500", 1)
    await("/in_flight", "1")
    local second = load.open(app.port, "/share?id=customer_delay1500", 1)
    first:close()
    assert.matches("\ncustomer_delay1500\r", second:join()[1].body, 1, true)
    assert.equal("1 begun, 1 woken, 0 gone", app:read("/told"))
  end)

  it("is given up when all have left, and says so", function()
    local bunch = load.open(app.port, "/share?id=customer_delay20000", 5)
    await("/in_flight", "1")
    bunch:close()
    await("/in_flight", "0")
    assert.equal("1 begun, 0 woken, 1 gone", app:read("/told"))
  end)

  it("is told of no more once somebody has given it up", function()
    assert.equal("ok", app:read("/abandon"))
    app:read("/share?id=customer_delay1200") -- meanwhile it is looked who still waits
    assert.equal("2 begun, 1 woken, 0 gone", app:read("/told"))
    await("/in_flight", "0")
  end)

  it("is not begun where it would have to wait for its turn or its token", function()
    assert.equal("2", app:read("/few"))
    assert.equal("truetruefalse", app:read("/possible"))
  end)

  it("leaves nothing in the error log", function() assert.equal("", app:complaints()) end)
end)
