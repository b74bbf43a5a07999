-- Redis in nginx, by lua-resty-redis: a connection out of nginx's own pool for each command. It
-- decides nothing; it knows no key.

local blame = require "spherepay.options.blame"

local resty = {}

local PATIENCE_MS = 250 -- for which Redis is waited for
local KEEPALIVE_MS, POOL = 60000, 16
local NAMES = { "resty.redis", "nginx.redis" } -- as OpenResty and as Debian call it

local function load_module(option)
  for _, name in ipairs(NAMES) do
    local ok, module = pcall(require, name)
    if ok then return module end
  end
  blame(("spherepay: option %q needs the module %s"):format(option, table.concat(NAMES, " or ")))
end

-- TLS is begun here: the module takes an option for it only from 0.28 on, and an older one, such as
-- that of Debian 12, passes over the option and would send the password in the clear. And
-- lua-resty-core asserts that a handshake for which it had to wait went well.
local function secure(connection, settings)
  local socket = rawget(connection, "_sock")
  if not socket then return nil, "this version of its module lends no socket for TLS" end
  local ok, session, problem = pcall(socket.sslhandshake, socket, nil, settings.host, true)
  if ok then return session and true, problem end
  return nil, "the TLS handshake failed: is its certificate trusted?"
end

local function greet(connection, settings)
  local ok, problem = true, nil
  if settings.tls then ok, problem = secure(connection, settings) end
  if ok and settings.password then ok, problem = connection:auth(settings.password) end
  return ok, problem
end

-- nginx wants an address of IPv6 in brackets.
local function address_of(host)
  return host:find ":" and not host:find "^%[" and "[" .. host .. "]" or host
end

local function connect(module, settings)
  local connection = module:new()
  connection:set_timeout(PATIENCE_MS)
  -- a pool of its own: what others left in theirs may have another password
  local pool = ("spherepay:%s:%d:%s"):format(settings.host, settings.port, tostring(settings.tls))
  local ok, problem = connection:connect(address_of(settings.host), settings.port, { pool = pool })
  if ok and connection:get_reused_times() == 0 then
    ok, problem = greet(connection, settings)
    if not ok then connection:close() end
  end
  if ok then return connection end
  return nil, problem
end

--- What runs commands, where a call can wait.
---@param settings { host: string, port: integer, password: string?, tls: boolean? }
---@param option string that asked for it, for the message when the module is missing
---@return fun(command: string, ...): any, string? run returns nil and why not
function resty.new(settings, option)
  local module = load_module(option)
  return function(command, ...)
    local connection, problem = connect(module, settings)
    if not connection then return nil, problem end
    local answer, message = connection[command](connection, ...)
    if answer == nil or answer == false and message then
      connection:close()
      return nil, message
    end
    connection:set_keepalive(KEEPALIVE_MS, POOL)
    return answer
  end
end

return resty
