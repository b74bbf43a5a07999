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

  local function ask(path, fields)
    local chunks = {}
    local _, status, headers = http.request {
      url = ("http://127.0.0.1:%d%s"):format(port, path), sink = ltn12.sink.table(chunks),
      headers = fields,
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
      "SESSION_SECRET=secret_of_the_spec",
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
    local status, body = transfer(new_customer())
    assert.equal(403, status)
    assert.matches("terms_of_service", body, 1, true)
    local id = new_customer()
    api.review(id, { status = "approved" })
    status, body = transfer(id)
    assert.equal(200, status)
    assert.equal("/transfers accepted\n", body)
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

  it("refuses who is not logged in, or says so themselves", function()
    local id = new_customer()
    api.review(id, { status = "approved" })
    assert.equal(403, (transfer(nil)))
    local forged = session(id):gsub("customer_%w+", new_customer())
    for _, fields in ipairs {
      { ["X-Customer-Id"] = id }, { cookie = "session=" .. id }, { cookie = forged },
    } do
      assert.equal(403, (ask("/transfers", fields)))
    end
  end)

  it("complains about nothing", function()
    assert.equal("", shell.read_file(dir .. "/error.log"))
  end)
end)
