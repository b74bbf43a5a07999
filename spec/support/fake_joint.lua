-- `resources.joint` in the world of `fake_ngx`: a call that goes on whoever leaves, made of
-- `client.customer.get` in a run of its own, and given up when nobody was heard of for a while.

local joint = require "spherepay.resources.joint"

local fake = {}

local ROUND, SILENT_ROUNDS = 0.15, 3

local Get = {}
Get.__index = Get

function Get:done() return self.is_done end

function Get:attend(semaphore, seconds)
  self.silent = 0
  local posted = semaphore:wait(seconds)
  self.silent = 0
  return posted
end

function Get:finish()
  if not self.ok then error(self.value, 0) end
  return self.value, self.err
end

function Get:abandon() self.is_given_up = true end

local function watch(world, get, listener)
  while not get.is_done do
    world.ngx.sleep(ROUND)
    get.silent = get.silent + 1
    if not get.is_done and get.silent > SILENT_ROUNDS then
      get:abandon()
      return listener:gone()
    end
  end
end

local function start(world, client, id, call, listener)
  local get = setmetatable({ is_done = false, silent = 0 }, Get)
  function get.share()
    world.begin(function()
      get.ok, get.value, get.err = pcall(client.customer.get, id, call)
      get.is_done = true
      if not get.is_given_up then listener:wake() end
    end)
    world.begin(function() watch(world, get, listener) end)
  end
  return get
end

--- Puts it in the place of the real one.
---@param world table of `fake_ngx`
---@return fun() restore
function fake.install(world)
  local real = {}
  for name, fn in pairs(joint) do real[name] = fn end
  joint.is_possible = function() return true end
  joint.options = function(_, opts) return opts end
  joint.start = function(...) return start(world, ...) end
  return function()
    for name, fn in pairs(real) do joint[name] = fn end
  end
end

return fake
