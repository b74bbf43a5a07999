--- The text of the nginx configuration for a sandbox, and the facts about an nginx it depends on.
-- Pure: the caller asks the binary and writes the file.

local nginx_conf = {}

local TEMPLATE = [[
# Written by spherepay.sandbox for one run; every path is below the directory nginx is given by -p.
${load_modules}
${user}
daemon on;
worker_processes 1;
pid nginx.pid;
error_log error.log error;
events { worker_connections 1000; }
http {
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  # No query, no header: neither keys nor personal data.
  log_format bare '$msec $server_protocol $request_method $uri $status $body_bytes_sent';
  access_log access.log bare;
  server_tokens off;
  default_type application/json;
  client_max_body_size 64m;
  client_body_buffer_size 256k;
  keepalive_requests 1000000;
  keepalive_timeout 600s;
  lua_package_path "${lua_path};;";
  ${lua_cpath}
  init_by_lua_file init.lua;
  server {
    listen 127.0.0.1:${port};
    ${tls_listen}
    server_name localhost;
    location / {
      content_by_lua_block { require("spherepay.sandbox.worker").content() }
    }
    location /_sandbox/ {
      access_log off;
      content_by_lua_block { require("spherepay.sandbox.worker").content() }
    }
  }
}
]]

local TLS = [[
listen 127.0.0.1:${tls_port} ssl${old_http2};
    ${new_http2}
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols TLSv1.2 TLSv1.3;]]

local function fill(template, values)
  return (template:gsub("%${([%w_]+)}", function(name) return values[name] or "" end))
end

--- Reads what `nginx -V` prints.
---@param text string
---@return { has_lua: boolean, modules_path: string|nil, http2_directive: boolean } about
---  has_lua: the Lua module is built in; http2_directive: 1.25.1 or newer
function nginx_conf.about(text)
  local major, minor, patch = text:match("version: [^/]+/(%d+)%.(%d+)%.(%d+)")
  local version = (tonumber(major) or 0) * 1e6 + (tonumber(minor) or 0) * 1e3
    + (tonumber(patch) or 0)
  return {
    has_lua = (text:find("openresty", 1, true) or text:find("%-%-add%-module=%S*lua")) ~= nil,
    modules_path = text:match("%-%-modules%-path=(%S+)"),
    http2_directive = version >= 1025001,
  }
end

--- Renders the configuration.
---@param values { port: integer, tls_port: integer|nil, user: string|nil, modules: string[],
---  lua_path: string, lua_cpath: string|nil, http2_directive: boolean }
---@return string
function nginx_conf.render(values)
  local lines = {}
  for i, path in ipairs(values.modules) do lines[i] = 'load_module "' .. path .. '";' end
  local tls = values.tls_port and fill(TLS, {
    tls_port = tostring(values.tls_port),
    old_http2 = not values.http2_directive and " http2" or "",
    new_http2 = values.http2_directive and "http2 on;" or "",
  })
  return fill(TEMPLATE, {
    port = tostring(values.port),
    tls_listen = tls,
    user = values.user and "user " .. values.user .. ";",
    load_modules = table.concat(lines, "\n"),
    lua_path = values.lua_path,
    lua_cpath = values.lua_cpath and 'lua_package_cpath "' .. values.lua_cpath .. ';;";',
  })
end

return nginx_conf
