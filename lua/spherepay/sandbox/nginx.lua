--- The sandbox behind a real web server: an nginx of its own with ngx_lua, on free loopback ports,
-- plain and TLS with HTTP/2, with everything it writes below one temporary directory.
-- A small shell process, the guardian, starts nginx and waits on a pipe from this process; when it
-- is told to, or when this process ends in whatever way, it stops nginx by its pid and removes the
-- directory. The system's nginx service is not touched.

local socket = require("socket")

local certificate = require("spherepay.sandbox.certificate")
local nginx_conf = require("spherepay.sandbox.nginx_conf")
local ports = require("spherepay.sandbox.ports")
local shell = require("spherepay.sandbox.shell")

local nginx = {}

local START_SECONDS = 15
local POLL_SECONDS = 0.01
local ATTEMPTS = 3

local FIND_BINARY = [[
PATH="$PATH:/usr/sbin:/usr/local/sbin:/usr/local/openresty/bin"
if [ -n "$NGINX" ]; then command -v "$NGINX"; exit; fi
command -v openresty || command -v nginx]]

local MODULES = { "ndk_http_module.so", "ngx_http_lua_module.so" }
local MODULE_DIRS = { "/usr/lib/nginx/modules", "/usr/lib64/nginx/modules" }

-- $1 the directory, $2 the binary. The parent's death closes the pipe, and `read` returns. nginx
-- removes its pid file when its worker has gone and it is about to go; the process itself may stay
-- a zombie for as long as the system's init pleases, so its pid is no sign.
local GUARDIAN = [[
trap '' HUP INT QUIT TERM PIPE
umask 077
unset LUA_PATH LUA_CPATH LD_PRELOAD NGINX
"$2" -p "$1/" -c "$1/nginx.conf" -e "$1/error.log" </dev/null 2>>"$1/error.log"
code=$?
tries=0
while [ $code = 0 ] && [ ! -s "$1/nginx.pid" ] && [ $tries -lt 250 ]; do
  sleep 0.02
  tries=$((tries + 1))
done
pid=$(cat "$1/nginx.pid")
echo $code >"$1/started.part"
mv "$1/started.part" "$1/started"
read -r line
if [ -n "$pid" ]; then
  kill -TERM "$pid"
  tries=0
  while [ -e "$1/nginx.pid" ] && [ $tries -lt 250 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
  [ -e "$1/nginx.pid" ] && kill -KILL "-$pid"
fi
rm -rf -- "$1"
]]

local function find_modules(about)
  if about.has_lua then return {} end
  local dirs = { about.modules_path, MODULE_DIRS[1], MODULE_DIRS[2] }
  for i = 1, 3 do
    local found = {}
    for _, name in ipairs(MODULES) do
      local path = dirs[i] and dirs[i] .. "/" .. name
      local file = path and io.open(path, "rb")
      if file then
        file:close()
        found[#found + 1] = path
      end
    end
    if #found == #MODULES then return found end
  end
  return nil, "nginx has no Lua module (Debian: libnginx-mod-http-lua)"
end

--- The nginx that is used: the one that the environment's NGINX names, else OpenResty's, else what
--- the PATH has. Whoever starts it takes NGINX out of its environment: nginx reads it, too, and
--- looks for sockets of a predecessor there.
---@return string|nil path
---@return string|nil message
function nginx.binary()
  local binary = shell.read(FIND_BINARY):match("^[^\n]+")
  if binary then return binary end
  local named = os.getenv("NGINX")
  if named and named ~= "" then return nil, "NGINX names no program" end
  return nil, "nginx is not installed (Debian: nginx-light)"
end

local function find_nginx(given)
  local binary, problem = given, nil
  if not binary then binary, problem = nginx.binary() end
  if not binary then return nil, problem end
  local about = nginx_conf.about(shell.read(shell.quote(binary) .. " -V 2>&1"))
  local modules, message = find_modules(about)
  if not modules then return nil, message end
  return { binary = binary, modules = modules, http2_directive = about.http2_directive }
end

-- The directory that holds spherepay/, absolute, from where this file was loaded.
local function find_tree()
  local source = debug.getinfo(1, "S").source
  local prefix = source:match("^@(.*)spherepay/sandbox/nginx%.lua$") or ""
  return shell.read("cd " .. shell.quote(prefix == "" and "." or prefix) .. " && pwd")
end

-- Root's worker runs as nobody; where that is impossible (a namespace with one user) as root.
local function choose_user(dir)
  if shell.read("id -u") ~= "0" then return nil end
  local group = shell.read("id -gn nobody 2>/dev/null")
  local chown = "chown nobody " .. shell.quote(dir) .. " 2>/dev/null"
  if group ~= "" and shell.run(chown) == 0 then return "nobody " .. group end
  return "root"
end

local function lua_paths()
  local tree = find_tree()
  -- Only a Lua 5.1 or LuaJIT has a cpath whose modules nginx's LuaJIT can load.
  local cpath = _VERSION == "Lua 5.1" and package.cpath or nil
  return tree .. "/?.lua;" .. tree .. "/?/init.lua", cpath
end

-- What of the console's address only whoever started the sandbox knows.
local function secret()
  local digits = shell.read("od -An -N16 -tx1 /dev/urandom"):gsub("%s", "")
  return #digits == 32 and digits or nil
end

local function init_script(opts)
  local lines = { 'require("spherepay.sandbox.worker").setup {' }
  for _, name in ipairs { "generation", "onboarding", "token", "otp_code", "console_secret" } do
    if opts[name] then lines[#lines + 1] = string.format("  %s = %q,", name, opts[name]) end
  end
  if opts.seed then lines[#lines + 1] = string.format("  seed = %d,", opts.seed) end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

local function prepare(host, found, opts)
  local given, message = ports.free(2, opts.port)
  if not given then return nil, message end
  host.port, host.tls_port = given[1], opts.tls ~= false and given[2] or nil
  local done
  if host.tls_port then
    done, message = certificate.make(host.dir)
    if not done then return nil, message end
  end
  local lua_path, lua_cpath = lua_paths()
  local conf = nginx_conf.render {
    port = host.port,
    tls_port = host.tls_port,
    user = choose_user(host.dir),
    modules = found.modules,
    lua_path = lua_path,
    lua_cpath = lua_cpath,
    http2_directive = found.http2_directive,
  }
  done, message = shell.write_file(host.dir .. "/init.lua", init_script(opts))
  if not done then return nil, message end
  return shell.write_file(host.dir .. "/nginx.conf", conf)
end

local function await_start(dir)
  local deadline = socket.gettime() + START_SECONDS
  repeat
    local code = shell.read_file(dir .. "/started")
    if code then return code:match("%d+") == "0" end
    socket.sleep(POLL_SECONDS)
  until socket.gettime() > deadline
  return false
end

local function can_connect(port)
  local connection = socket.connect("127.0.0.1", port)
  if connection then connection:close() end
  return connection ~= nil
end

local function is_up(host)
  return await_start(host.dir) and can_connect(host.port)
    and (not host.tls_port or can_connect(host.tls_port))
end

local function guard(dir, binary)
  -- In a session of its own it outlives even a signal to the whole process group.
  local words = { shell.quote(GUARDIAN), "sh", shell.quote(dir), shell.quote(binary) }
  local command = "exec $(command -v setsid) sh -c " .. table.concat(words, " ")
  return io.popen(command .. " >/dev/null 2>&1", "w")
end

local function make_host(dir)
  local host = { dir = dir }
  --- What nginx has complained about so far; "" when nothing, or after stop.
  function host.error_log()
    return shell.read_file(dir .. "/error.log") or ""
  end
  --- Stops nginx and removes the directory; returns when both are gone. May be called again.
  function host.stop()
    local pipe = host.guardian
    host.guardian = nil
    if not pipe then return end
    pipe:write("stop\n")
    pipe:close()
  end
  return host
end

local function launch(found, opts)
  local dir = shell.read('mktemp -d "${TMPDIR:-/tmp}/spherepay-sandbox.XXXXXX"')
  if dir == "" then return nil, "no temporary directory could be made" end
  local host = make_host(dir)
  local ready, message = prepare(host, found, opts)
  if not ready then
    shell.run("rm -rf -- " .. shell.quote(dir))
    return nil, message
  end
  host.guardian = guard(dir, found.binary)
  if not is_up(host) then
    message = "nginx did not start: " .. host.error_log()
    host.stop()
    return nil, message
  end
  os.remove(dir .. "/init.lua") -- it may hold the token and has been read
  host.pid = tonumber((shell.read_file(dir .. "/nginx.pid"):match("%d+")))
  host.url = "http://127.0.0.1:" .. host.port
  if opts.console_secret then
    host.console_url = host.url .. "/_sandbox/console/" .. opts.console_secret .. "/"
  end
  if host.tls_port then
    host.tls_url = "https://localhost:" .. host.tls_port
    host.ca_file = dir .. "/ca.pem"
  end
  return host
end

--- Starts a sandbox behind nginx and waits until it answers connections.
---@param opts { generation: string|nil, onboarding: string|nil, token: string|nil,
---  otp_code: string|nil, console: boolean|nil, seed: integer|nil, port: integer|nil,
---  tls: boolean|nil, nginx: string|nil }|nil as for `spherepay.sandbox.new`; console: whether to
---  have its page; port: of the plain listener, instead of any that is free; tls: false for a plain
---  listener only; nginx: path of the binary
---@return { url: string, console_url: string|nil, tls_url: string|nil, ca_file: string|nil,
---  port: integer, tls_port: integer|nil, dir: string, pid: integer, error_log: (fun(): string),
---  stop: fun() }|nil host nil when it could not be started
---@return string|nil message why not
function nginx.start(opts)
  opts = opts or {}
  local found, message = find_nginx(opts.nginx)
  if not found then return nil, message end
  if opts.console then
    opts = setmetatable({ console_secret = secret() }, { __index = opts })
  end
  for _ = 1, ATTEMPTS do
    local host
    host, message = launch(found, opts)
    if host then return host end
    if not message:find("Address already in use", 1, true) then break end
  end
  return nil, message
end

return nginx
