-- The gateway of examples/, as it is but for its ports: it starts, refuses and lets pass.

-- nginx brings its own LuaJIT; which Lua looks at it from outside does not matter.
if not rawget(_G, "jit") then return end

local http = require("socket.http")
local ltn12 = require("ltn12")
local nginx = require("spec.support.nginx")
local sandbox = require("spec.support.sandbox")
local shell = require("spherepay.sandbox.shell")
local socket = require("socket")

-- Ends nginx when told, and when this process ends. $1 is the copy of the example.
local GUARDIAN = [[
trap '' HUP INT QUIT TERM PIPE
nginx -p "$1" -c nginx.conf 2>>"$1/error.log" & pid=$!
read -r line
kill -QUIT $pid
wait $pid
rm -rf -- "$1"
]]

local function absolute(path, here)
  return ((";" .. path .. ";"):gsub(";%./", ";" .. here .. "/"):gsub("^;", ""))
end

describe("examples/gateway", function()
  local api, dir, guardian, port

  local function transfer(id)
    local chunks = {}
    local _, status = http.request {
      url = ("http://127.0.0.1:%d/transfers"):format(port), sink = ltn12.sink.table(chunks),
      headers = { ["X-Customer-Id"] = id },
    }
    return status, table.concat(chunks)
  end

  -- A copy that listens where nobody does, with this tree on its paths.
  local function copy()
    local conf = assert(shell.read_file("examples/gateway/nginx.conf"))
    dir = shell.read('mktemp -d "${TMPDIR:-/tmp}/spherepay-gateway.XXXXXX"')
    port = nginx.free_port()
    conf = conf:gsub("8080", port):gsub("8081", nginx.free_port())
    assert(shell.run("chmod 755 " .. dir .. " && cp -r examples/gateway/. " .. dir) == 0)
    assert(shell.write_file(dir .. "/nginx.conf", conf))
  end

  local function start()
    local here = shell.read("pwd")
    local words = {
      "LUA_PATH=" .. shell.quote(absolute(package.path, here)),
      "LUA_CPATH=" .. shell.quote(absolute(package.cpath, here)),
      "SPHEREPAY_BASE_URL=" .. api.url, "SPHEREPAY_TOKEN=sandbox_key",
      "PATH=$PATH:/usr/sbin", "exec sh -c " .. shell.quote(GUARDIAN), "sh", dir,
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

  teardown(function()
    if guardian then
      guardian:write("stop\n")
      guardian:close()
    end
    if api then api.stop() end
  end)

  it("refuses a customer who is not verified, and lets pass one who is", function()
    local _, customer = api.call("POST", "/v2/customer",
      sandbox.sample "v2-create-request-individual-minimal")
    local status, body = transfer(customer.id)
    assert.equal(403, status)
    assert.matches("terms_of_service", body, 1, true)
    _, customer = api.call("POST", "/v2/customer",
      sandbox.sample "v2-create-request-individual-minimal")
    api.review(customer.id, { status = "approved" })
    status, body = transfer(customer.id)
    assert.equal(200, status)
    assert.equal("transfer accepted\n", body)
  end)

  it("refuses who does not say who the customer is", function()
    assert.equal(403, (transfer(nil)))
  end)

  it("complains about nothing", function()
    assert.equal("", shell.read_file(dir .. "/error.log"))
  end)
end)
