-- Runs two_states.lua in two threads against a server: lua5.4 spec/load/tsan.lua DIRECTORY, which
-- has the program and the module, both built with ThreadSanitizer.

local fault = require "spec.support.fault"

local DIR = arg[1]
local COMMAND = "SPHEREPAY_BASE_URL=%s LUA_CPATH='%s/lua5.4/?.so;;' TSAN_OPTIONS=halt_on_error=1"
  .. " %s/two_states spec/load/two_states.lua"

local server = fault.start()
server:default { "answer", body = '{"id":"customer_sample1"}' }
local ok = os.execute(COMMAND:format(server:url(), DIR, DIR))
server:stop()
print(ok and "1 passed, 0 failed" or "0 passed, 1 failed")
os.exit(ok == true or ok == 0)
