-- A slow link, for benchmarks: lua5.4 spec/support/link.lua PORT SECONDS BYTES_PER_SECOND
-- It prints its port on 127.0.0.1 and passes on what comes to PORT, and back. Each way, all
-- connections share so many bytes a second, and everything takes SECONDS more. Whoever started it
-- ends it by its pid.

local cqueues = require "cqueues"
local condition = require "cqueues.condition"
local socket = require "cqueues.socket"

local TARGET, DELAY, RATE = tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3])
local PIECE = 512

local queue = cqueues.new()
local free_at = { up = 0, down = 0 } -- when the link can take more, each way

local function prepare(sock)
  sock:setmode("b", "bn")
  sock:onerror(function(_, _, code) return code end)
  return sock
end

-- Waits for a place on the link; returns when the piece is at its other end.
local function travel(way, bytes)
  local now = cqueues.monotime()
  free_at[way] = math.max(free_at[way], now) + #bytes / RATE
  local done = free_at[way]
  if done > now then cqueues.sleep(done - now) end
  return done + DELAY
end

local function deliver(line, to)
  while true do
    while not line[1] do
      if line.ended then return to:shutdown("w") end
      line.more:wait()
    end
    local piece = table.remove(line, 1)
    local left = piece.at - cqueues.monotime()
    if left > 0 then cqueues.sleep(left) end
    to:write(piece.bytes)
  end
end

local function pump(way, from, to)
  local line = { more = condition.new() }
  queue:wrap(deliver, line, to)
  while true do
    local bytes = from:read(-PIECE)
    if not bytes then break end
    local at = travel(way, bytes) -- meanwhile others may be taken off the line
    line[#line + 1] = { at = at, bytes = bytes }
    line.more:signal()
  end
  line.ended = true
  line.more:signal()
end

local listener = assert(socket.listen({ host = "127.0.0.1", port = 0, nodelay = true }))
local _, _, port = listener:localname()
io.stdout:write(port, "\n")
io.stdout:flush()
queue:wrap(function()
  for client in listener:clients() do
    local server = prepare(socket.connect({ host = "127.0.0.1", port = TARGET, nodelay = true }))
    queue:wrap(pump, "up", prepare(client), server)
    queue:wrap(pump, "down", server, client)
  end
end)
for message in queue:errors() do io.stderr:write("link: ", tostring(message), "\n") end
