--- A keyed list that keeps the order of arrival: the customers and the representatives.
-- Not a database: everything lives as long as the sandbox.

local store = {}

local methods = {}
methods.__index = methods

--- Keeps a record under its `id`.
---@param record table
function methods:add(record)
  self.list[#self.list + 1] = record
  self.by_id[record.id] = record
end

--- The record of an id, or nil.
---@param id any
---@return table|nil
function methods:find(id)
  return self.by_id[id]
end

--- An empty store; `list` is its records in the order of arrival.
---@return table
function store.new()
  return setmetatable({ list = {}, by_id = {} }, methods)
end

return store
