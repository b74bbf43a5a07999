-- One get of a customer that several handlers of an nginx worker wait for, or one. It belongs to
-- none of them: it goes on while one of them waits.

local options = require "spherepay.options"
local request = require "spherepay.http.request"
local runner = require "spherepay.resources.runner"

local joint = {}

---@class spherepay.JointGet: spherepay.nginx.Wait
---@field client spherepay.Client
---@field listener { wake: function, gone: function }
local Joint = {}
Joint.__index = Joint

--- Whether this client can begin such a call: not one whose token may have to be waited for, and
--- nginx alone can have several wait.
---@param client spherepay.Client
---@return boolean
function joint.is_possible(client)
  return client.loop.share ~= nil and not client.token_function
end

--- Options of such calls, checked; for as many calls as you like.
---@param client spherepay.Client
---@param opts table as for `client.customer.get`
---@return table? call nil when data in it cannot be sent
function joint.options(client, opts)
  local call = options.call(opts, client.options)
  if call then call.never_waits = true end
  return call
end

--- Begins the call. Its end is told only once it is shared.
---@param client spherepay.Client
---@param id string
---@param call table of `joint.options`
---@param listener { wake: function, gone: function } `wake` is told when it is done, and is not to
---  wait; `gone` when all who waited are gone: then it has been cancelled
---@return spherepay.JointGet? get nil when it cannot begin, or not without a wait
function joint.start(client, id, call, listener)
  local under_way, _, spec = runner.start(client, "customer.get", id, nil, call)
  if not under_way then return nil end
  return setmetatable({
    client = client, dispatcher = client.dispatcher, call = under_way, spec = spec, silent = 0,
    listener = listener, is_alone = false, since = nil,
  }, Joint)
end

--- Sends it on its way. It may be done by then.
function Joint:share()
  self.client.loop.share(self)
end

-- It is done: so the dispatcher says.
function Joint:__call()
  self.client.loop.unshare(self)
  self.listener:wake()
end

function Joint:wake() self.listener:wake() end

function Joint:gone() self.listener:gone() end

--- Whether it is done.
---@return boolean
function Joint:done()
  return self.call:done()
end

--- Waits for a semaphore that `wake` posts, for so many seconds at most.
---@param semaphore table
---@param seconds number a tenth of one at most, for who waits has to be heard of
---@return boolean? posted
function Joint:attend(semaphore, seconds)
  return self.client.loop.attend(self, semaphore, seconds)
end

--- Gives it up: nobody waits for what comes.
function Joint:abandon()
  self.client.loop.abandon(self)
end

--- What came, once it is done; to be asked once.
---@return spherepay.Customer? customer
---@return spherepay.Error? err
function Joint:finish()
  return request.finish(self.client, self.spec, self.call)
end

return joint
