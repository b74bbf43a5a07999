-- Answers that come unasked, twice, early, late, in pieces or not at all, in schedules that a seed
-- decides: each call ends with its own answer or an error, each create arrives once, and what was
-- not disturbed goes on over the connection that is there.

local hand = require "spec.support.hand"
local helper = require "spec.contract.helper"
local spherepay = require "spherepay"

local SCHEDULES, TLS_SCHEDULES = 160, 40
local ROUNDS = 6
local PATIENCE = 10 -- seconds, for what takes milliseconds

-- Numbers that the seed alone decides, on every Lua (Park and Miller).
local function random_of(seed)
  local state = seed * 7919 + 1
  return function(bound)
    state = state * 16807 % 2147483647
    return state % bound + 1
  end
end

local function pick(random, list)
  return list[random(#list)]
end

local function answer(id, owner, status)
  local body = ("{\"id\":%q,\"type\":\"individual\"}"):format(id)
  return ("HTTP/1.1 %s\r\nContent-Type: application/json\r\nX-Owner: %s\r\n"
    .. "Content-Length: %d\r\n\r\n%s"):format(status or "200 OK", owner, #body, body)
end

local STRANGER = answer("customer_stranger", "nobody")

-- What a server says on an idle connection, and how it leaves then, if it does.
local STRAYS = {
  { STRANGER }, { STRANGER, "fin" }, { STRANGER .. STRANGER },
  { answer("customer_stranger", "nobody", "408 Request Timeout"), "fin" },
  { answer("customer_stranger", "nobody", "400 Bad Request") },
  { "HTTP/1.1 100 Continue\r\n\r\n" }, { "HTTP/1.1 20" }, { "\r\n" }, { "0\r\n\r\n" },
  { "", "fin" }, { "", "rst" },
}

-- The calls. `label` tells whose answer is whose.
local CALLS = {
  get = function(client, label) return client.customer.get("customer_" .. label) end,
  update = function(client, label)
    return client.customer.update("customer_" .. label, { meta = { internalUserId = label } })
  end,
  create = function(client, label)
    local person = { meta = { internalUserId = label } }
    for key, value in pairs(helper.JANE) do person[key] = value end
    return client.customer.create(person)
  end,
}
local KINDS = { "get", "get", "update", "create", "create" }

local function label_of(request)
  return request.path:match("/customer_(%w+)$")
    or request.body:match("\"internalUserId\":\"(%w+)\"")
end

-- What the server does with a request: ACTS[name](world, request, own) and the kind of the error
-- that must come of it; false: none, the call succeeds. `costs`: the connection is not used again.
local ACTS = {}

ACTS.own = { false, function(_, request, own) request.connection:send(own) end }
ACTS.split = { false, function(world, request, own)
  while own ~= "" do
    local size = world.random(60)
    request.connection:send(own:sub(1, size))
    own = own:sub(size + 1)
    world:step()
  end
end }
ACTS.extra = { false, costs = true, function(_, request, own)
  request.connection:send(own .. STRANGER)
end }
-- With a step in between only for a call that is alone: another that waits for its connection would
-- go out on it in that step, and nobody could tell an answer that comes then from its own.
ACTS.extra_later = { false, costs = true, function(world, request, own)
  request.connection:send(own)
  if world.random(2) == 1 and #world.open == 1 then world:step() end
  request.connection:send(STRANGER)
end }
-- Anywhere: in its status line, its headers or its body.
ACTS.cut = { "network", costs = true, function(world, request, own)
  request.connection:send(own:sub(1, world.random(#own - 1)))
  request.connection:close()
end }
ACTS.missing = { "network", costs = true, function(world, request)
  request.connection:close(pick(world.random, { "fin", not world.server.tls and "rst" or "fin" }))
end }
ACTS.late = { "cancelled", costs = true, function(world, request, own)
  world.tasks[label_of(request)]:cancel()
  if world.random(2) == 1 then world:step() end
  request.connection:send(own)
end }
-- No create: that the id is new is all that is known of the customer that is made.
ACTS.wrong = { "protocol", costs = true, function(_, request, own)
  request.connection:send(STRANGER .. own)
end }

local NAMES = { "own", "own", "own", "split", "split", "extra", "extra_later", "cut", "missing",
  "late", "wrong" }

local World = {}
World.__index = World

function World:step()
  self.client:step(0)
  self.server:pump()
end

function World:step_until(condition)
  local till = helper.now() + PATIENCE
  while not condition() do
    assert(helper.now() < till, self.name .. ": waited in vain")
    self:step()
  end
end

-- Whether the server speaks unasked now; what is idle then costs a new connection each.
function World:maybe_stray()
  if self.random(3) > 1 then return end
  local stray = pick(self.random, STRAYS)
  for _, connection in ipairs(self.server.connections) do
    if connection.is_open then
      if stray[1] ~= "" then connection:send(stray[1]) end
      if stray[2] then connection:close(not self.server.tls and stray[2] or nil) end
      self.disturbed = self.disturbed + 1
    end
  end
end

-- Starts some calls at once.
function World:start(count)
  for _ = 1, count do
    self.made = self.made + 1
    local kind = pick(self.random, KINDS)
    local label = ("n%dx%d"):format(self.seed, self.made)
    local client = self.client
    self.tasks[label] = client:spawn(function() return CALLS[kind](client, label) end)
    self.open[#self.open + 1] = label
    self.kinds[label] = kind
  end
end

function World:act_on(request)
  local label, name = label_of(request), pick(self.random, NAMES)
  if self.is_calm then name = pick(self.random, { "own", "split" }) end
  if name == "wrong" and self.kinds[label] == "create" then name = "own" end
  self.acts[label] = name
  if ACTS[name].costs then self.disturbed = self.disturbed + 1 end
  ACTS[name][2](self, request, answer("customer_" .. label, label))
end

function World:is_done()
  for _, label in ipairs(self.open) do
    if not self.tasks[label]:is_done() then return false end
  end
  return true
end

-- What came of a call is what the server meant for it.
function World:check(label)
  local value, err, response = helper.finish(self.tasks[label])
  local where = ("%s, %s %s, %s"):format(self.name, self.kinds[label], label,
    tostring(self.acts[label]))
  local wanted = ACTS[self.acts[label] or "own"][1]
  if wanted then
    assert.is_nil(value, where)
    assert.equal(wanted, err.kind, where)
    local owner = err.response and err.response.headers["x-owner"]
    assert.is_true(not owner or owner == label or wanted == "protocol", where)
  else
    assert.is_nil(err, where)
    assert.equal("customer_" .. label, value.id, where)
    assert.equal(label, response.headers["x-owner"], where)
  end
end

function World:round()
  if not self.is_calm then self:maybe_stray() end
  self.open = {}
  self:start(self.random(self.width))
  self:step_until(function()
    local request = self.server:next_request()
    if request then self:act_on(request) end
    return self:is_done()
  end)
  for _, label in ipairs(self.open) do self:check(label) end
end

function World:check_arrivals()
  local seen = {}
  for _, request in ipairs(self.server.requests) do
    local label = label_of(request)
    assert.is_false(request.method == "POST" and seen[label] == true, self.name .. ", " .. label)
    seen[label] = true
  end
  assert.is_true(#self.server.connections <= self.width + self.disturbed, self.name)
end

local function run(server, seed)
  local random = random_of(seed)
  local world = setmetatable({
    server = server, seed = seed, random = random, name = "seed " .. seed, width = random(3),
    is_calm = random(8) == 1, tasks = {}, kinds = {}, acts = {}, made = 0, disturbed = 0,
    client = spherepay.new {
      token = helper.TOKEN, base_url = server.url, ca_file = server.ca_file, rate_limit = false,
      max_retries = 0, http_version = "1.1",
    },
  }, World)
  for _ = 1, ROUNDS do world:round() end
  world:check_arrivals()
  world.client:close()
  server:clear()
end

for _, mode in ipairs {
  { name = "HTTP/1.1", from = 1, to = SCHEDULES },
  { name = "HTTP/1.1 over TLS", tls = true, from = SCHEDULES + 1, to = SCHEDULES + TLS_SCHEDULES },
} do
  describe("a server out of step, over " .. mode.name .. ",", function()
    local server

    setup(function() server = hand.start(mode) end)
    teardown(function() server:stop() end)

    it("answers no call with what was meant for another", function()
      for seed = mode.from, mode.to do run(server, seed) end
    end)
  end)
end
