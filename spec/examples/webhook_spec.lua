-- examples/webhook: deliveries that are signed, come twice, or are somebody else's.

local http = require "socket.http"
local interpreter = require "spec.support.interpreter"
local ltn12 = require "ltn12"
local nginx = require "spec.support.nginx"
local shell = require "spherepay.sandbox.shell"
local sign = require("spherepay").webhook.sign

local SECRET = "webhook_secret_of_the_spec"
local EVENT = '{"id":"evt_1","type":"customer.updated","data":{"customerId":"customer_1"}}'

local function deliver(port, body, signature)
  local _, status = http.request {
    url = ("http://127.0.0.1:%d/webhooks/spherepay"):format(port), method = "POST",
    headers = { ["content-length"] = #body, Signature = signature },
    source = ltn12.source.string(body),
  }
  return status
end

describe("examples/webhook/luv.lua", function()
  it("acts once on what is signed, and refuses what is not", function()
    local errors = os.tmpname()
    local pipe = assert(io.popen("echo $$; exec env SPHEREPAY_WEBHOOK_SECRET=" .. SECRET .. " "
      .. interpreter() .. " examples/webhook/luv.lua 2>" .. errors))
    local pid = pipe:read "*l"
    local port = tonumber(pipe:read("*l"):match ":(%d+)$")
    local large = '{"id":"evt_2","data":{"text":"' .. ("x"):rep(200000) .. '"}}'
    local statuses = {
      deliver(port, EVENT, sign(EVENT, SECRET)), deliver(port, EVENT, sign(EVENT, SECRET)),
      deliver(port, EVENT, sign(EVENT, "another")), deliver(port, EVENT),
      deliver(port, large, sign(large, SECRET)),
    }
    os.execute("kill -TERM " .. pid)
    local text = pipe:read "*a"
    pipe:close()
    assert.same({ 204, 204, 400, 400, 204 }, statuses)
    assert.equal("customer.updated customer_1\nevent no customer\n", text)
    assert.is_nil(shell.read_file(errors):find(SECRET, 1, true))
    os.remove(errors)
  end)
end)

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

describe("examples/webhook/nginx.conf", function()
  it("takes what is signed, and refuses what is not", function()
    local binary = nginx.binary()
    local about = nginx.about(binary)
    local dir = shell.read 'mktemp -d "${TMPDIR:-/tmp}/spherepay-webhook.XXXXXX"'
    local port = nginx.free_port()
    assert(shell.run("chmod 755 " .. dir .. " && cp -r examples/webhook examples/gateway " .. dir)
      == 0)
    local conf = shell.read_file("examples/webhook/nginx.conf"):gsub("8080", port)
    assert(shell.write_file(dir .. "/webhook/nginx.conf", conf))
    local pipe = io.popen(("export LD_PRELOAD=\"$SANITIZERS\"; unset NGINX; echo $$; "
      .. "LUA_PATH=%s LUA_CPATH=%s "
      .. "SPHEREPAY_TOKEN=key SPHEREPAY_BASE_URL=http://127.0.0.1:9 SPHEREPAY_WEBHOOK_SECRET=%s "
      .. "exec %s -p %s/webhook -c nginx.conf -g %s 2>%s/error.log"):format(
        shell.quote(nginx.lua_path(about, package.path, "lua")),
        shell.quote(nginx.lua_path(about, package.cpath, "so")), SECRET, shell.quote(binary), dir,
        shell.quote(about.has_lua and "" or "include /etc/nginx/modules-enabled/*.conf;"), dir))
    local pid = pipe:read "*l"
    local is_up = nginx.await(function() return deliver(port, EVENT) == 400 end)
    local status = is_up and deliver(port, EVENT, sign(EVENT, SECRET))
    os.execute("kill -QUIT " .. pid)
    pipe:read "*a"
    pipe:close()
    local log = shell.read_file(dir .. "/error.log")
    os.execute("rm -rf -- " .. dir)
    assert.is_truthy(is_up, log)
    assert.equal(204, status)
  end)
end)
