-- Many customers at once, each created once: with a journal also when the program is killed at any
-- point and runs again. What may have arrived is looked up, and never sent again while it may be
-- on its way.

local blame = require "spherepay.options.blame"
local checks = require "spherepay.options.checks"
local errors = require "spherepay.errors"
local json = require "spherepay.http.json"
local ledger = require "spherepay.resources.ledger"
local many = require "spherepay.resources.many"
local options = require "spherepay.options"
local pages = require "spherepay.resources.pages"
local request = require "spherepay.http.request"
local runner = require "spherepay.resources.runner"

local create_many = {}

local SCHEMA = {
  { "concurrency", checks.integer(1, 10000), 16 },
  { "on_progress", checks.callback },
  { "journal", checks.text },
  -- Seconds after which a request that was under way when its process ended has surely arrived.
  { "settle", checks.seconds, 10 },
}

-- A customer who was there an hour before a row was begun is another one, whatever the clocks say.
local EARLIER = 3600

local PAUSE = 1 -- seconds between two looks for a row that may be on its way

---@class spherepay.Import
---@field client spherepay.Client
---@field ledger spherepay.Ledger?
---@field sleep fun(seconds: number)
local Import = {}
Import.__index = Import

local function refuse(kind, message, fields)
  local all = { kind = kind, message = message, method = "POST", sent = "no" }
  for name, value in pairs(fields or {}) do all[name] = value end
  return errors.new(all)
end

-- ---- what may have arrived ----

local function began_before(customer, at)
  local created = customer.createdAt or customer.created
  if type(created) ~= "string" or not at then return false end
  return created:sub(1, 19) < os.date("!%Y-%m-%dT%H:%M:%S", at - EARLIER)
end

-- The customers who may be the row's: nobody else's, of that email, and not older than the row.
local function candidates(import, row, at)
  local found = {}
  local filters = { email = row.email, type = row.type }
  for customer, err in pages.each(import.client, "customer", filters, import.of_call) do
    if not customer then return nil, err end
    local is_free = not import.ledger.ids[customer.id]
    if is_free and pages.matches(customer, filters) and not began_before(customer, at) then
      found[#found + 1] = customer
    end
  end
  return found
end

-- Who the row has become: a customer; false when it is nobody; or nil and the error.
local function look(import, row, known)
  if type(row.email) ~= "string" then
    return nil, refuse("conflict", "the row may have arrived, and without an email it cannot be "
      .. "looked up: a person has to look", { maybe_applied = true })
  end
  local left = (known.at or 0) + import.settle - os.time()
  while true do
    local found, err = candidates(import, row, known.at)
    if not found then return nil, err end
    if #found == 1 then return found[1] end
    if #found > 1 then
      return nil, refuse("conflict", ("the row may have arrived, and %d customers are like it: a "
        .. "person has to look"):format(#found), { maybe_applied = true })
    end
    if left <= 0 then return false end
    local pause = math.min(left, import.settle, PAUSE)
    import.sleep(pause)
    left = left - pause
  end
end

-- ---- one row ----

local function unwritable(message)
  return refuse("invalid", "the journal cannot be written: " .. message)
end

local function begin(import, index, row, digest)
  if import.ledger then
    local ok, message = import.ledger:write("begun", index, digest, os.time())
    if not ok then return nil, unwritable(message) end
  end
  local call, err, spec = runner.start(import.client, "customer.create", nil, row,
    import.call, import.problems)
  if not call and import.ledger then import.ledger:write("undone", index, digest) end
  return call, err, spec
end

-- A row that the journal knows.
local function resume(import, index, row, digest, known)
  if known.digest ~= digest then
    return nil, refuse("conflict", ("row %d is not the one that the journal knows: the rows have "
      .. "changed"):format(index), { maybe_applied = true })
  end
  if known.state == "done" then
    return runner.start(import.client, "customer.get", known.id, nil, import.call)
  end
  local customer, err = look(import, row, known)
  if customer then
    local ok, message = import.ledger:write("done", index, digest, customer.id)
    if not ok then return nil, unwritable(message) end
    return nil, nil, nil, customer
  elseif customer == false then
    return begin(import, index, row, digest)
  end
  return nil, err
end

local function start(import, index)
  local row = json.plain(import.rows[index])
  import.rows[index] = nil
  if not import.ledger then return begin(import, index, row) end
  local digest = ledger.digest(row)
  if not digest or type(row) ~= "table" then
    return runner.start(import.client, "customer.create", nil, row, import.call)
  end
  import.digests[index] = digest
  local known = import.ledger.rows[index]
  if known and known.state ~= "undone" then return resume(import, index, row, digest, known) end
  return begin(import, index, row, digest)
end

-- What is certain is written before the next row is begun; what is not stays begun.
local function finish(import, spec, call, index)
  local customer, err, response = request.finish(import.client, spec, call)
  local digest = import.digests[index]
  import.digests[index] = nil
  if digest and spec.operation == "create" then
    local ok, message = true, nil
    if customer then
      ok, message = import.ledger:write("done", index, digest, customer.id)
    elseif not err.maybe_applied and err.sent ~= "maybe" then
      ok, message = import.ledger:write("undone", index, digest)
    end
    if not ok then err, customer, response = unwritable(message), nil, nil end
  end
  return customer, err, response
end

-- ---- all rows ----

-- The index of the next row, which is kept until it is begun.
local function indices(import, rows)
  local index = 0
  return function()
    local row
    if type(rows) == "table" then row = rows[index + 1] else row = rows() end
    if row == nil then return nil end
    index = index + 1
    import.rows[index] = row
    return index
  end
end

local function open_ledger(path)
  if not path then return nil end
  local opened, message = ledger.open(path)
  if opened then return opened end
  return nil, refuse("invalid", "the journal cannot be opened: " .. message)
end

local function only(err)
  local told = false
  return function()
    if told then return nil end
    told = true
    return 0, nil, err
  end
end

--- See client.customer.create_many.
---@param client spherepay.Client
---@param rows table[]|fun(): table?
---@param opts table?
---@param sleep fun(seconds: number)
---@return fun(): integer?, table?, spherepay.Error?, spherepay.Response? iterator
function create_many.iterator(client, rows, opts, sleep)
  local own, of_call = many.options(opts, "create_many", SCHEMA)
  if of_call.idempotency_key ~= nil then
    blame("spherepay: client.customer.create_many makes a key for each row: give none")
  end
  local call, problems = options.call(of_call, client.options)
  local opened, failure = open_ledger(own.journal)
  if failure then return only(failure) end
  local import = setmetatable({
    client = client, ledger = opened, settle = own.settle, sleep = sleep, call = call,
    of_call = of_call, problems = problems, rows = {}, digests = {},
  }, Import)
  return many.iterator(indices(import, rows), {
    client = client, concurrency = own.concurrency, on_progress = own.on_progress,
    total = type(rows) == "table" and #rows or nil,
    start = function(index) return start(import, index) end,
    finish = function(spec, done, index) return finish(import, spec, done, index) end,
    ended = function() if import.ledger then import.ledger:close() end end,
    abandon = function(spec, under_way) request.orphan(client, spec, under_way) end,
  })
end

return create_many
