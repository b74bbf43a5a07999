--- What the sandbox has seen: the last requests, in a ring of fixed size.
-- Header names are kept, and of the values none but the Idempotency-Key.

local log = {}

local KEPT = 10000

local methods = {}
methods.__index = methods

--- Notes a request. The entry may be filled in later.
---@param request table
---@param at number seconds since the epoch
---@return table entry
function methods:note(request, at)
  local names = {}
  for name in pairs(request.headers) do names[name] = true end
  self.total = self.total + 1
  local entry = {
    number = self.total,
    at = at,
    method = request.method,
    path = request.path,
    headers = names,
    idempotency_key = request.headers["idempotency-key"],
    body_bytes = #(request.body or ""),
    connection = request.connection,
    protocol = request.protocol,
  }
  self.ring[(self.total - 1) % KEPT + 1] = entry
  return entry
end

--- The entries kept, oldest first.
---@return table[]
function methods:read()
  local list = {}
  for number = math.max(1, self.total - KEPT + 1), self.total do
    list[#list + 1] = self.ring[(number - 1) % KEPT + 1]
  end
  return list
end

--- An empty log; `total` counts every request, also those no longer kept.
---@return table
function log.new()
  return setmetatable({ ring = {}, total = 0 }, methods)
end

return log
