-- Starts the fault server (spec/support/fault/) and tells it what to do, from any Lua. It holds no
-- behaviour of its own: the names and options are those of spec/support/fault/behaviours.lua.
--
--   local server = require("spec.support.fault").start({ tls = true, h2 = true })
--   server:script({ { "answer", status = 503 }, "read_all_and_close" })
--   ... requests to server:url() ...
--   assert(server:wait({ requests = 2 }))
--   server:stop()

local cjson = require("cjson")
local socket = require("socket")

local HOST = "127.0.0.1"
local PROGRAM = "spec/support/fault/server.lua"
-- The server's Lua is not the spec's: paths and preloaded libraries meant for that one stay here.
local COMMAND = "echo $$; exec env -u LUA_PATH -u LUA_PATH_5_4 -u LUA_CPATH -u LUA_CPATH_5_4"
  .. " -u LUA_INIT -u LUA_INIT_5_4 -u LD_PRELOAD lua5.4 %s %s </dev/null"
local WAIT_SECONDS = 5
local PATIENCE = 10 -- seconds beyond a wait for the side door to answer

local server = {}
server.__index = server

-- { "answer", status = 503 } or "stall" as the server wants it: with `name`.
local function named(behaviour)
  if type(behaviour) == "string" then return { name = behaviour } end
  local act = {}
  for key, value in pairs(behaviour) do act[key == 1 and "name" or key] = value end
  return act
end

function server:_ask(what, line, patience)
  line = line or {}
  line["do"] = what
  self.control:settimeout(patience or PATIENCE)
  assert(self.control:send(cjson.encode(line) .. "\n"))
  local answer = cjson.decode((assert(self.control:receive("*l"))))
  if not answer.ok then error("fault server: " .. answer.error, 3) end
  return answer
end

--- The address to send requests to.
---@param path? string with its slash
---@return string
function server:url(path)
  return self.scheme .. "://" .. HOST .. ":" .. self.port .. (path or "")
end

--- Adds behaviours for the next connections and requests, in order. Raises on an unknown one.
---@param list table each a name, or a table with the name first and options by name
function server:script(list)
  local acts = {}
  for index, behaviour in ipairs(list) do acts[index] = named(behaviour) end
  self:_ask("script", { list = acts })
end

--- Sets what is done when the script is at its end; a plain 200 when never set.
---@param behaviour string|table as in script
function server:default(behaviour)
  self:_ask("default", { behaviour = named(behaviour) })
end

--- What arrived, oldest first. Each: `at` (ms), `connection`, `stream`, `protocol`, `method`,
--- `path`, `headers` (by lower-case name), `idempotency_key`, `body_length`, `body_sha1`, `body`
--- (absent when longer than 64 KiB), `bytes`, `complete` (read to its end), `cancelled` (stream
--- reset by the client), `behaviour`.
---@return table list
function server:log()
  return self:_ask("log").list
end

--- The connections, oldest first. Each: `connection`, `opened`, `closed` (ms), `closed_by`
--- ("client" or "server"), `how` ("fin" or "rst"), `bytes_in`, `bytes_out`, `last_byte` (ms),
--- `tls`, `alpn`, `tls_error`, and `since_mark` = { bytes, records }: what the client wrote since
--- `mark`, as a count and, with TLS, as the names of the records ("alert": a close_notify, or
--- worse).
---@return table list
function server:connections()
  return self:_ask("connections").list
end

--- `since_mark` of every connection begins anew.
function server:mark()
  self:_ask("mark")
end

--- Sends bytes that nobody asked for on every open connection, and returns when they have left.
---@param bytes string
---@param how? string "fin" or "rst" ends the connections after them
function server:say(bytes, how)
  self:_ask("say", { bytes = bytes, close = how })
end

--- No connection that is open is answered on any more; new ones are.
function server:freeze()
  self:_ask("freeze")
end

--- Waits until at least so many: `requests` read to the end, requests `arrived` (headers),
--- `connections` accepted, connections `closed` by anyone, connections `left` by the client,
--- streams `cancelled` by the client.
---@param wanted table counts by name, and `timeout` in seconds (5; 0 only looks)
---@return boolean|nil reached nil with what there was
---@return string|nil why
function server:wait(wanted)
  local timeout, counts = wanted.timeout or WAIT_SECONDS, {}
  for name, count in pairs(wanted) do
    if name ~= "timeout" then counts[name] = count end
  end
  local answer = self:_ask("wait", { counts = counts, timeout = timeout }, timeout + PATIENCE)
  if answer.reached then return true end
  return nil, "waited in vain, there was " .. cjson.encode(answer.counts)
end

--- Chooses what the next TLS connections see.
---@param options table `certificate` ("good", "expired", "wrong_host", "untrusted"),
---  `client` ("require"), `max_version` ("1.2"), `key` ("new"); what is left out goes back to
---  normal
function server:tls(options)
  self:_ask("tls", { options = options })
end

--- Closes every connection, forgets the script and the log.
function server:clear()
  self:_ask("clear")
end

--- Ends the process. Nothing is left of it; may be called twice.
function server:stop()
  if not self.control then return end
  self.control:settimeout(PATIENCE)
  self.control:send('{"do":"quit"}\n')
  local _, why = self.control:receive("*l")
  if why ~= "closed" then os.execute("kill -9 " .. self.pid) end
  self.control:close()
  self.pipe:close()
  self.control = nil
end

local fault = {}

--- Starts a server on a free port of 127.0.0.1. Raises when it does not start.
---@param options? table `tls` (serve https), `h2` (offer it in TLS; without TLS it is always there)
---@return table server `port`, `pid`, and paths `ca_file`, `client_cert`, `client_key`,
---  `stale_cert` (the client's, expired), its own
---  `cert` and `key`, and `pin`
---  (of the server's key, for a pinned public key)
function fault.start(options)
  options = options or {}
  local flags = (options.tls and "--tls " or "") .. (options.h2 and "--h2" or "")
  local pipe = assert(io.popen(COMMAND:format(PROGRAM, flags), "r"))
  local self = setmetatable({ pipe = pipe, scheme = options.tls and "https" or "http" }, server)
  self.pid, self.port = pipe:read("*l"), tonumber(pipe:read("*l"))
  local side_port = tonumber(pipe:read("*l"))
  assert(side_port, "the fault server did not start")
  self.control = assert(socket.connect(HOST, side_port))
  self.control:setoption("tcp-nodelay", true)
  local hello = self:_ask("hello")
  self.ca_file, self.pin = hello.ca_file, hello.pin
  self.client_cert, self.client_key = hello.client_cert, hello.client_key
  self.cert, self.key, self.stale_cert = hello.cert, hello.key, hello.stale_cert
  return self
end

local held = {} -- until this process ends

--- A port of 127.0.0.1 where nothing listens, and nobody else can: connections are refused.
---@return integer
function fault.refused_port()
  local sock = assert(socket.tcp4())
  assert(sock:bind(HOST, 0))
  held[#held + 1] = sock
  local _, port = sock:getsockname()
  return tonumber(port)
end

--- A port where connecting hangs: the queue of the listener is full.
---@param host? string 127.0.0.1 when not given
---@param wanted? integer any when not given
---@return integer port
---@return function close gives the port back
function fault.silent_port(host, wanted)
  local listener = assert(socket.tcp4())
  assert(listener:bind(host or HOST, wanted or 0))
  assert(listener:listen(0))
  local _, port = listener:getsockname()
  local waiting = {}
  for index = 1, 4 do
    waiting[index] = socket.tcp4()
    waiting[index]:settimeout(0)
    waiting[index]:connect(host or HOST, port)
  end
  return tonumber(port), function()
    for _, sock in ipairs(waiting) do sock:close() end
    listener:close()
  end
end

return fault
