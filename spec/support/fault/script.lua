-- What the fault server does next: a queue of behaviours and one for when the queue is empty. It
-- knows which of them begin with a connection and which with a request, not how they are done.

local ANSWER = { name = "answer" }

local script = {}
script.__index = script

function script:_check(act)
  if type(act) ~= "table" or not self.behaviours[act.name] then
    error("unknown behaviour " .. tostring(type(act) == "table" and act.name or act), 0)
  end
  return act
end

--- Adds behaviours to the end of the queue; raises on an unknown one and then adds none.
---@param list table of behaviours, each a table with `name` and its options
function script:add(list)
  for _, act in ipairs(list) do self:_check(act) end
  for _, act in ipairs(list) do self.queue[#self.queue + 1] = act end
end

--- Sets what is done while the queue is empty; raises on an unknown behaviour.
---@param act table
function script:set_default(act)
  self.default = self:_check(act)
end

--- Empties the queue and makes a plain 200 the default.
function script:clear()
  self.queue, self.default = {}, ANSWER
end

function script:_take(stage)
  local first = self.queue[1]
  if first and self.behaviours[first.name].at == stage then return table.remove(self.queue, 1) end
end

function script:_default(stage)
  if self.behaviours[self.default.name].at == stage then return self.default end
end

--- What to do with a connection just accepted.
---@return table|nil act nil: serve it
function script:for_connection()
  return self:_take("accept") or #self.queue == 0 and self:_default("accept") or nil
end

-- The first behaviour for requests that is for this one, before any that is for a connection. One
-- that names a `path` waits for a request to it: several may be under way at once.
function script:_take_for(path)
  for place, act in ipairs(self.queue) do
    if self.behaviours[act.name].at ~= "request" then return nil end
    if not act.path or act.path == path then return table.remove(self.queue, place) end
  end
end

--- What to do with a request. When the next behaviour is one for a connection, it waits for that
--- connection and this request gets the default, or a plain 200 if that is for connections too.
---@param path string
---@return table act
function script:for_request(path)
  return self:_take_for(path) or self:_default("request") or ANSWER
end

--- A script over a table of behaviours (see behaviours.lua).
---@param behaviours table
---@return table
function script.new(behaviours)
  local self = setmetatable({ behaviours = behaviours }, script)
  self:clear()
  return self
end

return script
