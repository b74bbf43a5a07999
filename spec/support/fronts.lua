-- Real servers between a client and a backend, for specs and benchmarks: nginx with HTTP/2 over
-- TLS, haproxy in front of it, and the proxy tinyproxy. The backend is nginx too: it answers with a
-- customer after a delay, and counts what arrives by the mark "usr_N" in the body.

local nginx = require "spec.support.nginx"
local certificate = require "spherepay.sandbox.certificate"
local shell = require "spherepay.sandbox.shell"

local fronts = {}

local CUSTOMER = '{"id":"customer_sample1","type":"individual"}'

local HTTP = [[
  lua_shared_dict marks 10m;
  server {
    listen 127.0.0.1:${tls_port} ssl http2;
    ssl_certificate ${certificates}/server.pem;
    ssl_certificate_key ${certificates}/server.key;
    ssl_protocols ${protocols};
    ssl_session_tickets ${tickets};
    ssl_session_cache shared:tls:1m;
    keepalive_requests ${requests};
    http2_max_concurrent_streams ${streams};
    client_body_buffer_size 64k;
    location / {
      content_by_lua_block {
        ngx.req.read_body()
        local mark = (ngx.req.get_body_data() or ""):match("usr_%d+")
        if mark then ngx.shared.marks:incr(mark, 1, 0) end
        ngx.shared.marks:incr(ngx.var.ssl_session_reused == "r" and "resumed" or "full", 1, 0)
        ngx.sleep(${delay})
        ngx.header["Content-Type"] = "application/json"
        ngx.header["X-Connection"] = ngx.var.connection
        ngx.print('${customer}')
      }
    }
  }
]]

local SERVER = [[
    location = /marks { content_by_lua_block {
      for _, name in ipairs(ngx.shared.marks:get_keys(0)) do
        ngx.say(name, " ", ngx.shared.marks:get(name))
      end
    } }
]]

local function make_certificate()
  local dir = shell.read 'mktemp -d "${TMPDIR:-/tmp}/spherepay-front.XXXXXX"'
  assert(certificate.make(dir))
  return dir
end

local function add_marks(host)
  function host.marks()
    local counts = {}
    for name, count in host:read("/marks"):gmatch("(%S+) (%d+)") do
      counts[name] = tonumber(count)
    end
    return counts
  end
end

--- nginx with HTTP/2 over TLS.
---@param options { requests: integer?, streams: integer?, delay: number?, tickets: string?,
---  protocols: string? } after how many requests it ends a connection (1000, as nginx does); how
---  many it takes at once on one (128); seconds; "on" or "off"
---@return table host as of spec.support.nginx, with `base_url`, `ca_file` and `marks()`: how often
---  each mark arrived, and requests on "full" and "resumed" sessions of TLS
function fronts.nginx(options)
  local dir, tls_port = make_certificate(), nginx.free_port()
  local host = nginx.start({ http = HTTP, server = SERVER }, {
    certificates = dir, tls_port = tls_port, requests = options.requests or 1000,
    streams = options.streams or 128,
    delay = options.delay or 0, customer = CUSTOMER, tickets = options.tickets or "on",
    protocols = options.protocols or "TLSv1.2 TLSv1.3",
  })
  host.base_url, host.ca_file = "https://127.0.0.1:" .. tls_port, dir .. "/ca.pem"
  host.tls_port, host.certificates = tls_port, dir
  add_marks(host)
  local stop = host.stop
  function host:stop()
    stop(self)
    shell.run("rm -rf " .. shell.quote(dir))
  end
  return host
end

-- A program in the foreground, ended by its pid.
local function start_program(command, port)
  local pipe = io.popen("echo $$; exec " .. command .. " </dev/null 2>&1 >/dev/null", "r")
  local pid = pipe:read "*l"
  local socket = require "socket"
  local is_up = nginx.await(function()
    local connection = socket.connect("127.0.0.1", port)
    if connection then connection:close() end
    return connection
  end)
  local function stop()
    shell.run("kill " .. pid)
    pipe:close()
  end
  if not is_up then
    stop()
    error("did not start: " .. command)
  end
  return stop
end

local HAPROXY = [[
global
  tune.h2.max-concurrent-streams %d
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend front
  bind 127.0.0.1:%d ssl crt %s/haproxy.pem alpn h2,http/1.1
  default_backend back
backend back
  server one 127.0.0.1:%d ssl verify none alpn h2
]]

--- haproxy in front of such an nginx. To be stopped before it.
---@param behind table of fronts.nginx
---@param streams integer how many there may be at a time on a connection
---@return { base_url: string, stop: fun() }
function fronts.haproxy(behind, streams)
  local dir, port = behind.certificates, nginx.free_port()
  assert(shell.run(("cat %s/server.pem %s/server.key > %s/haproxy.pem"):format(dir, dir, dir)) == 0)
  assert(shell.write_file(dir .. "/haproxy.cfg",
    HAPROXY:format(streams, port, dir, behind.tls_port)))
  return {
    base_url = "https://127.0.0.1:" .. port,
    stop = start_program("haproxy -db -f " .. shell.quote(dir .. "/haproxy.cfg"), port),
  }
end

--- The proxy tinyproxy.
---@param dir string where its configuration goes
---@return { url: string, stop: fun() }
function fronts.tinyproxy(dir)
  local port = nginx.free_port()
  assert(shell.write_file(dir .. "/tinyproxy.conf",
    ("Port %d\nListen 127.0.0.1\nTimeout 60\nMaxClients 200\n"):format(port)))
  return {
    url = "http://127.0.0.1:" .. port,
    stop = start_program("tinyproxy -d -c " .. shell.quote(dir .. "/tinyproxy.conf"), port),
  }
end

--- Whether a program is installed.
---@param name string
---@return boolean
function fronts.has(name)
  return shell.run("command -v " .. name .. " >/dev/null 2>&1") == 0
end

return fronts
