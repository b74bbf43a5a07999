-- What a gate in a real nginx can be told to do with its decisions, and what its looks carry along.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local nginx = require("spec.support.nginx")

-- An API that notes what it was asked with. The customer's id says what their profile is.
local PEER_HTTP = "lua_shared_dict seen 1m;"
local PEER = [[
    location /v2/customer/ {
      content_by_lua_block {
        local id = ngx.var.uri:match("[^/]+$")
        ngx.shared.seen:set("traceparent", ngx.var.http_traceparent or "none")
        if id:find("fail") then
          ngx.status = 500
          return ngx.say("{}")
        end
        ngx.say('{"id":"', id, '","type":"individual","meta":{"tier":"gold","name":"Jane"},',
          '"verificationProfiles":[{"name":"kyc_profile_a","status":"',
          id:match("customer_(%l+)"), '"}]}')
      }
    }
    location = /traceparent {
      content_by_lua_block { ngx.print(ngx.shared.seen:get("traceparent")) }
    }
]]

local HTTP = [[
  lua_shared_dict decisions 1m;
  lua_shared_dict told 1m;
  init_by_lua_block {
    local spherepay = require("spherepay")
    local verification = spherepay.verification
    euros = assert(verification.policy { all = {
      { currency = "EUR" }, { field = "meta.tier", equals = "platinum" } } })
    local client = spherepay.new {
      token = "sandbox_key", base_url = "${peer}", max_retries = 0, rate_limit = false,
      on_event = function(event)
        ngx.shared.told:set(event.type, event.origin .. " " .. (event.traceparent or "none"))
      end,
    }
    local function new(given)
      given.client, given.shm = client, "decisions"
      given.policy = assert(verification.policy { currency = "USD" })
      return spherepay.gate.new(given)
    end
    gate = new { facts = function(customer) return { tier = customer.meta.tier } end }
    dry = new { dry_run = true }
  }
]]

local SERVER = [[
    error_page 403 /refused.html;
    error_page 503 @later;
    location = /refused.html {
      internal;
      content_by_lua_block { ngx.print("<h1>not yet</h1>") }
    }
    location @later { content_by_lua_block { ngx.print("come later") } }
    location = /page {
      rewrite_by_lua_block { gate:enforce { id = ngx.var.arg_id, answer = false } }
      content_by_lua_block { ngx.print("passed") }
    }
    location = /own {
      access_by_lua_block {
        gate:enforce { id = ngx.var.arg_id, on_deny = function(found, err, refused)
          ngx.status = 402
          ngx.print(found and found.reason or err.kind, " ", refused.status)
        end }
      }
      content_by_lua_block { ngx.print("passed") }
    }
    location = /own_content {
      content_by_lua_block {
        gate:enforce { id = ngx.var.arg_id, on_deny = function() ngx.print("refused") end }
        ngx.print("passed")
      }
    }
    location = /euros {
      access_by_lua_block { gate:enforce { id = ngx.var.arg_id, policy = euros } }
      content_by_lua_block { ngx.print("passed") }
    }
    location = /dry {
      access_by_lua_block {
        local found = dry:enforce { id = ngx.var.arg_id }
        ngx.ctx.would = found.would and found.would.status
      }
      content_by_lua_block { ngx.print("passed, would be ", ngx.ctx.would) }
    }
    location = /upstream_headers {
      rewrite_by_lua_block {
        ngx.req.clear_header("X-Customer-Tier")
        local found = gate:enforce { id = ngx.var.arg_id }
        ngx.req.set_header("X-Customer-Tier", found.facts and found.facts.tier)
      }
      proxy_pass http://127.0.0.1:${port}/echo;
    }
    location = /echo { content_by_lua_block { ngx.print(ngx.var.http_x_customer_tier) } }
    location = /last {
      content_by_lua_block { ngx.print(ngx.shared.told:get(ngx.var.arg_type)) }
    }
    # nginx makes up another $request_id each time unless its configuration names the variable
    add_header X-Request-Id $request_id;
    location = /traced {
      rewrite_by_lua_block { gate:enforce { id = ngx.var.arg_id } }
      content_by_lua_block { ngx.print(ngx.var.request_id) }
    }
    location = /metrics { content_by_lua_block { ngx.print(gate:prometheus()) } }
]]

local TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

describe("the gate in nginx", function()
  local peer, app

  setup(function()
    peer = nginx.start({ http = PEER_HTTP, server = PEER })
    app = nginx.start({ http = HTTP, server = SERVER }, { peer = peer.url })
  end)

  teardown(function()
    if app then app:stop() end
    if peer then peer:stop() end
  end)

  local function get(path, fields)
    local body, status, headers = app:get(path, fields)
    return status .. " " .. body, headers
  end

  it("leaves the answer to error_page", function()
    assert.equal("200 passed", (get "/page?id=customer_approved1"))
    assert.equal("403 <h1>not yet</h1>", (get "/page?id=customer_pending1"))
    assert.equal("403 <h1>not yet</h1>", (get "/page"))
    local answer, headers = get "/page?id=customer_fail1"
    assert.equal("503 come later", answer)
    assert.equal("1", headers["retry-after"])
  end)

  it("leaves the answer to a function, behind which nobody passes", function()
    assert.equal("200 passed", (get "/own?id=customer_approved1"))
    assert.equal("402 verification 403", (get "/own?id=customer_pending1"))
    assert.equal("402 server 503", (get "/own?id=customer_fail1"))
    assert.equal("200 refused", (get "/own_content?id=customer_pending1"))
    assert.equal("200 passed", (get "/own_content?id=customer_approved1"))
  end)

  it("decides by another policy for one location", function()
    assert.equal("200 passed", (get "/page?id=customer_approved2"))
    assert.matches("^403 .*meta.tier", (get "/euros?id=customer_approved2"))
  end)

  it("lets pass in a dry run, and says what it would have done", function()
    assert.equal("200 passed, would be 403", (get "/dry?id=customer_pending3"))
    assert.equal("200 passed, would be nil", (get "/dry?id=customer_approved3"))
    assert.equal("200 passed, would be 403", (get "/dry"))
  end)

  it("tells the upstream facts of the customer, and nothing that the client says", function()
    local path = "/upstream_headers?id=customer_approved4"
    assert.equal("200 gold", (get(path)))
    assert.equal("200 gold", (get(path, { ["X-Customer-Tier"] = "platinum" })))
  end)

  it("carries the trace of the request that looks along, and its id in the events", function()
    local id = app:read("/traced?id=customer_approved5", { traceparent = TRACE })
    assert.equal(TRACE, peer:read "/traceparent")
    for _, type in ipairs { "request", "attempt", "response" } do
      assert.equal(id .. " " .. TRACE, app:read("/last?type=" .. type))
    end
    app:read("/traced?id=customer_approved6", { traceparent = "00-zz" })
    assert.equal("none", peer:read "/traceparent")
  end)

  it("counts for Prometheus", function()
    local text = app:read "/metrics"
    assert.matches("spherepay_gate_denied_total %d+\n", text)
    assert.matches("spherepay_gate_breaker_open 0\n", text)
    for line in text:gmatch "[^\n]+" do
      assert.is_truthy(line:find "^# " or line:find "^spherepay_gate_[%l_]+ %d+$", line)
    end
  end)

  it("complains about nothing but the looks that failed", function()
    for line in app:complaints():gmatch "[^\n]+" do
      assert.matches("%[warn%].*spherepay: server: %d+ looks? of the gate failed", line)
    end
  end)
end)
