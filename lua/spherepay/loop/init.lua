-- Which loop a client uses. A loop is a table of these functions, and no loop touches TLS,
-- retries or JSON: it only knows how its host waits.
--
--   check(dispatcher)    true, or nil and a message: may this place wait? Asked before a call
--                        is submitted; raises for wrong use
--   attach(dispatcher)   once, before the first call
--   wait(dispatcher, call, spec)
--                        returns when call:done(); `call` may be a spherepay.Signal, so nothing
--                        else is asked of it, and dispatcher:on_done tells when to wake. A host
--                        that can notice that the waiter is gone hands both to dispatcher.orphan
--   sleep(dispatcher, s) returns after s seconds
--   spawn(dispatcher, fn, failed)
--                        starts fn beside the caller; returns a task: { done, ok, results }; when
--                        fn raised, and once the task is done: failed(err, traceback)
--   join(dispatcher, task)
--                        returns when the task has ended
--   detach(dispatcher)   once, when the client is closed
--   name                 how it is called; ours have one
--   way_out              optional: what the program has to do for tasks to end, in words, where
--                        that is not to call client:run()
--   share(wait), attend(wait, semaphore, s), unshare(wait)
--                        optional, as in nginx: a wait that several have
--   host_keeps_tasks     optional: true where tasks end with something of the host's, such as a
--                        request, so that client:run() has none to wait for

local loop = {}

--- What the option `loop` may name: a file here each.
loop.NAMES = { "auto", "blocking", "nginx", "luv", "cqueues", "manual" }

local FUNCTIONS = { "check", "attach", "wait", "sleep", "spawn", "join", "detach" }

local function load(name)
  return require("spherepay.loop." .. name)
end

-- The loop that was asked for by name, or nil and why it cannot be had here.
local function named(name)
  local ok, found = pcall(load, name)
  if not ok then
    return nil, ("option \"loop\" = \"%s\" needs the module %s"):format(name, name)
  end
  if name == "nginx" and not found.is_running() then
    return nil, "option \"loop\" = \"nginx\" needs nginx with its Lua module; "
      .. "without the option the loop is chosen by what runs here"
  end
  return found
end

local function auto()
  local in_nginx = rawget(_G, "ngx") ~= nil and load("nginx").is_running()
  return load(in_nginx and "nginx" or "auto")
end

--- The loop that the option `loop` names.
---@param wanted string|table
---@return table loop
---@return string? problem when a table lacks a function
function loop.choose(wanted)
  if type(wanted) == "string" then
    if wanted == "auto" then return auto() end
    return named(wanted)
  end
  for _, name in ipairs(FUNCTIONS) do
    if type(wanted[name]) ~= "function" then
      return nil, "option \"loop\" lacks the function \"" .. name .. "\""
    end
  end
  return wanted
end

return loop
