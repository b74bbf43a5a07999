--- spherepay.sandbox.nginx_conf: what it reads from `nginx -V` and the text it writes.

local nginx_conf = require("spherepay.sandbox.nginx_conf")

local DEBIAN = "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.15\nconfigure arguments: "
  .. "--prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules --with-http_v2_module"
local OPENRESTY = "nginx version: openresty/1.25.3.1\nconfigure arguments: "
  .. "--prefix=/usr/local/openresty/nginx --add-module=../ngx_lua-0.10.26"

local function render(changes)
  local values = { port = 8001, modules = {}, lua_path = "/tree/?.lua" }
  for name, value in pairs(changes or {}) do values[name] = value end
  return nginx_conf.render(values)
end

describe("sandbox nginx_conf", function()
  it("knows an nginx that must load the Lua module from one that has it", function()
    assert.same({
      has_lua = false, modules_path = "/usr/lib/nginx/modules", http2_directive = false,
    }, nginx_conf.about(DEBIAN))
    assert.same({ has_lua = true, http2_directive = false }, nginx_conf.about(OPENRESTY:gsub(
      "1.25.3.1", "1.21.4.1")))
    assert.is_true(nginx_conf.about("--add-module=/x/lua-nginx-module").has_lua)
    assert.is_false(nginx_conf.about("").has_lua)
  end)

  it("knows from which version on HTTP/2 has a directive", function()
    assert.is_true(nginx_conf.about(OPENRESTY).http2_directive)
    assert.is_true(nginx_conf.about("nginx version: nginx/1.25.1").http2_directive)
    assert.is_false(nginx_conf.about("nginx version: nginx/1.25.0").http2_directive)
  end)

  it("listens on the loopback only", function()
    for address in render({ tls_port = 8002 }):gmatch("listen ([^;]+);") do
      assert.is_truthy(address:find("^127%.0%.0%.1:800[12]"))
    end
  end)

  it("has a TLS listener with HTTP/2 when it has a port for it", function()
    assert.is_nil(render():find("ssl", 1, true))
    assert.is_truthy(render({ tls_port = 8002 }):find("listen 127.0.0.1:8002 ssl http2;", 1, true))
    local new = render { tls_port = 8002, http2_directive = true }
    assert.is_truthy(new:find("listen 127.0.0.1:8002 ssl;", 1, true))
    assert.is_truthy(new:find("http2 on;", 1, true))
  end)

  it("loads modules and names a user only when told to", function()
    assert.is_nil(render():find("load_module", 1, true))
    assert.is_nil(render():find("user ", 1, true))
    local text = render { modules = { "/m/a.so" }, user = "nobody nogroup", lua_cpath = "/c/?.so" }
    assert.is_truthy(text:find('load_module "/m/a.so";', 1, true))
    assert.is_truthy(text:find("user nobody nogroup;", 1, true))
    assert.is_truthy(text:find('lua_package_cpath "/c/?.so;;";', 1, true))
  end)

  it("logs neither queries nor headers and writes only below its prefix", function()
    local text = render { tls_port = 8002 }
    assert.is_nil(text:find("$http", 1, true))
    assert.is_nil(text:find("$request ", 1, true))
    assert.is_nil(text:find("$args", 1, true))
    for path in text:gmatch("_temp_path ([^;]+);") do assert.is_nil(path:find("/", 1, true)) end
    for _, name in ipairs { "pid", "error_log", "access_log" } do
      assert.is_truthy(text:find("\n%s*" .. name .. " %a"), name)
    end
  end)

  it("leaves no placeholder unfilled", function()
    assert.is_nil(render({ tls_port = 8002 }):find("${", 1, true))
  end)
end)
