-- Asks anew for each call what runs here, for a program that makes its client first and starts
-- its loop later: cqueues inside a running controller, blocking otherwise.

local blocking = require "spherepay.loop.blocking"

local auto = { name = "auto", attach = blocking.attach }

-- Only a program that has loaded cqueues can be inside a controller; outside of one its loop
-- blocks as the other does.
local function present()
  return package.loaded.cqueues and require "spherepay.loop.cqueues" or blocking
end

for _, name in ipairs { "check", "wait", "sleep", "spawn", "join", "detach" } do
  auto[name] = function(...)
    return present()[name](...)
  end
end

return auto
