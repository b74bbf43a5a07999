-- A list over all its pages: one page is held, and the next is fetched while it is read. What is
-- listed is the resource's affair.

local ascii = require "spherepay.http.ascii"
local scheduler = require "spherepay.async.scheduler"
local checks = require "spherepay.options.checks"
local endpoints = require "spherepay.api.endpoints"
local errors = require "spherepay.errors"
local many = require "spherepay.resources.many"
local options = require "spherepay.options"
local request = require "spherepay.http.request"
local runner = require "spherepay.resources.runner"

local pages = {}

-- The largest page is not documented: should the server not take this one, it chooses.
local LIMIT = 100

-- Lists move while they are read. So many ids are remembered that what was pushed from one page to
-- the next comes once, and memory stays bounded.
local REMEMBERED = 4096

-- What is over when the page is asked for again: the loop may have been away for long.
local TRANSIENT = { timeout = true, network = true, rate_limited = true }

local OF_EACH = { { "on_progress", checks.callback } }
local OF_FIND = { { "unique", checks.boolean } }

-- ---- what has been seen ----

local Seen = {}
Seen.__index = Seen

local function new_seen()
  return setmetatable({ ids = {}, ring = {}, place = 0 }, Seen)
end

-- Whether it is new; without an id it always is.
function Seen:add(id)
  if id == nil then return true end
  if self.ids[id] then return false end
  self.place = self.place % REMEMBERED + 1
  local oldest = self.ring[self.place]
  if oldest then self.ids[oldest] = nil end
  self.ring[self.place], self.ids[id] = id, true
  return true
end

-- ---- the walk ----

---@class spherepay.Walk
---@field client spherepay.Client
---@field name string of the method that lists
---@field filters table
---@field page integer of the next one to ask for
---@field items table[] of the page at hand
---@field place integer of the last that was given out
---@field ahead { call: userdata?, err: spherepay.Error?, spec: table?, early: boolean }? asked for
local Walk = {}
Walk.__index = Walk

-- v1 documents no pages, so it is asked for none.
local function has_pages(walk)
  return endpoints[walk.client.options.api_version][walk.name].takes ~= nil
end

local function query_of(walk)
  local query = {}
  for name, value in pairs(walk.filters) do query[name] = value end
  if has_pages(walk) then query.page, query.limit = walk.page, walk.limit end
  return query
end

-- Asks for the next page, without waiting for it.
local function ask(walk, early)
  local call, err, spec = runner.start(walk.client, walk.name, nil, query_of(walk),
    walk.call, walk.problems)
  walk.ahead = { call = call, err = err, spec = spec, early = early }
end

local function receive(walk)
  local ahead = walk.ahead
  walk.ahead = nil
  if not ahead.call then return nil, ahead.err end
  scheduler.wait(walk.client, ahead.call, ahead.spec)
  return request.finish(walk.client, ahead.spec, ahead.call)
end

-- A size of page that we chose, and not the caller, may be too large.
local function is_about_limit(err)
  if err.kind ~= "rejected" then return false end
  for _, problem in ipairs(err.errors) do
    if problem.parameter == "limit" or tostring(problem.pointer):find("limit$") then return true end
  end
  return false
end

local function fetch(walk)
  if not walk.ahead then ask(walk, false) end
  local early = walk.ahead.early
  local page, err, response = receive(walk)
  local again = err and early and TRANSIENT[err.kind]
  if err and walk.limit and not walk.filters.limit and is_about_limit(err) then
    again, walk.limit = true, nil
  end
  if not again then return page, err, response end
  ask(walk, false)
  return receive(walk)
end

local function has_next(walk, page)
  local told, count = page.pagination or {}, #page.items
  if count == 0 or not has_pages(walk) then return false end
  if type(told.hasNext) == "boolean" then return told.hasNext end
  if type(told.totalPages) == "number" then return walk.page < told.totalPages end
  return count >= (tonumber(told.limit) or tonumber(walk.limit) or count)
end

-- A server that gives the same page for ever must not have us read it for ever.
local function page_problem(walk, page)
  local told = page.pagination and tonumber(page.pagination.page)
  if not has_pages(walk) or told == nil or told == walk.page then return nil end
  return ("page %d was asked for, and another came"):format(walk.page)
end

local function fail(walk, err)
  err.page = walk.page
  walk.is_over = true
  return false, err
end

local function foreign_page(walk, response, message)
  return errors.new {
    kind = "protocol", message = message, sent = "yes", method = "GET",
    path = endpoints[walk.client.options.api_version][walk.name].path, response = response,
    status = response and response.status,
  }
end

-- The next page becomes the one at hand. Returns what ends the loop, if it does.
local function turn(walk)
  local page, err, response = fetch(walk)
  if not page then return fail(walk, err) end
  local problem = page_problem(walk, page)
  if problem then return fail(walk, foreign_page(walk, response, problem)) end
  walk.items, walk.place, walk.response = page.items, 0, response
  walk.total = page.pagination and tonumber(page.pagination.total)
  if has_next(walk, page) then
    walk.page = walk.page + 1
    ask(walk, true)
  else
    walk.is_over = true
  end
end

-- The next that has not been given out.
function Walk:next()
  while true do
    while self.place < #self.items do
      self.place = self.place + 1
      local item = self.items[self.place]
      self.items[self.place] = false -- the caller may let go of it
      if self.seen:add(item.id) then
        self.done = self.done + 1
        if self.on_progress then self.on_progress(self.done, self.total) end
        return item, nil, self.response
      end
    end
    if self.is_over then return nil end
    local ended, err = turn(self)
    if err then return ended, err end
  end
end

--- Ends the walk: a page that was asked for is not wanted any more.
function Walk:close()
  self.is_over, self.items = true, {}
  if self.ahead and self.ahead.call then self.ahead.call:cancel() end
  self.ahead = nil
end

local function new_walk(client, resource, filters, call)
  local checked, problems = options.call(call, client.options)
  filters = filters or {}
  local page = tonumber(filters.page)
  return setmetatable({
    client = client, name = resource .. ".list", filters = filters, call = checked,
    problems = problems, limit = filters.limit or LIMIT,
    page = page or filters.page or 1,
    items = {}, place = 0, seen = new_seen(), done = 0,
  }, Walk)
end

--- Iterates over what all pages list.
---@param client spherepay.Client
---@param resource "customer"|"representative"
---@param filters table?
---@param opts table?
---@return fun(): table|false|nil, spherepay.Error?, spherepay.Response? iterator
function pages.each(client, resource, filters, opts)
  if not runner.endpoint(client, resource .. ".list") then
    local _, err = runner.new(client, resource .. ".list")
    local told = false
    return function()
      if told then return nil end
      told = true
      return false, err
    end
  end
  local own, call = many.options(opts, "each", OF_EACH)
  local walk = new_walk(client, resource, filters, call)
  walk.on_progress = own.on_progress
  local closer = setmetatable({}, { __close = function() walk:close() end })
  return function() return walk:next() end, nil, nil, closer
end

-- ---- find ----

local function has_status(item, status)
  local profiles = type(item.verificationProfiles) == "table" and item.verificationProfiles or {}
  for _, profile in ipairs(profiles) do
    if type(profile) == "table" and profile.status == status then return true end
  end
  return item.kyc == status
end

-- Filters that say nothing about one customer, or nothing exact.
local NOT_EXACT = { page = true, limit = true, search = true }

local function says(item, name, value)
  if name == "status" then return has_status(item, value) end
  local own = item[name]
  if own == nil then return name ~= "email" and name ~= "type" and name ~= "customerId" end
  if name == "email" then
    return type(own) == "string" and ascii.lower(own) == ascii.lower(tostring(value))
  end
  return own == value
end

--- Whether an object is what filters say, whatever the server made of them.
---@param item table
---@param filters table
---@return boolean
function pages.matches(item, filters)
  for name, value in pairs(filters) do
    if not NOT_EXACT[name] and not says(item, name, value) then return false end
  end
  return true
end

local function refuse_find(client, resource, kind, message, sent)
  local endpoint = runner.endpoint(client, resource .. ".list")
  return nil, errors.new {
    kind = kind, message = message, method = endpoint.method, path = endpoint.path,
    pattern = endpoint.path, sent = sent,
  }
end

-- The first that matches, and whether there is a second.
local function search(walk, filters, unique)
  local found, came
  while true do
    local item, err, response = walk:next()
    if item == nil then return found, nil, came end
    if not item then return nil, err end
    if pages.matches(item, filters) then
      if found then return found, nil, came, true end
      found, came = item, response
      if not unique then return found, nil, came end
    end
  end
end

--- The first that matches exactly.
---@param client spherepay.Client
---@param resource "customer"
---@param filters table
---@param opts table?
---@return table? item
---@return spherepay.Error? err
---@return spherepay.Response? response
function pages.find(client, resource, filters, opts)
  local own, call = many.options(opts, "find", OF_FIND)
  local is_open = true
  for name in pairs(filters) do is_open = is_open and NOT_EXACT[name] and name ~= "search" end
  if is_open then
    return refuse_find(client, resource, "invalid",
      "it would find anybody: give a filter, such as email", "no")
  end
  local walk = new_walk(client, resource, filters, call)
  local found, err, response, is_double = search(walk, filters, own.unique)
  walk:close()
  if err then return nil, err end
  if is_double then
    return refuse_find(client, resource, "conflict",
      "more than one matches: a person has to look", "yes")
  end
  if not found then
    return refuse_find(client, resource, "not_found", "none matches", "yes")
  end
  return found, nil, response
end

return pages
