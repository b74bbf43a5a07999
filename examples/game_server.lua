-- One idea: a game server asks about its players from its own 60 Hz tick, and no tick is longer
-- because of it. Coroutines make the calls, `client:step(0)` in each tick moves them along.
--
-- Run it with SPHEREPAY_TOKEN, and SPHEREPAY_BASE_URL unless it is the vendor's; luasocket is the
-- game's clock. In the sandbox, which is told to be slow, with SPHEREPAY_SANDBOX=1:
--   spherepay sandbox --run 'lua5.4 examples/game_server.lua'

local socket = require("socket")
local spherepay = require("spherepay")

local PLAYERS, TICK, SLOW = 50, 1 / 60, 1

local client = spherepay.new({
  token = assert(os.getenv("SPHEREPAY_TOKEN"), "set SPHEREPAY_TOKEN"),
  base_url = os.getenv("SPHEREPAY_BASE_URL"),
  ca_file = os.getenv("SPHEREPAY_CA_FILE"),
  loop = "manual",
  max_connections = PLAYERS,
})

local answered, ticks, most, took = 0, 0, 0, {}

-- A player has logged in: the coroutine goes on, some ticks later, when the answer is there.
local function greet(id)
  local customer, err = client.customer.get(id)
  if customer or err.kind == "not_found" then
    answered = answered + 1
  else
    io.stderr:write(tostring(err), "\n")
  end
end

local function tick()
  ticks = ticks + 1
  local id = "customer_" .. ticks
  if ticks <= PLAYERS then client:spawn(function() greet(id) end) end
  spherepay.check(client:step(0))
end

if os.getenv("SPHEREPAY_SANDBOX") == "1" and os.getenv("SPHEREPAY_BASE_URL") then
  local opts = { json = { times = PLAYERS, delay = SLOW } }
  client:spawn(function() spherepay.check(client:request("POST", "/_sandbox/misbehave", opts)) end)
  client:run()
end

repeat
  local began = socket.gettime()
  tick()
  took[ticks] = socket.gettime() - began
  most = math.max(most, client:stats().in_flight)
  socket.sleep(TICK - took[ticks]) -- the game itself
until ticks >= PLAYERS and not client:timeout()

client:run() -- raises what a coroutine has raised
table.sort(took)
print(("%d ticks, up to %d calls in flight, %d answered"):format(ticks, most, answered))
print(("because of us the longest tick took %.2f ms, and half of them less than %.2f ms"):format(
  took[ticks] * 1000, took[math.ceil(ticks / 2)] * 1000))
client:close()
