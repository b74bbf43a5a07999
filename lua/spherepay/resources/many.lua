-- The same call for many ids, so many at a time: an iterator. The calls are the resource's.

local checks = require "spherepay.options.checks"
local scheduler = require "spherepay.async.scheduler"
local dispatcher = require "spherepay.async.dispatcher"
local options = require "spherepay.options"
local schema = require "spherepay.options.schema"

local many = {}

local SCHEMA = {
  { "concurrency", checks.integer(1, 10000), 16 },
  { "on_progress", checks.callback },
}

--- Tells the options of an iterator from those of each call. Raises for wrong ones of its own.
---@param given table?
---@param what string whose options they are, for the message
---@param items table[]? those of its own (as for `options.of`) when they are not these
---@return { concurrency: integer, on_progress: function? } own
---@return table call
function many.options(given, what, items)
  items = items or SCHEMA
  if given ~= nil and type(given) ~= "table" then options.of(given, items, what) end
  local known, own, call = schema.known(items), {}, {}
  for name, value in pairs(given or {}) do
    local ours = known.by_name[name]
      or (not options.is_of_call(name) and schema.meant(name, known.list))
    if ours then own[name] = value else call[name] = value end
  end
  return options.of(own, items, what), call
end

---@class spherepay.Many what an iterator is made of
---@field client spherepay.Client
---@field concurrency integer
---@field on_progress fun(done: integer, total: integer?)?
---@field start fun(id: any): userdata?, spherepay.Error?, spherepay.Request?, any the call; or why
---  there is none, or in the fourth place what it would have brought
---@field finish fun(spec: spherepay.Request, call: userdata, id: any): any, spherepay.Error?, any
---@field ended fun()? called when there is no more
---@field abandon fun(spec: spherepay.Request, call: userdata)? for calls that are not to be
---  cancelled when the loop is left; some have ended

-- The calls under way, and those that have ended and wait to be handed to the caller.
local Window = {}
Window.__index = Window

local function entry_done(window, entry)
  window.under_way[entry] = nil
  window.last = window.last + 1
  window.finished[window.last] = entry
  if window.signal then window.client.dispatcher:fire(window.signal) end
end

-- Starts calls until there are as many as wanted.
local function fill(window)
  while window.count < window.concurrency do
    local id = window.next_id()
    if id == nil then return end
    local call, err, spec, value = window.start(id)
    local entry = { id = id, call = call, err = err, spec = spec, value = value }
    window.count = window.count + 1
    if not call or call:done() then
      entry_done(window, entry)
    else
      window.under_way[entry] = true
      window.client.dispatcher:on_done(call, function() entry_done(window, entry) end)
    end
  end
end

function Window:cancel()
  for entry in pairs(self.under_way) do entry.call:cancel() end
end

-- The loop was left: what is under way is cancelled, or goes on without it, and so does what has
-- ended and was not handed out.
function Window:leave()
  if not self.abandon then return self:cancel() end
  for entry in pairs(self.under_way) do self.abandon(entry.spec, entry.call) end
  for place = self.first, self.last do
    local entry = self.finished[place]
    if entry.call then self.abandon(entry.spec, entry.call) end
  end
  self.under_way, self.finished, self.first = {}, {}, self.last + 1
  if self.ended then self.ended() end
end

-- A function of its own, so that what it returns holds the window itself: a coroutine that its host
-- kills takes its stack along, and whatever still refers into that.
local function calling(window, name)
  return function() window[name](window) end
end

-- The loop asks a signal for done(); a task that is cancelled calls cancel(), and a loop whose
-- waiter is gone has it leave().
local function wait_for_any(window)
  window.signal = dispatcher.signal()
  window.signal.cancel, window.signal.leave = calling(window, "cancel"), calling(window, "leave")
  scheduler.wait(window.client, window.signal)
  window.signal = nil
end

local function hand_out(window, entry)
  local value, err, response = entry.value, entry.err, nil
  if entry.call then value, err, response = window.finish(entry.spec, entry.call, entry.id) end
  window.done = window.done + 1
  if window.on_progress then window.on_progress(window.done, window.total) end
  return entry.id, value, err, response
end

local function step(window)
  fill(window)
  if window.count == 0 then
    if window.ended then window.ended() end
    return nil
  end
  while window.first > window.last do wait_for_any(window) end
  local entry = window.finished[window.first]
  window.finished[window.first] = nil
  window.first = window.first + 1
  window.count = window.count - 1
  return hand_out(window, entry)
end

local function each(list)
  local place = 0
  return function()
    place = place + 1
    return list[place]
  end
end

--- Iterates over ids, in the order in which their calls end.
---@param ids string[]|fun(): string?
---@param parts spherepay.Many
---@return fun(): string?, any, spherepay.Error?, table? iterator
function many.iterator(ids, parts)
  local window = setmetatable({
    count = 0, done = 0, under_way = {},
    finished = {}, first = 1, last = 0, -- a queue
  }, Window)
  for name, value in pairs(parts) do window[name] = value end
  window.next_id = type(ids) == "table" and each(ids) or ids
  if type(ids) == "table" then window.total = #ids end
  local closer = setmetatable({}, { __close = function() window:leave() end })
  return function() return step(window) end, nil, nil, closer
end

return many
