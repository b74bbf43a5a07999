-- Who waits for a call owns it: what becomes of the calls of handlers that are gone, in a real
-- nginx, which tells nobody that they are.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local load = require("spec.support.load")
local nginx = require("spec.support.nginx")

local HTTP = [[
  lua_shared_dict told 1m;
  init_by_lua_block {
    client = require("spherepay").new {
      token = "sandbox_key", base_url = "${peer}", max_retries = 0, rate_limit = false,
      max_in_flight = 100,
      on_error = function(err) ngx.shared.told:rpush("errors", tostring(err)) end,
      on_event = function(event)
        if event.type == "error" then ngx.shared.told:rpush("kinds", event.kind) end
        if event.type == "response" then ngx.shared.told:rpush("answers", event.pattern) end
      end,
    }
    importer = require("spherepay").new {
      token = "sandbox_key", base_url = "${slow}", rate_limit = false,
      on_error = function(err) ngx.shared.told:rpush("errors", tostring(err)) end,
    }
    ROWS = {}
    for i = 1, 3 do
      ROWS[i] = { type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
        address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" } }
    end
  }
]]

-- An API that has made a customer after a while.
local SLOW = [[
    location = /v2/customer { content_by_lua_block {
      ngx.sleep(1.5)
      ngx.status = 201
      ngx.print('{"id":"customer_new"}')
    } }
]]

local SERVER = [[
    lua_check_client_abort on;
    location = /get { content_by_lua_block {
      local customer, err = client.customer.get(ngx.var.arg_id)
      ngx.say(customer and customer.id or tostring(err))
    } }
    location = /update { content_by_lua_block {
      client.customer.update(ngx.var.arg_id, { meta = { a = 1 } })
      ngx.say("done")
    } }
    location = /import { content_by_lua_block {
      for _ in importer.customer.create_many(ROWS) do end
    } }
    location = /many { content_by_lua_block {
      for _ in client.customer.get_many { "customer_delay20000", "customer_delay21000" } do end
    } }
    location = /kill { content_by_lua_block {
      local thread = ngx.thread.spawn(function() client.customer.get("customer_delay20000") end)
      ngx.sleep(0.05)
      ngx.thread.kill(thread)
      ngx.say("killed")
    } }
    location = /busy { content_by_lua_block {
      local till = ngx.now() + 1.5
      while ngx.now() < till do ngx.update_time() end
      ngx.say("was busy")
    } }
    location = /set_back { content_by_lua_block {
      local now = ngx.now
      ngx.now = function() return now() - 3600 end
      ngx.say("set back")
    } }
    location = /in_flight { content_by_lua_block {
      local stats, others = client:stats(), importer:stats()
      ngx.say(stats.in_flight + stats.waiting + others.in_flight + others.waiting)
    } }
    location = /told { content_by_lua_block {
      for _ = 1, ngx.shared.told:llen(ngx.var.arg_list) do
        ngx.say(ngx.shared.told:lpop(ngx.var.arg_list))
      end
    } }
]]

describe("a call whose handler is gone", function()
  local peer, slow, app

  local function in_flight() return tonumber(app:read("/in_flight")) end

  local function told(list) return app:read("/told?list=" .. list) end

  local function await_in_flight(count)
    assert.truthy(nginx.await(function() return in_flight() == count end),
      "in flight: " .. in_flight())
  end

  -- Clients that leave when their calls, which would take 20 s, are under way.
  local function leave(path, count, calls)
    local bunch = load.open(app.port, path, count)
    await_in_flight(calls or count)
    bunch:close()
  end

  setup(function()
    peer = nginx.peer()
    slow = nginx.start { server = SLOW }
    app = nginx.start({ http = HTTP, server = SERVER }, { peer = peer.url, slow = slow.url })
  end)

  teardown(function()
    if app then app:stop() end
    if slow then slow:stop() end
    if peer then peer:stop() end
  end)

  before_each(function()
    told "errors"
    told "kinds"
    told "answers"
  end)

  it("is cancelled when it is a read", function()
    leave("/get?id=customer_delay20000", 20)
    await_in_flight(0)
    assert.equal(("cancelled\n"):rep(20), told "kinds")
    assert.equal("", told "errors")
  end)

  it("is cancelled when its light thread was killed", function()
    assert.equal("killed\n", app:read("/kill"))
    await_in_flight(0)
  end)

  it("is cancelled when it is one of many", function()
    leave("/many", 1, 2)
    await_in_flight(0)
  end)

  it("leaves no heap behind that stops the calls of others", function()
    for _ = 1, 4 do leave("/get?id=customer_delay20000", 25) end
    local answers = load.open(app.port, "/get?id=customer_a", 8):join()
    assert.equal("200 x 8", load.statuses(answers))
    for _, answer in ipairs(answers) do assert.matches("customer_a\n", answer.body) end
    await_in_flight(0)
  end)

  it("comes to its end when it is a write, of which on_error is told", function()
    leave("/update?id=customer_delay1500", 1)
    local errors = nginx.await(function()
      local text = told "errors"
      return text ~= "" and text
    end)
    assert.matches("cancelled: nobody waits for the answer any more; it was a success", errors, 1,
      true)
    assert.matches("may have been applied", errors, 1, true)
  end)

  it("comes to its end, of which on_error is told, when it is one of many writes", function()
    leave("/import", 1, 3)
    local words, count = "nobody waits for the answer any more; it was a success", 0
    assert.is_truthy(nginx.await(function()
      count = count + select(2, told("errors"):gsub(words, ""))
      return count == 3
    end), count)
    await_in_flight(0)
  end)

  it("is told of although the answer comes before anybody notices that", function()
    leave("/update?id=customer_delay300", 1)
    local function is_told(list, words)
      return nginx.await(function() return told(list):find(words, 1, true) end)
    end
    assert.truthy(is_told("errors", "nobody waits for the answer any more; it was a success"))
    leave("/get?id=customer_delay300", 1)
    assert.truthy(is_told("answers", "/v2/customer/{id}"))
  end)

  it("is not one whose worker was busy for a while", function()
    local answers = load.open(app.port, "/get?id=customer_delay2500", 10)
    await_in_flight(10)
    assert.equal("was busy\n", app:read("/busy"))
    assert.equal("200 x 10", load.statuses(answers:join()))
    assert.equal("", told "kinds")
  end)

  it("is cancelled although the clock was set back", function()
    local bunch = load.open(app.port, "/get?id=customer_delay20000", 5)
    await_in_flight(5)
    assert.equal("set back\n", app:read("/set_back"))
    bunch:close()
    await_in_flight(0)
  end)

  it("leaves nothing in the error log", function()
    assert.equal("", app:complaints())
  end)
end)
