-- A real Redis for specs, on a free port, that ends with this process: and where its client
-- libraries are. They are pure Lua, so those of Debian's packages for other Luas serve all.

local nginx = require("spec.support.nginx")
local shell = require("spherepay.sandbox.shell")
local socket = require("socket")

local M = {}

-- Ends it when told, and when this process ends. $1 the directory, $2 the port, $3 the password,
-- $4 "tls" for a port that speaks nothing else, with a certificate of its own making.
local GUARDIAN = [[
trap '' HUP INT QUIT TERM PIPE
unset LD_PRELOAD ASAN_OPTIONS
plain=$2
if [ "$4" = tls ]; then
  plain=0
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=DNS:127.0.0.1,IP:127.0.0.1 -keyout "$1/key" -out "$1/certificate"
  set -- "$1" "$2" "$3" --tls-port "$2" --tls-cert-file "$1/certificate" \
    --tls-key-file "$1/key" --tls-auth-clients no
else
  set -- "$1" "$2" "$3"
fi
dir=$1 password=$3
shift 3
redis-server --port "$plain" "$@" --bind 127.0.0.1 --dir "$dir" --save '' --appendonly no \
  ${password:+--requirepass "$password"} >"$dir/log" 2>&1 & pid=$!
read -r line
kill -TERM $pid
wait $pid
[ "$line" = stay ] || rm -rf -- "$dir"
]]

--- Where redis-lua is found, for LUA_PATH; nil when it is not installed.
---@return string? path
function M.library()
  for _, dir in ipairs { "/usr/share/lua/5.3", "/usr/share/lua/5.1" } do
    if shell.read_file(dir .. "/redis.lua") then return dir .. "/?.lua" end
  end
  return nil
end

--- Where lua-resty-redis is found, by either of its names; nil when it is nowhere. OpenResty brings
--- it; on Debian the set-up unpacks it.
---@return string? dir
function M.library_for_nginx()
  local here = shell.read("pwd")
  for _, dir in ipairs {
    "/usr/local/openresty/lualib", "/usr/share/lua/5.1", here .. "/build/redis/usr/share/lua/5.1",
  } do
    for _, name in ipairs { "/resty/redis.lua", "/nginx/redis.lua" } do
      if shell.read_file(dir .. name) then return dir end
    end
  end
  return nil
end

local Host = {}
Host.__index = Host

--- Starts one, and waits until it answers.
---@param opts { port: integer?, password: string?, tls: boolean? }?
---@return table host `port`, `certificate` (a file, with `tls`), `stop()`, `ask(command)`
function M.start(opts)
  opts = opts or {}
  local self = setmetatable({ port = opts.port or nginx.free_port(),
    dir = shell.read('mktemp -d "${TMPDIR:-/tmp}/spherepay-redis.XXXXXX"'),
    password = opts.password }, Host)
  self.certificate = opts.tls and self.dir .. "/certificate" or nil
  self.guardian = io.popen(("exec sh -c %s sh %s %d %s %s >/dev/null 2>&1"):format(
    shell.quote(GUARDIAN), shell.quote(self.dir), self.port, shell.quote(opts.password or ""),
    opts.tls and "tls" or "plain"), "w")
  assert(nginx.await(function()
    local connection = socket.connect("127.0.0.1", self.port)
    return connection and connection:close()
  end, 10), shell.read_file(self.dir .. "/log"))
  return self
end

--- What redis-cli says.
---@param command string
---@return string
function Host:ask(command)
  local auth = self.password and "-a " .. self.password .. " --no-auth-warning " or ""
  local tls = self.certificate and "--tls --cacert " .. self.certificate .. " " or ""
  return shell.read(("redis-cli -p %d %s%s%s"):format(self.port, tls, auth, command))
end

--- Has it listen on another address, too. Returns whether that went.
---@param address string
---@return boolean
function Host:listens_on(address)
  self:ask(("config set bind '127.0.0.1 %s'"):format(address))
  local connection = socket.connect(address, self.port)
  return connection ~= nil and connection:close() == 1
end

--- Has it answer nobody until `resume`.
function Host:pause()
  self.paused = tonumber(self:ask("info server"):match "process_id:(%d+)")
  assert(shell.run("kill -STOP " .. self.paused) == 0)
end

--- After `pause`; else without effect.
function Host:resume()
  if self.paused then shell.run("kill -CONT " .. self.paused) end
  self.paused = nil
end

--- Ends it. May be called again.
function Host:stop()
  local pipe = self.guardian
  self.guardian = nil
  self:resume()
  if not pipe then return end
  pipe:write("stop\n")
  pipe:close()
end

return M
