-- spherepay sandbox: around a command, in the foreground, and however it ends.

local interpreter = require("spec.support.interpreter")
local nginx = require("spec.support.nginx")
local socket = require("socket")

local shell = require("spherepay.sandbox.shell")

local SECONDS = 10

local function await(condition)
  local deadline = socket.gettime() + SECONDS
  repeat
    local value = condition()
    if value then return value end
    socket.sleep(0.01)
  until socket.gettime() > deadline
  return nil
end

describe("spherepay sandbox #command", function()
  local dir, group
  before_each(function() dir = shell.read("mktemp -d") end)
  after_each(function()
    if group then shell.run("kill -KILL -" .. group .. " 2>/dev/null") end
    group = nil
    shell.run("rm -rf -- " .. shell.quote(dir))
  end)

  -- Sandboxes make their directories below TMPDIR, so an empty one shows that none is left.
  local function command(words)
    return "TMPDIR=" .. shell.quote(dir) .. " " .. interpreter()
      .. " lua/spherepay/cli/main.lua sandbox " .. words
  end

  local function is_empty()
    return shell.read("ls " .. shell.quote(dir) .. " | grep -v '^out$'") == ""
  end

  local function is_gone(pid)
    return not shell.read("ps -o stat= -p " .. pid):find("^[^Z]")
  end

  local function nginx_pids()
    return shell.read("cat " .. shell.quote(dir) .. "/spherepay-sandbox.*/nginx.pid 2>/dev/null")
  end

  it("listens on the port it is given, and says when that is taken or no port", function()
    local port = nginx.free_port()
    local listener = assert(socket.bind("127.0.0.1", port))
    local words = "--port " .. port .. " --run 'echo $SPHEREPAY_BASE_URL' 2>&1"
    local output = shell.read(command(words))
    assert.equal("spherepay: port " .. port .. ": address already in use", output)
    listener:close()
    assert.equal("http://127.0.0.1:" .. port, shell.read(command(words)))
    output = shell.read(command "--port many --run true 2>&1")
    assert.is_truthy(output:find("--port takes a number from 1 to 65535", 1, true), output)
    assert.is_true(is_empty())
  end)

  it("runs a command against a sandbox and ends with its exit code", function()
    local script = 'curl -s "$SPHEREPAY_BASE_URL/_sandbox/"; echo; echo "$SPHEREPAY_TOKEN";'
      .. ' test -s "$SPHEREPAY_CA_FILE" && exit 7'
    local output = shell.read(command("--generation v1 --token t --run " .. shell.quote(script))
      .. "; echo $?")
    assert.equal('{"generation":"v1","sandbox":"spherepay"}\nt\n7', output)
    assert.is_true(is_empty())
  end)

  it("points the command at TLS when asked to", function()
    local script = 'curl -s --cacert "$SPHEREPAY_CA_FILE" "$SPHEREPAY_BASE_URL/_sandbox/"'
    local output = shell.read(command("--tls --run " .. shell.quote(script)))
    assert.equal('{"generation":"v2","sandbox":"spherepay"}', output)
  end)

  it("refuses a generation that there is not", function()
    assert.not_equal(0, shell.run(command("--generation v9 2>/dev/null")))
    assert.is_true(is_empty())
  end)

  -- In a process group of its own, as a terminal would have it.
  local function in_foreground(words)
    local out = dir .. "/out"
    local pid = shell.read("setsid sh -c " .. shell.quote("exec env " .. command(words))
      .. " >" .. shell.quote(out) .. " 2>&1 & echo $!")
    group = pid
    assert.is_truthy(await(function()
      return (shell.read_file(out) or ""):find("ready", 1, true)
        or (shell.read_file(out) or ""):find("Ctrl-C", 1, true)
    end))
    return pid, shell.read_file(out)
  end

  it("tells how to point a client at it", function()
    local pid, output = in_foreground("--token t")
    local words = output:match("export [^\n]+")
    local answer = shell.read(words .. '; curl -s -H "Authorization: Bearer $SPHEREPAY_TOKEN" '
      .. '"$SPHEREPAY_BASE_URL/v2/customer"')
    local console = output:match("\n  console  (http://127%.0%.0%.1:%d+/_sandbox/console/%x+/)\n")
    local page = shell.read("curl -s " .. shell.quote(assert(console, output)))
    shell.run("kill -INT " .. pid)
    assert.is_truthy(page:find("<script nonce=", 1, true))
    assert.is_truthy(answer:find('"customers":[]', 1, true))
    assert.is_true(await(is_empty))
  end)

  for _, signal in ipairs { "INT", "TERM", "KILL" } do
    for _, words in ipairs { "", "--run 'echo ready; exec sleep 30'" } do
      it("leaves nothing behind after SIG" .. signal .. " " .. words, function()
        local pid = in_foreground(words)
        local nginx_pid = nginx_pids()
        assert.is_truthy(nginx_pid:find("^%d+$"))
        shell.run("kill -" .. signal .. " -" .. pid)
        assert.is_true(await(function() return is_gone(pid) end))
        assert.is_true(await(function() return is_empty() and is_gone(nginx_pid) end))
      end)
    end
  end
end)
