-- What has gone wrong in other programs that put libcurl into a host, and must not here: signals,
-- descriptors that leak into other programs, the end of the host in the middle of calls, servers
-- that say goodbye, HTTP/2 connections by the dozen.

local certificate = require "spherepay.sandbox.certificate"
local nginx = require("spec.support.nginx")
local helper = require "spec.contract.helper"
local shell = require "spherepay.sandbox.shell"

local SCRIPT = [[
  local spherepay = require "spherepay"
  local client = spherepay.new {
    token = "t", base_url = %q, ca_file = %s, max_retries = 0, validate = false,
  }
]]

local server, prelude

local function start(options)
  server = helper.fault.start(options)
  helper.clear(server)
  prelude = SCRIPT:format(server:url(), ("%q"):format(server.ca_file))
  finally(function() server:stop() end)
end

describe("a signal", function()
  it("of the keyboard interrupts a blocking call at once", function()
    start()
    server:default { "stall" }
    local pipe, pid = helper.spawn(prelude .. "client.customer.get('customer_1')")
    assert(server:wait { arrived = 1 })
    local began = helper.now()
    shell.run("kill -INT " .. pid)
    local text = pipe:read("*a")
    pipe:close()
    assert.is_true(helper.now() - began < 10) -- of the 30 that an attempt has
    assert.truthy(text:find("interrupted!", 1, true), text)
  end)

  it("that only wakes the process does not end its call", function()
    start()
    server:default(helper.answer { delay = 0.3 })
    local pipe, pid = helper.spawn(prelude .. "print(client.customer.get('customer_sample1').id)")
    assert(server:wait { arrived = 1 })
    shell.run(("kill -STOP %s; kill -CONT %s"):format(pid, pid))
    assert.equal(helper.ID .. "\n", pipe:read("*a"))
    pipe:close()
  end)

  it("about a broken pipe does not end the host", function()
    start { tls = true }
    server:default { "read_all_and_reset", early = true }
    local out, code = helper.child(prelude .. [[
      for _ = 1, 5 do
        local big = { meta = { text = ("x"):rep(4 * 1024 * 1024) } }
        local _, err = client.customer.update("customer_1", big)
        print(err.kind)
      end
    ]], { env = "--default-signal=PIPE" })
    assert.same({ ("network\n"):rep(5), 0 }, { out, code })
  end)

  it("about a broken pipe still ends what the host starts", function()
    start()
    local out = helper.child(prelude .. [[
      local pipe = io.popen("sh -c 'kill -PIPE $$; echo survived'")
      io.write("[", pipe:read("*a"), "]")
    ]], { env = "--default-signal=PIPE" })
    assert.equal("[]", out)
  end)
end)

describe("the sockets of a client", function()
  it("are not held open by programs that the host starts", function()
    start()
    local pipe = helper.spawn(prelude .. [[
      assert(client.customer.get("customer_sample1"))
      io.popen("exec sleep 15 >/dev/null 2>&1")
      client:close()
      print("closed")
      io.stdout:flush()
      os.exit(0)
    ]])
    assert.equal("closed", pipe:read("*l"))
    assert(server:wait { left = 1, timeout = 10 })
    pipe:close()
  end)
end)

describe("the end of the host with twenty calls under way", function()
  local TOLD = "spherepay: cancelled: 20 tasks of client:spawn never ended: call client:run()"
    .. " after it\n"
  -- What the script ends with, and what it then writes.
  local ENDS = {
    ["by closing its Lua state"] = { "", TOLD },
    ["by closing the client"] = { "client:close()", "" },
    ["by collecting the client"] = {
      "client = nil tasks = nil collectgarbage() collectgarbage()", TOLD,
    },
    ["by os.exit"] = { "os.exit(0)", "" },
    ["by an error"] = { "pcall(error, 'oops') io.stdout:write('') client = nil", TOLD },
  }

  for how, ending in pairs(ENDS) do
    it(how .. " is quick and clean", function()
      start { tls = true, h2 = true }
      local host = helper.program "host.c"
      finally(function()
        os.remove(host)
        server:stop()
      end)
      server:default { "stall" }
      local began = helper.now()
      local out, code = helper.child(prelude .. [[
        tasks = {}
        for i = 1, 20 do
          tasks[i] = client:spawn(function() return client.customer.get("customer_1") end)
        end
        for _ = 1, 20 do client:step(0.01) end
      ]] .. ending[1], { program = host })
      assert.same({ ending[2], 0 }, { out, code })
      assert.is_true(helper.now() - began < 15) -- of the 30 that the calls have
      local left = assert(server:wait { left = 1 })
      assert.is_true(left)
    end)
  end
end)

describe("a large body", function()
  it("is sent without waiting for leave to send it", function()
    start()
    local client = helper.client(server, { validate = false })
    local big = { meta = { text = ("x"):rep(2 * 1024 * 1024) } }
    assert(client.customer.update(helper.ID, big))
    client:close()
    assert.is_nil(server:log()[1].headers.expect) -- with it libcurl would wait for 100 Continue
  end)
end)

describe("many calls at once", function()
  local function at_once(client, count)
    local fns = {}
    for index = 1, count do fns[index] = function() return client.customer.get(helper.ID) end end
    for _, result in ipairs(client:parallel(fns)) do assert.is_nil(result[2]) end
  end

  it("share one connection once HTTP/2 is known", function()
    start { tls = true, h2 = true }
    local client = helper.client(server, { rate_limit = false })
    assert(client.customer.get(helper.ID))
    at_once(client, 80)
    client:close()
    assert.equal(81, #server:log())
    assert.equal(1, #server:connections())
  end)

  it("do not queue behind each other when the server keeps no connection", function()
    start()
    server:default(helper.answer { delay = 0.5, keep_alive = false })
    local client = helper.client(server)
    local took = helper.timed(at_once, client, 30)
    client:close()
    assert.is_true(took < 12, took) -- one after the other they would take 15 s
  end)

  it("reuse connections one after the other", function()
    start { tls = true }
    local client = helper.client(server, { rate_limit = false })
    for _ = 1, 50 do assert(client.customer.get(helper.ID)) end
    assert.equal(49, client:stats().reused)
    client:close()
    assert.equal(1, #server:connections())
  end)
end)

describe("a .netrc file", function()
  it("is not read", function()
    start()
    local home = shell.read("mktemp -d")
    finally(function()
      shell.run("rm -rf " .. home)
      server:stop()
    end)
    assert(shell.write_file(home .. "/.netrc", "machine 127.0.0.1 login jane password other\n"))
    helper.child(prelude .. "client.customer.get('customer_1')", { env = "HOME=" .. home })
    assert.equal("Bearer t", server:log()[1].headers.authorization)
  end)
end)

describe("a server that says goodbye to an idle connection", function()
  -- A real one: after its keep-alive time nginx sends TLS's close_notify, over HTTP/2 GOAWAY first.
  local CONF = [[
    daemon on;
    pid nginx.pid;
    error_log error.log;
    events {}
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      server {
        %s
        ssl_certificate server.pem;
        ssl_certificate_key server.key;
        keepalive_timeout 100ms;
        location / { return 200 '{"id":"%s"}'; }
      }
    }
  ]]

  -- Waits until the other side alone has closed a connection of ours to `port` (state 08).
  local function await_goodbye(port)
    local till, pattern = helper.now() + 5, (":%%x+ %%x+:%04X 08 "):format(port)
    repeat
      assert(helper.now() < till, "nginx kept the connection")
    until shell.read_file("/proc/net/tcp"):find(pattern)
  end

  it("loses no create: it goes out on another connection", function()
    local dir, port = shell.read("mktemp -d"), nginx.free_port()
    finally(function() shell.run(("kill $(cat %s/nginx.pid); rm -rf %s"):format(dir, dir)) end)
    assert(certificate.make(dir))
    local binary, listen = nginx.binary(), "listen 127.0.0.1:%d ssl http2;"
    if nginx.about(binary).http2_directive then
      listen = "listen 127.0.0.1:%d ssl; http2 on;"
    end
    assert(shell.write_file(dir .. "/nginx.conf", CONF:format(listen:format(port), helper.ID)))
    assert.equal(0, shell.run(
      ("env -u NGINX %s -p %s/ -c nginx.conf -e error.log"):format(shell.quote(binary), dir)))
    for _, version in ipairs { "1.1", "auto" } do
      local client = helper.spherepay.new {
        token = "t", base_url = "https://127.0.0.1:" .. port, ca_file = dir .. "/ca.pem",
        http_version = version,
      }
      assert(client.customer.get(helper.ID))
      await_goodbye(port)
      local customer, err, response = client.customer.create(helper.JANE)
      assert.is_nil(err, tostring(err))
      assert.same({ helper.ID, 1, false },
        { customer.id, #response.attempts, response.timings.reused })
      client:close()
    end
  end)
end)
