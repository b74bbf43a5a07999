-- One nginx that serves every class of classes.lua, each at a port of its own, with certificates
-- that are made when it starts.

local nginx = require "spec.support.nginx"
local shell = require "spherepay.sandbox.shell"

local M = {}

-- nginx itself must load what is weak, and offer it.
local SERVER = [[
  server {
    listen 127.0.0.1:%d ssl;
    ssl_certificate %s/%d.pem;
    ssl_certificate_key %s/%d.key;
    ssl_protocols %s;
    ssl_ciphers %s:@SECLEVEL=0;
    %s
    access_log ${dir}/arrived.log arrived;
    location / { return 200 '{"id":"customer_sample1","type":"individual"}'; }
  }
]]

local server = {}
server.__index = server

--- Where a class is served.
---@param index integer
---@return string
function server:url(index)
  return ("https://%s:%d"):format(self.classes[index].host, self.ports[index])
end

--- The URLs at which a request arrived, one a line.
---@return string
function server:arrived()
  return shell.read_file(self.nginx.dir .. "/arrived.log") or ""
end

function server:stop()
  self.nginx:stop()
  shell.run("rm -rf " .. self.dir)
end

--- Makes the certificates and starts the server.
---@param classes table[] see classes.lua
---@return table server with `ca_file`
function M.start(classes)
  local dir = shell.read "mktemp -d"
  assert(shell.run("env -u LUA_PATH -u LUA_CPATH -u LD_PRELOAD lua5.4 "
    .. "spec/support/tls/certificates.lua " .. dir) == 0, "no certificates")
  local ports, blocks = {}, { "  log_format arrived '$scheme://$host:$server_port';" }
  for i, class in ipairs(classes) do
    ports[i] = nginx.free_port()
    blocks[#blocks + 1] = SERVER:format(ports[i], dir, i, dir, i,
      class.tls.protocols or "TLSv1.2 TLSv1.3", class.tls.ciphers or "HIGH",
      class.tls.dh and "ssl_dhparam " .. dir .. "/dh.pem;" or "")
  end
  return setmetatable({
    nginx = nginx.start {
      lua = false, http = table.concat(blocks, "\n"), server = "location / { return 404; }",
    },
    dir = dir, ports = ports, classes = classes, ca_file = dir .. "/ca.pem",
  }, server)
end

return M
