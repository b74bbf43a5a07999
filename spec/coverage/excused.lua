-- Files of which `make coverage` cannot see 95 % of the lines run, with the reason. Their lines
-- count in the figures all the same; a file that is as low and not here fails the target, and one
-- that is here and no longer low is reported as stale.

-- What a spec cannot bring about: a system call, or a function of a library, that fails although
-- there is memory, descriptors and room.
local SYSTEM = "answers to system calls and libraries that fail for no reason a spec can give"
local OTHERS = "for faults that the running libcurl does not have: the Debians whose has run them"
local ENUM = "after a switch that names every word, where a compiler wants a return"
local NGINX = "runs in the LuaJIT of nginx alone, where no lines of Lua are counted: spec/nginx"
local FLEET = "with lua-resty-redis in nginx, where no lines of Lua are counted: spec/fleet"

local excused = {
  [OTHERS] = { "csrc/core/sp_tls.c", "csrc/core/sp_exchange_setup.c", "csrc/core/sp_exchange.c" },
  [ENUM] = { "csrc/core/sp_error.c" },
  [SYSTEM] = {
    "csrc/core/sp_poll_poll.c", "csrc/core/sp_journal.c", "csrc/core/sp_document.c",
    "csrc/core/sp_watch.c",
    "csrc/binding/journal.c", "csrc/binding/mask.c", "csrc/binding/template.c",
    "lua/spherepay/sandbox/certificate.lua",
  },
  ["a libcurl that is too old, has no TLS or does not start; and a signal that libcurl keeps from"
    .. " arriving"] = { "csrc/core/sp_process.c" },
  ["a form that libcurl sends twice by itself, which no attempt of ours lets it"] =
    { "csrc/core/sp_form.c" },
  ["calls of LuaJIT and Lua 5.1, which have the length of a userdata and names of their own"] =
    { "csrc/binding/document.c", "csrc/binding/upload.c" },
  ["the end of calls whose exchange no multi would take, at each place where one is moved"] =
    { "csrc/core/sp_transport.c", "csrc/core/sp_scheduler.c" },
  [NGINX] = {
    "lua/spherepay/loop/nginx.lua", "lua/spherepay/sandbox/worker.lua",
    "lua/spherepay/gate/init.lua", "lua/spherepay/http/request.lua",
  },
  [FLEET] = {
    "lua/spherepay/ratelimit/resty.lua", "lua/spherepay/ratelimit/redis.lua",
    "lua/spherepay/gate/fleet.lua",
  },
  ["runs when a Lua state is closed, when counting has ended"] =
    { "lua/spherepay/async/spawned.lua" },
  ["the head of a function that takes any number of arguments, of which Lua's hook is not told"] =
    { "lua/spherepay/loop/auto.lua", "lua/spherepay/options/check.lua" },
  ["for Lua 5.1 and LuaJIT, whose specs are not counted"] = {
    "lua/spherepay/async/report.lua", "lua/spherepay/loop/cqueues.lua",
    "lua/spherepay/sandbox/shell.lua",
  },
  ["the one line of the program, which ends the process"] = { "lua/spherepay/cli/main.lua" },
  ["what a person does at a terminal: an interrupt, a secret typed, a table that is too wide"] = {
    "lua/spherepay/cli/init.lua", "lua/spherepay/cli/sandbox/init.lua",
    "lua/spherepay/cli/secrets.lua", "lua/spherepay/cli/rows.lua", "lua/spherepay/cli/output.lua",
    "lua/spherepay/cli/webhook/sign.lua", "lua/spherepay/cli/customer/verify.lua",
  },
}

local reasons = {}
for reason, files in pairs(excused) do
  for _, file in ipairs(files) do reasons[file] = reason end
end
return reasons
