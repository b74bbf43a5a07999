-- In which phases of nginx a call can wait, by what ngx_lua says of itself. The rest of the loop is
-- tried in a real one: spec/nginx.

local nginx = require "spherepay.loop.nginx"

local host = rawget(_G, "ngx")

describe("the loop of nginx", function()
  after_each(function() rawset(_G, "ngx", host) end)

  local function check(phase)
    rawset(_G, "ngx", { get_phase = function() return phase end })
    return nginx.check()
  end

  it("waits where a light thread can yield", function()
    for _, phase in ipairs {
      "server_rewrite", "rewrite", "access", "precontent", "content", "timer", "preread",
      "ssl_cert", "ssl_session_fetch", "ssl_client_hello",
    } do
      assert.same({ true }, { check(phase) }, phase)
    end
  end)

  for phase, way in pairs {
    init = "make it in a worker, with ngx.timer.at(0, ...) in init_worker_by_lua",
    exit_worker = "the worker is leaving, so make it before",
    init_worker = "hand it to a light thread, with ngx.timer.at(0, ...)",
    set = "hand it to a light thread, with ngx.timer.at(0, ...)",
    header_filter = "hand it to a light thread, with ngx.timer.at(0, ...)",
    body_filter = "hand it to a light thread, with ngx.timer.at(0, ...)",
    balancer = "hand it to a light thread, with ngx.timer.at(0, ...)",
    log = "hand it to a light thread, with ngx.timer.at(0, ...)",
    ssl_session_store = "hand it to a light thread, with ngx.timer.at(0, ...)",
  } do
    it("says what to do instead in " .. phase .. "_by_lua", function()
      assert.same({ nil, "no call can wait in " .. phase .. "_by_lua: " .. way }, { check(phase) })
    end)
  end

  it("is there in an nginx with ngx_lua, and in nothing else", function()
    for _, each in ipairs {
      { false, nil }, { false, {} }, { false, { get_phase = print } },
      { false, { get_phase = print, config = {} } },
      { false, { config = { subsystem = "http" } } },
      { false, "ngx" },
      { true, { get_phase = print, config = { subsystem = "http" } } },
      { true, { get_phase = print, config = { subsystem = "stream" } } },
    } do
      rawset(_G, "ngx", each[2])
      assert.equal(each[1], nginx.is_running())
    end
  end)
end)
