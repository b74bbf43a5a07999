-- A real nginx for specs, with the configuration a spec gives it and this tree on its Lua paths.
-- All it writes is in one temporary directory, TMPDIR of its workers included, so that a spec can
-- see what was left there. Not the sandbox's nginx: that one is the library's own.
--
-- A guardian, a small shell, starts it and waits on a pipe from this process: when it is told to,
-- or when this process ends in whatever way, it stops nginx by its pid and removes the directory.

local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")

local nginx_conf = require("spherepay.sandbox.nginx_conf")
local ports = require("spherepay.sandbox.ports")
local sandbox_nginx = require("spherepay.sandbox.nginx")
local shell = require("spherepay.sandbox.shell")

local M = {}

local START_SECONDS = 15
local WAIT_SECONDS = 5
local POLL_SECONDS = 0.005
local MODULES = { "ndk_http_module.so", "ngx_http_lua_module.so" }

local CONF = [[
%s
daemon on;
worker_processes %d;
pid nginx.pid;
error_log error.log info;
env TMPDIR=%s/tmp;
env PATH;
worker_shutdown_timeout 20s;
events { worker_connections 1000; }
http {
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  access_log off;
  default_type application/json;
  keepalive_requests 1000000;
%s
%s
  server {
    listen 127.0.0.1:%d;
%s
  }
}
]]

-- $1 the directory, $2 the binary. nginx removes its pid file when it is about to go.
local GUARDIAN = [[
trap '' HUP INT QUIT TERM PIPE
unset LD_PRELOAD ASAN_OPTIONS NGINX
[ -z "$SANITIZERS" ] || export LD_PRELOAD="$SANITIZERS" ASAN_OPTIONS=detect_leaks=0 # make sanitize
"$2" -p "$1/" -c "$1/nginx.conf" -e "$1/error.log" </dev/null 2>>"$1/error.log"
echo $? >"$1/started.part"
mv "$1/started.part" "$1/started"
read -r line
pid=$(cat "$1/nginx.pid" 2>/dev/null)
tries=0
[ -n "$pid" ] && kill -TERM "$pid"
while [ -e "$1/nginx.pid" ] && [ $tries -lt 250 ]; do
  sleep 0.02
  tries=$((tries + 1))
done
[ -e "$1/nginx.pid" ] && kill -KILL "$pid"
rm -rf -- "$1"
]]

-- ---- what there is ------------------------------------------------------------------------------

--- The nginx of all specs: see `spherepay.sandbox.nginx`.
---@return string
function M.binary()
  return (assert(sandbox_nginx.binary()))
end

--- What `binary` is: see `nginx_conf.about`, and `lualib`, OpenResty's own Lua libraries.
---@param binary string
---@return table
function M.about(binary)
  local text = shell.read(shell.quote(binary) .. " -V 2>&1")
  local about = nginx_conf.about(text)
  local beside = (text:match("%-%-prefix=(%S+)") or "") .. "/../lualib"
  about.lualib = shell.run("test -d " .. shell.quote(beside)) == 0 and beside or nil
  return about
end

local function load_modules(about)
  if about.has_lua then return "" end
  local lines = {}
  for i, name in ipairs(MODULES) do
    lines[i] = ("load_module \"%s/%s\";"):format(about.modules_path, name)
  end
  return table.concat(lines, "\n")
end

-- Lua is for those that want it: a plain nginx starts from any Lua.
local function lua_of(opts, about)
  if opts.lua == false then return "", "" end
  return load_modules(about), ("  lua_package_path \"%s\";\n  lua_package_cpath \"%s\";")
    :format(M.lua_path(about, package.path, "lua"), M.lua_path(about, package.cpath, "so"))
end

-- nginx changes into its own directory, so what is relative to this one becomes absolute.
local function absolute(path, here)
  return ((";" .. path .. ";"):gsub(";%./", ";" .. here .. "/"):gsub("^;", ""):gsub(";;+$", ";;"))
end

--- A path of Lua for nginx: this process's own, but OpenResty's libraries first where it has some:
--- Debian's lua-resty-core does not fit it.
---@param about table of `about`
---@param path string package.path or package.cpath
---@param ending "lua"|"so"
---@return string
function M.lua_path(about, path, ending)
  local own = about.lualib and ("%s/?.%s;"):format(about.lualib, ending) or ""
  return own .. absolute(path, shell.read("pwd"))
end

local given = {} -- ports, so that no two servers of a spec get the same

--- A port of 127.0.0.1 that is free now.
---@return integer
function M.free_port()
  local port = assert(ports.free(1))[1]
  if given[port] then return M.free_port() end
  given[port] = true
  return port
end

--- Waits until `condition` gives something true, and returns that; nil when it never does.
---@param condition fun(): any
---@param seconds number?
---@return any
function M.await(condition, seconds)
  local deadline = socket.gettime() + (seconds or WAIT_SECONDS)
  repeat
    local value = condition()
    if value then return value end
    socket.sleep(POLL_SECONDS)
  until socket.gettime() > deadline
  return condition()
end

-- ---- one nginx ----------------------------------------------------------------------------------

local Host = {}
Host.__index = Host

--- Asks it for `path`. Returns the body, the status and the headers; nil and why not.
---@param path string
---@param fields table<string, string>? headers of the request
---@return string? body
---@return integer|string status
---@return table? headers
function Host:get(path, fields)
  local chunks = {}
  local ok, status, headers = http.request {
    url = self.url .. path, sink = ltn12.sink.table(chunks), headers = fields,
  }
  if not ok then return nil, status end
  return table.concat(chunks), status, headers
end

--- The same, of an answer that has to be 200.
function Host:read(path, fields)
  local body, status = self:get(path, fields)
  assert(status == 200, path .. ": " .. tostring(status) .. ": " .. tostring(body)
    .. "\n" .. self:error_log())
  return body
end

--- The pids of its workers.
---@return integer[]
function Host:workers()
  local list = {}
  local text = shell.read(("cat /proc/%d/task/%d/children"):format(self.pid, self.pid))
  for pid in text:gmatch("%d+") do list[#list + 1] = tonumber(pid) end
  return list
end

--- How many entries /proc/PID/`what` has: "task" (threads) or "fd".
---@param pid integer
---@param what string
---@return integer
function Host.count(_, pid, what)
  return tonumber(shell.read(("ls /proc/%d/%s 2>/dev/null | wc -l"):format(pid, what)))
end

--- Sends a signal to a process of its, the master by default.
function Host:kill(signal, pid)
  assert(shell.run(("kill -%s %d"):format(signal, pid or self.pid)) == 0)
end

--- Whether a process is there and not a zombie.
function Host.is_alive(_, pid)
  local stat = shell.read_file(("/proc/%d/stat"):format(pid))
  return stat ~= nil and not stat:find("%) [ZX]")
end

--- What the client has left in its temporary directory.
function Host:left_files()
  return shell.read("ls -A " .. shell.quote(self.dir .. "/tmp"))
end

--- What it has written to its error log, from info upwards.
function Host:error_log()
  return shell.read_file(self.dir .. "/error.log") or ""
end

--- The lines of it that nobody wants to find: alert, emerg, crit and error.
function Host:complaints()
  local lines = {}
  for line in self:error_log():gmatch("[^\n]+") do
    if line:find("%[alert%]") or line:find("%[emerg%]") or line:find("%[crit%]")
      or line:find("%[error%]") or line:find("%[warn%]") then
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n")
end

--- Stops it and removes what is its. May be called again.
function Host:stop()
  local pipe = self.guardian
  self.guardian = nil
  if not pipe then return end
  pipe:write("stop\n")
  pipe:close()
end

local function is_up(self)
  local code = M.await(function()
    return shell.read_file(self.dir .. "/started")
  end, START_SECONDS)
  if not code or code:match("%d+") ~= "0" then return false end
  return M.await(function()
    local connection = socket.connect("127.0.0.1", self.port)
    if connection then connection:close() end
    return connection and shell.read_file(self.dir .. "/nginx.pid")
  end)
end

-- Root's workers run as nobody, who must be able to write where TMPDIR is.
local function make_dir()
  local dir = shell.read('mktemp -d "${TMPDIR:-/tmp}/spherepay-spec.XXXXXX"')
  assert(dir ~= "", "no temporary directory")
  assert(shell.run(("chmod 755 %s && mkdir -m 1777 %s/tmp"):format(dir, dir)) == 0)
  return dir
end

--- Starts an nginx and waits until it answers. Raises when it does not.
---@param opts { workers: integer?, http: string?, server: string, lua: boolean? } what its
---  configuration says in those places, and whether it has Lua (yes, if it is not false); ${dir},
---  ${port} and the names in `values` are replaced
---@param values table<string, any>?
---@return table host `url`, `port`, `dir`, `pid`, and the functions above
function M.start(opts, values)
  local self = setmetatable({ dir = make_dir(), port = M.free_port() }, Host)
  local binary = M.binary()
  local about = M.about(binary)
  -- started by root, the workers would be nobody, who may not read a private checkout
  local user = shell.read("id -u") == "0" and "user root root;\n" or ""
  local modules, paths = lua_of(opts, about)
  local conf = CONF:format(user .. modules, opts.workers or 1, self.dir, paths, opts.http or "",
    self.port, opts.server)
  conf = conf:gsub("%${([%w_]+)}", function(name)
    return tostring(name == "dir" and self.dir or name == "port" and self.port
      or values and values[name])
  end)
  assert(shell.write_file(self.dir .. "/nginx.conf", conf))
  local words = { shell.quote(GUARDIAN), "sh", shell.quote(self.dir), shell.quote(binary) }
  self.guardian = io.popen("exec sh -c " .. table.concat(words, " ") .. " >/dev/null 2>&1", "w")
  self.url = "http://127.0.0.1:" .. self.port
  local pid = is_up(self)
  if not pid then
    local log = self:error_log()
    self:stop()
    error("nginx did not start: " .. log)
  end
  self.pid = tonumber(pid:match("%d+"))
  -- the socket takes connections before there is a worker behind it
  assert(M.await(function() return #self:workers() >= (opts.workers or 1) end), "no workers")
  return self
end

-- ---- a peer -------------------------------------------------------------------------------------

local PEER_HTTP = [[
  lua_shared_dict arrivals 1m;
  init_by_lua_block {
    local file = assert(io.open("${here}/spec/fixtures/api/v2-get-individual-tos-status.json"))
    CUSTOMER = file:read("*a")
    file:close()
  }
]]

local PEER = [[
    location /v2/customer/ {
      content_by_lua_block {
        ngx.update_time()
        ngx.shared.arrivals:rpush("at", ngx.now())
        local word, number = ngx.var.uri:match("customer_(%l+)(%d*)")
        if word == "delay" then ngx.sleep(number / 1000) end
        if word == "status" then
          ngx.status = tonumber(number)
          return ngx.say('{"detail":"told to","code":"told/to"}')
        end
        local id = ngx.var.uri:match("customer_[^/]+$") or "customer_new"
        ngx.print((CUSTOMER:gsub("customer_f31121c389624d3697cbf3ea8830b7a4", id)))
      }
    }
    location = /arrivals { content_by_lua_block {
      for _ = 1, ngx.shared.arrivals:llen("at") do ngx.say(ngx.shared.arrivals:lpop("at")) end
    } }
]]

--- An nginx that answers as the API would, by the id: customer_delay250 is answered after 250 ms,
--- customer_status503 with that status, any other at once, each as that customer.
---@return table host with `arrivals()`: when each request came since it was last asked, in order
function M.peer()
  local peer = M.start({ http = PEER_HTTP, server = PEER }, { here = shell.read("pwd") })
  function peer.arrivals()
    local list = {}
    for at in peer:read("/arrivals"):gmatch("%S+") do list[#list + 1] = tonumber(at) end
    table.sort(list)
    return list
  end
  return peer
end

return M
