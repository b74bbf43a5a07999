-- A test server that misbehaves on command: lua5.4 spec/support/fault/server.lua [--tls] [--h2]
-- It prints the port it serves and the port of its side door (control.lua), both on 127.0.0.1, and
-- lives as long as the first connection to that side door. Specs start it with
-- spec/support/fault.lua. It is no imitation of an API: it knows behaviours, not resources.

local root = arg[0]:match("^(.*)spec/support/fault/server%.lua$") or ""
package.path = root .. "?.lua;" .. package.path

local HOST = "127.0.0.1"
local LAST_INHERITED = 255
local SECONDS_TO_CALL = 30

-- Sockets of the process that started this one must not be kept open here: a client of another
-- fault server could then not be seen to leave. Before anything else opens a descriptor.
local function close_inherited()
  for fd = 3, LAST_INHERITED do
    local borrowed = require("socket").tcp()
    borrowed:setfd(fd)
    borrowed:close()
  end
end

close_inherited()

local cqueues = require("cqueues")
local signal = require("cqueues.signal")
local socket = require("cqueues.socket")
local behaviours = require("spec.support.fault.behaviours")
local certificates = require("spec.support.fault.certificates")
local connection = require("spec.support.fault.connection")
local control = require("spec.support.fault.control")
local http1 = require("spec.support.fault.http1")
local http2 = require("spec.support.fault.http2")
local journal = require("spec.support.fault.journal")
local script = require("spec.support.fault.script")

local server = {}
server.__index = server

--- The behaviour for a request that has begun on a connection.
function server:choose(on, path)
  local act = on.promised
  if on.is_frozen then return { name = "stall" } end
  if act then
    on.promised = nil
  else
    act = self.script:for_request(path)
  end
  if behaviours[act.name].is_early then act.early = true end
  act.leaves_out = behaviours[act.name].leaves_out
  return act
end

--- Does a behaviour; an error in it is told to the spec.
function server:perform(act, reply)
  local is_right, message = pcall(function()
    if act.delay and not reply:pause(act.delay) then return end
    behaviours[act.name].run(reply, act)
  end)
  if is_right then return end
  self.journal:blame(act.name .. ": " .. tostring(message))
  reply.connection:close()
end

--- Chooses what the next TLS connections see; raises on unknown options.
---@param options table see certificates.lua
function server:set_tls(options)
  options.h2 = self.has_h2
  self.context = self.certificates:context(options)
end

--- Ends every connection.
function server:drop()
  for on in pairs(self.open) do on:close() end
end

--- Ends the process and leaves nothing behind.
function server:quit()
  self.certificates:remove()
  os.exit(0)
end

function server:_serve(on)
  local act = self.script:for_connection()
  if act and not behaviours[act.name].run(on, act) then return end
  if self.has_tls and not on:secure(self.context) then return on:close() end
  if on.record.alpn == "h2" then return http2.serve(on, self, false) end
  if http1.serve(on, self) then http2.serve(on, self, true) end
end

function server:_accept(raw)
  local on = connection.new(raw, self.journal, self.has_tls)
  self.open[on] = true
  local is_right, message = pcall(self._serve, self, on)
  if not is_right then
    self.journal:blame(message)
    on:close()
  end
  self.journal:served(on.record)
  on:release()
  self.open[on] = nil
end

local function listen()
  local listener = assert(socket.listen({ host = HOST, port = 0 }))
  local _, _, port = listener:localname()
  return listener, port
end

local function quit_on_signals(self)
  signal.block(signal.SIGTERM, signal.SIGINT)
  signal.listen(signal.SIGTERM, signal.SIGINT):wait()
  self:quit()
end

-- The first caller is the spec; whoever started this and never calls is gone.
local function attend(self, side_door)
  local caller = side_door:accept({ nodelay = true }, SECONDS_TO_CALL)
  if not caller then self:quit() end
  control.serve(self, caller)
end

local function make_directory()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("*l")
  pipe:close()
  return assert(path, "no temporary directory")
end

local function main()
  local has = {}
  for _, flag in ipairs(arg) do has[flag] = true end
  local self = setmetatable({
    has_tls = has["--tls"] or false, has_h2 = has["--h2"] or false,
    journal = journal.new(), script = script.new(behaviours), open = {},
    certificates = certificates.new(make_directory()),
  }, server)
  self:set_tls({})
  local listener, port = listen()
  local side_door, side_port = listen()
  local controller = cqueues.new()
  controller:wrap(quit_on_signals, self)
  controller:wrap(attend, self, side_door)
  controller:wrap(function()
    for raw in listener:clients() do controller:wrap(self._accept, self, raw) end
  end)
  io.stdout:write(port, "\n", side_port, "\n")
  io.stdout:flush()
  for message in controller:errors() do self.journal:blame(message) end
end

main()
