-- Many HTTP requests at once to one port of 127.0.0.1, each on a connection of its own, from one
-- thread. For specs that look at what a server does under load; it asks for nothing but status
-- and body, and never repeats a request.

local socket = require("socket")

local load = {}

local REQUEST = "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sConnection: close\r\n\r\n"

---@class spec.load.Answer
---@field status integer? nil when none came
---@field body string
---@field seconds number from connecting to the end

local Bunch = {}
Bunch.__index = Bunch

local function begin(self, path)
  if type(path) == "function" then path = path() end
  local client = assert(socket.tcp())
  client:settimeout(5)
  assert(client:connect("127.0.0.1", self.port))
  assert(client:send(REQUEST:format(path, self.fields)))
  client:settimeout(0)
  self.open[client] = { at = socket.gettime(), parts = {} }
  self.sockets[#self.sockets + 1] = client
end

local function finish(self, client)
  local state = self.open[client]
  local text = table.concat(state.parts)
  client:close()
  self.open[client] = nil
  for i, other in ipairs(self.sockets) do
    if other == client then table.remove(self.sockets, i) break end
  end
  self.answers[#self.answers + 1] = {
    status = tonumber(text:match("^HTTP/1%.1 (%d+)")),
    body = text:match("\r\n\r\n(.*)$") or "",
    seconds = socket.gettime() - state.at,
  }
end

-- Reads what has arrived, waiting at most `seconds` for something.
local function turn(self, seconds)
  for _, client in ipairs((socket.select(self.sockets, nil, seconds))) do
    local data, why, partial = client:receive(65536)
    table.insert(self.open[client].parts, data or partial or "")
    if why == "closed" or why and why ~= "timeout" then finish(self, client) end
  end
end

--- Sends `count` requests and returns without waiting.
---@param port integer
---@param path string
---@param count integer
---@param fields string? header lines, each with its end
---@return table bunch
function load.open(port, path, count, fields)
  local self = setmetatable({ port = port, fields = fields or "", open = {}, sockets = {},
    answers = {} }, Bunch)
  for _ = 1, count do begin(self, path) end
  return self
end

--- Waits until every answer has come to its end. Raises after `seconds` (20).
---@param seconds number?
---@return spec.load.Answer[]
function Bunch:join(seconds)
  local deadline = socket.gettime() + (seconds or 20)
  while self.sockets[1] do
    assert(socket.gettime() < deadline, #self.sockets .. " answers did not come")
    turn(self, 0.1)
  end
  return self.answers
end

--- Leaves: closes every connection.
function Bunch:close()
  for _, client in ipairs(self.sockets) do client:close() end
  self.sockets, self.open = {}, {}
end

--- Keeps `at_once` requests under way until `total` have been answered.
---@param port integer
---@param path string|fun(): string
---@param opts { at_once: integer, total: integer, on_done: fun(done: integer)? }
---@return spec.load.Answer[]
function load.run(port, path, opts)
  local self = load.open(port, path, math.min(opts.at_once, opts.total))
  local begun, told = #self.sockets, 0
  while self.sockets[1] do
    turn(self, 1)
    while told < #self.answers do
      told = told + 1
      if opts.on_done then opts.on_done(told) end
      if begun < opts.total then
        begun = begun + 1
        begin(self, path)
      end
    end
  end
  return self.answers
end

--- The statuses as text: "200 x 50, 502 x 1", by status; "none" for those without.
---@param answers spec.load.Answer[]
---@return string
function load.statuses(answers)
  local counts, names, parts = {}, {}, {}
  for _, answer in ipairs(answers) do
    local name = tostring(answer.status or "none")
    if not counts[name] then names[#names + 1] = name end
    counts[name] = (counts[name] or 0) + 1
  end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = name .. " x " .. counts[name] end
  return table.concat(parts, ", ")
end

return load
