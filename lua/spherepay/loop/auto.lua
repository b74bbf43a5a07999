-- Asks anew for each call what runs here, for a program that makes its client first and starts
-- its loop later: cqueues inside a running controller, blocking otherwise, and where the system has
-- no descriptor that a controller could watch.

local blocking = require "spherepay.loop.blocking"

local auto = { name = "auto", attach = blocking.attach }

local LOADED = package.loaded

-- Only a program that has loaded cqueues can be inside a controller; outside of one its loop
-- blocks as the other does.
local function present(dispatcher)
  if not LOADED.cqueues then return blocking end
  local cqueues = require "spherepay.loop.cqueues"
  return cqueues.check(dispatcher) and cqueues or blocking
end

for _, name in ipairs { "sleep", "spawn", "join", "detach" } do
  auto[name] = function(dispatcher, ...)
    return present(dispatcher)[name](dispatcher, ...)
  end
end

-- The loop that blocks can always wait.
function auto.check(dispatcher)
  return not LOADED.cqueues or present(dispatcher).check(dispatcher)
end

function auto.wait(dispatcher, call)
  if not LOADED.cqueues then return blocking.wait(dispatcher, call) end
  return present(dispatcher).wait(dispatcher, call)
end

return auto
