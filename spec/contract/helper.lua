-- What the specs of the promises share: a client of a fault server, the sample person of the
-- vendor's documents, calls at once, and clocks. It hides no expectation.

local fault = require "spec.support.fault"
local socket = require "socket"
local spherepay = require "spherepay"

local helper = {}

helper.TOKEN = "secret_0123456789abcdef0123456789abcdef"
helper.ID = "customer_sample1"
helper.CUSTOMER = "{\"id\":\"" .. helper.ID .. "\",\"type\":\"individual\"}"
helper.CHANGE = { meta = { internalUserId = "usr_1" } }
helper.JANE = {
  type = "individual",
  email = "jane.smith@example.com",
  phone = "+14155550123",
  address = {
    line1 = "233 South Wacker Drive", city = "Chicago", state = "IL", postalCode = "60606",
    country = "USA",
  },
}

helper.now = socket.gettime

-- An answer with a customer, with what else is given.
function helper.answer(act)
  local full = { "answer", body = helper.CUSTOMER }
  for key, value in pairs(act or {}) do full[key] = value end
  return full
end

-- Readies a fault server for the next spec: it answers with a customer.
function helper.clear(server)
  server:clear()
  server:default(helper.answer())
end

-- A client of a fault server. `given` are options of spherepay.new; ca_file = false leaves out the
-- server's own authority.
function helper.client(server, given)
  local full = { token = helper.TOKEN, base_url = server:url(), ca_file = server.ca_file }
  for key, value in pairs(given or {}) do full[key] = value end
  if full.ca_file == false then full.ca_file = nil end
  return spherepay.new(full)
end

-- The three calls, to be made with the same options.
helper.CALLS = {
  create = function(client, opts) return client.customer.create(helper.JANE, opts) end,
  update = function(client, opts) return client.customer.update(helper.ID, helper.CHANGE, opts) end,
  get = function(client, opts) return client.customer.get(helper.ID, opts) end,
}
helper.NAMES = { "create", "get", "update" }

-- Starts a proxy that tunnels: its address, and what stops it and gives the heads that it saw.
-- `words` are those of spec/support/proxy.lua.
function helper.start_proxy(words)
  local pipe = io.popen("echo $$; exec env -u LUA_PATH -u LUA_CPATH -u LD_PRELOAD"
    .. " lua5.4 spec/support/proxy.lua " .. (words or "") .. " </dev/null")
  local pid, port = pipe:read("*l"), pipe:read("*l")
  return "127.0.0.1:" .. port, function()
    os.execute("kill " .. pid)
    local log = pipe:read("*a")
    pipe:close()
    return log
  end
end

-- What `fn` returned, as a list, after how long it took.
function helper.timed(fn, ...)
  local began = helper.now()
  local results = { fn(...) }
  return helper.now() - began, results
end

-- Starts a call ("get" when not named) as a task.
function helper.start(client, name, opts)
  return client:spawn(function() return helper.CALLS[name or "get"](client, opts) end)
end

-- Waits for such a task: value, err, response.
function helper.finish(task)
  return select(2, task:join())
end

-- Steps until `condition` holds; fails after five seconds.
function helper.step_until(client, condition)
  local till = helper.now() + 5
  while not condition() do
    assert(helper.now() < till, "waited in vain")
    client:step(0.01)
  end
end

local LUA = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")

local function compile(source, flags)
  local path = os.tmpname()
  -- A library that is preloaded for this Lua is not meant for the compiler.
  local command = ("env -u LD_PRELOAD cc -std=c11 -o %s spec/support/%s %s")
    :format(path, source, flags)
  assert(os.execute(command), "no C compiler")
  return path
end

-- Builds a C source of spec/support as a library to preload, and gives its path, to be removed.
function helper.library(source)
  return compile(source, "-shared -fPIC -ldl")
end

-- The same as a module for a Lua like this one, to be loaded with package.loadlib.
function helper.module(source)
  return compile(source, "-shared -fPIC $(pkg-config --cflags " .. LUA .. ") -ldl")
end

-- The same as a program that embeds a Lua like this one.
function helper.program(source)
  return compile(source, "$(pkg-config --cflags --libs " .. LUA .. ")")
end

-- For the shell: `script` in a Lua of its own, like this one. `given`: `env` (variables), `preload`
-- (a library), `program` (instead of the Lua interpreter). LeakSanitizer looks at the specs alone:
-- such scripts fork, and end in the middle of calls.
local function command_for(script, given)
  given = given or {}
  local sanitizers = given.program and "$SANITIZERS " or ""
  local preload = (given.preload or given.program)
    and ("LD_PRELOAD=\"$LD_PRELOAD %s%s\" "):format(sanitizers, given.preload or "") or ""
  return "env " .. preload .. (given.env or "") .. " ASAN_OPTIONS=detect_leaks=0 "
    .. (given.program or LUA .. " -")
    .. " 2>&1 <<'END_OF_SCRIPT'\n" .. script .. "\nEND_OF_SCRIPT\n"
end

-- Starts `script`: the pipe it writes to, and the pid of its process.
function helper.spawn(script, given)
  local pipe = io.popen("echo $$; exec " .. command_for(script, given))
  return pipe, pipe:read("*l")
end

-- Runs `script`: all that it wrote, and what it exited with (128 and the number of the signal that
-- ended it).
function helper.child(script, given)
  local pipe = io.popen(command_for(script, given) .. "echo \"exit $?\"")
  local text = pipe:read("*a")
  pipe:close()
  local out, code = text:match("^(.*)exit (%d+)\n$")
  return out, tonumber(code)
end

helper.fault = fault
helper.spherepay = spherepay

return helper
