-- The gateway of examples/, as it is but for its ports: it starts, refuses and lets pass.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local cjson = require("cjson")
local http = require("socket.http")
local load = require("spec.support.load")
local ltn12 = require("ltn12")
local mime = require("mime")
local nginx = require("spec.support.nginx")
local sandbox = require("spec.support.sandbox")
local shell = require("spherepay.sandbox.shell")
local socket = require("socket")
local webhook = require("spherepay").webhook

-- Ends nginx when told, and when this process ends. $1 is the copy of the example,
-- $2 the nginx, $3 what loads its modules.
local GUARDIAN = [[
trap '' HUP INT QUIT TERM PIPE
unset NGINX
LD_PRELOAD="$SANITIZERS" "$2" -p "$1" -c nginx.conf -e stderr -g "$3" 2>>"$1/error.log" & pid=$!
read -r line
kill -QUIT $pid
wait $pid
rm -rf -- "$1"
]]

local SECRET = "webhook_secret_of_the_spec"
local SESSION_SECRET = "secret_of_the_spec"

local function base64url(text)
  return (mime.b64(text):gsub("=", ""):gsub("+", "-"):gsub("/", "_"))
end

-- A token as the application's login signs one.
local function token_of(claims)
  local text = base64url('{"alg":"HS256","typ":"JWT"}') .. "." .. base64url(cjson.encode(claims))
  return text .. "." .. base64url((webhook.sign(text, SESSION_SECRET):gsub("%x%x", function(byte)
    return string.char(tonumber(byte, 16))
  end)))
end

describe("examples/gateway", function()
  local api, dir, guardian, port

  local function ask(path, fields, body)
    local chunks = {}
    fields = fields or {}
    if body then fields["content-length"] = #body end
    local _, status, headers = http.request {
      url = ("http://127.0.0.1:%d%s"):format(port, path), sink = ltn12.sink.table(chunks),
      headers = fields, method = body and "POST", source = body and ltn12.source.string(body),
    }
    return status, table.concat(chunks), headers
  end

  -- The cookie of a customer who has logged in.
  local function session(id)
    local _, _, headers = ask("/login?id=" .. id)
    return headers["set-cookie"]:match("^[^;]+")
  end

  local function transfer(id)
    return ask("/transfers", { cookie = id and session(id) })
  end

  local function new_customer()
    local _, customer = api.call("POST", "/v2/customer",
      sandbox.sample "v2-create-request-individual-minimal")
    return customer.id
  end

  -- A copy that listens where nobody does, with this tree on its paths; `edit` may change its gate,
  -- and `more` be further locations.
  local function copy(edit, more)
    local conf = assert(shell.read_file("examples/gateway/nginx.conf"))
    dir = shell.read('mktemp -d "${TMPDIR:-/tmp}/spherepay-gateway.XXXXXX"')
    port = nginx.free_port()
    conf = conf:gsub("8080", port):gsub("8081", nginx.free_port())
    conf = conf:gsub("location /transfers", function(place) return (more or "") .. place end)
    assert(shell.run("chmod 755 " .. dir .. " && cp -r examples/gateway/. " .. dir) == 0)
    assert(shell.write_file(dir .. "/nginx.conf", conf))
    if not edit then return end
    local gate, count = edit(shell.read_file(dir .. "/gateway.lua"))
    assert(count == 1 and shell.write_file(dir .. "/gateway.lua", gate))
  end

  local function start(url)
    local binary = nginx.binary()
    local about = nginx.about(binary)
    local modules = about.has_lua and "" or "include /etc/nginx/modules-enabled/*.conf;"
    local words = {
      "LUA_PATH=" .. shell.quote(nginx.lua_path(about, package.path, "lua")),
      "LUA_CPATH=" .. shell.quote(nginx.lua_path(about, package.cpath, "so")),
      "SPHEREPAY_BASE_URL=" .. (url or api.url), "SPHEREPAY_TOKEN=sandbox_key",
      "SESSION_SECRET=" .. SESSION_SECRET, "SPHEREPAY_WEBHOOK_SECRET=" .. SECRET,
      "PATH=$PATH:/usr/sbin", "exec sh -c " .. shell.quote(GUARDIAN), "sh", dir,
      shell.quote(binary), shell.quote(modules),
    }
    guardian = io.popen("unset LD_PRELOAD; " .. table.concat(words, " "), "w")
    assert(nginx.await(function()
      local connection = socket.connect("127.0.0.1", port)
      return connection and connection:close()
    end), shell.read_file(dir .. "/error.log"))
  end

  setup(function()
    api = sandbox.start { tls = false }
    copy()
    start()
  end)

  local function stop()
    if not guardian then return end
    guardian:write("stop\n")
    guardian:close()
  end

  teardown(function()
    stop()
    if api then api.stop() end
  end)

  it("refuses a customer who is not verified, and lets pass one who is", function()
    local status, body = transfer(new_customer())
    assert.equal(403, status)
    assert.matches("terms_of_service", body, 1, true)
    local id = new_customer()
    api.review(id, { status = "approved" })
    status, body = transfer(id)
    assert.equal(200, status)
    assert.equal("/transfers accepted for " .. id .. " (individual)\n", body)
  end)

  it("tells the application who it is, whatever the client says", function()
    local id = new_customer()
    api.review(id, { status = "approved" })
    local _, body = ask("/transfers", { cookie = session(id), ["X-Customer-ID"] = "customer_1",
      ["X-Customer-Type"] = "business" })
    assert.equal("/transfers accepted for " .. id .. " (individual)\n", body)
  end)

  it("takes the session as a bearer token, too", function()
    local id = new_customer()
    api.review(id, { status = "approved" })
    local token = session(id):match "=(.*)"
    assert.equal(200, (ask("/transfers", { authorization = "Bearer " .. token })))
  end)

  it("hears of changes by webhooks that are signed", function()
    local id = new_customer()
    api.review(id, { status = "approved" })
    assert.equal(200, (transfer(id)))
    api.review(id, { status = "rejected" })
    local body = '{"id":"evt_1","type":"customer.update","data":{"id":"' .. id .. '"}}'
    assert.equal(400, (ask("/webhooks/spherepay", { signature = ("0"):rep(64) }, body)))
    assert.equal(200, (transfer(id)))
    assert.equal(204, (ask("/webhooks/spherepay",
      { signature = require("spherepay").webhook.sign(body, SECRET) }, body)))
    assert.truthy(nginx.await(function() return transfer(id) == 403 end, 3))
  end)

  it("counts for Prometheus, and for nobody else", function()
    local status, body = ask "/metrics"
    assert.equal(200, status)
    assert.matches("spherepay_gate_allowed_total %d+\n", body)
    local other = assert(socket.tcp())
    assert(other:bind("127.0.0.2", 0))
    assert(other:connect("127.0.0.1", port))
    assert(other:send "GET /metrics HTTP/1.0\r\n\r\n")
    assert.matches("^HTTP/1.1 403 ", other:receive "*l")
    other:close()
  end)

  it("does the same by auth_request", function()
    local id = new_customer()
    local status, body, headers = ask("/withdrawals", { cookie = session(id) })
    assert.equal(403, status)
    assert.equal("application/problem+json", headers["content-type"])
    assert.matches("terms_of_service", body, 1, true)
    id = new_customer()
    api.review(id, { status = "approved" })
    assert.equal(200, (ask("/withdrawals", { cookie = session(id) })))
    assert.equal(401, (ask("/withdrawals")))
  end)

  it("tells the application who it is, whatever the client writes in those headers", function()
    local id = new_customer()
    api.review(id, { status = "approved" })
    for path, kind in pairs { ["/transfers"] = "individual", ["/withdrawals"] = "" } do
      local _, body = ask(path, { cookie = session(id), ["x-customer-id"] = "customer_0",
        ["x-customer-type"] = "business" })
      assert.equal(("%s accepted for %s (%s)\n"):format(path, id, kind), body)
    end
  end)

  it("refuses who is not logged in, or says so themselves", function()
    local id = new_customer()
    api.review(id, { status = "approved" })
    assert.equal(403, (transfer(nil)))
    local other, good = session(new_customer()), session(id)
    local forged = other:gsub("%.[^.]+%.", (good:match "%.[^.]+%."))
    local unsigned = "session=eyJhbGciOiJub25lIn0" .. good:match "%.[^.]+%." .. "AA"
    for _, fields in ipairs {
      { ["X-Customer-Id"] = id }, { cookie = "session=" .. id }, { cookie = forged },
      { cookie = unsigned },
      { authorization = "Bearer " .. token_of { customer_id = id, exp = os.time() - 2 } },
      { authorization = "Bearer " .. token_of { customer_id = id } },
    } do
      assert.equal(403, (ask("/transfers", fields)))
    end
    local token = token_of { customer_id = id, exp = os.time() + 60 }
    assert.equal(200, (ask("/transfers", { authorization = "Bearer " .. token })))
  end)

  -- Another copy until the end of this spec.
  local function start_another(url, edit, more)
    local first = { dir, port, guardian }
    finally(function()
      stop()
      dir, port, guardian = first[1], first[2], first[3]
    end)
    copy(edit, more)
    start(url)
  end

  it("is not slipped past by a location that captures a guarded one", function()
    start_another(nil, nil, [[
      location = /outer {
        content_by_lua_block { ngx.print(ngx.location.capture("/transfers").status) }
      }
    ]])
    local id = new_customer()
    local _, body = ask("/outer", { cookie = session(id) })
    assert.equal("403", body)
    id = new_customer()
    api.review(id, { status = "approved" })
    _, body = ask("/outer", { cookie = session(id) })
    assert.equal("200", body)
  end)

  it("keeps one rate limit for its workers", function()
    local peer = nginx.peer()
    start_another(peer.url, function(text)
      return text:gsub("shm = \"spherepay_calls\"", "rate_limit = { read = 20, write = 20 }, %0")
    end)
    local bunches = {}
    for i = 1, 60 do
      local token = token_of { customer_id = "customer_" .. i, exp = os.time() + 60 }
      bunches[i] = load.open(port, "/transfers", 1, "Authorization: Bearer " .. token .. "\r\n")
    end
    for _, bunch in ipairs(bunches) do assert.equal("403 x 1", load.statuses(bunch:join())) end
    local arrivals = peer.arrivals()
    peer:stop()
    assert.equal(60, #arrivals)
    for i = 21, 60 do
      local window = arrivals[i] - arrivals[i - 20]
      assert.is_true(window >= 0.95, "21 requests in " .. window .. " s")
    end
  end)

  it("passes on no word of the client's about a customer when it lets everybody pass", function()
    start_another(nil, function(text) return text:gsub('fail = "closed"', "dry_run = true") end)
    local lie = { ["X-Customer-ID"] = "customer_1", ["X-Customer-Type"] = "business" }
    for path, kind in pairs { ["/transfers"] = "individual", ["/withdrawals"] = "" } do
      local status, body = ask(path, lie)
      assert.same({ 200, path .. " accepted for  ()\n" }, { status, body })
      local id = new_customer()
      lie.cookie = session(id)
      status, body = ask(path, lie)
      assert.same({ 200, ("%s accepted for %s (%s)\n"):format(path, id, kind) }, { status, body })
      lie.cookie = nil
    end
    assert.equal("", shell.read_file(dir .. "/error.log"))
  end)

  it("complains about nothing but the webhook not signed and metrics refused", function()
    local log = shell.read_file(dir .. "/error.log")
    log = log:gsub("[^\n]*signature does not fit[^\n]*\n", "")
    assert.equal("", (log:gsub("[^\n]*access forbidden by rule[^\n]*/metrics[^\n]*\n", "")))
  end)
end)
