-- Ports of this machine to listen at.

local socket = require "socket"

local ports = {}

-- Below those that systems give to the connections they open (from 32768 on Linux, from 49152
-- elsewhere): one of these may be free now, and taken by a connection before a server has begun.
local FIRST, COUNT = 10000, 22000
local TRIES = 100

-- Processes that begin at the same moment must not try the same ones.
local function at_random()
  local file = io.open("/dev/urandom", "rb")
  if not file then return FIRST + math.random(0, COUNT - 1) end
  local high, low = file:read(2):byte(1, 2)
  file:close()
  return FIRST + (high * 256 + low) % COUNT
end

--- Ports of 127.0.0.1 that are free now.
---@param count integer
---@param wanted integer? the first of them
---@return integer[]? ports
---@return string? message when `wanted`, or any, cannot be had
function ports.free(count, wanted)
  local listeners, found, message = {}, {}, nil
  for try = 1, TRIES do
    if #found == count then break end
    local port = try == 1 and wanted or at_random()
    local listener
    listener, message = socket.bind("127.0.0.1", port)
    if listener then
      listeners[#listeners + 1], found[#found + 1] = listener, port
    elseif port == wanted then
      break
    end
  end
  for _, listener in ipairs(listeners) do listener:close() end
  if #found == count then return found end
  return nil, wanted and #found == 0 and "port " .. wanted .. ": " .. message or message
end

return ports
