-- The gate where nginx runs no access phase: auth_request, ngx.location.capture; and what the
-- client is told there.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local cjson = require("cjson")
local nginx = require("spec.support.nginx")

-- An API whose customers are what their ids say: customer_approved1, customer_incomplete1,
-- customer_fail429.
local PEER = [[
    location /v2/customer/ {
      content_by_lua_block {
        local id = ngx.var.uri:match("[^/]+$")
        local word, number = id:match("customer_(%l+)(%d*)")
        if word == "fail" then
          ngx.status = tonumber(number)
          ngx.header["Retry-After"] = "7"
          return ngx.say('{"status":' .. number .. ',"detail":"told to"}')
        end
        ngx.say('{"id":"', id, '","type":"individual","verificationProfiles":[{',
          '"name":"kyc_profile_a","status":"', word, '","criteria":{',
          '"complete":[],"pending":[],"required":["terms_of_service"],"errors":[]}}]}')
      }
    }
]]

local HTTP = [[
  lua_shared_dict decisions 4m;
  init_by_lua_block {
    local spherepay = require("spherepay")
    gate = spherepay.gate.new {
      client = spherepay.new {
        token = "sandbox_key", base_url = "${peer}", max_retries = 0, rate_limit = false,
      },
      policy = assert(spherepay.verification.policy { currency = "USD" }),
      shm = "decisions",
    }
  }
]]

local SERVER = [[
    # the recipe of gate:auth_request
    location = /transfers {
      auth_request /_gate;
      auth_request_set $spherepay_gate $sent_http_spherepay_gate;
      error_page 401 403 = @refused;
      content_by_lua_block { ngx.print("transfer accepted") }
    }
    location = /_gate {
      internal;
      content_by_lua_block { gate:auth_request { id = ngx.var.cookie_customer } }
    }
    location @refused {
      content_by_lua_block { gate:answer_refusal(ngx.var.spherepay_gate) }
    }

    # the same without its last part
    location = /bare {
      auth_request /_gate;
      content_by_lua_block { ngx.print("transfer accepted") }
    }

    # enforce in the location that auth_request names
    location = /by_enforce {
      auth_request /_enforce;
      content_by_lua_block { ngx.print("transfer accepted") }
    }
    location = /_enforce {
      internal;
      content_by_lua_block {
        gate:enforce { id = ngx.var.cookie_customer }
        ngx.exit(204)
      }
    }

    # a guarded location that another one captures
    location = /guarded {
      rewrite_by_lua_block { gate:enforce { id = ngx.var.cookie_customer } }
      content_by_lua_block { ngx.print(ngx.is_subrequest and "captured" or "direct") }
    }
    location = /outer {
      content_by_lua_block {
        local inner = ngx.location.capture("/guarded")
        ngx.print(inner.status, " ", inner.header["Retry-After"] or "-", " ", inner.body)
      }
    }
]]

describe("the gate in subrequests", function()
  local peer, app

  -- The headers of a request whose session is that customer's.
  local function of(id) return { cookie = "customer=" .. id } end

  setup(function()
    peer = nginx.start({ server = PEER })
    app = nginx.start({ workers = 2, http = HTTP, server = SERVER }, { peer = peer.url })
  end)

  teardown(function()
    if app then app:stop() end
    if peer then peer:stop() end
  end)

  describe("of auth_request", function()
    it("lets an approved customer pass", function()
      assert.equal("transfer accepted", app:read("/transfers", of "customer_approved1"))
      assert.equal("transfer accepted", app:read("/bare", of "customer_approved1"))
    end)

    it("answers the others with 403 and what is outstanding", function()
      for _ = 1, 2 do
        local body, status, headers = app:get("/transfers", of "customer_incomplete1")
        assert.equal(403, status)
        assert.equal("application/problem+json", headers["content-type"])
        assert.equal("no-store", headers["cache-control"])
        assert.same({ { profile = "kyc_profile_a", criterion = "terms_of_service",
          state = "required" } }, cjson.decode(body).outstanding)
        assert.is_nil(headers["spherepay-gate"])
      end
    end)

    it("answers 401 to who names no customer", function()
      local body, status, headers = app:get("/transfers")
      assert.equal(401, status)
      assert.equal("Bearer", headers["www-authenticate"])
      assert.equal(401, cjson.decode(body).status)
    end)

    it("answers 403 to an id that is none, and to strangers", function()
      assert.equal(403, (select(2, app:get("/transfers", of "x"))))
      assert.equal(403, (select(2, app:get("/transfers", of "customer_fail404"))))
    end)

    it("answers 503 and Retry-After when nothing is known", function()
      local body, status, headers = app:get("/transfers", of "customer_fail500")
      assert.equal(503, status)
      assert.is_truthy(tonumber(headers["retry-after"]) >= 1)
      assert.equal(503, cjson.decode(body).status)
    end)

    it("lets nobody pass either when the refusal has no location of its own", function()
      for id, wanted in pairs { customer_incomplete1 = 403, customer_fail500 = 403, [""] = 403 } do
        assert.equal(wanted, (select(2, app:get("/bare", of(id)))))
      end
      assert.equal(401, (select(2, app:get("/bare"))))
    end)

    it("takes enforce as well, but for a failure, of which nginx makes 500", function()
      assert.equal("transfer accepted", app:read("/by_enforce", of "customer_approved1"))
      assert.equal(403, (select(2, app:get("/by_enforce", of "customer_incomplete1"))))
      assert.equal(403, (select(2, app:get("/by_enforce"))))
      assert.equal(500, (select(2, app:get("/by_enforce", of "customer_fail500"))))
    end)
  end)

  describe("of ngx.location.capture", function()
    it("is asked in rewrite_by_lua", function()
      assert.equal("direct", app:read("/guarded", of "customer_approved1"))
      assert.equal("200 - captured", app:read("/outer", of "customer_approved1"))
      assert.equal(403, (select(2, app:get("/guarded", of "customer_incomplete1"))))
      assert.matches("^403 %- .*terms_of_service", app:read("/outer", of "customer_incomplete1"))
      assert.matches("^403 ", app:read("/outer"))
      assert.matches("^503 %d+ ", app:read("/outer", of "customer_fail500"))
    end)
  end)
end)
